"""The command line, as people use it."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
import trio
from click.testing import CliRunner, Result

from rawws_conformance.cli import main

from tests.conformance import servers

ROOT = Path(__file__).parents[2]


def invoke(*arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def report(folder: Path) -> dict[str, Any]:
    """The one run in a report."""
    (found,) = json.loads((folder / "report.json").read_text(encoding="utf-8"))["runs"]
    assert isinstance(found, dict)
    return found


def test_list() -> None:
    """`list` has a line for each case, and the options choose among them."""
    assert len(invoke("list").stdout.splitlines()) == 517
    chosen = invoke("list", "--case", "6.2*.1", "--case", "1.1.1", "--exclude", "6.21.*").stdout.splitlines()
    assert [line.split()[0] for line in chosen] == ["1.1.1", "6.2.1", "6.20.1", "6.22.1", "6.23.1"]


def test_show() -> None:
    """`show` says what a case sends octet by octet, what it expects, and quotes the sentence that it tests."""
    text = invoke("show", "3.4").stdout
    for part in ("c1 8d mm mm mm mm", "RSV=4", "one octet at a time", "NON-STRICT", "1002", "MUST be 0 unless an ext"):
        assert part in text


@pytest.mark.parametrize(
    "case_id", ["1.1.8", "5.20", "6.4.3", "7.3.2", "7.5.1", "9.3.1", "9.6.1", "10.1.1", "12.1.11", "13.7.1"]
)
def test_show_knows_every_step(case_id: str) -> None:
    """Every kind of step, payload and expectation has its words."""
    result = invoke("show", case_id)
    assert result.exit_code == 0
    assert f"Case {case_id}:" in result.stdout
    assert "Why (" in result.stdout


def test_export_and_play(tmp_path: Path) -> None:
    """Cases that were exported can be listed, shown and played like those that come along."""
    exported = tmp_path / "cases.json"
    assert invoke("export", "--case", "2.*", "--case", "12.1.3", "--to", str(exported)).exit_code == 0
    assert len(invoke("list", "--cases-from", str(exported)).stdout.splitlines()) == 12
    result = invoke("memory", "rawws", "--quick", "--cases-from", str(exported), "--out", str(tmp_path))
    assert result.exit_code == 0
    assert len(report(tmp_path)["cases"]) == 12
    assert json.loads(invoke("export", "--schema").stdout)["$id"] == "urn:rawws-conformance:cases:1"


def test_a_right_server(tmp_path: Path) -> None:
    """Exit status 0, a summary, and reports under the given name."""
    with servers.running() as url:
        result = invoke("server", url, "--case", "1.1.*", "--case", "7.7.*", "--agent", "mine", "--out", str(tmp_path))
    assert result.exit_code == 0
    assert "mine: 21 cases" in result.stdout
    assert list(json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))) == ["mine"]


def test_a_server_without_a_name_is_called_by_its_header(tmp_path: Path) -> None:
    """Without `--agent` the Server header names the peer."""
    with servers.running() as url:
        invoke("server", url, "--case", "1.1.1", "--out", str(tmp_path))
    assert list(json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))) == ["peer of the tests"]


def test_a_failing_implementation(tmp_path: Path) -> None:
    """Exit status 1, and the sentences of what failed; NON-STRICT counts only with `--strict`."""
    arguments = ("--case", "6.4.1", "--case", "1.1.1", "--out", str(tmp_path))
    lax = "tests.conformance.faulty.text:FailsTextLate"
    assert invoke("memory", lax, *arguments).exit_code == 0
    assert invoke("memory", lax, *arguments, "--strict").exit_code == 1
    result = invoke("memory", "tests.conformance.faulty.text:TakesInvalidUtf8", *arguments)
    assert result.exit_code == 1
    assert re.search(r"^6\.4\.1 +FAILED/FAILED: The closing handshake", result.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "--case", "77.1"], "no case has the id '77.1'"),
        (["show", "1.1"], "no case has the id '1.1'"),
        (["list", "--case", "1.1.1", "--exclude", "1.*"], "leave no case"),
        (["server", "http://127.0.0.1"], "scheme has to be ws or wss"),
        (["server", "ws://127.0.0.1", "--header", "nonsense"], "no header field"),
        (["memory", "nobody"], "neither one of"),
        (["memory", "json:nothing"], "has no class"),
        (["list", "--cases-from", "no-such-file.json"], "cannot be read"),
        (["list", "--cases-from", __file__], "is no JSON"),
        (["server"], "neither a URL"),
        (["memory"], "Missing argument"),
        (["dance"], "No such command"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str) -> None:
    """What cannot be done is a sentence on standard error, and exit status 2."""
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_other_json_is_refused(tmp_path: Path) -> None:
    """A JSON file that holds no cases is a sentence, and exit status 2."""
    path = tmp_path / "other.json"
    path.write_text('{"format": "something else"}', encoding="utf-8")
    result = invoke("list", "--cases-from", str(path))
    assert result.exit_code == 2
    assert "no document of the format" in result.stderr


def test_an_unreachable_server(tmp_path: Path) -> None:
    """A server that is not there is a sentence, and exit status 2."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        result = invoke("server", f"ws://127.0.0.1:{free.getsockname()[1]}", "--out", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert "Connection refused" in result.stderr


def test_reports_that_cannot_be_written(tmp_path: Path) -> None:
    """Where reports cannot go, the summary is printed all the same, and the exit status is 2."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = invoke("memory", "rawws", "--case", "1.1.1", "--out", str(tmp_path / "file" / "out"))
    assert result.exit_code == 2
    assert "rawws: 1 cases" in result.stdout


def test_terminal_escapes_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """What a peer sends is printed without anything that a terminal would obey."""

    async def refuses(stream: trio.abc.Stream) -> None:
        await stream.receive_some(65536)
        head = b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        await stream.send_all(head + b"Sec-WebSocket-Accept: \xc2\x9b31m\r\n\r\n")

    with servers.running(refuses) as url:
        result = invoke("server", url, "--case", "1.1.1", "--out", str(tmp_path))
    assert result.exit_code == 1
    assert "\x9b" not in result.stdout
    assert "\x1b" not in result.stdout
