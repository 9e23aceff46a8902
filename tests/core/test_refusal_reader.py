"""The body of a response that is no acceptance, as a client reads it."""

from __future__ import annotations

import h11
import pytest

from rawws.core.refusal_reader import Part, RefusalReader

from tests.core.cuts import cuttings

CHUNKED = ("Transfer-Encoding", "chunked")


def reader_of(*fields: tuple[str, str], limit: int = 1000) -> RefusalReader:
    """Who reads the body behind a head with these fields."""
    return RefusalReader(h11.Response(status_code=403, headers=list(fields), http_version="1.1"), limit)


def read(reader: RefusalReader, pieces: list[bytes]) -> Part:
    """All of the body that is in these pieces, and what the last of them that was read has come to."""
    body = b""
    part = Part(b"", finished=False)
    for piece in pieces:
        part = reader.feed(piece)
        body += part.data
        if part.finished or part.error:
            break
    return part._replace(data=body)


@pytest.mark.parametrize("digits", ["10", "1f", "1F", "ab", "0000000000000010", "10 ", "10;x=y", "10 ;x"])
def test_chunks_have_their_length_in_hexadecimal_digits(digits: str) -> None:
    """RFC 9112 §7.1: "chunk-size = 1*HEXDIG", with or without an extension behind it."""
    body = b"x" * int(digits.partition(";")[0], 16)
    for pieces in cuttings(b"%s\r\n%s\r\n0\r\n\r\n" % (digits.encode(), body)):
        assert read(reader_of(CHUNKED), pieces) == Part(body, finished=True)


@pytest.mark.parametrize("octets", [b"x\r\n", b"\r\n", b"1\n", b"1\r\nab\r\n", b"1" * 17 + b"\r\n"])
def test_what_is_not_well_chunked(octets: bytes) -> None:
    """9112-8-2: where decoding fails, the body is not finished, and the error says so."""
    for pieces in cuttings(octets):
        part = read(reader_of(CHUNKED), pieces)
        assert part.error is not None
        assert (part.finished, part.error.failure.requirement) == (False, "9112-8-2")


@pytest.mark.parametrize(
    ("field", "octets"), [(("Content-Length", "3"), b"ab"), (CHUNKED, b""), (CHUNKED, b"3\r\nab"), (CHUNKED, b"0\r\n")]
)
def test_the_stream_ends_inside_a_body(field: tuple[str, str], octets: bytes) -> None:
    """9112-6.3-2: a body that is shorter than was said is not finished by the end of the stream."""
    reader = reader_of(field)
    reader.feed(octets)
    part = reader.end()
    assert part.error is not None
    assert (part.data, part.finished, part.error.failure.requirement) == (b"", False, "9112-6.3-2")


def test_the_end_of_the_stream_ends_a_body_of_no_length() -> None:
    """RFC 9112 §6.3: a response that says nothing about its length goes on until the stream ends."""
    reader = reader_of()
    assert reader.feed(b"ab") == Part(b"ab", finished=False)
    assert reader.end() == Part(b"", finished=True)


@pytest.mark.parametrize("field", [("Content-Length", "1000"), CHUNKED, ("X", "y")])
def test_so_many_octets_are_read(field: tuple[str, str]) -> None:
    """The body ends with the last octet that the limit lets through, not before it."""
    octets = b"3e8\r\n" + b"x" * 1000
    reader = reader_of(field, limit=100)
    assert not reader.feed(octets[:99]).finished
    assert reader.feed(octets[99:]).finished
