"""`serve`: listening, handlers, and closing in good order."""

from __future__ import annotations

import contextlib
import errno
import functools
import logging
import os
import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

import rawws.trio
from rawws.core import Limits
from rawws.trio import Server, WebSocket
from rawws.trio.census import show_address

from tests.trio.frames import CLOSE, REQUEST, TEXT
from tests.trio.peer import HOST, End, RawPeer, dial
from tests.trio.running import certificates, echo, enter, eventually, in_trio, open_websocket, serving


@in_trio()
async def test_a_server_tells_where_it_listens() -> None:
    """`nursery.start` gives a Server with the port that was chosen, all addresses, and whether it speaks TLS."""
    async with serving(echo) as server:
        assert server.port > 0
        assert server.addresses == [(HOST, server.port)]
        assert not server.secure
        assert server.connections == frozenset()
    async with serving(echo, ssl_context=certificates().server) as server:
        assert server.secure


@in_trio()
async def test_a_server_listens_on_every_interface() -> None:
    """Host None listens everywhere, each address with its own port, and each of them serves."""
    async with trio.open_nursery() as nursery:
        server = await nursery.start(rawws.trio.serve, echo, None, 0)
        assert server.port == server.addresses[0][1]
        for host, port in server.addresses:
            loopback = "[::1]" if ":" in host else HOST
            async with rawws.trio.connect(f"ws://{loopback}:{port}/") as ws:
                await ws.send("hi")
                assert await ws.receive() == "hi"
        nursery.cancel_scope.cancel()


@in_trio()
async def test_a_port_that_is_taken() -> None:
    """Where a server cannot listen, OSError comes out as itself, and no socket is left."""
    async with serving(echo) as server:
        with pytest.raises(OSError, match="in use") as caught:
            await rawws.trio.serve(echo, HOST, server.port)
        assert caught.value.errno == errno.EADDRINUSE


WRONG: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"handler": None}, TypeError),
    ({"handler": echo, "on_message": lambda ws, message: None}, TypeError),
    ({"handler": None, "on_message": echo}, TypeError),
    ({"origins": "https://example.com"}, TypeError),
    ({"origins": ["rubbish"]}, ValueError),
    ({"subprotocols": "chat"}, TypeError),
    ({"subprotocols": ["a b"]}, ValueError),
    ({"subprotocols": ["a\r\nX: y"]}, ValueError),
    ({"subprotocols": [7]}, TypeError),
    ({"extra_headers": ["X: y"]}, TypeError),
    ({"extra_headers": [("X-A", "1\r\nX-B: 2")]}, ValueError),
    ({"extra_headers": [("X A", "1")]}, ValueError),
    ({"extra_headers": [("Sec-WebSocket-Accept", "x")]}, ValueError),
    ({"extra_headers": [("Content-Length", "1")]}, ValueError),
    ({"ping_interval": "soon"}, TypeError),
    ({"close_timeout": -1}, ValueError),
]


@pytest.mark.parametrize(("arguments", "error"), WRONG, ids=range(len(WRONG)))
@in_trio()
async def test_wrong_arguments_are_refused(arguments: dict[str, Any], error: type[Exception]) -> None:
    """What no connection could be served with raises TypeError or ValueError before anybody listens."""
    arguments = {"handler": echo, **arguments}
    with pytest.raises(error):
        await rawws.trio.serve(host=HOST, port=0, **arguments)
    with pytest.raises(error):
        await rawws.trio.serve_stream(stream=trio.testing.memory_stream_pair()[0], **arguments)


