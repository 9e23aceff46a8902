"""The accelerator says what its twins say, on any octets at any cut; and is compiled without a warning.

Whichever of the two `make test` runs the other tests with, these compare both.
"""

from __future__ import annotations

import array
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core import accelerator
from rawws.core.encoding import encode
from rawws.core.events import BytesMessage, TextMessage
from rawws.core.masking import apply_mask, unmask_text
from rawws.core.payloads import take_payloads
from rawws.core.scan import scan

from tests.core import hostile

in_c = pytest.importorskip("rawws.core._speedups", reason="rawws was built without a C compiler")

KEYS = st.binary(min_size=4, max_size=4)
CLASSES = [(None, None), (TextMessage, BytesMessage), (TextMessage, None), (None, BytesMessage)]


def scanned(
    function: Callable[..., int], call: hostile.Call, classes: tuple[Any, Any], kind: type = bytes
) -> tuple[int, list[Any]]:
    """What one of the two makes of a call."""
    out: list[Any] = ["before"]
    buffer = kind(call.octets)
    position = function(buffer, call.position, out, call.most, call.max_bytes, call.masked, *classes)
    assert buffer == call.octets
    return position, [(type(message), message) for message in out]


def test_it_is_of_this_version() -> None:
    """A test run with functions of another version would compare nothing that is used."""
    assert in_c.VERSION == accelerator.VERSION


@settings(derandomize=True, deadline=None, max_examples=500)
@given(seed=st.integers(0, 1 << 32), classes=st.sampled_from(CLASSES), kind=st.sampled_from([bytes, bytearray]))
def test_scan(seed: int, classes: tuple[Any, Any], kind: type) -> None:
    """Frames right and wrong, cut anywhere, from any place on, under any bound: the same messages and position."""
    for call in hostile.calls(seed, 5):
        assert scanned(in_c.scan, call, classes, kind) == scanned(scan, call, classes, kind)


@settings(derandomize=True, deadline=None, max_examples=500)
@given(
    octets=st.binary(max_size=40) | st.binary(max_size=40).map(b"\x81".__add__),
    max_bytes=st.integers(0, 50),
    masked=st.booleans(),
)
def test_scan_on_anything(octets: bytes, max_bytes: int, masked: bool) -> None:
    """Octets that nobody meant as frames: the same."""
    call = hostile.Call(octets, 0, 256, max_bytes, masked)
    assert scanned(in_c.scan, call, (None, None)) == scanned(scan, call, (None, None))


def test_scan_on_every_header() -> None:
    """2⁷±1, 2¹⁶±1, 2³¹, 2³², 2⁵³, 2⁶³±1 and 2⁶⁴-1 in every form, minimal or not, cut behind every octet: the same."""
    found = 0
    for call in hostile.headers():
        told = scanned(in_c.scan, call, (None, None))
        assert told == scanned(scan, call, (None, None))
        found += len(told[1]) - 1
    assert found == 2  # the empty message, for either end


def taken(
    function: Callable[..., int], call: hostile.Call, first_octet: int, max_bytes: int, kind: type = bytes
) -> tuple[int, list[bytes]]:
    """What one of the two makes of a call, as long as it may take no more than `max_bytes` in all."""
    out: list[bytes] = [b"before"]
    buffer = kind(call.octets)
    position = function(
        buffer, call.position, out, first_octet, call.most, max_bytes, call.max_bytes, call.masked
    )
    assert buffer == call.octets
    assert {type(payload) for payload in out} == {bytes}
    return position, out


@settings(derandomize=True, deadline=None, max_examples=500)
@given(seed=st.integers(0, 1 << 32), max_bytes=st.integers(0, 400), kind=st.sampled_from([bytes, bytearray]))
def test_take_payloads(seed: int, max_bytes: int, kind: type) -> None:
    """Frames right and wrong, cut anywhere, from any place on, under any bounds: the same payloads and position."""
    for call in hostile.calls(seed, 5):
        first = call.octets[call.position] if call.position < len(call.octets) else 0x00
        for octet in (first, 0x00, 0xC1):
            assert taken(in_c.take_payloads, call, octet, max_bytes, kind) == taken(
                take_payloads, call, octet, max_bytes, kind
            )


@settings(derandomize=True, deadline=None, max_examples=500)
@given(
    octets=st.binary(max_size=40),
    first=st.integers(0, 255),
    max_bytes=st.integers(0, 50),
    masked=st.booleans(),
)
def test_take_payloads_on_anything(octets: bytes, first: int, max_bytes: int, masked: bool) -> None:
    """Octets that nobody meant as frames: the same."""
    call = hostile.Call(bytes([first]) + octets, 0, 256, max_bytes, masked)
    assert taken(in_c.take_payloads, call, first, max_bytes) == taken(take_payloads, call, first, max_bytes)


