"""docs/how-to/command-line.md says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from rawws.cli.command import command

from tests.cli.running import COMMAND, ROOT, run, serving

TEXT = (ROOT / "docs" / "how-to" / "command-line.md").read_text(encoding="utf-8")

# `$ command`, and the output beneath it.
TRANSCRIPTS = [
    match.groups()
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
    for match in re.finditer(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
]

ADDRESS = "ws://127.0.0.1:8765/"


@pytest.mark.parametrize("name", list(command.commands))
def test_every_option_is_told(name: str) -> None:
    """The page names every option that the commands have, and no option that none of them has."""
    options = {option for each in command.commands.values() for found in each.params for option in found.opts}
    named = set(re.findall(r"--[a-z][a-z-]*", TEXT))
    shown = [parameter for parameter in command.commands[name].params if not getattr(parameter, "hidden", False)]
    mine = {option for parameter in shown for option in parameter.opts if option[0] == "-"}
    assert mine <= named
    assert named <= options | {"--help"}


def test_the_transcripts_are_true() -> None:
    """Each command of the page, run by a shell against an echo server, prints what the page shows."""
    assert len(TRANSCRIPTS) == 3
    with serving() as server:
        for line, expected in TRANSCRIPTS:
            words = line.replace("rawws ", " ".join(COMMAND) + " ", 1).replace(ADDRESS, server.url)
            done = run(prefix=["sh", "-c", words])
            assert done.stdout + done.stderr == expected


def test_the_handler_works(tmp_path: Path) -> None:
    """The handler of the page, saved under the name that it says, is served by the command below it."""
    match = re.search(r"```py\n# (\w+\.py)\n(.*?)```\n\n```sh\nrawws serve ([^\n]*)\n```", TEXT, re.DOTALL)
    assert match
    (tmp_path / match[1]).write_text(match[2])
    with serving(*match[3].split(), cwd=tmp_path) as server:
        done = run("connect", server.url, "--send", "hello", "--expect", "1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "HELLO\n", "")


def test_the_script_works(tmp_path: Path) -> None:
    """The script of the page starts a server, talks to it, and ends it."""
    match = re.search(r"```sh\n(rawws serve --port 0 > address &\n.*?)```", TEXT, re.DOTALL)
    assert match
    shell = match[1].replace("rawws ", " ".join(COMMAND) + " ") + "wait $!"
    done = run(prefix=["sh", "-c", shell], cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "hello\n")


def test_the_defaults_are_true() -> None:
    """The address that the page speaks of is the default of `serve`."""
    defaults = {parameter.name: parameter.default for parameter in command.commands["serve"].params}
    assert f"ws://{defaults['host']}:{defaults['port']}/" == ADDRESS
    assert isinstance(command, click.Group)
