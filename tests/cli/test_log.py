"""The log of the server: one line for a record, whatever peers have put into it."""

from __future__ import annotations

import logging
import re

import pytest

from rawws.cli.log import LineFormatter


def record(message: str, *arguments: object) -> logging.LogRecord:
    """What a logger makes of a message."""
    return logging.LogRecord("rawws.server", logging.INFO, __file__, 1, message, arguments, None)


def test_a_record_is_a_line() -> None:
    """Time, peer and message make one line, in which nothing is left that a terminal obeys."""
    line = LineFormatter().format(record("%s: refused: %s", "127.0.0.1:1", "no\n\x1b[2J\u202e"))
    assert re.fullmatch(r"\d\d:\d\d:\d\d 127\.0\.0\.1:1: refused: no\\n\\x1b\[2J\\u202e", line)


def test_a_record_of_its_own() -> None:
    """A message without arguments may hold a percent sign, and a record is not changed by being shown."""
    shown = record("100 % done")
    assert LineFormatter().format(shown).endswith(" 100 % done")
    shown = record("%s", "\x1b[2J")
    LineFormatter().format(shown)
    assert shown.getMessage() == "\x1b[2J"


def fail() -> None:
    """What an application might do."""
    raise ValueError("\x1b[2J\nsecond")


def test_a_traceback_keeps_its_lines() -> None:
    """The lines of an application's traceback stay lines, each of them printable."""
    with pytest.raises(ValueError, match="second") as info:
        fail()
    failed = record("the handler failed")
    failed.exc_info = (info.type, info.value, info.tb)
    lines = LineFormatter().format(failed).split("\n")
    assert lines[0].endswith("the handler failed")
    assert lines[-2:] == ["ValueError: \\x1b[2J", "second"]
    assert all(line.isprintable() for line in lines)
