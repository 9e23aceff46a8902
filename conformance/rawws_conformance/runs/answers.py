"""The tester's end of a connection on which no case is played: it says something, and closes. No socket, no clock."""

from __future__ import annotations

from rawws_conformance.endpoint import Endpoint, Facts, State, Wait
from rawws_conformance.extensions import OpeningError
from rawws_conformance.model import Role, Seconds
from rawws_conformance.octets import FrameBuilder
from rawws_conformance.opening import ServerOpening
from rawws_conformance.runs.commands import CommandError, octets_of


class Answer:
    """A connection to a client that asked for something other than a case; it is driven like a `Player`.

    protocols: subprotocols to choose from. commands: whether the client's text messages are commands (`runs.commands`).
    """

    def __init__(self, *, seconds: Seconds, protocols: tuple[str, ...] = (), commands: bool = False) -> None:
        self._seconds = seconds
        self._commands = commands
        self._opening: ServerOpening | None = ServerOpening(wishes=(), protocols=protocols)
        self._builder = FrameBuilder(masks=False)
        self._endpoint: Endpoint | None = None
        self._out: list[tuple[bytes, bool]] = []
        self._deadlines: dict[Wait, float] = {}
        self._said: tuple[str | None, int | None] | None = None
        self._leaves = False
        self._now = 0.0
        self.done = False
        self.drop: str | None = None

    def say(self, text: str | None = None, *, close: int | None = None) -> None:
        """Send a text message, where there is one, and then a Close, with a code where there is one."""
        self._said = (text, close)
        self._speak()

    def leave(self) -> None:
        """End TCP as soon as the opening handshake is done, without a Close."""
        self._leaves = True

    def _speak(self) -> None:
        endpoint = self._endpoint
        if endpoint is None or self._said is None:
            return
        text, close = self._said
        self._said = None
        if endpoint.state is State.OPEN:
            if text is not None:
                self._out.append((self._builder.frame(1, text.encode()), False))
            endpoint.send_close(close, b"", self._now)

    # ------------------------------------------------------------------------------------------- what `Driver` calls

    @property
    def deadline(self) -> float | None:
        """When `expire` is to be called."""
        return min(self._deadlines.values(), default=None)

    def writes(self) -> list[bytes]:
        """What is to be sent."""
        writes = [data for data, _alone in self._out]
        self._out.clear()  # the endpoint writes to the same list
        return writes

    def start(self, now: float) -> None:
        """TCP is there."""
        self._now = now
        self._deadlines[Wait.OPENING] = now + self._seconds.opening

    def receive(self, data: bytes, now: float) -> None:
        """Octets came."""
        self._now = now
        if self._opening is not None:
            self._open(data, self._opening)
        elif self._endpoint is not None:
            self._endpoint.receive(data, now)
        self._settle()

    def receive_end(self, now: float, *, reset: bool = False) -> None:
        """TCP ended."""
        self._now = now
        if self._endpoint is not None:
            self._endpoint.received_end(reset=reset)
        self.done = True

    def expire(self, now: float) -> None:
        """Time has passed."""
        self._now = now
        for wait in [wait for wait, deadline in self._deadlines.items() if deadline <= now]:
            del self._deadlines[wait]
            if self._endpoint is None:
                self._end("abort")
            else:
                self._endpoint.expire(wait, now)
        self._settle()

    def postpone(self, seconds: float) -> None:
        """Nothing here is paced."""

    def _open(self, data: bytes, opening: ServerOpening) -> None:
        try:
            opened = opening.receive(data)
        except OpeningError as exc:
            self._out.append((bad_request(str(exc)), False))
            self._end("close")
            return
        if opened is None:
            return
        self._out.append((opening.response, False))
        self._opening = None
        self._deadlines.clear()
        self._endpoint = Endpoint(
            self, peer=Role.CLIENT, builder=self._builder, seconds=self._seconds, facts=Facts(), agreement=None
        )
        self._endpoint.out = self._out
        self._endpoint.deadlines = self._deadlines
        self._speak()
        if self._leaves:
            self._endpoint.end_tcp("close")
        elif opened.early:
            self._endpoint.receive(opened.early, self._now)

    def _settle(self) -> None:
        endpoint = self._endpoint
        if endpoint is not None and endpoint.state is State.CLOSED and not self.done:
            self._end(endpoint.drop)

    def _end(self, drop: str | None) -> None:
        self.drop = drop
        self.done = True
        self._deadlines.clear()

    # ------------------------------------------------------------------------------------------ what `Endpoint` calls

    def on_message(self, payload: bytes, *, binary: bool, compressed: bool) -> None:  # noqa: ARG002 - no deflate here
        """A message: a command, or nothing to us."""
        if not self._commands or self._endpoint is None:
            return
        try:
            parts = [] if binary else octets_of(payload, self._builder)
        except CommandError as exc:
            self._endpoint.send_close(1008, str(exc).encode()[:100], self._now)
            return
        for part in parts:
            if isinstance(part, tuple):
                self._endpoint.send_close(*part, self._now)
            else:
                self._out.append((part, True))

    def on_ping(self, payload: bytes) -> None:
        """A ping is answered."""
        if self._endpoint is not None and self._endpoint.state is State.OPEN:
            self._out.append((self._builder.frame(10, payload), False))

    def on_pong(self, payload: bytes) -> None:
        """A pong that nobody asked for."""

    def note(self, text: str) -> None:
        """Nobody keeps a log of this connection."""


def bad_request(sentence: str) -> bytes:
    """An HTTP response that says what is wrong with a request for a WebSocket."""
    body = f"{sentence}\n".encode()
    lines = ["HTTP/1.1 400 Bad Request", "Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(body)}"]
    if "Sec-WebSocket-Version" in sentence:
        lines[0] = "HTTP/1.1 426 Upgrade Required"
        lines.append("Sec-WebSocket-Version: 13")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body
