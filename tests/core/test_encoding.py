"""RFC 6455 §5.2: frames as octets."""

from __future__ import annotations

import pytest

from rawws.core.accelerator import encode
from rawws.core.frame_header import frame_header

from tests.core.octets import FIN, TEXT, Frame, take_apart

KEY = b"\x37\xfa\x21\x3d"


@pytest.mark.parametrize(
    ("length", "octets"),
    [
        (0, "00"),
        (1, "01"),
        (125, "7d"),
        (126, "7e 00 7e"),
        (127, "7e 00 7f"),
        (65535, "7e ff ff"),
        (65536, "7f 00 00 00 00 00 01 00 00"),
        ((1 << 63) - 1, "7f 7f ff ff ff ff ff ff ff"),
    ],
)
def test_the_length_takes_as_few_octets_as_it_can(length: int, octets: str) -> None:
    """6455-5.2-4: 7 bits up to 125, 16 bits up to 65,535, 64 beyond; the key follows, and MASK says that it does."""
    field = bytes.fromhex(octets)
    assert frame_header(0x82, length, None) == b"\x82" + field
    assert frame_header(0x82, length, KEY) == b"\x82" + bytes((field[0] | 0x80,)) + field[1:] + KEY


def test_the_examples_of_the_rfc() -> None:
    """RFC 6455 §5.7: "Hello" unmasked and masked, a fragment, a ping, 256 octets and 64 KiB."""
    assert encode(0x81, b"Hello", None) == bytes.fromhex("81 05 48 65 6c 6c 6f")
    assert encode(0x81, b"Hello", KEY) == bytes.fromhex("81 85 37 fa 21 3d 7f 9f 4d 51 58")
    assert encode(0x01, b"Hel", None) == bytes.fromhex("01 03 48 65 6c")
    assert encode(0x80, b"lo", None) == bytes.fromhex("80 02 6c 6f")
    assert encode(0x89, b"Hello", None) == bytes.fromhex("89 05 48 65 6c 6c 6f")
    assert encode(0x82, bytes(256), None) == bytes.fromhex("82 7e 01 00") + bytes(256)
    assert encode(0x82, bytes(65536), None) == bytes.fromhex("82 7f 00 00 00 00 00 01 00 00") + bytes(65536)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 4000, 65535, 65536])
@pytest.mark.parametrize("key", [None, KEY])
def test_a_frame_can_be_read_back(size: int, key: bytes | None) -> None:
    """What is written is what an independent builder writes, and is taken apart to what went in."""
    payload = bytes(index & 0xFF for index in range(size))
    data = encode(FIN | TEXT, payload, key)
    assert type(data) is bytes
    assert data == Frame(FIN | TEXT, payload, key=KEY).to("client" if key is None else "server")
    assert take_apart(data) == [(FIN | TEXT, key, payload)]


@pytest.mark.parametrize("text", ["", "Hello", "é", "€" * 42, "\U0001f600", "\x00", "a" * 70_000])
@pytest.mark.parametrize("key", [None, KEY])
def test_text_is_written_as_utf_8(text: str, key: bytes | None) -> None:
    """6455-5.6-1: a str becomes the frame of its UTF-8, and a bytearray that of its octets."""
    assert encode(FIN | TEXT, text, key) == encode(FIN | TEXT, text.encode(), key)
    assert encode(FIN | TEXT, bytearray(text.encode()), key) == encode(FIN | TEXT, text.encode(), key)


@pytest.mark.parametrize("key", [None, KEY])
def test_lone_surrogates_have_no_utf_8(key: bytes | None) -> None:
    """6455-8.1-1: what has no UTF-8 is refused."""
    with pytest.raises(UnicodeEncodeError):
        encode(FIN | TEXT, "a\ud800", key)
