"""`rawws demo`: the whole at work, step by step, over real TCP; every step is checked."""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.metadata
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import trio

from rawws.cli.app import echo
from rawws.cli.conformance import CONFORMANCE_DEADLINE, play_cases
from rawws.cli.problem import run_trio, sentence_of
from rawws.cli.show import close_line, octets, status_line
from rawws.cli.story import StepFailed, Story, describe, dump
from rawws.cli.version import version_line
from rawws.cli.wire import Wire
from rawws.core.ended import Ended
from rawws.core.limits import DEFAULT_LIMITS
from rawws.trio import ConnectError, Rejected, Server, WebSocket, connect, serve

_HOST = "127.0.0.1"
_SUBPROTOCOL = "demo.rawws"

# Seconds for all of it. It takes about one.
_DEADLINE = 60


@click.command("demo", short_help="Show a server and a client at work.")
@click.option(
    "--conformance", "reports", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path),
    help="At the end play the cases of rawws-conformance against the server, and write its reports to FOLDER.",
)  # fmt: skip
def demo_command(*, reports: Path | None) -> int:
    """Start a server, connect to it over TCP, and show what goes over the wire.

    Every step is checked; the exit status is 1 where one is not what it should be.
    """
    story = Story()
    try:
        return run_trio(functools.partial(_run, story, reports))
    except StepFailed as exc:
        story.failed(f"this should be true: {exc}")
    except (OSError, ConnectError, trio.BrokenResourceError, trio.EndOfChannel) as exc:
        story.failed(f"the connection does not do what it should: {sentence_of(exc)}")
    return 1


async def _run(story: Story, reports: Path | None) -> int:
    with trio.move_on_after(_DEADLINE) as scope:
        await Demo(story).run()
        if reports is not None:
            scope.deadline = trio.current_time() + CONFORMANCE_DEADLINE
            await play_cases(story, _HOST, reports)
        story.title("\nEvery step was what it should be.")
        return 0
    story.failed("this takes longer than it may")
    return 1


