"""RFC 7692: permessage-deflate as an extension of wsproto's kind, and what it sends."""

from __future__ import annotations

import random
import zlib
from typing import Any

import pytest
import wsproto.extensions
import wsproto.frame_protocol

from rawws.core.extensions import SUPPORTED_EXTENSIONS, Extension, PerMessageDeflate
from rawws.core.frame_protocol import CloseReason, FrameProtocol, Opcode, RsvBits
from rawws.core.limits import Limits

from tests.core.battery.frame_row import deflated
from tests.core.extending import agreed
from tests.core.octets import BINARY, FIN, PING, RSV1, TEXT, take_apart

PROSE = b"".join(b"%d bottles of beer on the wall, " % number for number in range(300))
PLAIN = RsvBits(rsv1=False, rsv2=False, rsv3=False)
COMPRESSED = RsvBits(rsv1=True, rsv2=False, rsv3=False)


def pair(element: str = "", **options: object) -> tuple[FrameProtocol, FrameProtocol]:
    """A client and a server that have agreed on the same parameters; the options are those of both."""
    return FrameProtocol(True, [agreed(element, **options)]), FrameProtocol(False, [agreed(element, **options)])


def across(sender: FrameProtocol, reader: FrameProtocol, *messages: str | bytes) -> list[str | bytes]:
    """Send messages from one to the other, and give what came out, joined."""
    told: list[str | bytes] = []
    begun: str | bytes | None = None
    for message in messages:
        reader.receive_bytes(sender.send_data(message))
        for frame in reader.received_frames():
            begun = frame.payload if begun is None else begun + frame.payload  # type: ignore[assignment, operator]
            if frame.message_finished:
                assert begun is not None
                told.append(begun)
                begun = None
    return told


def inflated(payload: bytes) -> bytes:
    """One message, inflated as §7.2.2 says, without our own code."""
    return zlib.decompressobj(-15).decompress(payload + b"\x00\x00\xff\xff")


# -- shape ------------------------------------------------------------------------------------------------------------


def test_the_names_of_wsproto() -> None:
    """Extension is wsproto's; ours is one of wsproto's kind, under the registered name, and not enabled by itself."""
    assert Extension is wsproto.extensions.Extension
    assert issubclass(PerMessageDeflate, wsproto.extensions.PerMessageDeflate)
    assert {"permessage-deflate": PerMessageDeflate} == SUPPORTED_EXTENSIONS
    assert not PerMessageDeflate().enabled()
    assert repr(PerMessageDeflate()).startswith("<PerMessageDeflate client_max_window_bits=15; ")


@pytest.mark.parametrize(
    "options",
    [
        {"window_bits": 8},
        {"window_bits": 16},
        {"memory_level": 0},
        {"memory_level": 10},
        {"level": -2},
        {"level": 10},
        {"client_max_window_bits": 8},
        {"server_max_window_bits": 16},
    ],
)
def test_options_outside_their_range(options: dict[str, int]) -> None:
    """What zlib could not do is refused at once."""
    with pytest.raises(ValueError, match="must be between"):
        PerMessageDeflate(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options", [{}, {"window_bits": 9}, {"window_bits": 15}, {"memory_level": 1}, {"memory_level": 9}, {"threshold": 0}]
)
def test_options_at_the_ends_of_their_range(options: dict[str, Any]) -> None:
    """What zlib can do at the least and at the most is welcome, and messages go across."""
    server, client = FrameProtocol(False, [agreed(**options)]), FrameProtocol(True, [agreed()])
    assert across(server, client, PROSE, PROSE) == [PROSE, PROSE]


def test_nothing_is_too_small_by_default() -> None:
    """The threshold is 0, which "compresses everything": no message passes the extension by."""
    assert PerMessageDeflate().threshold == 0
    assert FrameProtocol(False, [agreed()]).plain_bytes == 0


@pytest.mark.parametrize(
    ("method", "data", "flags"),
    [
        ("inflater", [], ["client"]),
        ("message_inflated", [], ["client"]),
        ("deflate", [b""], ["fin", "client"]),
        ("outgoing", [b""], ["first", "fin", "client"]),
    ],
)
def test_a_flag_is_named(method: str, data: list[bytes], flags: list[str]) -> None:
    """Nobody takes the end of a message for the role of an endpoint: each of the flags is given by its name."""
    call = getattr(agreed(), method)
    call(*data, **dict.fromkeys(flags, True))
    with pytest.raises(TypeError):
        call(*data, *[True for _ in flags])


