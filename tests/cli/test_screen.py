"""Messages are shown above the line that is being typed, wherever on the terminal that is."""

from __future__ import annotations

import io
import sys

import pytest

from rawws.cli import screen
from rawws.cli.screen import Terminal, rows_of
from rawws.cli.show import MOST_CHARACTERS, MOST_OCTETS

from tests.cli.emulator import Emulator


class Setup:
    """A `Terminal` that writes to an emulator of some size. typed: what stands behind the prompt."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, width: int = 80, height: int = 24) -> None:
        self.file = io.StringIO()
        self.emulator = Emulator(width, height)
        monkeypatch.setattr(sys, "stdout", self.file)
        monkeypatch.setattr(screen, "terminal_size", lambda _console: (width, height))
        self.terminal = Terminal()

    def flush(self) -> Emulator:
        """Show what was written, as the terminal's driver passes it on: a line feed returns, too."""
        self.emulator.feed(self.file.getvalue().replace("\n", "\r\n"))
        self.file.seek(0)
        self.file.truncate()
        return self.emulator

    def type(self, text: str) -> None:
        """What the driver echoes of what somebody types."""
        self.flush().feed(text)


@pytest.mark.parametrize("above", [0, 1, 5, 9, 10, 30])
def test_what_is_typed_stays_below(monkeypatch: pytest.MonkeyPatch, above: int) -> None:
    """Messages push a half-typed line down, at the top, in the middle and at the bottom of the screen."""
    setup = Setup(monkeypatch, 40, 12)
    setup.type("line\r\n" * above)
    setup.terminal.prompt()
    setup.type("half ty")
    for number in range(4):
        setup.terminal.message(f"message {number}")
        assert setup.flush().cursor_line == "> half ty"
    setup.type("ped")
    shown = setup.flush().lines
    assert shown[-5:] == ["< message 0", "< message 1", "< message 2", "< message 3", "> half typed"]
    assert shown[:-5] == ["line"] * min(above, 12 - 5)


@pytest.mark.parametrize("above", [0, 7, 30])
def test_messages_of_several_rows(monkeypatch: pytest.MonkeyPatch, above: int) -> None:
    """A message that wraps takes as many rows as it needs, and covers nothing."""
    setup = Setup(monkeypatch, 10, 8)
    setup.type("line\r\n" * above)
    setup.terminal.prompt()
    setup.type("half")
    setup.terminal.message("abcdefgh" + "ijklmnopqr" + "st")
    setup.terminal.message("abcdefgh")
    assert setup.flush().lines[-5:] == ["< abcdefgh", "ijklmnopqr", "st", "< abcdefgh", "> half"]
    assert setup.emulator.cursor_line == "> half"


def test_messages_of_more_than_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that fills the screen leaves a prompt below it."""
    setup = Setup(monkeypatch, 10, 4)
    setup.terminal.prompt()
    setup.type("half")
    setup.terminal.message("x" * 100)
    assert setup.flush().lines == ["xxxxxxxxxx", "xxxxxxxxxx", "xx", ">"]
    assert setup.emulator.cursor_line == "> "


def test_kinds_of_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text, binary, nothing and notes can be told apart, and what is long is cut with its length behind."""
    setup = Setup(monkeypatch, 40, 200)
    for message in ("text", "", b"\x00\xff", b"", "\x1b[2J\u202e"):
        setup.terminal.message(message)
    setup.terminal.note("a note, with \x1b[2J")
    assert setup.flush().lines == [
        "< text",
        "< (an empty message)",
        "< binary, 2 octets: 00 ff",
        "< (binary, 0 octets)",
        r"< \x1b[2J\u202e",
        r"* a note, with \x1b[2J",
    ]
    setup.terminal.message("x" * (MOST_CHARACTERS + 1))
    assert "".join(setup.flush().lines).endswith("x … 4,097 characters in all")
    setup.terminal.message(bytes(MOST_OCTETS + 1))
    assert "".join(setup.flush().lines).count("00") == MOST_OCTETS + 1  # and one in "characters in all" of before
    assert "257 octets" in "".join(setup.flush().lines)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 10, 1),
        ("x" * 10, 10, 1),
        ("x" * 11, 10, 2),
        ("世" * 5, 10, 1),
        ("世" * 5, 9, 2),
        ("e\u0301" * 10, 10, 1),
        ("x" * 999, 10, 50),
    ],
)
def test_rows(text: str, width: int, expected: int) -> None:
    """Rows are counted in cells: two for a wide character, which does not fit into one, and none for an accent."""
    assert rows_of(text, width, 50) == expected
