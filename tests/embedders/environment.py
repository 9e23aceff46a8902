"""Where a project's tests run: a virtual environment of its own, and its source distribution, unpacked."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path

from tests.embedders.projects import Project
from tests.embedders.redirect import redirect

ROOT = Path(__file__).parent.parent.parent
CACHE = ROOT / ".cache" / "embedders"

#: Seconds that pip may take for one command, however slow the index is.
PIP_DEADLINE = 600

#: What we bring along: the wsproto to compare with, and what makes a test that hangs fail, so that the next one runs.
OURS = ("wsproto==1.3.2", "pytest-timeout==2.4.0")


class EmbedderError(Exception):
    """Something around the tests did not work, so that there is no verdict. The text is for people."""


@dataclass(frozen=True)
class Environment:
    """What it takes to run a project's tests.

    python: the interpreter of its virtual environment, with the project's dependencies and rawws.
    original: its sources as they are published. redirected: the same, importing `rawws.core`.
    in_library, elsewhere: how many import statements were redirected in the package, and outside of it.
    """

    python: Path
    original: Path
    redirected: Path
    in_library: int
    elsewhere: int


def prepare(project: Project) -> Environment:
    """Download, install and unpack what `project` needs, as far as an earlier run has not. Raises EmbedderError."""
    folder = CACHE / project.name
    folder.mkdir(parents=True, exist_ok=True)
    python = _install(project, folder / "venv")
    original = folder / "wsproto"
    redirected = folder / "rawws.core"
    archive = _fetch(project)
    for tree in (original, redirected):
        _unpack(archive, tree)
        if project.settings:
            (tree / "pytest.ini").write_text(project.settings, encoding="utf-8")
    package = redirected / project.source / project.package
    in_library, elsewhere = _redirect_tree(redirected, package)
    if not in_library:
        raise EmbedderError(f"no module in {package} imports wsproto: has {project.name} stopped embedding it?")
    return Environment(python, original, redirected, in_library, elsewhere)


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=PIP_DEADLINE, check=False)
    except subprocess.TimeoutExpired:
        raise EmbedderError(f"pip took longer than {PIP_DEADLINE} seconds: {' '.join(arguments)}") from None
    if result.returncode:
        raise EmbedderError(f"pip failed: {' '.join(arguments)}\n{result.stdout}{result.stderr}")


def _install(project: Project, folder: Path) -> Path:
    """The interpreter of a virtual environment with what the project and its tests ask for, and with rawws."""
    python = folder / "bin" / "python"
    wanted = [f"{project.name}=={project.version}", *project.requirements, *OURS]
    ours = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    recipe = hashlib.sha256("\n".join([sys.version, str(ROOT), *wanted, ours]).encode()).hexdigest()
    mark = folder / ".recipe"
    if mark.exists() and mark.read_text(encoding="utf-8") == recipe:
        return python
    # Without pip in it: Debian's Python cannot always bring one, and ours installs into any environment.
    venv.create(folder, clear=True, with_pip=False, symlinks=True)
    # The project itself comes along for its dependencies and its metadata; its modules are taken from the unpacked
    # trees, and the verdict says so if not. rawws is editable: what is tested is the working tree.
    _pip("--python", str(python), "install", *wanted, "--editable", str(ROOT))
    mark.write_text(recipe, encoding="utf-8")
    return python


def _fetch(project: Project) -> Path:
    """The project's source distribution, downloaded once."""
    folder = CACHE / "sdists"
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{project.name.replace('-', '_')}-{project.version}.tar.gz"
    if not archive.exists():
        wanted = f"{project.name}=={project.version}"
        _pip("download", "--dest", str(folder), "--no-deps", "--no-binary", project.name, wanted)
    if not archive.exists():
        raise EmbedderError(f"pip brought no {archive.name} into {folder}")
    return archive


def _unpack(archive: Path, tree: Path) -> None:
    """Unpack `archive` afresh, without the folder that all of it is in."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as opened:
        members = []
        for member in opened.getmembers():
            _, _, member.name = member.name.partition("/")
            if member.name:
                members.append(member)
        opened.extractall(tree, members=members, filter="data")


def _redirect_tree(tree: Path, package: Path) -> tuple[int, int]:
    """Redirect every module under `tree`; how many imports there were in `package`, and how many elsewhere."""
    in_library = elsewhere = 0
    for path in sorted(tree.rglob("*.py")):
        source, count = redirect(path.read_text(encoding="utf-8"))
        if count:
            path.write_text(source, encoding="utf-8")
        if path.is_relative_to(package):
            in_library += count
        else:
            elsewhere += count
    return in_library, elsewhere