# -- agreement --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        ("", ""),
        ("client_max_window_bits", "client_max_window_bits=15"),
        ("client_max_window_bits=10", "client_max_window_bits=10"),
        ("client_max_window_bits=8", "client_max_window_bits=8"),
        ("server_max_window_bits=10", "server_max_window_bits=10"),
        ("server_max_window_bits=8", None),
        ("server_no_context_takeover", "server_no_context_takeover"),
        (
            "client_no_context_takeover; client_max_window_bits=8; server_max_window_bits=9",
            "client_no_context_takeover; client_max_window_bits=8; server_max_window_bits=9",
        ),
    ],
)
def test_a_server_s_answer(offer: str, answer: str | None) -> None:
    """An offer is taken on its own terms; a window of 8 is fine from a client, and declined for ourselves."""
    extension = PerMessageDeflate()
    element = f"permessage-deflate; {offer}" if offer else "permessage-deflate"
    assert extension.accept(element) == answer
    assert extension.enabled() is (answer is not None)


def test_a_window_that_could_not_be_asked_for_is_not_used() -> None:
    """A server that wishes for small windows inflates with the largest, where the client's was not up for agreement."""
    server = PerMessageDeflate(client_max_window_bits=9)
    assert server.accept("permessage-deflate") == ""
    assert server.client_max_window_bits == 15
    noise = bytes(index * index >> 3 & 255 for index in range(2000))
    reader = FrameProtocol(False, [server])
    message = noise + bytes(3000) + noise
    assert across(FrameProtocol(True, [agreed()]), reader, message) == [message]


def test_a_client_that_may_only_use_a_window_of_8_does_not_compress() -> None:
    """zlib has no such window for raw streams; messages without compression are always allowed (§6)."""
    client = FrameProtocol(True, [agreed("client_max_window_bits=8")])
    (frame,) = take_apart(client.send_data(PROSE))
    assert (frame.first, frame.payload) == (FIN | BINARY, PROSE)


# -- sending ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [-1, 1, 9])
@pytest.mark.parametrize("message", [PROSE.decode(), PROSE, bytes(100), "€" * 30])
def test_a_message_is_compressed(message: str | bytes, level: int) -> None:
    """RSV1 on its only frame, no tail, shorter than before, and inflating gives it back, whatever the level."""
    data = message.encode() if isinstance(message, str) else message
    (frame,) = take_apart(FrameProtocol(False, [agreed(level=level)]).send_data(message))
    assert frame.first == FIN | RSV1 | (TEXT if isinstance(message, str) else BINARY)
    assert not frame.payload.endswith(b"\x00\x00\xff\xff")
    assert inflated(frame.payload) == data
    assert len(frame.payload) < len(data)


@pytest.mark.parametrize("level", range(-1, 10))
def test_a_level_is_zlib_s(level: int) -> None:
    """What is sent is what zlib makes of the message at that level, without the tail that §7.2.1 takes away."""
    compressor = zlib.compressobj(level, wbits=-15)
    expected = compressor.compress(PROSE) + compressor.flush(zlib.Z_SYNC_FLUSH)
    assert agreed(level=level).deflate(PROSE, fin=True, client=False) + b"\x00\x00\xff\xff" == expected


@pytest.mark.parametrize("message", ["", "Hello", b"", b"\x00", bytes(range(256)), PROSE])
def test_what_would_only_grow_goes_plain(message: str | bytes) -> None:
    """A message that compression makes no shorter is sent as it is; what follows can be read all the same."""
    data = message.encode() if isinstance(message, str) else message
    server, client = FrameProtocol(False, [agreed(level=0)]), FrameProtocol(True, [agreed()])
    (frame,) = take_apart(server.send_data(message))
    assert (frame.first, frame.payload) == (FIN | (TEXT if isinstance(message, str) else BINARY), data)
    server = FrameProtocol(False, [agreed()])
    messages = [PROSE, message, PROSE, bytes(range(256)), PROSE]
    assert across(server, client, *messages) == messages