class Demo:
    """The steps, in their order.

    endings: how the server saw each connection end, in order.
    """

    def __init__(self, story: Story) -> None:
        self._story = story
        self._send_ending, self._endings = trio.open_memory_channel[Ended | None](100)

    async def run(self) -> None:
        """All steps. Raises StepFailed at the first that is not what it should be."""
        story = self._story
        story.title(version_line())
        story.title("A server and a client on this machine, and the octets that go between them")
        async with trio.open_nursery() as nursery:
            server = await self._listen(nursery)
            wire = Wire(server.port)
            url = f"ws://{_HOST}:{await wire.listen(nursery)}/"
            await self._talk(url, wire)
            await self._talk_uncompressed(url, wire)
            await self._come_from_elsewhere(url, wire)
            await self._let_websockets_in(f"ws://{_HOST}:{server.port}/")
            await self._shut_down(url, wire, server)
            nursery.cancel_scope.cancel()

    async def _listen(self, nursery: trio.Nursery) -> Server:
        self._story.step("The server listens, on a port that was free")
        server: Server = await nursery.start(
            functools.partial(serve, self._handle, _HOST, 0, subprotocols=[_SUBPROTOCOL])
        )
        self._story.line(f"ws://{_HOST}:{server.port}/")
        return server

    async def _handle(self, ws: WebSocket) -> None:
        try:
            await echo(ws)
        finally:
            self._send_ending.send_nowait(ws.ended)

    # -- one connection -------------------------------------------------------------------------------------------

    async def _talk(self, url: str, wire: Wire) -> None:
        story = self._story
        story.step("Opening handshake")
        async with connect(url, subprotocols=["other", _SUBPROTOCOL]) as ws:
            octets_by = wire.take()
            story.head("→", octets_by.sent)
            story.head("←", octets_by.received)
            story.check(ws.subprotocol == _SUBPROTOCOL, f"the server chose the subprotocol {_SUBPROTOCOL}")
            story.check(ws.extensions.startswith("permessage-deflate"), "both will compress what is worth it")
            await self._echo(ws, wire, "A text message, masked by the client only", "Hello, WebSocket! Grüße, 世界")
            await self._echo(ws, wire, "A binary message", bytes(range(32)))
            await self._compress(ws, wire)
            await self._send_noise(ws, wire)
            await self._ping(ws, wire)
            await self._close(ws, wire)

    async def _echo(self, ws: WebSocket, wire: Wire, title: str, message: str | bytes) -> int:
        """Send a message and get it back; how many octets it took on the wire."""
        story = self._story
        story.step(title)
        await ws.send(message)
        story.sent(describe(message))
        answer = await ws.receive()
        seen = wire.take()
        story.line(f"  {dump(seen.sent)}", "dim")
        story.received(describe(answer), seen.received)
        story.check(answer == message and type(answer) is type(message), "it came back as it was")
        return len(seen.sent)

    async def _compress(self, ws: WebSocket, wire: Wire) -> None:
        text = "All work and no play makes Jack a dull boy. " * 2000
        on_wire = await self._echo(ws, wire, "A text message that deflates well", text)
        self._story.check(on_wire < len(text) // 20, f"{octets(len(text))} took {octets(on_wire)} on the wire")

    async def _send_noise(self, ws: WebSocket, wire: Wire) -> None:
        noise = random.randbytes(70_000)  # noqa: S311  it keeps no secret, it is only hard to compress
        on_wire = await self._echo(ws, wire, "A binary message whose length takes 64 bits, of noise", noise)
        self._story.check(on_wire > len(noise), "noise does not deflate")

    async def _ping(self, ws: WebSocket, wire: Wire) -> None:
        story = self._story
        story.step("Ping")
        rtt = await ws.ping(b"are you there?")
        seen = wire.take()
        story.sent('ping: "are you there?"', seen.sent)
        story.received(f"pong, after {1000 * rtt:.2f} ms", seen.received)
        story.check(seen.received == b"\x8a\x0eare you there?", "the pong holds what the ping held")

    async def _close(self, ws: WebSocket, wire: Wire) -> None:
        story = self._story
        story.step("Closing handshake")
        await ws.close(1000, "that was all")
        seen = wire.take()
        story.sent(f"close: {close_line(1000, 'that was all')}", seen.sent)
        story.received(f"close: {close_line(ws.close_code or 0, ws.close_reason or '')}", seen.received)
        story.check(ws.close_code == 1000 and ws.ended is not None and ws.ended.clean, "the server answered with 1000")
        ending = await self._endings.receive()
        told = ending is not None and (ending.code, ending.reason) == (1000, "that was all")
        story.check(told, "the server was told why")

    # -- another one, without compression -------------------------------------------------------------------------

    async def _talk_uncompressed(self, url: str, wire: Wire) -> None:
        async with connect(url, compression=False) as ws:
            wire.take()
            await self._send_fragments(ws, wire)
            await self._send_too_much(ws, wire)
        await self._endings.receive()

    async def _send_fragments(self, ws: WebSocket, wire: Wire) -> None:
        story = self._story
        story.step("A message in three fragments, on a connection without compression")
        fragments = ["divided", " we", " stand"]
        await ws.send_stream(fragments)
        story.sent(" | ".join(fragments))
        answer = await ws.receive()
        seen = wire.take()
        story.line(f"  {dump(seen.sent)}", "dim")
        story.received(describe(answer), seen.received)
        story.check(answer == "divided we stand", "the fragments were one message")

    async def _send_too_much(self, ws: WebSocket, wire: Wire) -> None:
        story = self._story
        most = DEFAULT_LIMITS.max_message_bytes or 0
        story.step("A message that is too big")
        await ws.send(bytes(most + 1))
        story.sent(f"binary, {octets(most + 1)}, where the server takes {octets(most)}")
        with contextlib.suppress(trio.BrokenResourceError):
            await ws.receive()
        story.received(f"close: {close_line(ws.close_code or 0, ws.close_reason or '')}", wire.take().received)
        story.check(ws.close_code == 1009, "the server refused it with 1009")

    # -- who is not let in ----------------------------------------------------------------------------------------

    async def _come_from_elsewhere(self, url: str, wire: Wire) -> None:
        story = self._story
        story.step("A page of another site wants to connect")
        wire.take()
        status_code = None
        try:
            async with connect(url, origin="https://elsewhere.example"):
                pass
        except Rejected as exc:
            status_code = exc.status_code
        story.sent("GET / HTTP/1.1, Origin: https://elsewhere.example")
        story.received("a connection" if status_code is None else f"HTTP/1.1 {status_line(status_code)}")
        story.check(status_code == 403, "the server refused it with 403 (RFC 6455 §10.2)")

    # -- somebody else's client -----------------------------------------------------------------------------------

    async def _let_websockets_in(self, url: str) -> None:
        story = self._story
        try:
            client = importlib.import_module("websockets.sync.client")
        except ImportError:
            story.step("A client that nobody here wrote: left out, since `websockets` is not installed")
            return
        version = importlib.metadata.version("websockets")
        story.step(f"A client that nobody here wrote: websockets {version}")
        # From 15 on it asks the environment for a proxy, which has nothing to do with this machine's own address.
        options = {"proxy": None} if int(version.partition(".")[0]) >= 15 else {}
        messages: list[str | bytes] = ["Hello from websockets", bytes(1000)]
        talk = functools.partial(_talk_with_websockets, functools.partial(client.connect, url, **options), messages)
        answers, code = await trio.to_thread.run_sync(talk, abandon_on_cancel=True)
        for message, answer in zip(messages, answers, strict=True):
            story.sent(describe(message))
            story.received(describe(answer))
        story.received(f"close: {close_line(code, '')}")
        story.check(answers == messages and code == 1000, "it understands this server")
        await self._endings.receive()

    # -- the end --------------------------------------------------------------------------------------------------

    async def _shut_down(self, url: str, wire: Wire, server: Server) -> None:
        story = self._story
        story.step("The server shuts down while somebody is connected")
        async with connect(url) as ws, trio.open_nursery() as nursery:
            await ws.ping()
            wire.take()
            nursery.start_soon(functools.partial(server.close, 1001, "good night"))
            with contextlib.suppress(trio.EndOfChannel):
                await ws.receive()
            story.received(f"close: {close_line(ws.close_code or 0, ws.close_reason or '')}", wire.take().received)
            story.check((ws.close_code, ws.close_reason) == (1001, "good night"), "the client was told so, with 1001")


def _talk_with_websockets(
    open_connection: Callable[[], Any], messages: Sequence[str | bytes]
) -> tuple[list[str | bytes], int]:
    """Have each message echoed; the answers, and the code of the server's Close. Runs in a thread."""
    ws = open_connection()
    answers = []
    for message in messages:
        ws.send(message)
        answers.append(ws.recv(timeout=10))
    ws.close()
    return answers, ws.close_code
