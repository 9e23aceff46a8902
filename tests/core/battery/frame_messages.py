"""RFC 6455 §5.4 and §8.1: the order of fragments, and text that must be UTF-8."""

from __future__ import annotations

from rawws.core.events import Ping

from tests.core.battery.frame_row import FrameRow, Head, Payload, bad, good
from tests.core.octets import BINARY, FIN, TEXT, Frame, binary, close, last, more, ping, text

HELLO = text("Hello")


def _fragments() -> list[FrameRow]:
    rows: list[FrameRow] = []
    rows += good("two-fragments", "6455-5.4", text("Hel", fin=False), last("lo"), told=("Hello",))
    rows += good("three-fragments", "6455-5.4", binary(b"a", fin=False), more(b"b"), last(b"c"), told=(b"abc",))
    rows += good(
        "plain-fragments-of-one-octet",
        "6455-5.4",
        text("a", fin=False),
        *[more("b")] * 30,
        last("c"),
        told=("a" + "b" * 30 + "c",),
    )
    rows += good("fragments-of-nothing", "6455-5.4", text("", fin=False), more(), more(), last(), told=("",))
    rows += good("empty-fragments-of-binary", "6455-5.4", binary(b"", fin=False), last(), told=(b"",))
    rows += good("an-empty-first-fragment", "6455-5.4", text("", fin=False), more("Hel"), last("lo"), told=("Hello",))
    rows += good("an-empty-last-fragment", "6455-5.4", text("Hello", fin=False), last(), told=("Hello",))
    rows += good("an-empty-fragment-between", "6455-5.4", text("Hel", fin=False), more(), last("lo"), told=("Hello",))
    rows += good(
        "messages-behind-a-fragmented-one",
        "6455-5.4",
        text("a", fin=False),
        last("b"),
        HELLO,
        binary(b"c"),
        text("d", fin=False),
        last("e"),
        told=("ab", "Hello", b"c", "de"),
    )
    rows += good("an-open-message", "6455-5.4", text("Hel", fin=False), ping(b"?"), more("l"), told=(Ping(b"?"),))
    rows += good(
        "a-long-last-fragment", "6455-5.4", binary(b"a", fin=False), last(b"b" * 300), told=(b"a" + b"b" * 300,)
    )

    rows += bad("last-fragment-of-nothing", "6455-5.4-1", last("a"), shows=Head(1))
    rows += bad("fragment-of-nothing", "6455-5.4-1", more("a"), last("b"), shows=Head(1), fault_at=0)
    rows += bad("fragment-behind-a-message", "6455-5.4-1", HELLO, last("a"), told=("Hello",), shows=Head(1))
    rows += bad(
        "fragment-behind-a-fragmented-message",
        "6455-5.4-1",
        text("a", fin=False),
        last("b"),
        last("c"),
        told=("ab",),
        shows=Head(1),
    )
    rows += bad("fragment-behind-a-ping", "6455-5.4-1", ping(), last("a"), told=(Ping(b""),), shows=Head(1))
    rows += bad(
        "fragment-behind-a-compressed-message",
        "6455-5.4-1",
        Frame(FIN | 0x40 | TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00"),
        last(b"\x00"),
        told=("Hello",),
        shows=Head(1),
        deflate="",
    )
    for name, frame in (("text", HELLO), ("binary", binary(b"a"))):
        rows += bad(
            f"{name}-between-text-fragments",
            "6455-5.4-2",
            text("a", fin=False),
            frame,
            last("b"),
            shows=Head(1),
            fault_at=1,
        )
        rows += bad(
            f"{name}-between-binary-fragments", "6455-5.4-2", binary(b"a", fin=False), more(b"b"), frame, shows=Head(1)
        )
        rows += bad(
            f"open-{name}-between-fragments",
            "6455-5.4-2",
            text("a", fin=False),
            frame._replace(first=frame.first & 0xF),
            shows=Head(1),
        )
    rows += bad("text-behind-empty-fragments", "6455-5.4-2", text("", fin=False), more(), HELLO, shows=Head(1))
    rows += bad(
        "text-behind-a-fragment-and-a-ping",
        "6455-5.4-2",
        text("a", fin=False),
        ping(b"?"),
        HELLO,
        told=(Ping(b"?"),),
        shows=Head(1),
    )
    rows += bad(
        "plain-text-between-compressed-fragments",
        "6455-5.4-2",
        Frame(0x40 | TEXT, b"\xf2\x48"),
        HELLO,
        shows=Head(1),
        deflate="",
    )
    return rows


# RFC 3629 §3 and §4: the first and last of each length, what surrounds the surrogates, and characters that look odd.
_RIGHT = {
    "U+0000": "\x00", "U+007F": "\x7f", "U+0080": "\x80", "U+07FF": "\u07ff", "U+0800": "\u0800", "U+D7FF": "\ud7ff",
    "U+E000": "\ue000", "U+FEFF": "\ufeff", "U+FFFD": "\ufffd", "U+FFFE": "\ufffe", "U+FFFF": "\uffff",
    "U+10000": "\U00010000", "U+1FFFE": "\U0001fffe", "U+10FFFF": "\U0010ffff", "kosme": "κόσμε",
}  # fmt: skip

# What is no UTF-8, and after how many of its octets that is certain: at once, not when the character is complete.
_WRONG = {
    "80": 1, "bf": 1, "c0 80": 1, "c1 bf": 1, "c0": 1, "f5 80 80 80": 1, "f8 88 80 80 80": 1, "fc": 1, "fe": 1, "ff": 1,
    "e0 80 80": 2, "e0 9f bf": 2, "f0 80 80 80": 2, "f0 8f bf bf": 2,  # longer than need be
    "ed a0 80": 2, "ed ad bf": 2, "ed b0 80": 2, "ed bf bf": 2, "ed a0 bd ed b8 80": 2,  # surrogates
    "f4 90 80 80": 2, "f4 bf bf bf": 2,  # beyond U+10FFFF
    "c3 28": 2, "c3 c3": 2, "e2 28 a1": 2, "e2 82 28": 3, "e2 82 e2": 3, "f0 28 8c bc": 2, "f0 90 28 bc": 3,
    "f0 90 8c 28": 4, "ce ba 80": 3, "ed 9f bf ed a0": 5,
}  # fmt: skip

# What is right as far as it goes, and goes not far enough when the message ends.
_TRUNCATED = ("c3", "e2", "e2 82", "f0", "f0 9f", "f0 9f 98", "ed", "ed 9f", "f4 8f bf")


def _characters() -> list[FrameRow]:
    rows: list[FrameRow] = []
    for name, string in _RIGHT.items():
        rows += good(f"text-{name}", "6455-5.6", text(string), told=(string,))
    for string in ("é", "€", "😀", "\U0010ffff", "\ud7ff"):
        data = string.encode()
        for place in range(1, len(data)):
            rows += good(
                f"text-{data.hex()}-split-at-{place}",
                "6455-5.6",
                text(data[:place], fin=False),
                last(data[place:]),
                told=(string,),
            )
    rows += good(
        "text-split-by-empty-fragments",
        "6455-5.6",
        text(b"\xf0", fin=False),
        more(),
        more(b"\x9f\x98"),
        more(),
        last(b"\x80"),
        told=("😀",),
    )
    rows += good(
        "text-in-fragments-of-one-octet",
        "6455-5.6",
        text(b"", fin=False),
        *[more(bytes((octet,))) for octet in "aé€😀".encode()],
        last(),
        told=("aé€😀",),
    )
    for octets in ("ff", "c0 80", "ed a0 80", "f0 9f 98"):
        rows += good(
            f"binary-{octets.replace(' ', '')}",
            "6455-5.6",
            binary(bytes.fromhex(octets)),
            told=(bytes.fromhex(octets),),
        )
    return rows


def _no_characters() -> list[FrameRow]:
    rows: list[FrameRow] = []
    for octets, shows in _WRONG.items():
        name, data = octets.replace(" ", ""), bytes.fromhex(octets)
        rows += bad(f"text-{name}", "6455-8.1-1", text(data), code=1007, shows=Payload(shows))
        # Fail-fast: the frame goes on, and so would the message.
        rows += bad(
            f"text-{name}-inside-a-frame",
            "6455-8.1-1",
            Frame(TEXT, b"ab" + data, announced=1000),
            code=1007,
            shows=Payload(2 + shows),
        )
        rows += bad(
            f"text-{name}-in-a-later-fragment",
            "6455-8.1-1",
            text("ab", fin=False),
            ping(b"?"),
            more(b"cd" + data + b"ef"),
            code=1007,
            shows=Payload(2 + shows),
            told=(Ping(b"?"),),
        )
        if len(data) > 1 and shows > 1:
            rows += bad(
                f"text-{name}-over-fragments",
                "6455-8.1-1",
                text(data[: shows - 1], fin=False),
                last(data[shows - 1 :]),
                code=1007,
                shows=Payload(1),
            )
    for octets in _TRUNCATED:
        name, data = octets.replace(" ", ""), bytes.fromhex(octets)
        rows += bad(f"text-ends-in-{name}", "6455-8.1-1", text(b"ab" + data), code=1007, shows=Payload(2 + len(data)))
        rows += good(f"text-pauses-in-{name}", "6455-8.1", text(b"ab" + data, fin=False))
        rows += bad(f"text-ends-in-{name}-by-an-empty-fragment", "6455-8.1-1", text(data, fin=False), last(), code=1007)
    rows += bad(
        "text-ff-behind-messages",
        "6455-8.1-1",
        HELLO,
        text("é"),
        text(b"\xff"),
        HELLO,
        code=1007,
        told=("Hello", "é"),
        fault_at=2,
        shows=Payload(1),
    )
    rows += bad("text-ff-before-close", "6455-8.1-1", text(b"\xff"), close(1000), code=1007, fault_at=0)
    rows += bad(
        "text-ff-at-the-end-of-a-long-frame",
        "6455-8.1-1",
        Frame(FIN | TEXT, b"a" * 300 + b"\xff"),
        code=1007,
        shows=Payload(301),
    )
    rows += bad(
        "text-ff-while-binary-was-right",
        "6455-8.1-1",
        Frame(FIN | BINARY, b"\xff"),
        text(b"\xff"),
        code=1007,
        told=(b"\xff",),
    )
    return rows


ROWS = [*_fragments(), *_characters(), *_no_characters()]
