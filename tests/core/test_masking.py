"""RFC 6455 §5.3: masking, and keys that nobody can predict."""

from __future__ import annotations

import os
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core.accelerator import apply_mask, unmask_text
from rawws.core.masking import new_masking_key

from tests.core.octets import masked

KEYS = st.binary(min_size=4, max_size=4)


@settings(derandomize=True, deadline=None)
@given(data=st.binary(max_size=300), key=KEYS)
def test_each_octet_meets_its_octet_of_the_key(data: bytes, key: bytes) -> None:
    """The result is the RFC's formula, octet by octet, for whatever buffer the octets come in, and is bytes."""
    for buffer in (data, bytearray(data), memoryview(data)):
        result = apply_mask(buffer, key)
        assert type(result) is bytes
        assert result == masked(data, key)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 3071, 3072, 3073, 3074, 3075, 3076, 10_001])
def test_both_ways_of_masking_agree(size: int) -> None:
    """Below and above the size at which the way changes, the result is the formula's; twice is the original."""
    data = os.urandom(size)
    for key in (b"\x00\x00\x00\x00", b"\xff\x00\x01\x80", os.urandom(4)):
        assert apply_mask(data, key) == masked(data, key)
        assert apply_mask(apply_mask(data, key), key) == data


def test_the_example_of_the_rfc() -> None:
    """RFC 6455 §5.7: "Hello" under 37 fa 21 3d is 7f 9f 4d 51 58."""
    assert apply_mask(b"Hello", b"\x37\xfa\x21\x3d") == b"\x7f\x9f\x4d\x51\x58"


@settings(derandomize=True, deadline=None)
@given(data=st.binary(max_size=100), key=KEYS, place=st.integers(0, 100))
def test_masking_goes_on_where_the_octets_before_ended(data: bytes, key: bytes, place: int) -> None:
    """A payload unmasked in two parts, the second behind the first, is the payload unmasked whole."""
    head, tail = data[:place], data[place:]
    assert apply_mask(head, key) + apply_mask(tail, key, len(head)) == masked(data, key)


@pytest.mark.parametrize("text", ["", "a", "~\x7f\0", "a" * 5000, "é", "a" * 5000 + "€"])
@pytest.mark.parametrize("offset", [0, 3])
def test_text_is_characters_where_all_are_ascii(text: str, offset: int) -> None:
    """A str where no octet is above 0x7F; else the octets, which may begin or end inside a character."""
    data, key = text.encode(), b"\x80\x01\xff\x7f"
    told = unmask_text(apply_mask(data, key, offset), key, offset)
    assert told == (text if text.isascii() else data)
    assert unmask_text(apply_mask(data, key), key) == told


@pytest.mark.parametrize("before", [0, 1 << 32, 1 << 53, (1 << 63) - 4])
def test_masking_knows_large_payloads(before: int) -> None:
    """Beyond 32 and 53 bits the octet of the key is still that of the count modulo four."""
    key = b"\x01\x02\x03\x04"
    for phase in range(4):
        assert apply_mask(bytes(5), key, before + phase) == masked(bytes(phase + 5), key)[phase:]


def test_keys_come_from_the_operating_system_and_are_used_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key is four octets of os.urandom, none is given twice, and a new pool is fetched when one is used up."""
    fetched: list[bytes] = []
    counter = 0

    def urandom(size: int) -> bytes:
        nonlocal counter
        assert size % 4 == 0
        block = b"".join((counter + index).to_bytes(4, "big") for index in range(size // 4))
        counter += size // 4
        fetched.append(block)
        return block

    new_masking_key()
    with monkeypatch.context() as patch:
        patch.setattr("rawws.core.masking.os.urandom", urandom)
        patch.setattr("rawws.core.masking._pool", [])
        keys = [new_masking_key() for _ in range(5000)]
    assert len(set(keys)) == len(keys)
    blocks = {block[start : start + 4] for block in fetched for start in range(0, len(block), 4)}
    assert set(keys) <= blocks
    assert len(fetched) > 1
    assert len(blocks) - len(keys) < len(fetched[0]) // 4


def test_a_large_sample_of_keys_repeats_no_more_than_chance() -> None:
    """Of 20,000 keys hardly any two are the same (0.05 pairs are expected), and every bit is set half of the time."""
    keys = [new_masking_key() for _ in range(20_000)]
    assert {len(key) for key in keys} == {4}
    assert len(set(keys)) >= len(keys) - 3
    for bit in range(32):
        ones = sum(int.from_bytes(key, "big") >> bit & 1 for key in keys)
        assert 9_500 < ones < 10_500  # seven standard deviations


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_does_not_repeat_its_parent() -> None:
    """The keys that parent and child draw after a fork are different ones."""
    new_masking_key()  # so that the pool is not empty
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, b"".join(new_masking_key() for _ in range(50)))
        finally:
            os._exit(0)
    os.close(writer)
    mine = {new_masking_key() for _ in range(50)}
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    assert os.waitpid(child, 0)[1] == 0
    theirs = {data[start : start + 4] for start in range(0, 200, 4)}
    assert len(theirs) >= 49
    assert not mine & theirs


def test_threads_do_not_share_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that live in several threads draw from one pool, and none is given a key of another."""
    counter = iter(range(1 << 30))
    monkeypatch.setattr(
        "rawws.core.masking.os.urandom",
        lambda size: b"".join(next(counter).to_bytes(4, "big") for _ in range(size // 4)),
    )
    monkeypatch.setattr("rawws.core.masking._pool", [])
    drawn: list[list[bytes]] = [[] for _ in range(4)]
    threads = [
        threading.Thread(target=lambda keys=keys: keys.extend(new_masking_key() for _ in range(3000))) for keys in drawn
    ]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    finally:
        sys.setswitchinterval(interval)
    every = [key for keys in drawn for key in keys]
    assert len(set(every)) == len(every) == 12_000
