"""Autobahn's command line and spec files: the same choice of cases, the same exit statuses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from rawws_conformance.cases import autobahn
from rawws_conformance.cli import main
from rawws_conformance.model import Seconds
from rawws_conformance.wstest import DEFAULTS, Spec, SpecError, read_spec

from tests.conformance.clients import DEADLINE

ALL = list(autobahn())


def spec_of(mode: str = "fuzzingclient", **fields: object) -> Spec:
    """A spec with these fields; a name of Autobahn's has _ in the place of -."""
    value = {"cases": ["*"]} | {name.replace("_", "-"): each for name, each in fields.items()}
    return read_spec(mode, json.dumps(value))


def ids(**fields: object) -> list[str]:
    """The cases that a spec chooses."""
    return [case.id for case in spec_of("fuzzingclient", **fields).select(autobahn())]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def wstest(*arguments: str) -> Result:
    """Run `wstest` in this process."""
    return CliRunner().invoke(main, ["wstest", *arguments], catch_exceptions=False)


def echo(connection: ServerConnection) -> None:
    """Send every message back."""
    for message in connection:
        connection.send(message)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An echo server that chooses a subprotocol where it is offered."""

    def choose(_connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        return next((name for name in offered if name == "chat"), None)

    with serve(echo, "127.0.0.1", 0, max_size=None, server_header="Test/1", select_subprotocol=choose) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join(DEADLINE)


# -------------------------------------------------------------------------------------------------------- which cases


def test_all_cases() -> None:
    """`*` takes everything, in the order of the numbers."""
    assert ids() == ALL


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("13.*.1", [f"13.{minor}.{n}" for minor in range(1, 8) for n in (1, *range(10, 19))]),
        ("1.*", [f"1.{minor}.{n}" for minor in (1, 2) for n in range(1, 9)]),
        ("5.1*", ["5.1", *(f"5.{n}" for n in range(10, 20))]),
        ("7.7.1", ["7.7.1"]),
        ("7.7.1*", ["7.7.1", "7.7.10", "7.7.11", "7.7.12", "7.7.13"]),
        ("*.20", ["5.20"]),
        ("x*", []),
    ],
)
def test_patterns(pattern: str, expected: list[str]) -> None:
    """A pattern with * is tied to the start of an id, not to its end; a dot is a dot."""
    found = ids(cases=[pattern])
    if pattern == "*.20":
        assert "5.20" in found
        assert all(".20" in case_id for case_id in found)
    else:
        assert found == expected


def test_excluded_cases() -> None:
    """What `exclude-cases` takes is not played, whatever `cases` says; ids come once, however often they are named."""
    assert ids(cases=["2.1", "2.*", "2.1"], exclude_cases=["2.1*", "2.9"]) == [f"2.{n}" for n in range(2, 9)]


@pytest.mark.parametrize("field", ["cases", "exclude_cases"])
def test_unknown_ids(field: str) -> None:
    """An id that no case has is an error, and not, as in Autobahn, something that breaks later."""
    with pytest.raises(SpecError, match=r"there is no case '77\.1'"):
        ids(**{field: ["77.1"]})


def test_agents_are_excluded() -> None:
    """`exclude-agent-cases`: both patterns are the whole of what they match."""
    spec = spec_of(exclude_agent_cases={"Old*": ["9.*", "5.1"], "x.y": ["*"]})
    assert spec.leaves_out("Old/1.0", "9.1.1")
    assert spec.leaves_out("Old", "5.1")
    assert not spec.leaves_out("Old", "5.10")
    assert not spec.leaves_out("Older", "1.9.1")
    assert not spec.leaves_out("not Old", "9.1.1")
    assert spec.leaves_out("x.y", "1.1.1")
    assert not spec.leaves_out("xzy", "1.1.1")


# ------------------------------------------------------------------------------------------------------------- options


def test_time_limits() -> None:
    """Options that are time limits are ours, too, a server's own before those of all; 0 is no limit."""
    spec = spec_of(
        options={"openHandshakeTimeout": 7, "closeHandshakeTimeout": 0.5},
        servers=[{"url": "ws://a"}, {"url": "ws://b", "options": {"serverConnectionDropTimeout": 0}}],
    )
    first, second = (server.seconds for server in spec.servers)
    assert first == spec.seconds == Seconds(7, 0.5, 1)
    assert (second.opening, second.close_reply) == (7, 0.5)
    assert second.tcp_end > 1e6


def test_options_that_change_nothing() -> None:
    """What is not ours is named, unless it says what we do anyway."""
    servers = [{"url": "x", "options": {"failByDrop": True}}]
    spec = spec_of(options={"failByDrop": False, "version": 18}, servers=servers)
    assert spec.ignored == ("failByDrop: true",)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "this is no JSON"),
        ("[" * 100_000, "this is no JSON"),
        ("[]", "the spec has to be an object"),
        ("{}", "the spec lacks cases"),
        ('{"cases": "*"}', "cases has to be a list of texts"),
        ('{"cases": [1]}', "cases has to be a list of texts"),
        ('{"cases": ["*"], "outdir": 1}', "outdir has to be a text"),
        ('{"cases": ["*"], "exclude-agent-cases": ["x"]}', "exclude-agent-cases has to be an object"),
        ('{"cases": ["*"], "exclude-agent-cases": {"x": "y"}}', "x has to be a list of texts"),
        ('{"cases": ["*"], "options": 1}', "options has to be an object"),
        ('{"cases": ["*"], "options": {"openHandshakeTimeout": "x"}}', "openHandshakeTimeout has to be a number"),
        ('{"cases": ["*"], "options": {"openHandshakeTimeout": -1}}', "openHandshakeTimeout has to be a number"),
        ('{"cases": ["*"], "servers": {"url": "x"}}', "servers has to be a list"),
        ('{"cases": ["*"], "servers": ["ws://x"]}', "server 1 of the spec has to be an object"),
        ('{"cases": ["*"], "servers": [{"agent": "x"}]}', "server 1 of the spec has no url"),
    ],
)
def test_specs_that_cannot_be_used(text: str, sentence: str, here: Path) -> None:
    """A spec that cannot be used is one sentence, and exit status 1, Autobahn's for a wrong command line."""
    with pytest.raises(SpecError, match=sentence):
        read_spec("fuzzingclient", text)
    (here / "spec.json").write_text(text, encoding="utf-8")
    done = wstest("-m", "fuzzingclient", "-s", "spec.json")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: spec.json: ")
    assert sentence in done.stderr


