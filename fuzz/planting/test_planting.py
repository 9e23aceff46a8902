"""What is planted lives in the child alone, is what was to be planted, and a child that hangs is given up."""

from __future__ import annotations

import time

import pytest

from rawws.core import frame_header
from rawws.core.frame_header import judge_second_octet
from rawws.core.parse_failed import ParseFailed

from fuzz.planting.children import Failed, Say, in_child, limit_cpu, read
from fuzz.planting.places import function_at, names_at, statement_at, uses_of
from fuzz.planting.planted import ROOT, NotInPlaceError, swap

PATH = "rawws/core/frame_header.py"
SOURCE = (ROOT / PATH).read_text(encoding="utf-8")


def refuses(length: int) -> bool:
    """Whether a control frame of a length is refused."""
    try:
        judge_second_octet(length, masked=True, client=False, control=True)
    except ParseFailed:
        return True
    return False


def test_a_mutant_lives_in_the_child() -> None:
    """A function that was imported long ago is another one there, and the same as ever here."""
    mutated = SOURCE.replace("length > MAX_PAYLOAD_NORMAL and control", "length >= MAX_PAYLOAD_NORMAL and control")
    assert mutated != SOURCE

    def run(say: Say) -> None:
        swap(PATH, SOURCE, mutated)
        say(f"refuses 125: {refuses(125)}")

    assert in_child(run, 60.0) == (["refuses 125: True"], True)
    assert not refuses(125)


@pytest.mark.parametrize("change", [("KEY = 4", "KEY = 5"), ("for octet in range(256)", "for octet in range(255)")])
def test_what_ran_at_import_is_elsewhere(change: tuple[str, str]) -> None:
    """A table that has been made stays as it was made, so nobody is told that it has been changed."""
    mutated = SOURCE.replace(*change)
    assert mutated != SOURCE
    with pytest.raises(NotInPlaceError):
        swap(PATH, SOURCE, mutated)
    assert frame_header.KEY == 4


def test_a_child_that_computes_for_ever_is_ended() -> None:
    """It is told apart from one that has come to its end."""

    def run(say: Say) -> None:
        say("runs it")
        limit_cpu(0.05)
        while True:
            time.monotonic()

    said, ended = in_child(run, 60.0)
    assert (said, ended) == (["runs it"], False)
    assert read(said, ended=ended) == Failed("it", ended=False)


def test_what_a_child_says() -> None:
    """The first failure and its examples; nothing where all pass; and an import that fails is a failure, too."""
    assert read(["runs a", "runs b", "fails 7 b"], ended=True) == Failed("b", 7)
    assert read(["runs a", "passes"], ended=True) is None
    assert read([], ended=True) == Failed("(import)")


def test_places() -> None:
    """A statement is its own lines, without those of its body; a function is all of its lines."""
    source = "a = 1\ndef f(b):\n    if b:\n        c = (1,\n             2)\n    return c\n"
    assert statement_at(source, 1) == range(1, 2)
    assert statement_at(source, 3) == range(3, 4)
    assert statement_at(source, 5) == range(4, 6)
    assert function_at(source, 1) is None
    assert function_at(source, 5) == range(2, 7)


_WITH_NAMES = """
MOST = 1 << 4
if MOST:
    LEAST = 2

class Bounds:
    most_octets: int = 5

def f(bounds):
    return bounds.most_octets + (
        MOST
    )
"""


def test_names_and_who_uses_them() -> None:
    """What is changed outside of functions is looked for where its name is used."""
    assert [names_at(_WITH_NAMES, line) for line in (2, 4, 6, 7, 9)] == [
        {"MOST"}, {"LEAST"}, {"Bounds"}, {"most_octets"}, set()
    ]
    assert uses_of(_WITH_NAMES, {"MOST"}) == {11}
    assert uses_of(_WITH_NAMES, {"most_octets"}) == {10}
    assert uses_of(_WITH_NAMES, {"LEAST"}) == set()
