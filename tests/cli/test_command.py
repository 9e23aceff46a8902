"""The command as a whole: version, help, missing extras, interruption."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import rawws
from rawws.cli import main

from tests.cli.running import COMMAND, DEADLINE, environment, run


def test_version() -> None:
    """`--version` says the version and what handles the octets, in one line."""
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(rf"rawws {re.escape(rawws.__version__)} \([\w ]+\)\n", done.stdout)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["serve", "connect", "demo", "--version"]),
        (["-h"], ["serve", "connect", "demo"]),
        (["serve", "--help"], [
            "--app", "--host", "--port", "--tls-cert", "--tls-key", "--origin", "--subprotocol", "--no-compression",
            "--max-message", "--max-fragments", "listening on", "SIGTERM",
        ]),
        (["connect", "--help"], [
            "URL", "--send", "--expect", "--header", "--origin", "--subprotocol", "--ca", "--insecure", "--timeout",
            "--no-compression", "--max-message", "Ctrl-D",
        ]),
        (["demo", "-h"], ["exit status"]),
    ],
)  # fmt: skip
def test_help(arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Help goes to stdout, with exit status 0, and names every option."""
    assert main(arguments) == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    assert [word for word in words if word not in output] == []


def test_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command there is nothing to do: help on stderr, exit status 2."""
    assert main([]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert "serve" in errors


@pytest.mark.parametrize("missing", ["click", "rich", "trio"])
def test_missing_extras(missing: str, tmp_path: Path) -> None:
    """Without what the command needs, a sentence says what to install, and the exit status is 2."""
    (tmp_path / f"{missing}.py").write_text(f"raise ModuleNotFoundError('No module', name={missing!r})")
    done = run("serve", variables={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"rawws: the command needs {missing}, which pip install 'rawws[cli]' brings\n"


def test_our_own_missing_modules_are_no_extras(tmp_path: Path) -> None:
    """A module that is missing for another reason is not called an extra."""
    (tmp_path / "rich").mkdir()
    (tmp_path / "rich" / "__init__.py").write_text("import no_such_module")
    done = run("serve", variables={"PYTHONPATH": str(tmp_path)})
    assert "no_such_module" in done.stderr
    assert "rawws[cli]" not in done.stderr


def test_interrupted_while_importing(tmp_path: Path) -> None:
    """SIGINT before the command has begun is no traceback either."""
    (tmp_path / "click.py").write_text("print('importing', flush=True)\nimport time\ntime.sleep(60)")
    process = subprocess.Popen(
        [*COMMAND, "serve"],
        env=environment(PYTHONPATH=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "importing\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130
        assert process.stderr.read() == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("arguments", ["serve --port 0", "demo", "--version"])
def test_a_full_disk(arguments: str) -> None:
    """Output that cannot be written is a sentence and exit status 1."""
    done = run(prefix=["sh", "-c", f"{' '.join(COMMAND)} {arguments} > /dev/full"])
    assert (done.returncode, done.stderr) == (1, "rawws: No space left on device\n")


def test_the_module_is_the_command() -> None:
    """`python -m rawws.cli` calls itself rawws."""
    done = run(prefix=[sys.executable, "-m", "rawws.cli", "--help"])
    assert done.stdout.startswith("Usage: rawws ")
