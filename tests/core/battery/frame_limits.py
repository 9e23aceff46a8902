"""RFC 6455 §10.4: every limit on frames and messages, one below it, at it, and one above it."""

from __future__ import annotations

from rawws.core.events import Ping
from rawws.core.limits import Limits

from tests.core.battery.frame_row import FrameRow, Head, compressed, deflated, good, too_big
from tests.core.octets import BINARY, FIN, TEXT, Frame, binary, last, more, ping, text

MESSAGE = Limits(max_message_bytes=100)
LONG_MESSAGE = Limits(max_message_bytes=300)
FRAME = Limits(max_frame_bytes=100)
THREE = Limits(max_fragments=3)


def _messages() -> list[FrameRow]:
    rows: list[FrameRow] = []
    for size in (99, 100):
        rows += good(
            f"message-of-{size}",
            "6455-10.4",
            text("a" * size),
            binary(b"b" * size),
            told=("a" * size, b"b" * size),
            limits=MESSAGE,
        )
        rows += good(
            f"message-of-{size}-in-fragments",
            "6455-10.4",
            text("a" * 60, fin=False),
            ping(b"x" * 125),
            more("a" * (size - 60)),
            last(),
            binary(b"c" * size),
            limits=MESSAGE,
            told=(Ping(b"x" * 125), "a" * size, b"c" * size),
        )
    rows += too_big("message-of-101", "max_message_bytes", binary(b"a" * 101), shows=Head(2), limits=MESSAGE)
    rows += too_big(
        "message-of-101-behind-others",
        "max_message_bytes",
        text("a" * 100),
        text("b"),
        ping(),
        text("c" * 101),
        told=("a" * 100, "b", Ping(b"")),
        shows=Head(2),
        limits=MESSAGE,
    )
    rows += too_big(
        "message-of-101-in-fragments",
        "max_message_bytes",
        text("a" * 60, fin=False),
        ping(b"?"),
        more("a" * 40),
        last("a"),
        told=(Ping(b"?"),),
        shows=Head(2),
        limits=MESSAGE,
    )
    rows += too_big(
        "message-of-101-by-its-second-fragment",
        "max_message_bytes",
        text("a", fin=False),
        last("a" * 100),
        shows=Head(2),
        limits=MESSAGE,
    )
    rows += too_big(
        "message-of-octets-not-characters", "max_message_bytes", text("€" * 34), shows=Head(2), limits=MESSAGE
    )
    rows += good("message-of-33-characters-in-99-octets", "6455-10.4", text("€" * 33), told=("€" * 33,), limits=MESSAGE)
    for size in (299, 300):
        rows += good(f"message-of-{size}", "6455-10.4", binary(b"a" * size), told=(b"a" * size,), limits=LONG_MESSAGE)
    rows += too_big("message-of-301", "max_message_bytes", binary(b"a" * 301), shows=Head(4), limits=LONG_MESSAGE)
    for size in ((1 << 20) - 1, 1 << 20):
        rows += good(
            f"message-of-{size}-by-default",
            "6455-10.4",
            text("a", fin=False),
            Frame(0x00, b"b" * 10, announced=size - 1),
        )
    rows += too_big(
        "message-of-2^20+1-by-default",
        "max_message_bytes",
        text("a", fin=False),
        Frame(0x00, b"b" * 10, announced=1 << 20),
        shows=Head(10),
    )
    none = Limits(max_message_bytes=0)
    rows += good(
        "empty-messages-only", "6455-10.4", text(""), binary(b""), ping(b"?"), told=("", b"", Ping(b"?")), limits=none
    )
    rows += too_big(
        "empty-messages-only-but-one", "max_message_bytes", text(""), text("a"), told=("",), shows=Head(2), limits=none
    )
    rows += good(
        "no-limit",
        "6455-10.4",
        text("a" * 3000, fin=False),
        *[more("b" * 10)] * 200,
        last("c"),
        told=("a" * 3000 + "b" * 2000 + "c",),
        limits=Limits(max_message_bytes=None),
    )
    return rows