# ---------------------------------------------------------------------------------------------------- the command line


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-m", "nonsense"],
        ["-m", "echoserver"],
        ["-m", "fuzzingclient", "-s", "nothing.json"],
        ["-m", "fuzzingclient", "--unknown"],
        ["-m", "fuzzingclient", "-s", "unknown.json"],
        ["-m", "fuzzingclient", "-s", "noserver.json"],
        ["-m", "fuzzingclient", "-s", "nourl.json"],
        ["-m", "fuzzingserver", "-s", "nourl.json"],
        ["-m", "fuzzingserver", "-s", "notls.json"],
    ],
)
def test_usage_errors(arguments: list[str], here: Path) -> None:
    """A wrong command line, or a spec that leads nowhere, is a sentence and exit status 1."""
    (here / "unknown.json").write_text('{"cases": ["77.1"], "servers": [{"url": "ws://127.0.0.1:1"}]}')
    (here / "noserver.json").write_text('{"cases": ["1.1.1"]}')
    (here / "nourl.json").write_text('{"cases": ["1.1.1"], "url": "http://x", "servers": [{"url": "http://x"}]}')
    (here / "notls.json").write_text('{"cases": ["1.1.1"], "url": "wss://127.0.0.1:0"}')
    done = wstest(*arguments)
    assert (done.exit_code, done.exception.__class__) == (1, SystemExit)
    assert "Error: " in done.stderr


def test_version() -> None:
    """`-a` prints versions and ends with 0."""
    assert wstest("-a").exit_code == 0


def test_servers(here: Path, url: str) -> None:
    """Every server of the spec is tested; one that is not there is left out, and the exit status is 0 all the same."""
    spec = {
        "outdir": "./out",
        "servers": [
            {"url": f"{url}/path", "agent": "Mine/1", "origin": "http://example.com", "protocols": ["x", "chat"]},
            {"url": url},
            {"url": "ws://127.0.0.1:1", "agent": "Gone"},
        ],
        "cases": ["1.1.*", "7.9.1*"],
        "exclude-cases": ["1.1.6", "1.1.7", "1.1.8"],
        "exclude-agent-cases": {"Mine*": ["7.*"], "Test/1": ["1.1.1"]},
        "options": {"failByDrop": False},
    }
    (here / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    done = wstest("--mode", "fuzzingclient", "--spec", "spec.json")
    assert done.exit_code == 0, done.stderr
    assert "Connection refused (ws://127.0.0.1:1)" in done.stderr
    index = json.loads((here / "out" / "index.json").read_text())
    texts = [f"1.1.{n}" for n in range(1, 6)]
    closes = [case_id for case_id in ALL if case_id.startswith("7.9.1")]
    assert {agent: sorted(cases) for agent, cases in index.items()} == {
        "Mine/1": texts, "Test/1": sorted(texts[1:] + closes)
    }  # fmt: skip
    assert all(case["behavior"] == "OK" for cases in index.values() for case in cases.values())
    request = json.loads((here / "out" / index["Mine/1"]["1.1.1"]["reportfile"]).read_text())["httpRequest"]
    for line in ("GET /path HTTP/1.1", "Origin: http://example.com", "Sec-WebSocket-Protocol: x, chat"):
        assert f"{line}\r\n" in request
    assert (here / "out" / "index.html").is_file()


def test_nobody_there(here: Path) -> None:
    """Where no server could be reached, the exit status is 0 and the index is empty, as with Autobahn."""
    done = wstest("-m", "fuzzingclient", "-w", "ws://127.0.0.1:1")
    assert done.exit_code == 0
    assert json.loads((here / "reports" / "servers" / "index.json").read_text()) == {}
    # The spec was not there, and has been written; the next run finds it.
    assert json.loads((here / "fuzzingclient.json").read_text()) == DEFAULTS["fuzzingclient"] | {"servers": []}
    assert wstest("-m", "fuzzingclient").exit_code == 1


def test_the_url_of_the_command_line(here: Path, url: str) -> None:
    """`-w` names the server where the spec names none, and nothing where it names one."""
    (here / "spec.json").write_text('{"cases": ["1.1.1"], "servers": []}')
    assert wstest("-m", "fuzzingclient", "-s", "spec.json", "-w", url).exit_code == 0
    assert list(json.loads((here / "reports" / "servers" / "index.json").read_text())) == ["Test/1"]
    spec = {"cases": ["1.1.1"], "servers": [{"url": url, "agent": "x"}, {"url": url, "agent": "x"}]}
    (here / "spec.json").write_text(json.dumps(spec))
    assert wstest("-m", "fuzzingclient", "-s", "spec.json", "-w", "ws://127.0.0.1:1").exit_code == 0
    assert sorted(json.loads((here / "reports" / "servers" / "index.json").read_text())) == ["x", "x_"]
