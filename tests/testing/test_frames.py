"""Frames as octets: against the examples of RFC 6455 §5.7, and against a codec of another house."""

from __future__ import annotations

import pytest
from wsproto.frame_protocol import FrameDecoder

from rawws.testing import frames
from rawws.testing.cuts import bytewise
from rawws.testing.frames import Frame, FrameReader, Role, Sent, take_apart


@pytest.mark.parametrize(
    ("frame", "reader", "octets"),
    [
        (frames.text("Hello"), "client", "81 05 48 65 6c 6c 6f"),
        (frames.text("Hello"), "server", "81 85 37 fa 21 3d 7f 9f 4d 51 58"),
        (frames.text("Hel", fin=False), "client", "01 03 48 65 6c"),
        (frames.last("lo"), "client", "80 02 6c 6f"),
        (frames.ping(b"Hello"), "client", "89 05 48 65 6c 6c 6f"),
        (frames.pong(b"Hello"), "server", "8a 85 37 fa 21 3d 7f 9f 4d 51 58"),
    ],
)
def test_the_examples_of_the_rfc(frame: Frame, reader: Role, octets: str) -> None:
    """The frames of §5.7 are laid out as they stand there."""
    assert frame.to(reader) == bytes.fromhex(octets)


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65535, 65536])
@pytest.mark.parametrize("reader", ["client", "server"])
def test_another_codec_reads_them(length: int, reader: Role) -> None:
    """wsproto reads every length, masked and not."""
    frame = frames.binary(bytes(range(256)) * (length // 256) + b"x" * (length % 256))
    decoder = FrameDecoder(client=reader == "client")
    decoder.receive_bytes(frame.to(reader))
    read = decoder.process_buffer()
    assert read is not None
    assert (read.payload, read.frame_finished) == (frame.payload, True)
    assert frame.head_bytes(reader) == len(frame.to(reader)) - length


def test_a_frame_can_be_wrong() -> None:
    """Another length than that of its payload, in another form, masked where it must not be, cut off."""
    assert Frame(0x82, b"ab", announced=5).to("client") == b"\x82\x05ab"
    assert Frame(0x82, b"ab", form=16).to("client") == b"\x82\x7e\x00\x02ab"
    assert Frame(0x82, b"ab", form=64).to("client") == b"\x82\x7f" + bytes(7) + b"\x02ab"
    assert Frame(0x82, b"\0\0", wrong_mask=True, key=b"wxyz").to("client") == b"\x82\x82wxyzwx"
    assert Frame(0x82, b"ab", wrong_mask=True).to("server") == b"\x82\x02ab"
    assert Frame(0x82, b"ab", come=1).to("client") == b"\x82"


def test_a_frame_says_what_is_not_plain() -> None:
    """`repr` names what departs from a frame that is right, and nothing else."""
    assert repr(frames.text("a")) == "Frame(0x81, b'a')"
    assert repr(Frame(0x82, b"", announced=3, come=1)) == "Frame(0x82, b'', announced=3, come=1)"


@pytest.mark.parametrize("reader", ["client", "server"])
def test_frames_are_read_as_they_were_written(reader: Role) -> None:
    """What was written is read, octet by octet as well, and a rest is told."""
    written = [frames.text("€", fin=False), frames.ping(b"1"), frames.last(b"x" * 70_000), frames.close(1000, "bye")]
    octets = b"".join(frame.to(reader) for frame in written)
    key = frames.KEY if reader == "server" else None
    expected = [Sent(frame.first, key, frame.payload) for frame in written]
    assert take_apart(octets) == expected
    frame_reader = FrameReader()
    found = []
    for octet in [*bytewise(octets[:200]), octets[200:]]:
        frame_reader.feed(octet)
        while (frame := frame_reader.next_frame()) is not None:
            found.append(frame)
    assert found == expected
    with pytest.raises(ValueError, match="1 octets behind"):
        take_apart(octets + b"\x81")


def test_what_a_frame_says() -> None:
    """FIN, opcode, and the code of a Close frame."""
    close, empty, fragment = take_apart(frames.close(1001).to("client") + b"\x88\x00" + b"\x01\x00")
    assert (close.opcode, close.fin, close.close_code) == (frames.CLOSE, True, 1001)
    assert empty.close_code is None
    assert (fragment.opcode, fragment.fin) == (frames.TEXT, False)
    with pytest.raises(ValueError, match="no Close frame"):
        fragment.close_code  # noqa: B018  a property that raises
    assert (frames.more().opcode, frames.more().fin) == (frames.CONTINUATION, False)
