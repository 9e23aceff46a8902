"""Where a conversation is shown: on a terminal, above the line that is being typed, or line by line in a pipe."""

from __future__ import annotations

import os
import sys
import termios
from typing import Protocol

from rich.cells import get_character_cell_size
from rich.console import Console
from rich.text import Text

from rawws.cli.escape import escape
from rawws.cli.show import make_console, message_line, message_text

_PROMPT = "> "


class Screen(Protocol):
    """What a conversation needs to be shown."""

    def message(self, message: str | bytes) -> None:
        """Show a message that came."""

    def note(self, sentence: str) -> None:
        """Say something that is no message."""

    def prompt(self) -> None:
        """Ask for a line."""

    def close(self) -> None:
        """Nothing more will be shown but a last note."""


class Pipe:
    """Messages on stdout, one per line; notes on stderr."""

    def __init__(self) -> None:
        self._out = make_console(sys.stdout)
        self._errors = make_console(sys.stderr)

    def message(self, message: str | bytes) -> None:
        """Show a message that came."""
        if self._out.is_terminal:
            self._out.print(message_text(message))
        else:
            sys.stdout.write(message_line(message) + "\n")
            sys.stdout.flush()

    def note(self, sentence: str) -> None:
        """Say something that is no message."""
        self._errors.print(Text(escape(sentence)))

    def prompt(self) -> None:
        """Nobody is asked."""

    def close(self) -> None:
        """There is nothing to take away."""


class Terminal:
    """Messages and notes above the line that is being typed, which the terminal itself edits.

    What has been typed of it is known to the terminal only, so the line is not drawn anew but pushed down: save the
    cursor, make room below, go back up, insert lines, write into them, restore the cursor, follow the line down.
    """

    def __init__(self) -> None:
        self._console = make_console(sys.stdout)

    def message(self, message: str | bytes) -> None:
        """Show a message that came."""
        if message:
            body = message_text(message)
        else:
            body = Text("(an empty message)" if isinstance(message, str) else "(binary, 0 octets)", "dim")
        self._above(Text.assemble(("< ", "bold cyan"), body))

    def note(self, sentence: str) -> None:
        """Say something that is no message."""
        self._above(Text(f"* {escape(sentence)}", "yellow"))

    def prompt(self) -> None:
        """Ask for a line."""
        self._console.print(Text(_PROMPT, "bold green"), end="")

    def close(self) -> None:
        """Take the prompt away, and what was typed behind it: no shell shall get that as the beginning of a command."""
        try:
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
        except (OSError, ValueError, termios.error):
            pass
        self._console.file.write("\r\x1b[J")
        self._console.file.flush()

    def _above(self, text: Text) -> None:
        width, height = terminal_size(self._console)
        rows = rows_of(text.plain, width, height)
        if rows >= height:
            # More than a screen: the line that is being typed goes out of sight, but stays typed.
            self._write("\r\x1b[J", text, "\n")
            self.prompt()
        else:
            self._write("\x1b7" + "\n" * rows + f"\x1b[{rows}A\r\x1b[{rows}L", text, f"\x1b8\x1b[{rows}B")

    def _write(self, before: str, text: Text, after: str) -> None:
        # One write: what somebody types in between would be echoed wherever the cursor is just then.
        with self._console.capture() as capture:
            self._console.print(text, end="")
        self._console.file.write(before + capture.get() + after)
        self._console.file.flush()


def terminal_size(console: Console) -> tuple[int, int]:
    """Columns and rows of the terminal behind `console`; 80 and 24 where it does not say."""
    try:
        width, height = os.get_terminal_size(console.file.fileno())
    except (OSError, ValueError):
        return 80, 24
    return width or 80, height or 24


def rows_of(text: str, width: int, most: int) -> int:
    """How many rows of a terminal `text`, a line, takes; `most` where it is that many or more."""
    rows, column = 1, 0
    for character in text:
        cells = get_character_cell_size(character)
        if column + cells > width:
            rows, column = rows + 1, 0
            if rows >= most:
                return most
        column += cells
    return min(rows, most)
