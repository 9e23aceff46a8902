"""A terminal of a few lines: it shows what a screen would show, and fails at whatever the command should not send."""

from __future__ import annotations

import re

_SEQUENCE = re.compile(r"\x1b(?:\[([0-9;]*)([A-Za-z])|([78]))")


class Emulator:
    """Characters of one cell each; the sequences that `rawws.cli.screen` and rich's styles use, and no others."""

    def __init__(self, width: int = 80, height: int = 24) -> None:
        self._width = width
        self._height = height
        self._rows = [""] * height
        self._row = self._column = 0
        self._saved = (0, 0)

    @property
    def lines(self) -> list[str]:
        """What is shown, without the empty rows at the end."""
        rows = [row.rstrip() for row in self._rows]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    @property
    def cursor_line(self) -> str:
        """The row that the cursor is in, up to the cursor."""
        return self._rows[self._row].ljust(self._column)[: self._column]

    def feed(self, text: str) -> None:
        """Show `text`; an incomplete sequence at its end is an error, too."""
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                match = _SEQUENCE.match(text, at)
                assert match, f"a sequence that this terminal does not know: {text[at : at + 20]!r}"
                self._sequence(match[1] or "", match[2] or match[3])
                at = match.end()
            else:
                self._character(text[at])
                at += 1

    def _character(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._line_feed()
        elif character == "\b":
            self._column = max(0, self._column - 1)
        else:
            assert character.isprintable(), repr(character)
            if self._column == self._width:
                self._column = 0
                self._line_feed()
            row = self._rows[self._row].ljust(self._column)
            self._rows[self._row] = row[: self._column] + character + row[self._column + 1 :]
            self._column += 1

    def _line_feed(self) -> None:
        if self._row == self._height - 1:
            del self._rows[0]
            self._rows.append("")
        else:
            self._row += 1

    def _sequence(self, numbers: str, kind: str) -> None:
        if kind == "m":
            return
        if kind == "7":
            self._saved = self._row, self._column
        elif kind == "8":
            self._row, self._column = self._saved
        elif kind == "A":
            self._row = max(0, self._row - int(numbers or 1))
        elif kind == "B":
            self._row = min(self._height - 1, self._row + int(numbers or 1))
        elif kind == "L":
            for _ in range(int(numbers or 1)):
                self._rows.insert(self._row, "")
                del self._rows[self._height]
        else:
            assert (numbers, kind) == ("", "J"), f"ESC [ {numbers} {kind}"
            self._rows[self._row] = self._rows[self._row][: self._column]
            self._rows[self._row + 1 :] = [""] * (self._height - self._row - 1)