def test_empty_messages_are_an_octet_of_zeros() -> None:
    """§7.2.3.6: one octet, also for the second one in a row, where zlib has nothing more to flush."""
    extension = agreed()
    payloads = [extension.deflate(message, fin=True, client=True) for message in (b"", b"", b"Hello", b"", b"")]
    assert [inflated(payload) for payload in payloads] == [b"", b"", b"Hello", b"", b""]
    server, client = FrameProtocol(False, [agreed()]), FrameProtocol(True, [agreed()])
    for _ in range(2):
        first, final = server.send_data("", fin=False), server.send_data("", fin=True)
        assert [frame.first for frame in take_apart(first + final)] == [RSV1 | TEXT, FIN]
        assert take_apart(final)[0].payload
        client.receive_bytes(first + final)
        assert [frame.payload for frame in client.received_frames()] == ["", ""]


def test_fragments_are_one_stream() -> None:
    """RSV1 stands on the first frame only; the payloads together are the message."""
    server = FrameProtocol(False, [agreed()])
    frames = [
        *take_apart(server.send_data(PROSE[:5000], fin=False)),
        *take_apart(server.send_data(b"", fin=False)),
        *take_apart(server.ping(b"?")),
        *take_apart(server.send_data(PROSE[5000:], fin=True)),
    ]
    assert [frame.first for frame in frames] == [RSV1 | BINARY, 0, FIN | PING, FIN]
    assert frames[2].payload == b"?"
    assert inflated(b"".join(frame.payload for frame in (*frames[:2], frames[3]))) == PROSE


@pytest.mark.parametrize("kind", [Opcode.CLOSE, Opcode.PING, Opcode.PONG])
def test_control_frames_are_never_compressed(kind: Opcode) -> None:
    """7692-6.1-1: neither their payload nor their bits are touched."""
    proto: Any = FrameProtocol(True, [])
    assert agreed().frame_outbound(proto, kind, PLAIN, b"aaaa", True) == (PLAIN, b"aaaa")


@pytest.mark.parametrize("threshold", [0, 1, 100])
def test_small_messages_may_stay_as_they_are(threshold: int) -> None:
    """Below the threshold a message of one frame goes uncompressed; a fragmented one cannot know, and is compressed."""
    server = FrameProtocol(False, [agreed(threshold=threshold)])
    for size in (0, 1, 20, 99, 100, 101):
        (frame,) = take_apart(server.send_data(bytes(size)))
        assert bool(frame.first & RSV1) is (size >= max(threshold, 20))
        if frame.first & RSV1:  # so that every message can be inflated by itself
            assert inflated(frame.payload) == bytes(size)
            server = FrameProtocol(False, [agreed(threshold=threshold)])
        else:
            assert frame.payload == bytes(size)
    first = take_apart(server.send_data(b"a", fin=False))[0]
    rest = take_apart(server.send_data(b"b"))[0]
    assert (first.first, rest.first) == (RSV1 | BINARY, FIN)
    assert inflated(first.payload + rest.payload) == b"ab"


def test_an_uncompressed_message_stays_so_to_its_end() -> None:
    """Whether a message is compressed is decided at its first frame."""
    client = FrameProtocol(True, [agreed("client_max_window_bits=8")])
    frames = take_apart(client.send_data(PROSE, fin=False) + client.send_data(PROSE))
    assert [(frame.first, frame.payload) for frame in frames] == [(BINARY, PROSE), (FIN, PROSE)]


@pytest.mark.parametrize("role", ["client", "server"])
def test_the_window_is_given_up_where_that_was_agreed(role: str) -> None:
    """With {role}_no_context_takeover each message can be inflated by itself, and without it the second is shorter."""
    for element, alone in ((f"{role}_no_context_takeover", True), ("", False)):
        sender = FrameProtocol(role == "client", [agreed(element)])
        first, second = (take_apart(sender.send_data(PROSE))[0].payload for _ in range(2))
        assert inflated(first) == PROSE
        assert (second == first) is alone
        assert alone or len(second) < len(first) // 2