def _frames() -> list[FrameRow]:
    rows: list[FrameRow] = []
    for size in (99, 100):
        rows += good(
            f"frame-of-{size}",
            "6455-10.4",
            text("a" * size),
            binary(b"b" * size, fin=False),
            last(b"c" * size),
            told=("a" * size, b"b" * size + b"c" * size),
            limits=FRAME,
        )
    rows += too_big("frame-of-101", "max_frame_bytes", text("a" * 101), shows=Head(2), limits=FRAME)
    rows += too_big(
        "frame-of-101-as-a-fragment",
        "max_frame_bytes",
        text("a" * 100, fin=False),
        last("a" * 101),
        shows=Head(2),
        limits=FRAME,
    )
    rows += too_big(
        "frame-of-126", "max_frame_bytes", text("a"), binary(b"a" * 126), told=("a",), shows=Head(4), limits=FRAME
    )
    rows += good(
        "a-control-frame-is-no-such-frame", "6455-10.4", ping(b"x" * 125), told=(Ping(b"x" * 125),), limits=FRAME
    )
    rows += too_big(
        "the-smaller-limit-speaks",
        "max_frame_bytes",
        text("a" * 101),
        shows=Head(2),
        limits=Limits(max_frame_bytes=50, max_message_bytes=100),
    )
    rows += good(
        "compressed-frame-of-100",
        "6455-10.4",
        compressed(BINARY, deflated(b"Hello" * 100)[0]),
        told=(b"Hello" * 100,),
        deflate="",
        limits=FRAME,
    )
    rows += too_big(
        "compressed-frame-of-101",
        "max_frame_bytes",
        Frame(FIN | 0x40 | BINARY, b"\x00", announced=101),
        shows=Head(2),
        deflate="",
        limits=FRAME,
    )
    return rows


def _fragments() -> list[FrameRow]:
    rows: list[FrameRow] = []
    for count in (1, 2):
        rows += good(
            f"fragments-{count + 1}-of-3",
            "6455-10.4",
            text("a", fin=False),
            *[more("b")] * (count - 1),
            ping(),
            last("c"),
            told=(Ping(b""), "a" + "b" * (count - 1) + "c"),
            limits=THREE,
        )
    rows += good(
        "fragments-counted-anew",
        "6455-10.4",
        *[text("a", fin=False), more("b"), last("c"), text("d"), ping(b"1"), ping(b"2"), ping(b"3")] * 3,
        told=("abc", "d", Ping(b"1"), Ping(b"2"), Ping(b"3")) * 3,
        limits=THREE,
    )
    rows += too_big(
        "fragments-4-of-3",
        "max_fragments",
        text("a", fin=False),
        more("b"),
        more("c"),
        last("d"),
        shows=Head(2),
        limits=THREE,
    )
    rows += too_big(
        "empty-fragments-4-of-3",
        "max_fragments",
        text("", fin=False),
        more(),
        more(),
        last(),
        shows=Head(2),
        limits=THREE,
    )
    rows += too_big(
        "fragments-2-of-1",
        "max_fragments",
        text("a"),
        text("a", fin=False),
        last("b"),
        told=("a",),
        shows=Head(2),
        limits=Limits(max_fragments=1),
    )
    rows += too_big(
        "no-fragment-at-all",
        "max_fragments",
        ping(),
        text("a"),
        told=(Ping(b""),),
        shows=Head(2),
        limits=Limits(max_fragments=0),
    )
    rows += too_big(
        "compressed-fragments-4-of-3",
        "max_fragments",
        compressed(TEXT, b"\xf2", fin=False),
        more(b"\x48"),
        more(),
        last(),
        shows=Head(2),
        deflate="",
        limits=THREE,
    )
    # 64 fragments are always allowed, and beyond one for 64 octets of the largest message.
    for name, limits, most in (("always", MESSAGE, 64), ("of-memory", Limits(max_message_bytes=64 * 70), 70)):
        rows += good(
            f"fragments-{name}",
            "6455-10.4",
            text("", fin=False),
            *[more()] * (most - 2),
            last("a"),
            told=("a",),
            limits=limits,
        )
        rows += too_big(
            f"one-fragment-too-many-{name}",
            "max_fragments",
            text("", fin=False),
            *[more()] * (most - 1),
            last("a"),
            shows=Head(2),
            limits=limits,
        )
    return rows


