"""How the demonstration tells what happens: numbered steps, what is sent, what arrives, and whether it is right."""

from __future__ import annotations

import sys

from rich.text import Text

from rawws.cli.escape import escape
from rawws.cli.show import make_console, octets

_MOST_CHARACTERS = 44
_MOST_OCTETS = 14


class StepFailed(Exception):
    """A step of the demonstration is not what it should be; the message says what was expected."""


class Story:
    """Prints each line at once, in colour on a terminal."""

    def __init__(self) -> None:
        self._console = make_console(sys.stdout)
        self._step = 0

    def title(self, text: str) -> None:
        """What this is all about."""
        self._console.print(Text(text, "bold"))

    def step(self, title: str) -> None:
        """What comes now."""
        self._step += 1
        self._console.print(Text.assemble("\n", (f"{self._step:2}  ", "bold cyan"), (title, "bold")))

    def line(self, text: str, style: str = "") -> None:
        """A line that belongs to the step."""
        self._console.print(Text("    " + escape(text), style))

    def sent(self, what: str, wire: bytes | bytearray | None = None) -> None:
        """The client sends something; `wire`: as these octets."""
        self._arrow("→", "green", what, wire)

    def received(self, what: str, wire: bytes | bytearray | None = None) -> None:
        """The client receives something."""
        self._arrow("←", "cyan", what, wire)

    def _arrow(self, arrow: str, style: str, what: str, wire: bytes | bytearray | None) -> None:
        self._console.print(Text.assemble("    ", (arrow, f"bold {style}"), " ", escape(what)))
        if wire is not None:
            self.line(f"  {dump(wire)}", "dim")

    def head(self, arrow: str, head: bytes | bytearray) -> None:
        """The head of an HTTP request or response, line by line."""
        first, *fields = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        self._arrow(arrow, "green" if arrow == "→" else "cyan", first, None)
        for field in fields:
            self.line(f"  {field}", "dim")

    def check(self, right: bool, sentence: str) -> None:  # noqa: FBT001  read as: check that …
        """Say that `sentence` is true; raises StepFailed where it is not."""
        if not right:
            raise StepFailed(sentence)
        self._console.print(Text.assemble("    ", ("ok", "bold green"), f" {escape(sentence)}"))

    def failed(self, sentence: str) -> None:
        """The last line where something went wrong."""
        self._console.print(Text.assemble("    ", ("FAILED", "bold red"), f" {escape(sentence)}"))


def describe(message: str | bytes) -> str:
    """A message in a few words: its type, its length, and how it begins."""
    kind = "text" if isinstance(message, str) else "binary"
    data = message.encode() if isinstance(message, str) else message
    if isinstance(message, str):
        begin = message[:_MOST_CHARACTERS] + ("…" if len(message) > _MOST_CHARACTERS else "")
    else:
        begin = message[:_MOST_OCTETS].hex(" ") + (" …" if len(message) > _MOST_OCTETS else "")
    return f"{kind}, {octets(len(data))}: {begin}"


def dump(wire: bytes | bytearray) -> str:
    """The first octets, and how many there are."""
    more = " …" if len(wire) > _MOST_OCTETS else ""
    return f"{wire[:_MOST_OCTETS].hex(' ')}{more} ({octets(len(wire))} on the wire)"
