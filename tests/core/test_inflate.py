"""RFC 7692 §7.2.2: inflation in steps, strict at the end of a message, and lenient where the RFC is."""

from __future__ import annotations

import random
import zlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core.inflate import InflateError, Inflater

from tests.core.battery.frame_row import deflated, final_block

NOISE = random.Random(1).randbytes(40_000)
EMPTY_STORED = b"\x00\x00\x00\xff\xff"


def read_all(inflater: Inflater, step: int) -> bytes:
    """Read until nothing is pending; check that every step is bounded, and all but the last one full."""
    output = bytearray()
    while inflater.pending:
        part = inflater.read(step)
        assert len(part) <= step
        assert len(part) == step or not inflater.pending
        output += part
    return bytes(output)


def inflate(inflater: Inflater, *pieces: bytes, step: int = 1 << 16) -> bytes:
    """Inflate one message that comes in pieces."""
    output = b""
    for index, piece in enumerate(pieces):
        inflater.feed(piece, last=index == len(pieces) - 1)
        output += read_all(inflater, step)
    return output


def inflate_at_once(inflater: Inflater, payload: bytes, step: int) -> bytes:
    """Inflate a message that has come whole, by the quick way where that is open."""
    message = inflater.inflate_message(payload, step)
    if message is not None:
        assert len(message) < step
        assert not inflater.pending
        return message
    return read_all(inflater, step)


def attempt(inflater: Inflater, payload: bytes, step: int, *, quick: bool) -> bytes | None:
    """The message, None for what is none."""
    try:
        return inflate_at_once(inflater, payload, step) if quick else inflate(inflater, payload, step=step)
    except InflateError:
        return None


_payloads = st.binary(max_size=30) | st.builds(
    lambda data, level, rest: deflated(data, level=level)[0] + rest,
    st.binary(max_size=100) | st.binary(max_size=20).map(lambda part: part * 100),
    st.integers(0, 9),
    st.sampled_from([b"", b"", b"", b"\x00", b"\x06", EMPTY_STORED, final_block(b"Hello"), final_block(b"a" * 300)]),
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    payloads=st.lists(_payloads | _payloads.map(lambda payload: payload[:-1]), min_size=1, max_size=4),
    step=st.integers(1, 300),
    takeover=st.booleans(),
)
def test_the_quick_way_gives_what_feed_and_read_give(payloads: list[bytes], step: int, takeover: bool) -> None:
    """Messages that come whole, right and wrong ones, one after the other, mean the same by `inflate_message`."""
    quick, slow = Inflater(15, takeover=takeover), Inflater(15, takeover=takeover)
    for payload in payloads:
        expected = attempt(slow, payload, step, quick=False)
        assert attempt(quick, payload, step, quick=True) == expected
        if expected is None:
            return


# A block with Huffman codes of its own, and octets of zeros for eight letters each, that ends too early: §7.2.1's tail
# reads as 16 letters more, and then as one copy of 258 that is still on its way when all input has been taken.
LETTERS = bytes.fromhex("ece101822449922449be15feff092416358fac9ebd271c00")


@pytest.mark.parametrize(
    ("payload", "step", "told"),
    [
        (LETTERS, 30, [30] * 9),
        (LETTERS, 100, [100, 100]),
        (LETTERS + b"\x33" + bytes(29), 257, [257, 257]),
        (b"\xf2\x48\xcd", 100, []),
        (b"\xf2\x48\xcd", 2, [2]),
        (b"\x04\x00", 100, []),
        (bytes.fromhex("7b9eabbe64"), 10_000, []),
    ],
)
def test_a_message_that_ends_too_early_gives_as_much_either_way(payload: bytes, step: int, told: list[int]) -> None:
    """What comes out before the failure is the same by `inflate_message`, which raises nothing itself."""
    for quick in (True, False):
        inflater = Inflater(15, takeover=True)
        if quick:
            assert inflater.inflate_message(payload, step) is None
        else:
            inflater.feed(payload, last=True)
        sizes = []
        with pytest.raises(InflateError):
            while inflater.pending:
                sizes.append(len(inflater.read(step)))
        assert sizes == told


def test_the_quick_way_is_for_what_is_whole_and_small() -> None:
    """It gives what is below its size and its slice; from there on, `read` gives the whole of it."""
    for size, data in ((101, bytes(100)), (17_000, NOISE[:16_370])):
        payload = deflated(data, level=0)[0]
        assert Inflater(15, takeover=True).inflate_message(payload, size) == data
    for size, data in ((100, bytes(100)), (99, bytes(100)), (17_000, NOISE[:16_376]), (10, b"")):
        inflater = Inflater(15, takeover=True)
        payload = deflated(data, level=0)[0] if data else b""
        assert inflater.inflate_message(payload, size) is None
        assert inflater.pending
        assert inflater.read(1 << 20) == data


