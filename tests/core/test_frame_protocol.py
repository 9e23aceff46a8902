"""RFC 6455 §5 as wsproto's frame protocol: one endpoint's frames, on the way in.

What octets mean in detail is tested in test_battery_frames, the way out in test_frame_protocol_sending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import wsproto.frame_protocol

from rawws.core import frame_protocol
from rawws.core.extensions import Extension
from rawws.core.frame_protocol import CloseReason, Frame, FrameDecoder, FrameProtocol, Opcode, ParseFailed, RsvBits
from rawws.core.limits import Limits

from tests.core.cuts import bytewise
from tests.core.extending import Xor, agreed
from tests.core.octets import (
    BINARY,
    FIN,
    RSV1,
    RSV2,
    TEXT,
    binary,
    close,
    last,
    more,
    ping,
    take_apart,
    text,
)
from tests.core.octets import Frame as Octets

LENGTHS = (0, 1, 125, 126, 127, 65535, 65536)


def reading(*frames: Octets, limits: Limits | None = None) -> FrameProtocol:
    """A client that has got these frames."""
    proto = FrameProtocol(True, []) if limits is None else FrameProtocol(True, [], limits=limits)
    proto.receive_bytes(b"".join(frame.to("client") for frame in frames))
    return proto


# -- names ------------------------------------------------------------------------------------------------------------


def test_the_names_of_wsproto() -> None:
    """Constants, enumerations and tuples are wsproto's own; ParseFailed is one of wsproto's kind."""
    for name in frame_protocol.__all__:
        theirs = getattr(wsproto.frame_protocol, name)
        if name not in {"FrameDecoder", "FrameProtocol", "MessageDecoder", "ParseFailed"}:
            assert getattr(frame_protocol, name) is theirs
    assert issubclass(ParseFailed, wsproto.frame_protocol.ParseFailed)


def test_what_parse_failed_says_by_default() -> None:
    """Whoever raises it as wsproto does gets a protocol error with a requirement."""
    failed = ParseFailed("why")
    assert (str(failed), failed.code, failed.limit, failed.text_before) == ("why", CloseReason.PROTOCOL_ERROR, None, "")


def test_what_is_added_to_wsproto_is_given_by_name() -> None:
    """wsproto's arguments keep their places and their defaults; each of ours has a name, and changes nothing unsaid."""
    data = binary(b"abc").to("client")
    for whole, payload in ((None, b"ab"), (False, b"ab"), (True, None)):
        proto = FrameProtocol(True, [])
        proto.receive_bytes(data[:4])
        frame = proto.next_frame() if whole is None else proto.next_frame(whole=whole)
        assert (frame and frame.payload) == payload
    sender = FrameProtocol(False, [])
    assert sender.send_data(b"abc") == sender.send_data(b"abc", True) == b"".join(sender.send_buffers(b"abc")) == data
    calls: list[Callable[[], object]] = [
        lambda: FrameProtocol(True, [], Limits()),  # type: ignore[call-arg]
        lambda: sender.send_data(b"abc", True, None),  # type: ignore[call-arg]
        lambda: sender.send_buffers(b"abc", True, None),  # type: ignore[call-arg]
        lambda: sender.next_frame(True),  # type: ignore[call-arg]
    ]
    for call in calls:
        with pytest.raises(TypeError):
            call()


# -- single frames ----------------------------------------------------------------------------------------------------


def test_a_decoder_alone_reads_any_frame() -> None:
    """Without a message decoder there is no order of fragments, and payloads stay octets."""
    decoder = FrameDecoder(client=True)
    decoder.receive_bytes(last("a").to("client") + text(b"\xff").to("client") + close(1005).to("client"))
    assert decoder.process_buffer() == Frame(Opcode.CONTINUATION, b"a", True, True)
    assert decoder.process_buffer() == Frame(Opcode.TEXT, b"\xff", True, True)
    assert decoder.process_buffer() == Frame(Opcode.CLOSE, b"\x03\xed", True, True)
    assert decoder.process_buffer() is None


def test_a_frame_comes_in_parts() -> None:
    """What has come of a data frame is given at once: its opcode first, then continuations, finished with the last."""
    decoder = FrameDecoder(client=False)
    data = text("Hello").to("server")
    given = []
    for octet in bytewise(data):
        decoder.receive_bytes(octet)
        while (frame := decoder.process_buffer()) is not None:
            given.append(frame)
    assert given == [
        Frame(Opcode.TEXT, b"H", False, True),
        Frame(Opcode.CONTINUATION, b"e", False, True),
        Frame(Opcode.CONTINUATION, b"l", False, True),
        Frame(Opcode.CONTINUATION, b"l", False, True),
        Frame(Opcode.CONTINUATION, b"o", True, True),
    ]
    assert all(type(frame.payload) is bytes for frame in given)


def test_a_control_frame_comes_whole() -> None:
    """A ping is given when its last octet has come, not before, and in one."""
    decoder = FrameDecoder(client=False)
    *head, tail = bytewise(ping(b"Hello").to("server"))
    for octet in head:
        decoder.receive_bytes(octet)
        assert decoder.process_buffer() is None
    decoder.receive_bytes(tail)
    assert decoder.process_buffer() == Frame(Opcode.PING, b"Hello", True, True)


