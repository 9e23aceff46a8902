"""The head of a message: found at the same octet however it is cut, in linear time and bounded memory."""

from __future__ import annotations

import random
from collections.abc import Iterable
from string import ascii_letters, digits

import pytest

from rawws.core.head import Head, HeadReader
from rawws.core.limits import Limits
from rawws.core.refused import HandshakeRefusedError

from tests.core.lines_run import lines_run

GOOD = b"GET / HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n"


def read(
    pieces: Iterable[bytes], *, client: bool = False, bytes_limit: int = 1000, fields: int = 10
) -> tuple[bytes | None, bytes, str]:
    """The head, what came behind it, and the requirement that was broken."""
    reader = HeadReader(limits=Limits(max_header_bytes=bytes_limit, max_headers=fields), client=client)
    head: Head | None = None
    rest = b""
    for piece in pieces:
        if head is not None:
            rest += piece
            continue
        try:
            head = reader.feed(piece)
        except HandshakeRefusedError as exc:
            return None, b"", exc.failure.requirement
        rest = head.rest if head is not None else b""
    return (None if head is None else head.octets), rest, ""


def test_a_head_ends_with_its_empty_line() -> None:
    """What is behind the empty line is not part of the head, and nothing of it is lost."""
    assert read([GOOD + b"rest"]) == (GOOD, b"rest", "")
    assert read(GOOD[at : at + 1] for at in range(len(GOOD))) == (GOOD, b"", "")


def test_mutated_heads_get_one_verdict_however_they_are_cut() -> None:
    """Random octets at random places: whole, byte by byte and at random cuts the reader says the same."""
    rng = random.Random(6455)
    verdicts = set()
    for _ in range(2000):
        octets = bytearray(rng.choice([b"", b"\r\n"]) + GOOD + b"tail")
        for _ in range(rng.choice([1, 1, 2, 5])):
            at = rng.randrange(len(octets))
            octets[at : at + rng.choice([0, 1, 2])] = rng.choice(
                [b"", b"\r", b"\n", b"\r\n", b"\0", b" ", b"x", b"\n\n"]
            )
        stream = bytes(octets)
        client, limit, fields = rng.random() < 0.3, rng.choice([8, 20, 33, 34, 35, 1000]), rng.choice([1, 2, 10])
        cut = sorted(rng.sample(range(1, len(stream)), 5))
        random_pieces = [stream[a:b] for a, b in zip([0, *cut], [*cut, len(stream)], strict=True)]
        results = [
            read(pieces, client=client, bytes_limit=limit, fields=fields)
            for pieces in ([stream], [stream[i : i + 1] for i in range(len(stream))], random_pieces)
        ]
        assert results[0] == results[1] == results[2], stream
        verdicts.add(results[0][2])
    assert len(verdicts) > 5


class CountingBuffer(bytearray):
    """A buffer that counts the octets that are searched in it."""

    searched = 0

    def find(self, sub: bytes, start: int = 0) -> int:  # type: ignore[override]
        """Count how far the search went."""
        found = super().find(sub, start)
        type(self).searched += (len(self) if found < 0 else found + 1) - start
        return found


@pytest.mark.parametrize("grow", ["fields", "empty fields", "one field", "no end of line"])
def test_byte_by_byte_is_linear(grow: str) -> None:
    """Twice the head takes twice the work: in lines of Python, and in octets that are searched for line ends."""

    def work(times: int) -> tuple[int, int]:
        octets = (
            b"GET / HTTP/1.1\r\n"
            + {
                "fields": b"X: yyyyyyyyyyyyyyyyyyyyyyyyyy\r\n" * times + b"\r\n",
                "empty fields": b"X:\r\n" * times + b"\r\n",
                "one field": b"X: " + b"y" * 50 * times + b"\r\n\r\n",
                "no end of line": b"y" * 50 * times,
            }[grow]
        )
        reader = HeadReader(Limits(max_header_bytes=len(octets), max_headers=10_000), client=False)
        CountingBuffer.searched = 0
        reader._buffer = CountingBuffer()

        def feed() -> None:
            for at in range(len(octets)):
                reader.feed(octets[at : at + 1])

        return lines_run(feed), CountingBuffer.searched

    once, twice = work(20), work(40)
    assert twice[0] / once[0] < 2.5
    assert 0 < twice[1] / once[1] < 2.5