@pytest.mark.parametrize("step", [1, 2, 3, 100, 65536])
@pytest.mark.parametrize("data", [b"", b"Hello", b"Hello" * 300, NOISE[:500], bytes(5000)])
def test_any_step_gives_the_same_octets(data: bytes, step: int) -> None:
    """A message comes out whole however small the steps are."""
    assert inflate(Inflater(15, takeover=True), *deflated(data), step=step) == data


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    data=st.binary(max_size=200) | st.binary(max_size=20).map(lambda part: part * 100),
    places=st.lists(st.integers(0, 300), max_size=5),
    level=st.integers(0, 9),
    step=st.integers(1, 300),
)
def test_any_cut_gives_the_same_octets(data: bytes, places: list[int], level: int, step: int) -> None:
    """Pieces of any size, empty ones among them, inflate to the message."""
    payload = deflated(data, level=level)[0]
    borders = [0, *sorted(min(place, len(payload)) for place in places), len(payload)]
    pieces = [payload[start:stop] for start, stop in pairwise(borders)]
    assert inflate(Inflater(15, takeover=False), *pieces, step=step) == data


@pytest.mark.parametrize("step", [1, 7, 50, 1000])
def test_nothing_of_a_piece_is_held_back(step: int) -> None:
    """Whatever a piece of a message means comes out before the next piece is asked for, however small the steps."""
    payload = deflated(b"Hello" * 100 + b"world" * 100 + NOISE[:50])[0]
    for place in range(1, len(payload)):
        inflater = Inflater(15, takeover=True)
        inflater.feed(payload[:place], last=False)
        output = b""
        while inflater.pending:
            output += inflater.read(step)
        assert output == zlib.decompressobj(-15).decompress(payload[:place])


def test_a_window_is_kept_from_message_to_message() -> None:
    """With takeover the second message may point into the first; without it, that is an error."""
    first, second = deflated(NOISE[:1000], NOISE[:1000])
    assert len(second) < 100
    kept = Inflater(15, takeover=True)
    assert [inflate(kept, first), inflate(kept, second)] == [NOISE[:1000]] * 2
    dropped = Inflater(15, takeover=False)
    assert [inflate(dropped, first), inflate(dropped, first)] == [NOISE[:1000]] * 2
    with pytest.raises(InflateError):
        inflate(dropped, second)


@pytest.mark.parametrize("bits", range(9, 16))
def test_a_window_of_the_agreed_size_suffices(bits: int) -> None:
    """What was deflated with a window is inflated with one of the same size, over several messages."""
    messages = [b"%d bottles of beer " % number * 50 for number in range(200)]
    inflater = Inflater(bits, takeover=True)
    for message, payload in zip(messages, deflated(*messages, bits=bits), strict=True):
        assert inflate(inflater, payload) == message


def test_a_message_without_an_octet_is_empty() -> None:
    """One octet of zeros, none at all, and empty pieces: all mean the empty message, and do no harm to the next."""
    inflater = Inflater(15, takeover=True)
    for pieces in ([b"\x00"], [b""], [b"", b"", b""], [b"", b"\x00"], [b"\x00", b""]):
        assert inflate(inflater, *pieces) == b""
        assert inflate(inflater, *deflated(b"Hello")) == b"Hello"


@pytest.mark.parametrize("behind", [[], [b""], [b"", b""], [b"\x00"], [final_block(b"")], [EMPTY_STORED + b"\x00"]])
def test_a_message_may_end_with_a_final_block(behind: list[bytes]) -> None:
    """BFINAL at the very end, before empty pieces, before §7.2.1's empty block: the message is complete."""
    inflater = Inflater(15, takeover=True)
    for _ in range(2):
        assert inflate(inflater, final_block(b"Hello"), *behind) == b"Hello"


def test_final_blocks_may_follow_each_other() -> None:
    """Each ends a stream, and the next begins a new one, in one piece or in many, in the midst of a message too."""
    block = final_block(b"ab")
    for pieces in ([block * 500], [block] * 500, [block[:1], block[1:] + block * 499]):
        assert inflate(Inflater(15, takeover=True), *pieces) == b"ab" * 500
    assert inflate(Inflater(15, takeover=True), block + b"\x00", b"") == b"ab"
    mixed = block + deflated(b"Hello")[0] + b"\x00\x00\xff\xff" + block + b"\x00"
    assert inflate(Inflater(15, takeover=True), mixed) == b"abHelloab"


