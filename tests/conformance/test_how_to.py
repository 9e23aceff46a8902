"""What docs/how-to/conformance.md shows, works: its files, its commands, and what they print."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from typing import NamedTuple

import pytest

from rawws_conformance import __version__

from tests.conformance.test_client_drivers import npm
from tests.packages import ROOT

TEXT = (ROOT / "docs" / "how-to" / "conformance.md").read_text(encoding="utf-8")
CONTAINERFILE = (ROOT / "conformance" / "Containerfile").read_text(encoding="utf-8")

#: Seconds that a command may take on a busy machine.
DEADLINE = 110


class Block(NamedTuple):
    """A block of the document."""

    language: str
    text: str


BLOCKS = [Block(*found) for found in re.findall(r"```(\w+)\n(.*?)```\n", TEXT, re.DOTALL)]

#: Of the files that it shows.
LANGUAGES = ("py", "js", "yaml")

#: The files that the document shows; each names itself in its first line.
FILES = {block.text.partition("\n")[0].lstrip("#/ "): block.text for block in BLOCKS if block.language in LANGUAGES}


class Command(NamedTuple):
    """A command of a `console` block, and what it prints; "…" stands for anything, alone in a line for any lines."""

    line: str
    output: str


CONSOLES = [
    [
        Command(line, output)
        for line, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE)
    ]
    for block in BLOCKS
    if block.language == "console"
]


def run(command: str, folder: Path, *statuses: int) -> str:
    """Run a command as a shell would; what it printed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # Where this runs under coverage, pytest inside pytest would be told to measure itself, too.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    done = subprocess.run(
        shlex.split(command),
        cwd=folder, env=environment | {"PATH": path}, capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip
    assert done.returncode in statuses, done.stdout + done.stderr
    return done.stdout


def pattern(output: str) -> str:
    """What is shown as a regular expression."""
    return "".join(
        r"(?:.*\n)*?" if line == "…" else rf"{re.escape(line).replace('…', '.*')}\n" for line in output.splitlines()
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the document shows."""
    folder = tmp_path_factory.mktemp("how-to")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_document_has_what_this_looks_for() -> None:
    """Were a block written in another way, it would not be looked at."""
    assert set(FILES) == {
        "echo_server.py", "driver.py", "driver.mjs", "adapter.py", "test_conformance.py",
        ".github/workflows/conformance.yml",
    }  # fmt: skip
    assert {block.language for block in BLOCKS} == {"sh", "py", "js", "yaml", "console"}
    assert sum(map(len, CONSOLES)) == TEXT.count("\n$ ") == 9


@pytest.mark.battery
def test_consoles(folder: Path) -> None:
    """Every command of the document, one after the other in one folder, prints what it shows."""
    for commands in CONSOLES:
        for command in commands:
            printed = run(command.line, folder, 0, 1)
            assert re.fullmatch(pattern(command.output), printed), f"{command.line}\n{command.output}\n{printed}"


@pytest.mark.battery
def test_the_command_of_the_workflow(folder: Path) -> None:
    """What the workflow runs, runs, with a baseline, and leaves JUnit XML; here with a few cases."""
    found = re.search(r"- run: >-\n((?: {10}.*\n)+)", FILES[".github/workflows/conformance.yml"])
    assert found is not None
    cases = ["--case", "1.1.*", "--case", "7.1.*"]
    run(shlex.join(["rawws-conformance", "server", "--run", "python echo_server.py {port}", *cases]), folder, 0, 1)
    shutil.copy(folder / "reports" / "report.json", folder / "baseline.json")
    run(f"{' '.join(found[1].split())} {shlex.join(cases)}", folder, 0)
    assert (folder / "reports" / "junit.xml").read_text(encoding="utf-8").startswith("<?xml")


def copied() -> set[str]:
    """What of the repository a build of the container copies."""
    lines = re.findall(r"^COPY (?!--from)(.*)$", CONTAINERFILE, re.MULTILINE)
    return {word for line in lines for word in line.split()[:-1]}


def test_the_containerfile_copies_what_is_there() -> None:
    """Every file that a build of the container copies is in the repository, and what pip needs is among them."""
    assert all((ROOT / name).exists() for name in copied())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {project["readme"], *project["license-files"]}
    assert {"pyproject.toml", "setup.py", "rawws", "conformance"} | named <= copied()
    assert f"EXPOSE 9001\nENTRYPOINT {['rawws-conformance']!r}".replace("'", '"') in CONTAINERFILE


@pytest.mark.network
def test_the_steps_of_the_containerfile(tmp_path: Path) -> None:
    """What a build of the container runs, run in an environment without anything, installs the command."""
    source = tmp_path / "source"
    source.mkdir()
    for name in copied():
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("*.egg-info", "build", "__pycache__"))
        else:
            shutil.copy(path, source / name)
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    steps = re.findall(r"^RUN python -m pip (.*)$", CONTAINERFILE, re.MULTILINE)
    assert [step.split()[0] for step in steps] == ["wheel", "install"]
    for step in steps:
        words = step.partition(" && ")[0].replace("/wheels", str(tmp_path / "wheels")).split()
        run(shlex.join([sys.executable, "-m", "pip", "--python", str(python), *words]), source, 0)
    assert run(f"{python.with_name('rawws-conformance')} --version", tmp_path, 0).endswith(f"{__version__}\n")


@pytest.mark.network
def test_one_file(tmp_path: Path) -> None:
    """`make pyz` makes a file that another Python, without anything of ours, runs: cases, schema, reports and all."""
    target = tmp_path / "rawws-conformance.pyz"
    run(shlex.join([sys.executable, str(ROOT / "conformance" / "make_pyz.py"), str(target)]), ROOT, 0)
    base = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    pyz = shlex.join([str(base), "-I", str(target)])  # -I: nothing from elsewhere, this folder included
    assert run(f"{pyz} --version", tmp_path, 0).endswith(f"{__version__}\n")
    assert len(run(f"{pyz} list", tmp_path, 0).splitlines()) == 517
    assert '"urn:rawws-conformance:cases:1"' in run(f"{pyz} export --schema", tmp_path, 0)
    assert "OK                10" in run(f"{pyz} memory rawws --case 1.1.* --case 12.1.3 --case 7.3.1", tmp_path, 0)
    assert (tmp_path / "reports" / "index.html").exists()
    serve = shlex.join([str(Path(sys.executable).with_name("rawws")), "serve", "--port", "{port}"])
    run(f"{pyz} server --run {shlex.quote(serve)} --case 1.1.*", tmp_path, 0)


@pytest.mark.network
def test_the_driver_in_javascript(folder: Path) -> None:
    """The driver for `ws` plays every case."""
    packages = npm("ws", "ws@8.18.3") / "node_modules"
    (folder / "node_modules").symlink_to(packages)
    printed = run("rawws-conformance client --run 'node driver.mjs {url}' --port 0 --case 1.* --case 7.7.*", folder, 0)
    assert "mine: 29 cases" in printed
