"""RFC 6455 §5 as wsproto's frame protocol: one endpoint's frames, on the way out."""

from __future__ import annotations

import pytest
import wsproto.frame_protocol

from rawws.core.errors import LocalProtocolError
from rawws.core.frame_protocol import CloseReason, FrameProtocol
from rawws.core.prepared import PreparedMessage

from tests.core.battery.frame_row import deflated
from tests.core.extending import Xor, agreed, turned_over
from tests.core.octets import BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, RSV1, RSV2, TEXT, take_apart

LENGTHS = (0, 1, 125, 126, 127, 65535, 65536)


@pytest.mark.parametrize("client", [True, False])
@pytest.mark.parametrize("size", LENGTHS)
def test_frames_are_written_and_masked_by_role(client: bool, size: int) -> None:
    """6455-5.1-1 and -3: a client masks every frame with a key of its own, a server none."""
    proto = FrameProtocol(client, [])
    written = [proto.send_data("a" * size), proto.send_data(b"a" * size), proto.ping(b"a" * min(size, 125))]
    frames = [take_apart(data)[0] for data in written]
    assert [frame.first for frame in frames] == [FIN | TEXT, FIN | BINARY, FIN | PING]
    assert {len(frame.payload) for frame in frames} <= {size, min(size, 125)}
    keys = [frame.key for frame in frames]
    assert (len(set(keys)) == 3 and None not in keys) if client else keys == [None] * 3


@pytest.mark.parametrize("client", [True, False])
def test_wsproto_reads_what_we_write(client: bool) -> None:
    """Frames of every kind and length come out of wsproto's own codec as they went into ours."""
    ours = FrameProtocol(client, [])
    theirs = wsproto.frame_protocol.FrameProtocol(not client, [])
    for size in LENGTHS:
        theirs.receive_bytes(ours.send_data("é" * size, fin=False) + ours.ping(b"?") + ours.send_data("a", fin=True))
        assert [frame.payload for frame in theirs.received_frames()] == ["é" * size, bytearray(b"?"), "a"]
    theirs.receive_bytes(ours.pong(b"!") + ours.close(1001, "bye"))
    assert [frame.payload for frame in theirs.received_frames()] == [bytearray(b"!"), (1001, "bye")]


@pytest.mark.parametrize("client", [True, False])
def test_we_read_what_wsproto_writes(client: bool) -> None:
    """And the other way round."""
    theirs = wsproto.frame_protocol.FrameProtocol(client, [])
    ours = FrameProtocol(not client, [])
    for size in LENGTHS:
        ours.receive_bytes(
            theirs.send_data("é" * size, fin=False) + theirs.ping(b"?") + theirs.send_data("a", fin=True)
        )
        assert [frame.payload for frame in ours.received_frames()] == ["é" * size, b"?", "a"]
    ours.receive_bytes(theirs.pong(b"!") + theirs.close(1001, "bye"))
    assert [frame.payload for frame in ours.received_frames()] == [b"!", (1001, "bye")]


def test_fragments_are_written_in_order() -> None:
    """The opcode on the first frame, FIN on the last; then a new message may begin."""
    proto = FrameProtocol(False, [])
    data = proto.send_data("a", fin=False) + proto.send_data("", fin=False) + proto.send_data("b")
    data += proto.send_data(b"c", fin=False) + proto.pong(b"!") + proto.send_data(b"") + proto.send_data("d")
    firsts = [frame.first for frame in take_apart(data)]
    assert firsts == [TEXT, CONTINUATION, FIN, BINARY, FIN | PONG, FIN, FIN | TEXT]


def test_any_buffer_may_be_sent() -> None:
    """bytes, bytearray and memoryview, also of other items than octets, are binary; str is text."""
    proto = FrameProtocol(False, [])
    for buffer in (b"abcd", bytearray(b"abcd"), memoryview(b"abcd"), memoryview(b"abcd").cast("I")):
        (frame,) = take_apart(proto.send_data(buffer))
        assert (frame.first, frame.payload) == (FIN | BINARY, b"abcd")
        for write in (proto.ping, proto.pong):
            assert take_apart(write(buffer))[0].payload == b"abcd"
    mutable = bytearray(b"before")
    data = proto.send_data(mutable)
    mutable[:] = b"after!"
    assert take_apart(data)[0].payload == b"before"


@pytest.mark.parametrize("payload", [None, 1, 1.5, ["a"], {"a": 1}, object(), True])
def test_nothing_else_may_be_sent(payload: object) -> None:
    """Memory disclosure on send: an int is not so many zeros, a list is not its items; all are refused by type."""
    proto = FrameProtocol(False, [])
    for write in (proto.send_data, proto.ping, proto.pong):
        with pytest.raises(LocalProtocolError) as caught:
            write(payload)  # type: ignore[arg-type]
        assert isinstance(caught.value, TypeError)
    for write in (proto.ping, proto.pong):
        with pytest.raises(LocalProtocolError):
            write("text")  # type: ignore[arg-type]
    assert take_apart(proto.send_data("a"))[0].first == FIN | TEXT