def test_take_payloads_on_every_header() -> None:
    """Every form of every length, minimal or not, cut behind every octet: the same."""
    found = 0
    for call in hostile.headers():
        first = call.octets[0] if call.octets else 0x81
        told = taken(in_c.take_payloads, call, first, call.max_bytes)
        assert told == taken(take_payloads, call, first, call.max_bytes)
        found += len(told[1]) - 1
    assert found == 2  # the empty message, for either end


@settings(derandomize=True, deadline=None)
@given(data=st.binary(max_size=300), key=KEYS, offset=st.integers(0, (1 << 63) - 1))
def test_apply_mask(data: bytes, key: bytes, offset: int) -> None:
    """Any octets, any key, behind any number of others: the same, whatever holds them."""
    expected = apply_mask(data, key, offset)
    for buffer in (data, bytearray(data), memoryview(data), memoryview(b"x" + data)[1:]):
        assert in_c.apply_mask(buffer, key, offset) == expected
    assert in_c.apply_mask(data, key) == apply_mask(data, key)


@pytest.mark.parametrize("size", [*hostile.SIZES, 4095, 65536, 100_003])
def test_apply_mask_at_every_alignment(size: int) -> None:
    """Payloads long and short begin and end at any octet of a word: the same."""
    data, key = random.Random(size).randbytes(size + 40), b"\x01\x80\xff\x7e"
    for start in range(20):
        part = memoryview(data)[start : start + size]
        assert in_c.apply_mask(part, key, start) == apply_mask(part, key, start)


@settings(derandomize=True, deadline=None)
@given(
    data=st.binary(max_size=300) | st.text(max_size=300).map(str.encode) | st.integers(0, 300).map(bytes),
    place=st.none() | st.integers(0, 299),
    key=KEYS,
    offset=st.integers(0, (1 << 63) - 1),
)
def test_unmask_text(data: bytes, place: int | None, key: bytes, offset: int) -> None:
    """ASCII, but for one octet perhaps, any text and any octets, under any key: the same, whatever holds them."""
    if place is not None and place < len(data):
        data = data[:place] + b"\x80" + data[place + 1 :]
    octets = apply_mask(data, key, offset)
    expected = unmask_text(octets, key, offset)
    assert expected == (data.decode() if data.isascii() else data)
    for buffer in (octets, bytearray(octets), memoryview(octets), memoryview(b"x" + octets)[1:]):
        assert in_c.unmask_text(buffer, key, offset) == expected
    assert in_c.unmask_text(octets, key) == unmask_text(octets, key)


