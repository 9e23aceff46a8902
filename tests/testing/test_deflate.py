"""A deflater writes what zlib, told nothing but RFC 7692 §7.2.2, reads."""

from __future__ import annotations

import zlib
from itertools import product

import pytest

from rawws.testing.deflate import Agreement, Between, Deflater, Style

BETWEEN: tuple[Between, ...] = ("none", "sync", "full", "final")
STYLES = [Style(level, strategy, between, final) for level, strategy, between, final in product(
    (0, 6), (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED), BETWEEN, (False, True)
)]  # fmt: skip
MESSAGES = [[b"Hello"], [b"Hello", b"Hello", b""], [b""], [b"abc" * 300, b"Hello"]]


def inflated(payload: bytes) -> bytes:
    """One message, whose DEFLATE streams may end inside it (§7.2.3.4)."""
    data = payload + b"\x00\x00\xff\xff"
    output = b""
    while data:
        stream = zlib.decompressobj(-15)
        output += stream.decompress(data)
        data = stream.unused_data
    return output


@pytest.mark.parametrize("style", STYLES)
def test_every_style_is_read(style: Style) -> None:
    """Whatever the level, the strategy, the flushes and the final blocks, each message comes out."""
    deflater = Deflater(Agreement(server_no_context_takeover=True), client=False)
    for pieces in MESSAGES:
        assert inflated(deflater.message(pieces, style)) == b"".join(pieces)


def test_context_is_taken_over() -> None:
    """The second message refers to the first, unless that was agreed not to be."""
    noise = bytes((index * 7919) % 251 for index in range(200))
    for client in (True, False):
        taken = Deflater(Agreement(), client=client)
        assert len(taken.message([noise])) > 100
        assert len(taken.message([noise])) < 20
        name = "client_no_context_takeover" if client else "server_no_context_takeover"
        fresh = Deflater(Agreement(**{name: True}), client=client)
        assert fresh.message([noise]) == fresh.message([noise])


def test_an_agreement_reads_as_a_response() -> None:
    """Its text is the value of the header field."""
    assert str(Agreement()) == "permessage-deflate"
    text = str(Agreement(True, False, 10, 9))
    assert text == "permessage-deflate; server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=9"