@pytest.mark.parametrize("size", [*range(1, 12), *range(56, 76), *range(120, 132), 16379, 16380, 16384, 16385])
def test_what_follows_a_final_block_is_not_lost_at_the_border_of_a_slice(size: int) -> None:
    """A second final block of any size, and what stands behind it, though input is handed on in small slices there."""
    data = NOISE[:size]
    stored = b"\x01" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + data
    for behind, output in ((b"", b""), (deflated(b"Hello")[0], b"Hello"), (final_block(b"!"), b"!")):
        inflater = Inflater(15, takeover=True)
        assert inflate(inflater, b"\x03\x00" + stored + behind) == data + output
        assert inflate(inflater, b"\x03\x00" + stored, behind) == data + output


@pytest.mark.parametrize(
    "pieces",
    [
        [b"\x06"],
        [b"\x04\x00"],
        [bytes.fromhex("7b9eabbe64")],
        [b"\xff" * 10],
        [b"\x00\x05\x00\xfa\xfeHello"],
        [b"\xf2\x00\x11\x00\x00"],
        [b"\xf2\x48\xcd"],
        [b"\xf2\x48\xcd", b""],
        [b"\x00\x05\x00\xfa\xffHel"],
        [deflated(b"Hello")[0] + b"\x00\x00\xff\xff"],
        [final_block(b"Hello") + b"\x06"],
        [final_block(b"Hello"), b"\x06"],
        [final_block(b"Hello")[:-1]],
        [zlib.compress(b"Hello")],
    ],
)
def test_what_is_no_deflate_or_ends_too_early(pieces: list[bytes]) -> None:
    """Corrupt blocks, wrong distances, and messages that end inside a block are errors, and of one kind."""
    with pytest.raises(InflateError):
        inflate(Inflater(15, takeover=True), *pieces)
    with pytest.raises(InflateError):
        inflate(Inflater(15, takeover=False), *pieces)


@pytest.mark.parametrize("takeover", [False, True])
@pytest.mark.parametrize("quick", [False, True])
def test_a_message_that_ends_in_the_head_of_a_last_block(takeover: bool, quick: bool) -> None:
    """It is none, whatever octets one might ask with whether a block has ended: they could be the rest of that head."""
    # BFINAL is set, 59 of 316 code lengths are missing, and one zero bit will end the block (RFC 1951 §3.2.7).
    head = bytes.fromhex("eddd210400000000a06ddbb6ffffffffffffffffffffffffff40")
    asked = zlib.decompressobj(-15)
    assert asked.decompress(head + b"\x00\x00\xff\xff") == b""
    assert asked.decompress(b"\x01\x00\x00\xff\xff") == b""
    assert asked.eof
    assert attempt(Inflater(15, takeover=takeover), head, 1 << 16, quick=quick) is None


@pytest.mark.parametrize("takeover", [False, True])
@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("unknown", [bytes(8), b"\xff" * 8])
@pytest.mark.parametrize("missing", [1, 5, 8, 12, 16, 17, 18, 29])
def test_a_message_that_ends_in_a_last_stored_block(
    missing: int, unknown: bytes, quick: bool, takeover: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many octets of the block are missing, it is none: also when what asks for its end would just fill it."""
    monkeypatch.setattr("rawws.core.inflate._UNKNOWN", unknown)
    monkeypatch.setattr("rawws.core.inflate._FINAL_BLOCK", b"\x01\x08\x00\xf7\xff" + unknown)
    block = b"\x01\x40\x00\xbf\xff" + bytes(64 - missing)
    assert attempt(Inflater(15, takeover=takeover), block, 1 << 16, quick=quick) is None


def test_nothing_is_pending_before_and_after() -> None:
    """`pending` is true exactly from `feed` until `read` has given everything."""
    inflater = Inflater(15, takeover=True)
    assert not inflater.pending
    inflater.feed(deflated(bytes(100))[0], last=True)
    assert inflater.pending
    assert inflater.read(60) == bytes(60)
    assert inflater.pending
    assert inflater.read(60) == bytes(40)
    assert not inflater.pending
    inflater.feed(b"", last=False)
    assert not inflater.pending
    assert inflater.read(1) == b""


def test_an_output_that_just_fills_its_step() -> None:
    """A message of exactly one step ends like any other, though zlib had no room to say so."""
    for size in (1, 64, 100):
        for payload in (deflated(bytes(size))[0], final_block(bytes(size)), final_block(bytes(size)) + b"\x00"):
            inflater = Inflater(15, takeover=True)
            assert inflate(inflater, payload, step=size) == bytes(size)
            assert inflate(inflater, deflated(b"Hello")[0]) == b"Hello"


def test_what_a_flag_means_is_said() -> None:
    """Whether the window is kept, and whether a piece is the last, are given by name; the rest may be."""
    inflater = Inflater(window_bits=15, takeover=True)
    inflater.feed(data=deflated(b"Hello")[0], last=True)
    assert inflater.read(10) == b"Hello"
    with pytest.raises(TypeError):
        Inflater(15, True)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        inflater.feed(b"", True)  # type: ignore[call-arg]
