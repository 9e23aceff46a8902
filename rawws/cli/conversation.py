"""`rawws connect URL`: what is typed is sent, what comes is shown."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

import trio

from rawws.cli.problem import Problem
from rawws.cli.screen import Screen
from rawws.cli.show import code_name, ended_line
from rawws.cli.stdin import Lines
from rawws.core.errors import LocalProtocolError
from rawws.trio import WebSocket

_NORMAL_CODES = frozenset({1000, 1001, 1005})

# Seconds for a pong.
_PATIENCE = 5

HELP = "/ping [TEXT]   /hex OCTETS   /close [CODE [REASON]]   //TEXT sends /TEXT   Ctrl-D closes"


class Conversation:
    """One connection, the lines of somebody or something, and where to show what comes.

    person: whether the lines come from a terminal. Then those that begin with a slash are commands, and what cannot be
    sent is a note; else every line is a message, and what cannot be sent ends the command.
    """

    def __init__(self, ws: WebSocket, lines: Lines, screen: Screen, *, person: bool) -> None:
        self._ws = ws
        self._lines = lines
        self._screen = screen
        self._person = person
        self._shown = 0
        self._code = 1000

    async def run(self) -> int:
        """Talk until either end closes; the exit status: 0 after a normal end, 1 after any other."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen, nursery.cancel_scope)
            await self._speak()
            # Our Close is on its way or answered, and there is nobody to listen for.
            nursery.cancel_scope.cancel()
        return self._end()

    def _end(self) -> int:
        self._screen.close()
        ended = self._ws.ended
        if ended is None:  # the connection has been closed, and so has ended
            return 1
        normal = ended.clean and (ended.code in _NORMAL_CODES or ended.code == self._code)
        if self._person or not normal:
            self._screen.note(ended_line(ended))
        return 0 if normal else 1

    # -- what comes -----------------------------------------------------------------------------------------------

    async def _listen(self, speaking: trio.CancelScope) -> None:
        try:
            async for message in self._ws:
                self._screen.message(message)
                self._shown += 1
        except trio.ClosedResourceError:
            # We are closing: that is to be done in peace.
            return
        except trio.BrokenResourceError:
            pass
        speaking.cancel()

    # -- what is typed --------------------------------------------------------------------------------------------

    async def _speak(self) -> None:
        """Until the input ends, a command closes, or the connection does."""
        self._screen.prompt()
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            async for line in self._lines:
                if await self._say(line):
                    return
                if not (self._person and self._lines.has_more):
                    self._screen.prompt()
            if not self._person:
                await self._hear_the_rest()
        await self._close(1000, "")

    async def _say(self, line: bytes) -> bool:
        """Send one line or do what it commands; whether that has closed the connection."""
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            # 6455-5.6: text "is encoded as UTF-8", and what is not, is not text.
            return self._refuse("a line of the input is not UTF-8, so it cannot be sent as text")
        try:
            if self._person and text.startswith("/") and not text.startswith("//"):
                return await self._obey(text)
            await self._ws.send(text[1:] if self._person and text.startswith("//") else text)
        except LocalProtocolError as exc:
            return self._refuse(str(exc))
        return False

    def _refuse(self, sentence: str) -> bool:
        if not self._person:
            raise Problem(sentence)
        self._screen.note(sentence)
        return False

    async def _hear_the_rest(self) -> None:
        """Show what the server answers to a pipe's last lines.

        A server that does one thing after the other sends its answers before the pong. Those that take longer are for
        `--expect`.
        """
        with trio.move_on_after(_PATIENCE):
            await self._ws.ping()
            while self._shown < self._ws.stats.messages_received:
                await trio.lowlevel.checkpoint()

    async def _close(self, code: int, reason: str) -> None:
        await self._ws.close(code, reason)
        self._code = code

    # -- commands -------------------------------------------------------------------------------------------------

    async def _obey(self, line: str) -> bool:
        name, _, rest = line[1:].partition(" ")
        commands: dict[str, Callable[[str], Awaitable[bool]]] = {
            "ping": self._command_ping,
            "hex": self._command_hex,
            "close": self._command_close,
            "help": self._command_help,
        }
        command = commands.get(name)
        if command is None:
            return self._refuse(f"there is no /{name}; /help lists what there is, and //{name} sends /{name}")
        return await command(rest.strip())

    async def _command_ping(self, rest: str) -> bool:
        with trio.move_on_after(_PATIENCE):
            rtt = await self._ws.ping(rest.encode() or None)
            self._screen.note(f"pong after {1000 * rtt:.2f} ms")
            return False
        return self._refuse(f"no pong within {_PATIENCE} seconds")

    async def _command_hex(self, rest: str) -> bool:
        try:
            data = bytes.fromhex(rest)
        except ValueError:
            return self._refuse("/hex takes octets as hexadecimal digits, such as /hex 00 ff")
        await self._ws.send(data)
        return False

    async def _command_close(self, rest: str) -> bool:
        code, _, reason = rest.partition(" ")
        if code and not (code.isascii() and code.isdigit() and len(code) == 4):
            return self._refuse(f"/close takes a code such as 1000 ({code_name(1000)}), and then a reason")
        await self._close(int(code) if code else 1000, reason.strip())
        return True

    async def _command_help(self, _rest: str) -> bool:
        self._screen.note(HELP)
        return False
