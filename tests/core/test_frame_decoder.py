"""RFC 6455 §5.2: the frame decoder alone, and what it says of octets that it has not given yet.

Which frames come of which octets is tested in test_battery_frames and test_frame_protocol.
"""

from __future__ import annotations

import random

import pytest

from rawws.core.extensions import PerMessageDeflate
from rawws.core.frame_protocol import CloseReason, Frame, FrameDecoder, Opcode, ParseFailed
from rawws.core.limits import Limits

from tests.core.battery.frame_row import compressed, deflated
from tests.core.extending import agreed
from tests.core.handshaking import Offering
from tests.core.octets import BINARY, FIN, RSV1, RSV2, RSV3, binary, last, more, text
from tests.core.octets import Frame as Octets

NOISE = random.Random(1).randbytes(50_000)


def inflating() -> FrameDecoder:
    """A client's decoder after an agreement on permessage-deflate."""
    return FrameDecoder(True, [agreed()])


def awaiting(frame: Octets, come: int) -> FrameDecoder:
    """A client's decoder that waits for the whole of a message, of whose frame so many octets have come."""
    decoder = FrameDecoder(True)
    decoder.receive_bytes(frame.to("client")[:come])
    assert decoder.process_buffer(whole=True) is None
    return decoder


@pytest.mark.parametrize("client", [False, True])
def test_before_anything_has_come(client: bool) -> None:
    """A new decoder holds nothing, waits for nothing and has nothing to say."""
    decoder = FrameDecoder(client)
    assert (decoder.at_rest, decoder.waits, decoder.pending) == (True, False, False)
    assert (decoder.buffered_bytes, decoder.frame_offset, decoder.offset) == (0, 0, 0)
    assert decoder.receive_buffer(1) is None
    assert decoder.process_buffer() is None


@pytest.mark.parametrize("opcode", [0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF])
@pytest.mark.parametrize("bits", [0, FIN, FIN | RSV1 | RSV2 | RSV3])
def test_an_unknown_opcode_is_named(opcode: int, bits: int) -> None:
    """6455-5.2-2: the failure says which opcode it was, whatever bits stand before it."""
    decoder = FrameDecoder(True)
    decoder.receive_bytes(bytes((bits | opcode,)))
    with pytest.raises(ParseFailed) as caught:
        decoder.process_buffer()
    assert str(caught.value) == f"Invalid opcode {hex(opcode)}"
    assert (caught.value.code, caught.value.requirement) == (CloseReason.PROTOCOL_ERROR, "6455-5.2-2")


def test_parts_are_given_to_who_does_not_ask_for_the_whole() -> None:
    """Whether a message is awaited whole is asked by name, and by default it is not."""
    decoder = FrameDecoder(True)
    decoder.receive_bytes(binary(b"Hello").to("client")[:4])
    with pytest.raises(TypeError):
        decoder.process_buffer(True)  # type: ignore[call-arg]
    assert decoder.process_buffer() == Frame(Opcode.BINARY, b"He", False, True)
    assert not decoder.waits


def test_the_rest_of_what_was_given_in_part_is_given_in_parts() -> None:
    """Who has got a part of a frame is not kept waiting for the whole of what is left of it."""
    data = binary(b"Hello").to("client")
    decoder = FrameDecoder(True)
    decoder.receive_bytes(data[:4])
    assert decoder.process_buffer() == Frame(Opcode.BINARY, b"He", False, True)
    decoder.receive_bytes(data[4:6])
    assert decoder.process_buffer(whole=True) == Frame(Opcode.CONTINUATION, b"ll", False, True)
    assert decoder.receive_buffer(1) is None


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_last_fragment_is_given_in_parts(size: int) -> None:
    """§5.4: a message in several frames is not awaited whole, however large its last frame is."""
    decoder = FrameDecoder(True)
    decoder.receive_bytes(binary(b"a", fin=False).to("client") + last(b"b" * size).to("client")[:-5])
    assert decoder.process_buffer(whole=True) == Frame(Opcode.BINARY, b"a", True, False)
    part = decoder.process_buffer(whole=True)
    assert part == Frame(Opcode.CONTINUATION, b"b" * (size - 5), False, True)
    assert not decoder.waits


@pytest.mark.parametrize("behind", [b"", b"\x81", text("Hi there").to("client")])
@pytest.mark.parametrize("sent", [binary(b"a" * 39_999), text(b"a" * 39_999)])
def test_what_lies_in_two_places_is_counted_once(sent: Octets, behind: bytes) -> None:
    """`buffered_bytes` counts the message that is awaited whole and what came behind it; all of that is pending."""
    decoder = awaiting(sent, 500)
    header = len(sent.to("client")) - 39_999
    assert decoder.buffered_bytes == 500 - header
    assert decoder.pending
    decoder.receive_bytes(sent.to("client")[500:] + behind)
    assert decoder.buffered_bytes == 39_999 + len(behind)
    assert decoder.process_buffer(whole=True) == Frame(Opcode(sent.opcode), b"a" * 39_999, True, True)
    assert decoder.buffered_bytes == len(behind)
    assert decoder.pending is bool(behind)


@pytest.mark.parametrize("size", [0, 1, 300])
def test_nothing_is_pending_behind_the_last_frame(size: int) -> None:
    """When the last of the frames that came in one piece has been given, there is nothing more to ask for."""
    decoder = FrameDecoder(True)
    decoder.receive_bytes(binary(b"a" * size).to("client") * 3)
    for _ in range(3):
        assert decoder.pending
        assert decoder.process_buffer() == Frame(Opcode.BINARY, b"a" * size, True, True)
    assert not decoder.pending
    assert decoder.buffered_bytes == 0