@pytest.mark.parametrize("size", [*hostile.SIZES, 4095, 65536, 100_003])
def test_unmask_text_finds_the_octet_that_is_not_ascii(size: int) -> None:
    """Wherever it is, first, last or anywhere in a word: the octets are given, else the characters."""
    key = b"\x01\x80\xff\x7e"
    for place in {-1, 0, *range(size // 2, size // 2 + 40), *range(size - 9, size)}:
        data = bytearray(b"a" * size)
        if 0 <= place < size:
            data[place] |= 0x80
        expected = bytes(data) if 0 <= place < size else "a" * size
        assert in_c.unmask_text(apply_mask(data, key, 3), key, 3) == expected


@settings(derandomize=True, deadline=None)
@given(
    first=st.integers(0, 255),
    payload=st.text(max_size=300) | st.binary(max_size=300) | st.binary(max_size=300).map(bytearray),
    key=st.none() | KEYS,
)
def test_encode(first: int, payload: str | bytes | bytearray, key: bytes | None) -> None:
    """Any first octet, any text, any octets, with a key and without: the same."""
    assert in_c.encode(first, payload, key) == encode(first, payload, key)


@pytest.mark.parametrize("size", [125, 126, 127, 65535, 65536, 100_003])
def test_encode_at_the_borders_of_length(size: int) -> None:
    """Each form of length, for text of one, two, three and four octets a character: the same."""
    for letter in "aé€\U0001f600":
        payload = letter * (size // len(letter.encode())) + "a" * (size % len(letter.encode()))
        for key in (None, b"\x01\x80\xff\x7e"):
            assert in_c.encode(0x81, payload, key) == encode(0x81, payload, key)


BAD_CALLS: list[tuple[str, tuple[Any, ...]]] = [
    ("apply_mask", (b"a",)),
    ("apply_mask", (b"a", b"abc")),
    ("apply_mask", (b"a", b"abcde")),
    ("apply_mask", (b"a", "abcd")),
    ("apply_mask", ("a", b"abcd")),
    ("apply_mask", (memoryview(b"abcd")[::2], b"abcd")),
    ("apply_mask", (b"a", b"abcd", "1")),
    ("apply_mask", (b"a", b"abcd", 1 << 64)),
    ("apply_mask", (b"a", b"abcd", 1, 1)),
    ("unmask_text", (b"a",)),
    ("unmask_text", (b"a", b"abc")),
    ("unmask_text", ("a", b"abcd")),
    ("unmask_text", (memoryview(b"abcd")[::2], b"abcd")),
    ("unmask_text", (b"a", b"abcd", "1")),
    ("unmask_text", (b"a", b"abcd", 1 << 64)),
    ("unmask_text", (b"a", b"abcd", 1, 1)),
    ("encode", (0x81, b"a")),
    ("encode", (-1, b"a", None)),
    ("encode", (256, b"a", None)),
    ("encode", (1 << 70, b"a", None)),
    ("encode", ("a", b"a", None)),
    ("encode", (0x81, None, None)),
    ("encode", (0x81, 5, None)),
    ("encode", (0x81, b"a", b"abc")),
    ("encode", (0x81, b"a", "abcd")),
    ("encode", (0x81, "\udc80", None)),
    ("scan", (b"",)),
    ("scan", ("", 0, [], 1, 1, True, None, None)),
    ("scan", (b"", -1, [], 1, 1, True, None, None)),
    ("scan", (b"", 1, [], 1, 1, True, None, None)),
    ("scan", (b"", "0", [], 1, 1, True, None, None)),
    ("scan", (b"", 0, (), 1, 1, True, None, None)),
    ("scan", (b"", 0, [], None, 1, True, None, None)),
    ("scan", (b"", 0, [], 1, -1, True, None, None)),
    ("scan", (b"", 0, [], 1, None, True, None, None)),
    ("scan", (b"", 0, [], 1, 1, True, 5, None)),
    ("scan", (b"", 0, [], 1, 1, True, None, str)),
    ("scan", (b"", 0, [], 1, 1, True, int, None)),
    ("take_payloads", (b"",)),
    ("take_payloads", ("", 0, [], 0, 1, 1, 1, True)),
    ("take_payloads", (b"", -1, [], 0, 1, 1, 1, True)),
    ("take_payloads", (b"", 1, [], 0, 1, 1, 1, True)),
    ("take_payloads", (b"", "0", [], 0, 1, 1, 1, True)),
    ("take_payloads", (b"", 0, (), 0, 1, 1, 1, True)),
    ("take_payloads", (b"", 0, [], -1, 1, 1, 1, True)),
    ("take_payloads", (b"", 0, [], 256, 1, 1, 1, True)),
    ("take_payloads", (b"", 0, [], 0, None, 1, 1, True)),
    ("take_payloads", (b"", 0, [], 0, 1, -1, 1, True)),
    ("take_payloads", (b"", 0, [], 0, 1, 1, -1, True)),
]


@pytest.mark.parametrize(("name", "arguments"), BAD_CALLS)
def test_bad_arguments_are_refused(name: str, arguments: tuple[Any, ...]) -> None:
    """What is no octets, no key, no position or no plain class is an exception, never a crash."""
    with pytest.raises((TypeError, ValueError, OverflowError, BufferError)):
        getattr(in_c, name)(*arguments)


def test_sizes_that_no_machine_word_holds_are_clipped() -> None:
    """A bound beyond all memory is none."""
    out: list[Any] = []
    assert in_c.scan(b"\x82\x01a", 0, out, 1 << 100, 1 << 100, False, None, None) == 3
    assert in_c.take_payloads(b"\x00\x01b", 0, out, 0, 1 << 100, 1 << 100, 1 << 100, False) == 3
    assert out == [b"a", b"b"]


def test_what_holds_the_octets_is_held_only_during_the_call() -> None:
    """A bytearray can be resized after each call, also after one that failed."""
    buffer = bytearray(b"\x82\x01a")
    in_c.scan(buffer, 0, [], 1, 1, False, None, None)
    in_c.take_payloads(buffer, 0, [], 0x82, 1, 1, 1, False)
    in_c.apply_mask(buffer, b"abcd")
    for key in (b"abcd", b"\x80bcd"):
        in_c.unmask_text(buffer, key)
    in_c.encode(0x81, buffer, None)
    with pytest.raises(ValueError, match="position"):
        in_c.scan(buffer, 4, [], 1, 1, False, None, None)
    with pytest.raises(ValueError, match="position"):
        in_c.take_payloads(buffer, 4, [], 0x82, 1, 1, 1, False)
    with pytest.raises(ValueError, match="masking key"):
        in_c.apply_mask(buffer, b"")
    with pytest.raises(ValueError, match="masking key"):
        in_c.unmask_text(buffer, b"")
    buffer += b"more"
    assert in_c.scan(array.array("B", buffer), 0, [], 1, 1, False, None, None) == 3