def test_the_reader_holds_no_more_than_the_limit() -> None:
    """A piece of a megabyte that is no head leaves no more than the limit in memory."""
    reader = HeadReader(Limits(max_header_bytes=1000), client=False)
    with pytest.raises(HandshakeRefusedError):
        reader.feed(b"x" * (1 << 20))
    assert len(reader._buffer) <= 1000


@pytest.mark.parametrize("limit", range(1, len(GOOD) + 3))
def test_the_limit_is_met_to_the_octet(limit: int) -> None:
    """A head as long as the limit is read, one octet more is too much, whole and byte by byte."""
    pieces = [GOOD[at : at + 1] for at in range(len(GOOD))]
    expected = (GOOD, b"", "") if limit >= len(GOOD) else (None, b"", "6585-5-1")
    assert read([GOOD], bytes_limit=limit) == read(pieces, bytes_limit=limit) == expected


def test_as_many_octets_as_the_limit_are_not_too_many_yet() -> None:
    """The verdict falls with the octet behind the limit: a head that has come as far as the limit may still wait."""
    reader = HeadReader(Limits(max_header_bytes=20), client=False)
    assert reader.feed(GOOD[:20]) is None
    with pytest.raises(HandshakeRefusedError) as caught:
        reader.feed(GOOD[20:21])
    assert caught.value.failure.limit == "max_header_bytes"


def test_a_head_may_have_many_fields() -> None:
    """Hundreds of fields are read where the limits let them, and one more than they say is too much."""
    octets = b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 300 + b"\r\n"
    for pieces in ([octets], [octets[:9], octets[9:]]):
        assert read(pieces, bytes_limit=len(octets), fields=300) == (octets, b"", "")
        assert read(pieces, bytes_limit=len(octets), fields=299) == (None, b"", "6585-5-1")


def test_of_control_characters_only_htab_may_stand_in_a_head() -> None:
    """9110-5.5-1 and 9112-2.2: all others are refused, and all that are none may stand there."""
    good = []
    for octet in range(256):
        head = GOOD.replace(b"y", bytes([octet]))
        found = [read(pieces) for pieces in ([head], [head[:20], head[20:]])]
        good += [octet] if found == [(head, b"", "")] * 2 else []
        if octet not in good:
            requirement = {0x0A: "9112-2.2-4", 0x0D: "9112-2.2-2"}.get(octet, "9110-5.5-1")
            assert found == [(None, b"", requirement)] * 2
    assert good == [0x09, *range(0x20, 0x7F), *range(0x80, 0x100)]


def test_a_line_ends_with_cr_and_lf() -> None:
    """9112-2.2-4: whatever stands before LF, unless it is CR, does not end a line, and is refused with the LF."""
    beginnings = {octet: b"GET / HTTP/1.1\r\nHost: h" + bytes([octet]) + b"\n" for octet in range(256)}
    assert [octet for octet, octets in beginnings.items() if read([octets])[2] == ""] == [0x0D]
    assert {read([octets])[2] for octets in beginnings.values()} == {"", "9112-2.2-4"}


def test_a_request_begins_with_a_token() -> None:
    """9112-2.2-1: the first octet is one of a method, or of the one empty line; any other, as of TLS, is refused."""
    good = [octet for octet in range(256) if read([bytes([octet])])[2] == ""]
    assert bytes(good) == b"\r" + bytes(sorted(b"!#$%&'*+-.^_`|~" + (digits + ascii_letters).encode()))