def _inflated() -> list[FrameRow]:
    rows: list[FrameRow] = []
    for size in (99, 100):
        data = b"a" * size
        rows += good(
            f"inflated-message-of-{size}",
            "6455-10.4",
            *[compressed(BINARY, part) for part in deflated(data, data)],
            told=(data, data),
            deflate="",
            limits=MESSAGE,
        )
        whole = deflated(data)[0]
        rows += good(
            f"inflated-message-of-{size}-in-fragments",
            "6455-10.4",
            compressed(BINARY, whole[:2], fin=False),
            ping(),
            more(whole[2:]),
            last(),
            told=(Ping(b""), data),
            deflate="",
            limits=MESSAGE,
        )
    over = deflated(b"a" * 101)[0]
    rows += too_big(
        "inflated-message-of-101", "max_message_bytes", compressed(BINARY, over), deflate="", limits=MESSAGE
    )
    rows += too_big(
        "inflated-message-of-101-behind-others",
        "max_message_bytes",
        *[compressed(BINARY, part) for part in deflated(b"b" * 100, b"c" * 101)],
        told=(b"b" * 100,),
        deflate="",
        limits=MESSAGE,
    )
    rows += too_big(
        "inflated-message-of-101-in-steps",
        "max_message_bytes",
        compressed(BINARY, over),
        deflate="",
        limits=Limits(max_message_bytes=100, max_inflate_step=10),
    )
    rows += too_big(
        "inflated-message-of-101-in-one-step",
        "max_message_bytes",
        compressed(TEXT, over),
        deflate="",
        limits=Limits(max_message_bytes=100, max_inflate_step=1000),
    )
    noisy = deflated(bytes(range(100)), level=0)[0]
    rows += good(
        "a-message-that-compression-made-longer",
        "6455-10.4",
        compressed(BINARY, noisy),
        told=(bytes(range(100)),),
        deflate="",
        limits=MESSAGE,
    )
    # On the wire a compressed message may have twice the limit and 1,024 octets.
    wire = 2 * 100 + 1024
    empty_block = b"\x00\x00\x00\xff\xff"
    payload = empty_block * 243 + b"\x00\x03\x00\xfc\xffabc" + b"\x00"
    assert len(payload) == wire
    rows += good(
        "compressed-on-the-wire-at-the-limit",
        "6455-10.4",
        compressed(TEXT, payload),
        told=("abc",),
        deflate="",
        limits=MESSAGE,
    )
    rows += too_big(
        "compressed-on-the-wire-above-the-limit",
        "max_message_bytes",
        Frame(FIN | 0x40 | TEXT, b"\x00", announced=wire + 1),
        shows=Head(4),
        deflate="",
        limits=MESSAGE,
    )
    rows += too_big(
        "compressed-on-the-wire-above-the-limit-in-fragments",
        "max_message_bytes",
        compressed(TEXT, empty_block * 244, fin=False),
        last(b"\x00" * 5),
        shows=Head(2),
        deflate="",
        limits=MESSAGE,
    )
    rows += good(
        "a-plain-message-under-deflate-of-100",
        "6455-10.4",
        text("a" * 100),
        told=("a" * 100,),
        deflate="",
        limits=MESSAGE,
    )
    rows += too_big(
        "a-plain-message-under-deflate-of-101",
        "max_message_bytes",
        text("a" * 101),
        shows=Head(2),
        deflate="",
        limits=MESSAGE,
    )
    return rows


ROWS = [*_messages(), *_frames(), *_fragments(), *_inflated()]