@in_trio()
async def test_sockets_that_somebody_else_has_bound(tmp_path: Path) -> None:
    """`sockets` are served on, with and without a port, and closed at the end."""
    path = str(tmp_path / "socket")
    local = socket.socket(socket.AF_UNIX)
    local.bind(path)
    sockets = [socket.create_server((HOST, 0)), local]
    async with trio.open_nursery() as nursery:
        server = await nursery.start(functools.partial(rawws.trio.serve, echo, None, 0, sockets=sockets))
        assert server.addresses == [sockets[0].getsockname()]
        assert server.port == sockets[0].getsockname()[1]
        async with await enter(server) as peer:
            await peer.send_text("by port")
            await peer.expect(TEXT, b"by port")
        stream = await trio.open_unix_socket(path)
        async with RawPeer(stream, client=True) as peer:
            await peer.send(REQUEST)
            await peer.read_head()
            await peer.send_text("by path")
            await peer.expect(TEXT, b"by path")
            [ws] = [ws for ws in server.connections if not isinstance(ws.remote_address, tuple)]
            assert "local socket" in show_address(ws.remote_address)
        nursery.cancel_scope.cancel()
    assert [sock.fileno() for sock in sockets] == [-1, -1]


@pytest.mark.parametrize("name", ["host", "port", "type", "kind"])
@in_trio()
async def test_wrong_sockets_are_refused(name: str) -> None:
    """Sockets come in place of host and port, and are stream sockets."""
    kind = socket.SOCK_DGRAM if name == "kind" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind((HOST, 0))
        sockets: Any = [7 if name == "type" else sock]
        where = (HOST if name == "host" else None, 80 if name == "port" else 0)
        with pytest.raises(TypeError if name == "type" else ValueError, match="socket"):
            await rawws.trio.serve(echo, *where, sockets=sockets)


# -- handlers ---------------------------------------------------------------------------------------------------------


@in_trio()
async def test_a_handler_that_returns_closes_with_1000() -> None:
    """When the handler returns, the peer gets a Close with 1000, behind what the handler has sent."""

    async def handler(ws: WebSocket) -> None:
        await ws.send("bye")

    async with serving(handler) as server, await enter(server) as peer:
        await peer.expect(TEXT, b"bye")
        await peer.expect_close(1000)
        await peer.send_close(1000)
        await peer.expect_end()
        await eventually(lambda: not server.connections)


class Mine(Exception):
    """An exception of a handler's."""


@pytest.mark.parametrize("error", [Mine("planted"), KeyError("planted"), ExceptionGroup("planted", [Mine()])])
@in_trio()
async def test_a_handler_that_raises_closes_with_1011(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """An exception of the handler is logged once with its traceback; the peer gets 1011; the server goes on serving."""

    async def handler(ws: WebSocket) -> None:
        await ws.receive()
        raise error

    async with serving(handler) as server:
        for _ in range(2):
            async with await enter(server) as peer:
                await peer.send_text("go")
                # Nothing of the exception goes to the peer.
                assert (await peer.expect_close(1011)).payload[2:] == b""
    records = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(records) == 2
    assert {record.name for record in records} == {"rawws.server"}
    assert all(record.exc_info and record.exc_info[1] is error for record in records)


@pytest.mark.parametrize("sends", [False, True], ids=["receives", "sends"])
@in_trio(virtual=True)
async def test_a_handler_that_is_ended_by_its_peer_is_no_error(sends: bool, caplog: pytest.LogCaptureFixture) -> None:
    """BrokenResourceError and the like, raised since the peer has gone, are no errors of the handler."""
    caplog.set_level(logging.INFO, "rawws.server")

    async def handler(ws: WebSocket) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ws.receive)

    async def sender(ws: WebSocket) -> None:
        while True:
            await ws.send("x" * 1000)
            await trio.sleep(0.1)

    async with serving(sender if sends else handler) as server:
        for end in ("close", "other close", "fin", "rst", "violation"):
            async with await enter(server) as peer:
                match end:
                    case "close":
                        await peer.send_close(1000)
                    case "other close":
                        await peer.send_close(1011)
                    case "fin":
                        await peer.half_close()
                    case "rst":
                        await peer.reset()
                    case "violation":
                        await peer.send(peer.frame(0x3))
                        while (await peer.read_frame()).opcode != CLOSE:
                            pass
                        await peer.half_close()
                while server.connections:
                    with contextlib.suppress(End, trio.ClosedResourceError):
                        await peer.read_octets()
                    await trio.sleep(0.25)
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []
    assert len([record for record in caplog.records if record.levelno == logging.INFO]) >= 4