@pytest.mark.parametrize("role", ["client", "server"])
@pytest.mark.parametrize(("element", "own", "bits"), [("", None, 15), ("=9", None, 9), ("=10", 9, 9), ("=9", 12, 9)])
def test_no_more_window_than_was_agreed(role: str, element: str, own: int | None, bits: int) -> None:
    """The sender's window is the agreed one or its own smaller one: no distance points further back."""
    name = f"{role}_max_window_bits"
    sender = FrameProtocol(role == "client", [agreed(name + element if element else "", window_bits=own)])
    noise = bytes(index * index // 7 & 0xFF for index in range(400))
    far = noise + bytes(1 << 9) + bytes(range(256)) + noise + PROSE + noise
    (frame,) = take_apart(sender.send_data(far))
    reader, data, output = zlib.decompressobj(-bits), frame.payload + b"\x00\x00\xff\xff", b""
    while part := reader.decompress(data, 1):  # octet by octet, so that distances reach into the window only
        output, data = output + part, reader.unconsumed_tail
    assert output == far


# -- both ways --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "element",
    [
        "",
        "client_no_context_takeover",
        "server_no_context_takeover",
        "client_no_context_takeover; server_no_context_takeover",
        "client_max_window_bits=9; server_max_window_bits=9",
        "client_max_window_bits=12; server_no_context_takeover",
    ],
)
@pytest.mark.parametrize("options", [{}, {"level": 1, "memory_level": 1}, {"threshold": 100}, {"window_bits": 9}])
def test_both_ends_understand_each_other(element: str, options: dict[str, object]) -> None:
    """Messages of all sizes cross in both directions, whatever was agreed and whatever each end does with it."""
    client, server = pair(element, **options)
    messages: list[str | bytes] = ["", "é", PROSE.decode(), PROSE, b"", bytes(100_000), PROSE, "é" * 5000]
    assert across(client, server, *messages) == messages
    assert across(server, client, *messages) == messages


@pytest.mark.parametrize(
    "element",
    ["client_max_window_bits=9; server_max_window_bits=15", "client_max_window_bits=15; server_max_window_bits=9"],
)
def test_each_end_inflates_with_the_window_of_the_other(element: str) -> None:
    """A window that only one direction has is enough for what comes from there, however far back that refers."""
    client, server = pair(element)
    # What the second message has in common with the first is 5,400 octets back.
    far = random.Random(1).randbytes(400) + bytes(5000)
    assert across(client, server, far, far) == [far, far]
    assert across(server, client, far, far) == [far, far]


@pytest.mark.parametrize("element", ["", "client_no_context_takeover; server_no_context_takeover"])
def test_wsproto_s_own_extension_understands_ours(element: str) -> None:
    """What we deflate wsproto inflates, and the other way round."""
    theirs = wsproto.extensions.PerMessageDeflate()
    theirs.finalize(f"permessage-deflate; {element}" if element else "permessage-deflate")
    other = wsproto.frame_protocol.FrameProtocol(False, [theirs])
    client = FrameProtocol(True, [agreed(element)])
    for message in ("Hello", PROSE.decode(), "Hello", PROSE.decode()):
        other.receive_bytes(client.send_data(message))
        assert "".join(str(frame.payload) for frame in other.received_frames()) == message
        client.receive_bytes(other.send_data(message))
        assert "".join(str(frame.payload) for frame in client.received_frames()) == message


# -- memory -----------------------------------------------------------------------------------------------------------


def test_contexts_are_made_when_they_are_needed() -> None:
    """Neither an idle connection nor one that only sees plain messages has a compressor or a decompressor."""
    client, server = pair(threshold=100)
    across(client, server, "small", b"messages")
    for end in (client, server):
        (extension,) = end.extensions
        assert isinstance(extension, PerMessageDeflate)
        assert extension._compressor is None
        assert extension._decompressor is None


def test_contexts_are_given_back_where_the_agreement_allows() -> None:
    """Without takeover neither end holds a window between two messages."""
    client, server = pair("client_no_context_takeover; server_no_context_takeover")
    assert across(client, server, PROSE) == [PROSE]
    assert across(server, client, PROSE) == [PROSE]
    for end in (client, server):
        (extension,) = end.extensions
        assert isinstance(extension, PerMessageDeflate)
        assert extension._compressor is None
        assert extension._decompressor is None


def test_what_was_deflated_by_itself_is_given_back() -> None:
    """Whoever calls `deflate` has a compressor, too, that is freed when it has been idle from one call to the next."""
    extension = agreed()
    assert inflated(extension.deflate(PROSE, fin=True, client=True)) == PROSE
    assert [extension.free_idle() for _ in range(3)] == [False, True, False]


# -- wsproto's hooks, for codecs that do not know this extension from within ------------------------------------------


