"""What comes from the Python Package Index for tests: virtual environments, and source distributions."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent

#: Seconds that pip may take for one command, however slow the index is.
PIP_DEADLINE = 600


class PackageError(Exception):
    """pip brought nothing; the text, for people, says what it said."""


def pip(*arguments: str) -> None:
    """Run pip. Raises PackageError."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=PIP_DEADLINE, check=False)
    except subprocess.TimeoutExpired:
        raise PackageError(f"pip took longer than {PIP_DEADLINE} seconds: {' '.join(arguments)}") from None
    if result.returncode:
        raise PackageError(f"pip failed: {' '.join(arguments)}\n{result.stdout}{result.stderr}")


def virtual_environment(folder: Path, wanted: Sequence[str], *, with_rawws: bool = False) -> Path:
    """The interpreter of a virtual environment, made unless an earlier run has made it. Raises PackageError.

    wanted: requirements for pip. with_rawws: install this repository, too; editable, so that it is the working tree.
    """
    python = folder / "bin" / "python"
    ours = (ROOT / "pyproject.toml").read_text(encoding="utf-8") if with_rawws else ""
    recipe = hashlib.sha256("\n".join([sys.version, str(ROOT), *wanted, ours]).encode()).hexdigest()
    mark = folder / ".recipe"
    if mark.exists() and mark.read_text(encoding="utf-8") == recipe:
        return python
    # Without pip in it: Debian's Python cannot always bring one, and ours installs into any environment.
    venv.create(folder, clear=True, with_pip=False, symlinks=True)
    pip("--python", str(python), "install", *wanted, *(["--editable", str(ROOT)] if with_rawws else []))
    mark.write_text(recipe, encoding="utf-8")
    return python


def source_distribution(name: str, version: str, folder: Path) -> Path:
    """The archive of a source distribution, downloaded into a folder unless it is there. Raises PackageError."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{name.replace('-', '_')}-{version}.tar.gz"
    if not archive.exists():
        pip("download", "--dest", str(folder), "--no-deps", "--no-binary", name, f"{name}=={version}")
    if not archive.exists():
        raise PackageError(f"pip brought no {archive.name} into {folder}")
    return archive