def test_a_refused_frame_changes_nothing() -> None:
    """After an error in the midst of a fragmented message the message can go on, and none was begun by an error."""
    proto = FrameProtocol(False, [])
    for wrong in ("\ud800", 7):
        with pytest.raises(LocalProtocolError):
            proto.send_data(wrong, fin=False)  # type: ignore[arg-type]
    assert take_apart(proto.send_data(b"a", fin=False))[0].first == BINARY
    for wrong in ("text", "\ud800", 7):
        with pytest.raises(LocalProtocolError):
            proto.send_data(wrong)  # type: ignore[arg-type]
    assert take_apart(proto.send_data(b"b"))[0].first == FIN
    assert take_apart(proto.send_data("c"))[0].first == FIN | TEXT


def test_lone_surrogates_are_no_text() -> None:
    """They have no UTF-8: a local error that is a ValueError, not a UnicodeEncodeError from within."""
    for string in ("\ud800", "a\udfffb", "\ud83d"):
        with pytest.raises(LocalProtocolError) as caught:
            FrameProtocol(True, []).send_data(string)
        assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("size", [126, 127, 65536])
def test_control_frames_are_short(size: int) -> None:
    """6455-5.5-1: more than 125 octets are refused."""
    proto = FrameProtocol(True, [])
    for write in (proto.ping, proto.pong):
        assert len(take_apart(write(bytes(125)))[0].payload) == 125
        with pytest.raises(LocalProtocolError) as caught:
            write(bytes(size))
        assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("code", "reason", "body"),
    [
        (None, None, b""),
        (1000, None, b"\x03\xe8"),
        (1000, "bye", b"\x03\xe8bye"),
        (CloseReason.GOING_AWAY, "", b"\x03\xe9"),
        (4999, "€" * 41, b"\x13\x87" + "€".encode() * 41),
        (4999, "€" * 42, b"\x13\x87" + "€".encode() * 41),
        # What wsproto's users rely on: codes that stand only for themselves are mapped.
        (1005, None, b""),
        (1005, "", b""),
        (0, None, b""),
        (0, "", b""),
        (1006, None, b"\x03\xe8"),
        (1015, "bye", b"\x03\xe8bye"),
    ],
)
def test_close_frames(code: int | None, reason: str | None, body: bytes) -> None:
    """Code and reason, cut to what fits, and mapped where a code must not be sent."""
    (frame,) = take_apart(FrameProtocol(True, []).close(code, reason))
    assert (frame.first, frame.payload) == (FIN | CLOSE, body)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1, ""),
        (999, ""),
        (1004, ""),
        (1016, ""),
        (2999, ""),
        (5000, ""),
        (65536, ""),
        (-1, ""),
        (True, ""),
        (False, ""),
        (1000.0, ""),
        (1005.0, ""),
        ("1000", ""),
        ([1000], ""),
        (None, "bye"),
        (1005, "bye"),
        (0, "bye"),
        (1000, b"bye"),
        (1000, "\ud800"),
    ],
)
def test_codes_and_reasons_that_are_refused(code: object, reason: object) -> None:
    """Only local errors come of them, whatever their type, and no octet."""
    with pytest.raises(LocalProtocolError):
        FrameProtocol(True, []).close(code, reason)  # type: ignore[arg-type]


def test_fragments_of_one_kind() -> None:
    """Text does not go on with octets, nor octets with text."""
    for first, second in (("a", b"b"), (b"a", "b")):
        proto = FrameProtocol(True, [])
        proto.send_data(first, fin=False)
        with pytest.raises(LocalProtocolError) as caught:
            proto.send_data(second)
        assert isinstance(caught.value, TypeError)


# -- with extensions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", [True, False])
@pytest.mark.parametrize("deflate_first", [True, False])
def test_deflate_does_not_overtake_another_extension(client: bool, deflate_first: bool) -> None:
    """§9.1: where two extensions were agreed on, a message goes through both, the last one first."""
    data = b"abc" * 50
    expected = deflated(turned_over(data))[0] if deflate_first else turned_over(deflated(data)[0])
    for prepared in (True, False):
        extensions = [agreed(), Xor()] if deflate_first else [Xor(), agreed()]
        proto = FrameProtocol(client, extensions)
        [frame] = take_apart(proto.send_prepared(PreparedMessage(data)) if prepared else proto.send_data(data))
        assert (frame.first, frame.payload) == (FIN | RSV1 | RSV2 | BINARY, expected)


@pytest.mark.parametrize("size", [0, 99, 100, 101])
def test_what_is_below_the_threshold_goes_out_as_it_is(size: int) -> None:
    """The threshold is the number of octets from which on a message is compressed, whichever way it is sent."""
    proto = FrameProtocol(False, [agreed(threshold=100)])
    data = bytes(size)
    first = FIN | RSV1 | BINARY if size >= 100 else FIN | BINARY
    for octets in (proto.send_data(data), *proto.send_buffers(data), proto.send_prepared(PreparedMessage(data))):
        assert take_apart(octets)[0].first == first


def test_below_how_many_octets_nothing_is_asked() -> None:
    """Without extensions any payload may go out as it is; permessage-deflate says which; others have to be asked."""
    assert FrameProtocol(False, []).plain_bytes >= 1 << 63  # "the most significant bit MUST be 0" (6455-5.2-3)
    assert FrameProtocol(False, [agreed(threshold=100)]).plain_bytes == 100
    assert FrameProtocol(False, [Xor()]).plain_bytes == 0
    assert FrameProtocol(False, [agreed(threshold=100), Xor()]).plain_bytes == 0