@in_trio()
async def test_an_error_about_another_connection_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    """A BrokenResourceError that has nothing to do with the handler's own connection is logged and closes with 1011."""

    async def handler(ws: WebSocket) -> None:
        await ws.receive()
        raise trio.BrokenResourceError("the database has gone")

    async with serving(handler) as server, await enter(server) as peer:
        await peer.send_text("go")
        await peer.expect_close(1011)
    assert [record.levelname for record in caplog.records if record.levelno > logging.INFO] == ["ERROR"]


@in_trio()
async def test_a_handler_that_is_no_coroutine_function_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    """A handler whose call raises, or gives nothing to await, is a handler that failed: 1011, and the server lives."""

    def handler(ws: WebSocket) -> None:
        pass

    async with serving(handler) as server:  # type: ignore[arg-type]
        for _ in range(2):
            async with await enter(server) as peer:
                await peer.expect_close(1011)
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 2


@pytest.mark.parametrize("error", [SystemExit("planted"), KeyboardInterrupt("planted")])
@in_trio()
async def test_what_is_no_exception_ends_the_server(error: BaseException) -> None:
    """SystemExit and KeyboardInterrupt of a handler come out of `serve` as themselves; nothing is left listening."""

    async def handler(ws: WebSocket) -> None:
        await ws.receive()
        raise error

    caught: list[BaseException] = []

    async def serve(*, task_status: trio.TaskStatus[Server]) -> None:
        try:
            await rawws.trio.serve(handler, HOST, 0, close_timeout=0.1, task_status=task_status)
        except BaseException as exc:  # noqa: BLE001  all is looked at below
            caught.append(exc)

    async with trio.open_nursery() as nursery:
        server: Server = await nursery.start(serve)
        peers = [await enter(server) for _ in range(3)]
        await peers[0].send_text("go")
    assert caught == [error]
    with pytest.raises(OSError, match="refused"):
        await dial(server.port)
    for peer in peers:
        await peer.aclose()


@in_trio()
async def test_an_interrupt_of_the_user_comes_out_as_itself() -> None:
    """Control-C while a server serves raises KeyboardInterrupt where `serve` was called, and not a group."""

    async def press() -> None:
        await trio.testing.wait_all_tasks_blocked(0.01)
        signal.raise_signal(signal.SIGINT)

    trio.lowlevel.spawn_system_task(press)
    with pytest.raises(KeyboardInterrupt):
        await rawws.trio.serve(echo, HOST, 0)


@in_trio()
async def test_a_cancellation_comes_out_as_itself() -> None:
    """Cancelled comes out of `serve` and of `Server.close` as trio's own exception, and not as a group."""

    async def handler(ws: WebSocket) -> None:
        await trio.sleep_forever()

    with trio.move_on_after(0.01) as scope, pytest.raises(trio.Cancelled) as caught:
        await rawws.trio.serve(echo, HOST, 0)
    async with serving(handler, close_timeout=None) as server:
        peers = [await enter(server) for _ in range(3)]
        with trio.move_on_after(0.01) as scope, pytest.raises(trio.Cancelled):
            await server.close()
    assert scope.cancel_called
    assert caught.value.__cause__ is None
    for peer in peers:
        await peer.aclose()


@in_trio()
async def test_handlers_run_beside_each_other() -> None:
    """Each connection has its handler's own task, and the server knows its open connections."""
    async with serving(echo) as server:
        peers = [await enter(server) for _ in range(20)]
        await eventually(lambda: len(server.connections) == 20)
        for number, peer in enumerate(reversed(peers)):
            await peer.send_text(f"{number}")
            await peer.expect(TEXT, str(number).encode())
        for peer in peers:
            await peer.aclose()
        await eventually(lambda: not server.connections)


# -- a plain function -------------------------------------------------------------------------------------------------