def test_the_hooks_inflate_within_bounds() -> None:
    """Under a foreign codec the extension inflates by itself, stops at the message limit, and tells corrupt octets."""
    proto: Any = FrameProtocol(False, [], limits=Limits(max_message_bytes=1000))
    extension = agreed()

    def feed(payload: bytes) -> bytes | CloseReason:
        assert extension.frame_inbound_header(proto, Opcode.BINARY, COMPRESSED, len(payload)) == COMPRESSED
        data = extension.frame_inbound_payload_data(proto, payload)
        if isinstance(data, CloseReason):
            return data
        rest = extension.frame_inbound_complete(proto, fin=True)
        return rest if isinstance(rest, CloseReason) else data + (rest or b"")

    first, second = deflated(b"Hello", bytes(1000))
    assert feed(first) == b"Hello"
    assert feed(second) == bytes(1000)
    assert feed(deflated(bytes(1001))[0]) is CloseReason.MESSAGE_TOO_BIG
    extension = agreed()
    assert feed(b"\x06") is CloseReason.INVALID_FRAME_PAYLOAD_DATA
    extension = agreed()
    assert feed(b"\xf2\x48") is CloseReason.INVALID_FRAME_PAYLOAD_DATA


@pytest.mark.parametrize(
    ("sizes", "fits"), [([1000], True), ([1001], False), ([500, 500], True), ([500, 501], False), ([0, 1000, 0], True)]
)
def test_the_hooks_bound_a_message_and_not_a_fragment(sizes: list[int], fits: bool) -> None:
    """Fragments that are each below the message limit are above it together, and what is above it is not given."""
    proto: Any = FrameProtocol(False, [], limits=Limits(max_message_bytes=1000))
    extension = agreed()
    for _ in range(2 if fits else 1):
        compressor = zlib.compressobj(wbits=-15)
        told: list[bytes | CloseReason | None] = []
        for index, size in enumerate(sizes):
            fin = index == len(sizes) - 1
            payload = compressor.compress(bytes(size)) + compressor.flush(zlib.Z_SYNC_FLUSH)
            payload = payload[:-4] if fin else payload
            opcode, rsv = (Opcode.CONTINUATION, PLAIN) if index else (Opcode.BINARY, COMPRESSED)
            assert extension.frame_inbound_header(proto, opcode, rsv, len(payload)) == COMPRESSED
            told += [extension.frame_inbound_payload_data(proto, payload), extension.frame_inbound_complete(proto, fin)]
        assert (CloseReason.MESSAGE_TOO_BIG in told) is not fits
        given = b"".join(part for part in told if isinstance(part, bytes))
        assert given == bytes(1000) if fits else len(given) <= 1000


def test_the_hooks_let_a_control_frame_pass_between_fragments() -> None:
    """A ping ends neither the message nor its decompression; RSV1 where it must not be is a protocol error."""
    proto: Any = FrameProtocol(False, [])
    extension = agreed()
    payload = deflated(b"Hello")[0]
    extension.frame_inbound_header(proto, Opcode.TEXT, COMPRESSED, 3)
    parts = [
        extension.frame_inbound_payload_data(proto, payload[:3]),
        extension.frame_inbound_complete(proto, fin=False),
    ]
    extension.frame_inbound_header(proto, Opcode.PING, PLAIN, 1)
    assert extension.frame_inbound_payload_data(proto, b"?") == b"?"
    assert extension.frame_inbound_complete(proto, fin=True) is None
    extension.frame_inbound_header(proto, Opcode.CONTINUATION, PLAIN, len(payload) - 3)
    parts += [
        extension.frame_inbound_payload_data(proto, payload[3:]),
        extension.frame_inbound_complete(proto, fin=True),
    ]
    assert b"".join(part for part in parts if isinstance(part, bytes)) == b"Hello"
    for opcode in (Opcode.PING, Opcode.CLOSE, Opcode.CONTINUATION):
        assert extension.frame_inbound_header(proto, opcode, COMPRESSED, 1) is CloseReason.PROTOCOL_ERROR
    extension.frame_inbound_header(proto, Opcode.TEXT, PLAIN, 5)
    assert extension.frame_inbound_payload_data(proto, b"plain") == b"plain"
    assert extension.frame_inbound_complete(proto, fin=True) is None


