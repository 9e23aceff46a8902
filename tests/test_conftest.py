"""The rules that hold for every test, tried out on small test runs of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: Ways to skip a test, each a module.
SKIPS = {
    "mark": "import pytest\n@pytest.mark.skipif(True, reason='the moon is full')\ndef test_it(): ...",
    "body": "import pytest\ndef test_it(): pytest.skip('the moon is full')",
    "fixture": "import pytest\n@pytest.fixture\ndef moon(): pytest.skip('the moon is full')\ndef test_it(moon): ...",
    "module": "import pytest\npytest.skip('the moon is full', allow_module_level=True)",
    "import": "import pytest\npytest.importorskip('moon', reason='the moon is full')",
}

EXPECTED_FAILURE = "import pytest\n@pytest.mark.xfail(reason='known')\ndef test_it(): assert False"


def run_pytest(
    folder: Path, modules: dict[str, str], *options: str, require_all: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run `modules` (name to source) as tests under the house's own pyproject.toml and conftest.py."""
    for name, source in modules.items():
        (folder / f"test_{name}.py").write_text(source)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "RAWWS_"))}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # twice as fast, and none is needed
    environment["COLUMNS"] = "200"  # a verdict and its reason are one line
    if require_all:
        environment["RAWWS_REQUIRE_ALL"] = "1"
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest"]
    command += ["-p", "no:cacheprovider", "--rootdir", str(folder), *options, str(folder)]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def strict_output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a run under RAWWS_REQUIRE_ALL=1 prints that holds every kind of skip; the run has failed."""
    folder = tmp_path_factory.mktemp("strict")
    result = run_pytest(folder, SKIPS, "--continue-on-collection-errors", require_all=True)
    assert result.returncode != 0, result.stdout
    return result.stdout


@pytest.mark.parametrize("how", SKIPS)
def test_a_skip_is_a_failure_where_all_is_required(strict_output: str, how: str) -> None:
    """However a test skips itself, RAWWS_REQUIRE_ALL=1 counts it as failed and names the reason."""
    verdicts = [line for line in strict_output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    verdict = next(line for line in verdicts if f"test_{how}.py" in line)
    assert "lets no test be skipped" in verdict
    assert "the moon is full" in verdict


def test_no_skip_is_left_where_all_is_required(strict_output: str) -> None:
    """Under RAWWS_REQUIRE_ALL=1 the last line counts no test as skipped."""
    assert "skipped" not in strict_output.splitlines()[-1]


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    """An `xfail` that fails as expected does not fail the run, though pytest reports it as skipped."""
    result = run_pytest(tmp_path, {"expected": EXPECTED_FAILURE}, require_all=True)
    assert result.returncode == 0, result.stdout
    assert "1 xfailed" in result.stdout


def test_a_skip_is_a_skip_elsewhere(tmp_path: Path) -> None:
    """Without RAWWS_REQUIRE_ALL a run whose tests skip themselves succeeds, and says so."""
    result = run_pytest(tmp_path, {name: SKIPS[name] for name in ("mark", "body", "fixture")})
    assert result.returncode == 0, result.stdout
    assert "3 skipped" in result.stdout


def test_a_test_that_hangs_ends_the_run(tmp_path: Path) -> None:
    """When the deadline of a test passes, the run ends, fails, and shows where it hung."""
    hang = "import threading\ndef test_it(): threading.Event().wait()"
    result = run_pytest(tmp_path, {"hang": hang}, "-o", "faulthandler_timeout=0.2")
    assert result.returncode != 0, result.stdout
    assert "Timeout" in result.stderr
    assert "test_hang.py" in result.stderr


def test_a_forgotten_socket_fails_its_test(tmp_path: Path) -> None:
    """Warnings are errors, even those of finalizers: a socket that a test forgets to close fails that test."""
    leak = "import gc, socket\ndef test_it():\n    socket.socket()\n    gc.collect()"
    result = run_pytest(tmp_path, {"leak": leak})
    assert result.returncode != 0, result.stdout
    assert "ResourceWarning" in result.stdout
