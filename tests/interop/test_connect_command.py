"""The command `rawws connect`, connected to servers of other projects."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.interop import with_aiohttp, with_tornado, with_websockets
from tests.interop.conftest import Certificates
from tests.interop.peer import HOST, Agreed, Library, LoopThread, Options, PeerServer
from tests.interop.processes import START_DEADLINE, rawws_command


def converse(server: PeerServer) -> tuple[Agreed, tuple[int, str | None]]:
    """The server's part: send back two messages; what was agreed, and how the client closed."""
    peer = server.accepted()
    try:
        for _ in range(2):
            peer.send(peer.receive())
        return peer.agreed, peer.closed()
    finally:
        peer.abandon()


@pytest.mark.parametrize(
    ("library", "secure"),
    [
        (with_websockets.LIBRARY, False),
        (with_websockets.LIBRARY, True),
        (with_aiohttp.LIBRARY, False),
        (with_tornado.LIBRARY, True),
    ],
    ids=str,
)
def test_send_and_expect(loop: LoopThread, certificates: Certificates, library: Library, secure: bool) -> None:
    """`rawws connect --send … --expect 2` sends, prints what comes back, closes with 1000, and exits with 0."""
    assert library.serve is not None
    options = Options(tls=certificates.server if secure else None, deflate=True, subprotocols=("good.example",))
    with library.serve(loop, options) as server, ThreadPoolExecutor(1) as pool:
        part = pool.submit(converse, server)
        arguments = ["--subprotocol", "good.example", "--header", "X-Word: some words"]
        arguments += ["--send", "hello", "--send", "Grüße 🌍", "--expect", "2"]
        arguments += ["--ca", str(certificates.authority)] if secure else []
        url = f"wss://localhost:{server.port}/" if secure else f"ws://{HOST}:{server.port}/"
        command, environment = rawws_command("connect", *arguments, url)
        environment["PYTHONUTF8"] = "1"
        result = subprocess.run(
            command, env=environment, capture_output=True, encoding="utf-8", timeout=START_DEADLINE, check=False
        )
        assert (result.returncode, result.stdout) == (0, "hello\nGrüße 🌍\n"), result.stderr
        agreed, closed = part.result(START_DEADLINE)
    assert closed == (1000, "")
    assert (agreed.subprotocol, agreed.headers["x-word"]) == ("good.example", "some words")
    assert agreed.extensions.startswith("permessage-deflate")