def test_there_is_something_to_tell_when_the_last_octet_has_been_read_in_place() -> None:
    """`at_rest` while octets of the message are missing, and not when none is."""
    decoder = awaiting(binary(b"a" * 10), 5)
    for count, at_rest in ((0, True), (6, True), (1, False)):
        room = decoder.receive_buffer(1)
        assert room is not None
        room[:count] = b"a" * count
        decoder.buffer_received(count)
        assert decoder.at_rest is at_rest
    assert decoder.process_buffer(whole=True) == Frame(Opcode.BINARY, b"a" * 10, True, True)
    assert decoder.process_buffer() is None
    assert decoder.at_rest


@pytest.mark.parametrize("size", [100, 40_000])
def test_who_is_discarded_waits_for_nothing(size: int) -> None:
    """No room is given any more for a message that was awaited whole, and nothing of it is held."""
    decoder = awaiting(binary(b"a" * size), 50)
    decoder.discard()
    assert (decoder.waits, decoder.pending, decoder.buffered_bytes) == (False, False, 0)
    assert decoder.receive_buffer(1) is None
    assert decoder.process_buffer() is None


def test_who_is_discarded_inflates_nothing() -> None:
    """The window goes, and no new one is made for what will not come."""
    decoder = inflating()
    decoder.receive_bytes(compressed(BINARY, deflated(NOISE[:100])[0], fin=False).to("client"))
    assert decoder.process_buffer() is not None
    (extension,) = decoder.extensions
    assert isinstance(extension, PerMessageDeflate)
    assert extension._decompressor is not None
    decoder.discard()
    assert not decoder.pending
    assert extension._decompressor is None


@pytest.mark.parametrize("most", [1, 2, 300])
def test_one_fragment_too_many(most: int) -> None:
    """6455-10.4-1: as many frames of one message are taken as were allowed, and not one more."""
    decoder = FrameDecoder(True, limits=Limits(max_fragments=most))
    frames = [binary(b"", fin=False), *[more()] * most]
    decoder.receive_bytes(b"".join(frame.to("client") for frame in frames))
    for _ in range(most):
        assert decoder.process_buffer() is not None
    with pytest.raises(ParseFailed, match="too many fragments") as caught:
        decoder.process_buffer()
    assert (caught.value.code, caught.value.limit) == (CloseReason.MESSAGE_TOO_BIG, "max_fragments")


def test_a_compressed_frame_is_inflated_while_it_comes() -> None:
    """Of a large one that has come in part, a part is given, and the octets that it was inflated from are let go."""
    data = compressed(BINARY, deflated(NOISE)[0]).to("client")
    decoder = inflating()
    decoder.receive_bytes(data[:-1000])
    part = decoder.process_buffer()
    assert part is not None
    output = bytes(part.payload)  # type: ignore[arg-type]  # the decoder gives bytes
    assert output == NOISE[: len(output)] != b""
    assert not part.frame_finished
    assert decoder.buffered_bytes < len(data) - 1000
    decoder.receive_bytes(data[-1000:])
    finished = False
    while not finished:
        part = decoder.process_buffer()
        assert part is not None
        output += part.payload  # type: ignore[operator]  # (the same)
        finished = part.frame_finished
    assert output == NOISE


@pytest.mark.parametrize("bits", [0, RSV1, RSV2, RSV3, RSV1 | RSV2, RSV1 | RSV3, RSV2 | RSV3, RSV1 | RSV2 | RSV3])
def test_bits_that_nobody_claims(bits: int) -> None:
    """6455-5.2-1: permessage-deflate gives RSV1 a meaning and no other bit, and other extensions what they say."""
    foreign = FrameDecoder(True, [Offering("x-nothing")])
    for decoder, meant in ((FrameDecoder(True), 0), (foreign, 0), (inflating(), RSV1)):
        decoder.receive_bytes(Octets(FIN | bits | BINARY, b"\x00").to("client"))
        if not bits & ~meant:
            assert decoder.process_buffer() == Frame(Opcode.BINARY, b"" if bits else b"\x00", True, True)
        else:
            with pytest.raises(ParseFailed) as caught:
                decoder.process_buffer()
            assert caught.value.requirement == "6455-5.2-1"


@pytest.mark.parametrize("before", [0, 1, 2])
@pytest.mark.parametrize("lengths", [[10], [0, 10], [4, 6], [4, 3, 3]])
def test_a_message_is_too_big_before_its_payload_has_come(lengths: list[int], before: int) -> None:
    """6455-10.4-1: the headers of a message are added up, each message anew, and one octet too many is refused."""
    decoder = FrameDecoder(True, limits=Limits(max_message_bytes=10))
    fragments = [Octets(0, b"a" * length) for length in lengths]
    whole = [fragments[0]._replace(first=BINARY), *fragments[1:]]
    whole[-1] = whole[-1]._replace(first=whole[-1].first | FIN)
    data = b"".join(frame.to("client") for frame in whole)
    for _ in range(before):
        decoder.receive_bytes(data)
        for length in lengths:
            frame = decoder.process_buffer()
            assert frame is not None
            assert (len(frame.payload), frame.frame_finished) == (length, True)
    *head, tail = whole
    decoder.receive_bytes(b"".join(frame.to("client") for frame in head))
    decoder.receive_bytes(tail._replace(payload=b"", announced=lengths[-1] + 1).to("client"))
    for _ in head:
        assert decoder.process_buffer() is not None
    with pytest.raises(ParseFailed, match="message too big") as caught:
        decoder.process_buffer()
    assert (caught.value.code, caught.value.limit) == (CloseReason.MESSAGE_TOO_BIG, "max_message_bytes")