def test_there_is_nothing_to_tell_of_half_a_character() -> None:
    """Octets that do not complete a character are no part of a message yet: no event comes of them."""
    proto = FrameProtocol(True, [])
    given = []
    for octet in bytewise(text("a😀").to("client")):
        proto.receive_bytes(octet)
        given += list(proto.received_frames())
    assert [(frame.payload, frame.message_finished) for frame in given] == [("a", False), ("😀", True)]


def test_whether_something_is_pending() -> None:
    """`pending` tells whether `next_frame` might say something: with octets, inflation under way, or a failure."""
    proto = FrameProtocol(True, [])
    assert not proto.pending
    proto.receive_bytes(binary(b"abc").to("client")[:4])
    assert proto.pending
    assert proto.next_frame() == Frame(Opcode.BINARY, b"ab", False, False)
    assert not proto.pending
    proto.receive_bytes(b"c")
    assert [frame.payload for frame in proto.received_frames()] == [b"c"]
    assert not proto.pending
    proto = reading(text(b"a\xff"))
    assert proto.next_frame() == Frame(Opcode.TEXT, "a", False, False)
    assert proto.pending


# -- the stream -------------------------------------------------------------------------------------------------------


def test_a_close_ends_the_stream() -> None:
    """Its payload is code and reason; nothing behind it is read, and what it was is given back."""
    proto = reading(ping(), close(1000, "bye"), text("later"))
    assert list(proto.received_frames()) == [
        Frame(Opcode.PING, b"", True, True),
        Frame(Opcode.CLOSE, (CloseReason.NORMAL_CLOSURE, "bye"), True, True),
    ]
    proto.receive_bytes(text("later").to("client"))
    assert proto.next_frame() is None
    out: list[str | bytes] = []
    assert not proto.frame_decoder.scan(out, None, None)
    assert out == []


@pytest.mark.parametrize(
    "frame",
    [text(b"\xff"), text(b"ab\xff"), close(1005), close(None, b"\x03"), Octets(0x83), last("a"), binary(b"a" * 11)],
)
def test_behind_a_violation_nothing_is_read(frame: Octets) -> None:
    """However often somebody asks, it is the same failure again; what is behind it is not looked at."""
    proto = reading(ping(b"1"), frame, text("later"), limits=Limits(max_message_bytes=10))
    told: list[object] = []
    for _ in range(5):
        try:
            told.extend(part.payload for part in proto.received_frames())
        except ParseFailed as exc:
            told.append(exc)
        proto.receive_bytes(text("later").to("client"))
        assert not proto.frame_decoder.scan([], None, None)
    failures = [item for item in told if isinstance(item, ParseFailed)]
    assert len(failures) >= 4
    assert len(set(map(id, failures))) == 1
    assert told == [b"1", *(["ab"] if frame.payload == b"ab\xff" else []), *failures]


def test_the_offset_is_that_of_the_frame_in_question() -> None:
    """Before a frame has been read it counts what went before; while one is read, and when it failed, its beginning."""
    frames = (text("a"), ping(b"b"), text("c", fin=False), last("d" * 200), binary(b"e" * 300))
    data = [frame.to("client") for frame in frames]
    proto = FrameProtocol(True, [])
    assert proto.offset == 0
    for index, part in enumerate(data):
        for octet in bytewise(part):
            proto.receive_bytes(octet)
            proto.next_frame()
            assert proto.offset == sum(map(len, data[:index]))
    assert proto.next_frame() is None
    assert proto.offset == sum(map(len, data))
    proto.receive_bytes(data[0] + close(1006).to("client"))
    assert proto.frame_decoder.scan([], None, None)
    assert proto.offset == sum(map(len, data)) + len(data[0])
    with pytest.raises(ParseFailed):
        proto.next_frame()
    assert proto.offset == sum(map(len, data)) + len(data[0])


def test_the_memory_of_what_was_discarded() -> None:
    """After `discard` neither octets nor a message are held, and nothing more comes out."""
    proto = reading(text("a" * 1000, fin=False), more("b"), text("later")._replace(come=3))
    proto.discard()
    assert not proto.frame_decoder._buffer
    assert proto.next_frame() is None
    assert list(proto.received_frames()) == []


# -- foreign extensions -----------------------------------------------------------------------------------------------


def pieces(data: bytes) -> Iterator[list[bytes]]:
    """Whole, octet by octet, and in threes."""
    yield [data]
    yield bytewise(data)
    yield [data[start : start + 3] for start in range(0, len(data), 3)]


