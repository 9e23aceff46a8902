"""A wire keeps the order of octets, and loses only what it is told to lose."""

from __future__ import annotations

from rawws.testing import Wire


def test_octets_come_in_order_cut_and_joined() -> None:
    """What was written in two calls can be taken in one or in many."""
    wire = Wire()
    wire.write(b"ab")
    wire.write(b"cdef")
    assert (wire.take(1), wire.take(2), wire.waiting, wire.take(), wire.take()) == (b"a", b"bc", 3, b"def", b"")
    assert wire.quiet
    assert wire.whole
    assert wire.carried == 6


def test_the_end_comes_once_and_behind_what_waits() -> None:
    """`end` is heard after the last octet, once; what is written behind it is lost."""
    wire = Wire()
    wire.write(b"ab")
    wire.end()
    wire.write(b"late")
    assert not wire.quiet
    assert [wire.take(1), wire.take(), wire.ended] == [b"a", b"b", False]
    assert [wire.take(), wire.ended, wire.take(), wire.quiet] == [None, True, b"", True]
    assert wire.lost == 4
    assert not wire.whole


def test_it_breaks_where_it_is_told_to() -> None:
    """So many octets more, those that wait among them; then the end, though nobody has ended it."""
    wire = Wire()
    wire.write(b"abc")
    wire.break_after(5)
    wire.break_after(100)
    wire.write(b"defg")
    assert [wire.take(), wire.take(), wire.lost] == [b"abcde", None, 2]
    wire = Wire()
    wire.write(b"abc")
    wire.break_after(1)
    assert [wire.take(), wire.take(), wire.lost] == [b"a", None, 2]


def test_it_can_break_silently() -> None:
    """Then nobody hears anything, not even an end."""
    wire = Wire()
    wire.break_after(1, silently=True)
    wire.write(b"abc")
    wire.end()
    assert [wire.take(), wire.take(), wire.quiet, wire.ended, wire.lost] == [b"a", b"", True, False, 2]


def test_an_end_cannot_be_undone() -> None:
    """What breaks behind its end stays ended: nothing that is written later gets through."""
    for silently in (False, True):
        wire = Wire()
        wire.write(b"abc")
        wire.end()
        wire.break_after(2, silently=silently)
        wire.write(b"late")
        assert [wire.take(), wire.take(), wire.lost] == [b"ab", None, 5]
