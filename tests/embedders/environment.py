"""Where a project's tests run: a virtual environment of its own, and its source distribution, unpacked."""

from __future__ import annotations

import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tests.embedders.projects import Project
from tests.embedders.redirect import redirect
from tests.packages import ROOT, PackageError, source_distribution, virtual_environment

CACHE = ROOT / ".cache" / "embedders"

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
    # The project itself comes along for its dependencies and its metadata; its modules are taken from the unpacked
    # trees, and the verdict says so if not.
    wanted = [f"{project.name}=={project.version}", *project.requirements, *OURS]
    try:
        python = virtual_environment(folder / "venv", wanted, with_rawws=True)
        archive = source_distribution(project.name, project.version, CACHE / "sdists")
    except PackageError as exc:
        raise EmbedderError(str(exc)) from None
    original = folder / "wsproto"
    redirected = folder / "rawws.core"
    for tree in (original, redirected):
        _unpack(archive, tree)
        if project.settings:
            (tree / "pytest.ini").write_text(project.settings, encoding="utf-8")
    package = redirected / project.source / project.package
    in_library, elsewhere = _redirect_tree(redirected, package)
    if not in_library:
        raise EmbedderError(f"no module in {package} imports wsproto: has {project.name} stopped embedding it?")
    return Environment(python, original, redirected, in_library, elsewhere)


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