def test_a_foreign_extension_is_asked_once_per_frame() -> None:
    """However its octets are cut, each frame has one header and one end, and its payload goes through the extension."""
    sender = FrameProtocol(True, [Xor()])
    data = (
        sender.send_data(b"Hel", fin=False) + sender.ping(b"?") + sender.send_data(b"lo" * 100) + sender.send_data("é")
    )
    for chunks in pieces(data):
        extension = Xor()
        reader = FrameProtocol(False, [extension])
        told: list[Frame] = []
        for chunk in chunks:
            reader.receive_bytes(chunk)
            told += list(reader.received_frames())
        joined = b"".join(part.payload for part in told if isinstance(part.payload, bytes))
        assert joined == b"Hel?" + b"lo" * 100
        assert "".join(part.payload for part in told if isinstance(part.payload, str)) == "é"
        assert extension.asked == [
            ("header", (Opcode.BINARY, True, 3)),
            ("complete", False),
            ("header", (Opcode.PING, False, 1)),
            ("complete", True),
            ("header", (Opcode.CONTINUATION, True, 200)),
            ("complete", True),
            ("header", (Opcode.TEXT, True, 2)),
            ("complete", True),
        ]


@pytest.mark.parametrize("at", ["header", "payload", "complete"])
@pytest.mark.parametrize("code", [CloseReason.PROTOCOL_ERROR, CloseReason.INVALID_FRAME_PAYLOAD_DATA])
def test_a_foreign_extension_may_fail_the_connection(at: str, code: CloseReason) -> None:
    """A close code in place of an answer is the code of the failure, wherever it is given."""
    for chunks in pieces(binary(b"Hello").to("server")):
        reader = FrameProtocol(False, [Xor(code, at)])
        with pytest.raises(ParseFailed) as caught:
            for chunk in chunks:
                reader.receive_bytes(chunk)
                list(reader.received_frames())
        assert (caught.value.code, caught.value.requirement) == (code, "6455-10.7-1")


def test_bits_that_no_extension_claims() -> None:
    """6455-5.2-1: RSV1 and RSV3 are still reserved where the extension only means RSV2."""
    for bits, allowed in ((0x20, True), (0x10, False), (0x40, False), (0x60, False)):
        reader = FrameProtocol(True, [Xor()])
        reader.receive_bytes(Octets(FIN | bits | BINARY, b"\x00").to("client"))
        if allowed:
            assert reader.next_frame() == Frame(Opcode.BINARY, b"\xff", True, True)
        else:
            with pytest.raises(ParseFailed) as caught:
                reader.next_frame()
            assert caught.value.requirement == "6455-5.2-1"


def test_a_foreign_extension_beside_permessage_deflate() -> None:
    """§9.1: each of two extensions is asked for its part of every frame, however the octets are cut."""

    def extensions() -> list[Extension]:
        return [agreed(), Xor()]

    data = FrameProtocol(True, extensions()).send_data(b"Hello" * 100)
    (sent,) = take_apart(data)
    assert (sent.first, len(sent.payload) < 500) == (FIN | RSV1 | RSV2 | BINARY, True)
    for chunks in pieces(data):
        reader = FrameProtocol(False, extensions())
        told: list[Frame] = []
        for chunk in chunks:
            reader.receive_bytes(chunk)
            told += list(reader.received_frames())
        assert b"".join(part.payload for part in told) == b"Hello" * 100  # type: ignore[misc]  # all are binary
        assert told[-1].message_finished


def test_a_foreign_extension_is_bounded_too() -> None:
    """What it adds counts: a message that grows beyond the limit is refused."""
    for trailer, fits in ((b"", True), (b"x" * 5, True), (b"x" * 6, False)):
        reader = FrameProtocol(True, [Xor(trailer=trailer)], limits=Limits(max_message_bytes=10))
        reader.receive_bytes(binary(b"Hello").to("client"))
        if fits:
            assert [frame.payload for frame in reader.received_frames()] == [b"\xb7\x9a\x93\x93\x90" + trailer]
        else:
            with pytest.raises(ParseFailed) as caught:
                list(reader.received_frames())
            assert caught.value.limit == "max_message_bytes"


def test_extensions_that_are_not_enabled_are_left_out() -> None:
    """An extension that was offered and not agreed on sees no frame, and claims no bit."""

    class Silent(Xor):
        def enabled(self) -> bool:
            return False

    extension = Silent()
    proto = FrameProtocol(True, [extension])
    assert proto.extensions == []
    proto.receive_bytes(Octets(FIN | 0x20 | TEXT, b"a").to("client"))
    with pytest.raises(ParseFailed):
        proto.next_frame()
    assert take_apart(proto.send_data(b"a"))[0].first == FIN | BINARY
    assert extension.asked == []


def test_the_last_extension_writes_first() -> None:
    """§9.1: in the order of the header on the way in, the other way round on the way out; nothing is lost between."""

    class Append(Xor):
        def __init__(self, octet: bytes) -> None:
            super().__init__()
            self.octet = octet

        def frame_outbound(
            self, proto: object, opcode: Opcode, rsv: RsvBits, data: bytes, fin: bool
        ) -> tuple[RsvBits, bytes]:
            return rsv, data + self.octet

    (frame,) = take_apart(FrameProtocol(False, [Append(b"1"), Append(b"2")]).send_data(b"0"))
    assert frame.payload == b"021"
