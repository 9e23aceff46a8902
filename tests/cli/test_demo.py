"""`rawws demo`, as a process."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest
import trio

import rawws
from rawws.cli.conformance import play_cases
from rawws.cli.story import Story

from tests.cli.running import run

#: What happens, in this order.
STEPS = [
    "The server listens",
    "Opening handshake",
    "→ GET / HTTP/1.1",
    "← HTTP/1.1 101",
    "A text message",
    "Hello, WebSocket!",
    "A binary message",
    "A text message that deflates well",
    "A binary message whose length takes 64 bits",
    "Ping",
    "← pong, after ",
    "Closing handshake",
    "← close: 1000 (normal closure)",
    "A message in three fragments",
    "A message that is too big",
    "← close: 1009 (message too big)",
    "A page of another site",
    "← HTTP/1.1 403 Forbidden",
    "A client that nobody here wrote: websockets ",
    "The server shuts down",
    '← close: 1001 (going away): "good night"',
    "Every step was what it should be.",
]


def test_the_demonstration() -> None:
    """It goes through all its steps, in plain text where nobody looks, and ends with 0."""
    done = run("demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"rawws {rawws.__version__} ")
    assert "\x1b" not in done.stdout
    at = 0
    for step in STEPS:
        assert step in done.stdout[at:], step
        at = done.stdout.index(step, at) + len(step)
    assert max(map(len, done.stdout.splitlines())) < 120


def test_without_websockets(tmp_path: Path) -> None:
    """Where `websockets` is not installed, its step is left out, which is said."""
    (tmp_path / "websockets.py").write_text("raise ImportError")
    done = run("demo", variables={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")
    assert "left out, since `websockets` is not installed" in done.stdout
    assert done.stdout.endswith("Every step was what it should be.\n")


CAME_BACK = "this should be true: it came back as it was"
BROKEN = "the connection does not do what it should"

#: What could go wrong, as a change to what the demonstration uses, and what has to be said of it.
SABOTAGE = {
    "short": ("async def echo(ws):\n    async for m in ws: await ws.send(m[1:])", CAME_BACK),
    "type": ("async def echo(ws):\n    async for m in ws: await ws.send(str(m))", CAME_BACK),
    "silent": ("async def echo(ws): pass", BROKEN),
    "gone": ("connect = functools.partial(connect, open_timeout=0)", BROKEN),
    "plain": ("serve = functools.partial(serve, compression=False)", "both will compress"),
    "origin": ("serve = functools.partial(serve, origins=rawws.trio.ANY_ORIGIN)", "refused it with 403"),
    "limit": ("DEFAULT_LIMITS = rawws.core.Limits(max_message_bytes=2**19)", "refused it with 1009"),
    "subprotocol": ("_serve = serve\ndef serve(*a, subprotocols, **k): return _serve(*a, **k)", "the subprotocol demo"),
}


@pytest.mark.parametrize(("change", "expected"), list(SABOTAGE.values()), ids=list(SABOTAGE))
def test_a_step_that_is_wrong_is_noticed(change: str, expected: str) -> None:
    """The steps are checked: where one is not what it should be, it is told and the exit status is 1."""
    script = f"""
import functools, sys
import rawws.cli.demo, rawws.core, rawws.trio
vars(rawws.cli.demo)["rawws"] = rawws
exec({change!r}, vars(rawws.cli.demo))
from rawws.cli import main
sys.exit(main(["demo"]))
"""
    done = run(prefix=[sys.executable, "-c", script])
    assert done.returncode == 1, done.stdout
    last = done.stdout.splitlines()[-1]
    assert re.search(rf"FAILED .*({expected})", last)
    assert done.stderr == ""


@pytest.mark.battery
def test_it_ends_with_the_cases_of_autobahn(tmp_path: Path) -> None:
    """With `--conformance` the last step plays 517 cases against the server, and says where the report is."""
    done = run("demo", "--conformance", "reports", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    page = tmp_path / "reports" / "index.html"
    assert re.search(r"517 cases in [0-9.]+ s: 3 INFORMATIONAL, 514 OK\n", done.stdout)
    assert done.stdout.endswith(f"{page}\n\nEvery step was what it should be.\n")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_without_the_cases(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where `rawws-conformance` is not installed, its step is left out, which is said."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    trio.run(play_cases, Story(), "127.0.0.1", Path("nowhere"))
    assert "left out, since `rawws-conformance` is not installed" in " ".join(capsys.readouterr().out.split())
