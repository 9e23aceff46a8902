"""What a user gets from `pip install rawws-conformance`: all of the package, its data, and what it needs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import rawws_conformance

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "conformance"

#: Seconds for a wheel.
DEADLINE = 100


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel made from an sdist made from the sources: what the package index would carry."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(SOURCES / name, source)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SOURCES / "rawws_conformance", source / "rawws_conformance", ignore=ignored)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(source / "dist"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (source / "dist").glob("*.whl")
    return path


def test_the_wheel_holds_the_package_and_its_data(wheel: Path) -> None:
    """Every module, the schemas, py.typed and the licence are in the wheel, and nothing else is."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    metadata = f"rawws_conformance-{rawws_conformance.__version__}.dist-info"
    wanted = {str(path.relative_to(SOURCES)) for path in (SOURCES / "rawws_conformance").rglob("*.py")}
    wanted |= {str(path.relative_to(SOURCES)) for path in (SOURCES / "rawws_conformance" / "schema").glob("*.json")}
    wanted |= {"rawws_conformance/py.typed", f"{metadata}/licenses/LICENSE", f"{metadata}/entry_points.txt"}
    assert wanted <= names
    assert {name.split("/")[0] for name in names} == {"rawws_conformance", metadata}


def test_the_wheel_says_what_it_needs(wheel: Path) -> None:
    """It depends on h11, trio, click, rich and, for the facts of the RFCs, rawws; it has a command and fixtures."""
    with zipfile.ZipFile(wheel) as archive:
        folder = f"rawws_conformance-{rawws_conformance.__version__}.dist-info"
        metadata = HeaderParser().parsestr(archive.read(f"{folder}/METADATA").decode())
        entries = archive.read(f"{folder}/entry_points.txt").decode()
    needed = {line.split(";")[0].split("<")[0].split(">")[0].strip() for line in metadata.get_all("Requires-Dist", [])}
    assert needed == {"h11", "trio", "click", "rich", "rawws"}
    assert "rawws-conformance = rawws_conformance.cli:main" in entries
    assert "rawws_conformance = rawws_conformance.pytest_plugin" in entries


def test_the_licence_is_that_of_the_repository() -> None:
    """The distribution carries the same licence as rawws."""
    assert (SOURCES / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