def test_beside_another_extension() -> None:
    """Two extensions at once: ours goes through its hooks, bounded and right, however the octets are cut."""

    class Other(Extension):
        name = "x-other"

        def offer(self) -> bool:
            return True

        def enabled(self) -> bool:
            return True

    sender = FrameProtocol(True, [agreed()])
    data = sender.send_data(PROSE) + sender.ping(b"?") + sender.send_data("Hello")
    for step in (len(data), 1, 7):
        reader = FrameProtocol(False, [agreed(), Other()])
        told = []
        for start in range(0, len(data), step):
            reader.receive_bytes(data[start : start + step])
            told += [frame.payload for frame in reader.received_frames()]
        assert b"".join(part for part in told if isinstance(part, bytes)) == PROSE + b"?"
        assert "".join(part for part in told if isinstance(part, str)) == "Hello"


# -- wsproto's hooks --------------------------------------------------------------------------------------------------


def test_the_hook_compresses_data_and_leaves_control_frames() -> None:
    """Whoever calls `frame_outbound`, as wsproto does, gets RSV1 with the first frame of a message, and only there."""
    extension = agreed()
    # The hooks have wsproto's types, whose protocol ours only looks like.
    proto: Any = FrameProtocol(False, [extension])
    rsv, first = extension.frame_outbound(proto, Opcode.TEXT, PLAIN, PROSE, False)
    assert rsv == COMPRESSED
    rsv, second = extension.frame_outbound(proto, Opcode.CONTINUATION, PLAIN, PROSE, True)
    assert rsv == PLAIN
    assert inflated(first + second) == PROSE * 2
    for opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE):
        assert extension.frame_outbound(proto, opcode, PLAIN, b"as it is", True) == (PLAIN, b"as it is")
    for opcode in (Opcode.TEXT, Opcode.BINARY):
        assert extension.frame_outbound(proto, opcode, PLAIN, PROSE, True)[0] == COMPRESSED
    others = RsvBits(rsv1=False, rsv2=True, rsv3=True)
    assert extension.frame_outbound(proto, Opcode.BINARY, others, PROSE, True)[0] == RsvBits(True, True, True)


def test_the_hook_leaves_the_rest_of_what_did_not_begin() -> None:
    """A fragment behind no first one is not compressed: nothing has said RSV1 for it."""
    proto: Any = FrameProtocol(False, [])
    assert agreed().frame_outbound(proto, Opcode.CONTINUATION, PLAIN, PROSE, True) == (PLAIN, PROSE)


def test_what_would_be_as_long_is_sent_plain() -> None:
    """Compressed it has to be shorter, not as long."""
    lengths = {}
    for count in range(1, 40):
        data = b"a" * count
        compressor = zlib.compressobj(wbits=-15)
        deflated_length = len(compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)) - 4
        [frame] = take_apart(FrameProtocol(False, [agreed()]).send_data(data))
        assert bool(frame.first & RSV1) == (deflated_length < len(data))
        lengths[deflated_length - len(data)] = data
    # The case in question is among them.
    assert 0 in lengths


class Claims(Extension):
    """Sets the bits that it was told to set, on every frame."""

    name = "claims"

    def __init__(self, rsv: RsvBits) -> None:
        self.rsv = rsv

    def enabled(self) -> bool:
        """It is."""
        return True

    def offer(self) -> bool | str:
        """With no parameters."""
        return True

    def frame_outbound(
        self,
        proto: wsproto.frame_protocol.FrameDecoder | wsproto.frame_protocol.FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        data: bytes,
        fin: bool,
    ) -> tuple[RsvBits, bytes]:
        """As it says."""
        return self.rsv, data


@pytest.mark.parametrize("number", range(8))
def test_reserved_bits_are_where_they_belong(number: int) -> None:
    """§5.2: RSV1 is 0x40, RSV2 0x20 and RSV3 0x10 of the first octet; FIN and the opcode stay what they are."""
    rsv = RsvBits(rsv1=bool(number & 4), rsv2=bool(number & 2), rsv3=bool(number & 1))
    proto = FrameProtocol(False, [Claims(rsv)])
    assert proto.send_data(b"a", fin=False)[0] == number << 4 | BINARY
    assert proto.send_data(b"b", fin=True)[0] == FIN | number << 4
    assert proto.ping()[0] == FIN | number << 4 | PING
