"""wsproto's own test-suite, run against `rawws.core`.

The suite is in wsproto's source distribution. It is fetched for the version that is installed, and kept in `.cache/`.
Nothing in it is changed but the imports: `wsproto` becomes `rawws.core`, as an embedder would do it.
"""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CACHE = ROOT / ".cache"
VERSION = importlib.metadata.version("wsproto")

#: Tests that look at what is private, each with what it looks at.
DESELECTED = {
    "test_permessage_deflate.py::TestPerMessageDeflate::test_inbound_bad_zlib_decoder_end_state": (
        "puts a fake in the place of the private `_decompressor`, and wants its `flush` to be called"
    ),
}

#: wsproto 1.3.2 has 230 tests; far fewer would mean that most were not found.
MOST_OF_THE_SUITE = 200

_IMPORT = re.compile(r"^(\s*(?:from|import) )wsproto\b", re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """What pytest said: node id to outcome of every test that ran, and all that it printed."""

    outcomes: dict[str, str]
    output: str


def fetch_sdist() -> Path:
    """The source distribution of the installed wsproto, fetched once. Skips where it cannot be had."""
    name = f"wsproto-{VERSION}.tar.gz"
    if not (CACHE / name).exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
            command += ["--dest", folder, "--no-deps", "--no-binary", ":all:", f"wsproto=={VERSION}"]
            try:
                result = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
            except subprocess.TimeoutExpired:
                pytest.skip(f"pip did not bring the sources of wsproto {VERSION} within 90 seconds")
            if result.returncode:
                pytest.skip(f"pip cannot bring the sources of wsproto {VERSION}: {result.stderr.strip()[-500:]}")
            # Moved when it is whole, so that an interrupted run leaves nothing half in the cache.
            (Path(folder) / name).replace(CACHE / name)
    return CACHE / name


def redirect(source: str) -> str:
    """The same module with `rawws.core` in the place of `wsproto`, in its imports and nowhere else."""
    redirected = _IMPORT.sub(r"\1rawws.core", source)
    imported = set()
    for node in ast.walk(ast.parse(redirected)):
        if isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Import):
            imported.update(alias.name.partition(".")[0] for alias in node.names)
    assert "wsproto" not in imported
    return redirected


def unpack(folder: Path) -> int:
    """Put the tests, redirected, into `folder`; how many modules imported wsproto."""
    prefix = f"wsproto-{VERSION}/tests/"
    count = 0
    with tarfile.open(fetch_sdist()) as archive:
        for member in archive.getmembers():
            if not (member.isfile() and member.name.startswith(prefix) and member.name.endswith(".py")):
                continue
            content = archive.extractfile(member)
            assert content is not None
            source = content.read().decode()
            target = folder / member.name.removeprefix(prefix)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(redirect(source), encoding="utf-8")
            count += _IMPORT.search(source) is not None
    return count


def read_outcomes(report: Path) -> dict[str, str]:
    """Node id to "passed", "failed", "error" or "skipped", from a report in JUnit's XML."""
    kinds = {"failure": "failed", "error": "error", "skipped": "skipped"}
    outcomes = {}
    for case in ET.parse(report).iter("testcase"):
        _package, module, *classes = case.get("classname", "").split(".")
        node = "::".join([f"{module}.py", *classes, case.get("name", "")])
        outcomes[node] = next((kinds[child.tag] for child in case if child.tag in kinds), "passed")
    return outcomes


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """Run the whole suite once, with nothing deselected."""
    folder = tmp_path_factory.mktemp("wsproto")
    assert unpack(folder / "wsproto_tests") >= 5, "the suite of wsproto 1.3 has more modules than that"
    report = folder / "report.xml"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    (folder / "pytest.ini").write_text("[pytest]\n")  # neither our settings nor theirs
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", f"--junitxml={report}"]
    command += ["-c", str(folder / "pytest.ini"), "--rootdir", str(folder), "wsproto_tests"]
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    output = result.stdout + result.stderr
    assert result.returncode in {0, 1}, f"pytest could not run the suite:\n{output}"
    return Verdict(read_outcomes(report), output)


def test_public_behaviour(verdict: Verdict) -> None:
    """Every test of wsproto passes against `rawws.core`, but those that look at what is private."""
    public = {node: outcome for node, outcome in verdict.outcomes.items() if node not in DESELECTED}
    assert set(public.values()) == {"passed"}, verdict.output
    assert len(public) >= MOST_OF_THE_SUITE


@pytest.mark.parametrize("node", DESELECTED)
def test_deselected_tests_exist(verdict: Verdict, node: str) -> None:
    """Each exception names a test of the suite that does not pass, so none outlives its reason."""
    assert verdict.outcomes[node] == "failed"