@in_trio()
async def test_a_plain_function_answers_messages() -> None:
    """`on_message` is called with each message, in order, and may answer with `send_nowait`."""
    calls: list[tuple[WebSocket, str | bytes]] = []

    def on_message(ws: WebSocket, message: str | bytes) -> None:
        calls.append((ws, message))
        ws.send_nowait(message)

    async with serving(None, on_message=on_message) as server, await enter(server) as peer:
        for number in range(5):
            await peer.send_text(f"{number}")
        for number in range(5):
            await peer.expect(TEXT, b"%d" % number)
        assert [message for _, message in calls] == ["0", "1", "2", "3", "4"]
        assert {ws for ws, _ in calls} == server.connections
        await peer.send_ping(b"p")
        await peer.expect(0xA, b"p")
        await peer.send_close(1000)
        await peer.expect_close(1000)
        await eventually(lambda: not server.connections)


@in_trio()
async def test_a_plain_function_that_raises_closes_with_1011(caplog: pytest.LogCaptureFixture) -> None:
    """An exception of `on_message` is logged and closes its connection with 1011; the others live on."""

    def on_message(ws: WebSocket, message: str | bytes) -> None:
        if message == "raise":
            raise Mine("planted")
        ws.send_nowait(message)

    async with serving(None, on_message=on_message) as server, await enter(server) as bad, await enter(server) as good:
        await bad.send_text("raise")
        await bad.expect_close(1011)
        await good.send_text("fine")
        await good.expect(TEXT, b"fine")
    assert any(record.exc_info for record in caplog.records)


@contextmanager
def no_free_files() -> Iterator[None]:
    """This process can open no further file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.dup(0)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken[0] + 64, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for file in taken:
            os.close(file)


@in_trio()
async def test_the_process_runs_out_of_files(caplog: pytest.LogCaptureFixture) -> None:
    """When there is no file descriptor for a connection, the server says so, waits, and goes on accepting later."""
    async with serving(echo) as server:
        sock = trio.socket.socket()
        async with RawPeer(trio.SocketStream(sock), client=True) as peer:
            with no_free_files():
                await sock.connect((HOST, server.port))
                await eventually(lambda: sum("cannot accept" in record.message for record in caplog.records) >= 2)
            await peer.send(REQUEST)
            assert (await peer.read_head()).startswith(b"HTTP/1.1 101 ")
            await peer.send_text("in the end")
            await peer.expect(TEXT, b"in the end")


# -- streams ----------------------------------------------------------------------------------------------------------


@in_trio()
async def test_serving_a_given_stream() -> None:
    """`serve_stream` serves one connection on any stream, and returns, with the stream closed, when it is over."""
    mine, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rawws.trio.serve_stream, echo, mine)
        async with rawws.trio.connect("ws://x/", stream=theirs) as ws:
            await ws.send("through a pipe")
            assert await ws.receive() == "through a pipe"
    with pytest.raises(trio.ClosedResourceError):
        await mine.send_all(b"x")


@pytest.mark.parametrize("end", ["fin", "refused", "handler"])
@in_trio()
async def test_a_given_stream_is_closed_however_it_ends(end: str) -> None:
    """A stream whose handshake fails, or whose handler does, is closed, and `serve_stream` returns without an error."""

    async def handler(ws: WebSocket) -> None:
        raise Mine("planted")

    mine, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rawws.trio.serve_stream, handler, mine)
        peer = RawPeer(theirs, client=True)
        match end:
            case "fin":
                await peer.send(REQUEST[:20])
            case "refused":
                await peer.send(REQUEST.replace(b"Version: 13", b"Version: 12"))
                assert (await peer.read_head()).startswith(b"HTTP/1.1 426 ")
            case "handler":
                await peer.send(REQUEST)
                await peer.read_head()
                await peer.expect_close(1011)
        await peer.half_close()
    await peer.read_to_end()
    with pytest.raises(trio.ClosedResourceError):
        await mine.send_all(b"x")


@in_trio()
async def test_the_keywords_reach_the_connection() -> None:
    """Limits and durations given to `serve` hold for its connections."""
    limits = Limits(max_message_bytes=10)
    async with open_websocket("server", limits=limits, close_timeout=0.05) as (ws, peer):
        await peer.send_text("x" * 11)
        with pytest.raises(trio.BrokenResourceError):
            await ws.receive()
        await peer.expect_close(1009)


