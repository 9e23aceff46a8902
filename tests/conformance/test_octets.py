"""The tester's byte builder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawws_conformance.model import Frame, Octets, Repeated
from rawws_conformance.octets import FrameBuilder, close_payload, cut, head, mask, payload_octets
from rawws_conformance.reader import FrameReader, InFrame


def fixed(octets: int) -> bytes:
    """Masking keys that are no secret: 00 01 02 ... again and again."""
    return cut(bytes(range(256)), octets)


def slow_mask(payload: bytes, key: bytes) -> bytes:
    """RFC 6455 §5.3, letter by letter."""
    return bytes(octet ^ key[index % 4] for index, octet in enumerate(payload))


def frames_of(data: bytes, *, masked: bool) -> list[InFrame]:
    """The frames in these octets; there must be no violation and no rest."""
    found = []
    for item in FrameReader(masked=masked).feed(data):
        assert isinstance(item, InFrame)
        found.append(item)
    return found


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, "8100"), (125, "817d"), (126, "817e007e"), (65535, "817effff"), (65536, "817f0000000000010000"),
        (1 << 62, "817f4000000000000000"),
    ],
)  # fmt: skip
def test_heads(length: int, expected: str) -> None:
    """A length is written in the fewest octets, at every boundary."""
    assert head(1, length).hex() == expected


def test_first_octet() -> None:
    """FIN, RSV and opcode stand where §5.2 draws them, the mask bit before the length."""
    assert head(15, 0, fin=False, rsv=5, masked=True) == bytes((0b0101_1111, 0x80))


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_mask(payload: bytes, key: bytes) -> None:
    """Masking is what §5.3 says octet by octet."""
    assert mask(payload, key) == slow_mask(payload, key)


@given(st.binary(min_size=1, max_size=12), st.integers(0, 300), st.booleans())
def test_repeated_payloads_are_masked_like_any(unit: bytes, length: int, masks: bool) -> None:
    """A frame of a repeated unit is the frame of its octets."""
    builders = [FrameBuilder(masks=masks, random=fixed) for _ in range(2)]
    repeated = builders[0].case_frame(Frame(2, Repeated(unit, length)))
    assert repeated == builders[1].case_frame(Frame(2, Octets(cut(unit, length))))


@given(st.binary(max_size=400), st.integers(1, 70), st.booleans())
def test_fragments(payload: bytes, size: int, masks: bool) -> None:
    """A message is cut every `size` octets; one that is longer than `size` ends with a shorter, maybe empty, frame."""
    builder = FrameBuilder(masks=masks, random=fixed)
    frames = frames_of(builder.message(1, Octets(payload), size), masked=masks)
    assert b"".join(frame.payload for frame in frames) == payload
    assert [frame.fin for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert [frame.opcode for frame in frames] == [1] + [0] * (len(frames) - 1)
    if len(payload) <= size:
        assert len(frames) == 1
    else:
        assert len(frames) == len(payload) // size + 1
        assert {len(frame.payload) for frame in frames[:-1]} == {size}
        assert len(frames[-1].payload) == len(payload) % size


@given(st.binary(min_size=1, max_size=6), st.integers(1, 900), st.integers(1, 80))
def test_fragments_of_repeated_units(unit: bytes, length: int, size: int) -> None:
    """The short way to fragment a repeated unit gives the octets of the long way."""
    payload = Repeated(unit, length)
    builder = FrameBuilder(masks=True, random=fixed)
    frames = frames_of(builder.message(1, payload, size), masked=True)
    assert b"".join(frame.payload for frame in frames) == payload_octets(payload)
    assert len(frames) == (1 if length <= size else length // size + 1)


def test_every_fragment_has_a_key_of_its_own() -> None:
    """No two fragments of a message share a masking key (§5.3)."""
    counter = iter(range(1 << 20))

    def numbered(octets: int) -> bytes:
        return b"".join(next(counter).to_bytes(4, "big") for _ in range(octets // 4))

    for payload in (Repeated(b"*", 640), Octets(bytes(640))):
        data = FrameBuilder(masks=True, random=numbered).message(1, payload, 64)
        keys = [data[at + 2 : at + 6] for at in range(0, len(data), 70)]
        assert len(set(keys)) == len(keys) == 11


def test_close_payloads() -> None:
    """Code and reason of a Close, each of which may be missing."""
    assert close_payload(None) == b""
    assert close_payload(1000, b"bye") == b"\x03\xe8bye"
    assert close_payload(None, b"a") == b"a"
    assert close_payload(0) == b"\x00\x00"
