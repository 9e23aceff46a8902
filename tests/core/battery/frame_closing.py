"""RFC 6455 §5.5.1, §7.1 and §7.4: Close frames, closing at the same time, and the end of the stream."""

from __future__ import annotations

from rawws.core.events import Ping, Pong

from tests.core.battery.frame_row import FrameRow, Head, bad, compressed, ended
from tests.core.octets import CLOSE, FIN, TEXT, Frame, binary, close, last, more, ping, pong, text

HELLO = text("Hello")
VALID = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999, 4000, 4998, 4999)
INVALID = {
    "6455-7.4.2-1": (0, 1, 255, 256, 998, 999, 5000, 5001, 32768, 65534, 65535),
    "6455-7.4.2-2": (1004, 1016, 1017, 1100, 1999, 2000, 2998, 2999),
    "6455-7.4.1-1": (1005,),
    "6455-7.4.1-2": (1006,),
    "6455-7.4.1-3": (1015,),
}


def _codes() -> list[FrameRow]:
    rows: list[FrameRow] = []
    for code in VALID:
        rows += ended(f"close-{code}", "6455-7.4", close(code), code=code)
    for requirement, codes in INVALID.items():
        for code in codes:
            rows += bad(f"close-{code}", requirement, close(code))
        rows += bad(f"close-{codes[0]}-with-a-reason", requirement, HELLO, close(codes[0], "bye"), told=("Hello",))
    rows += ended("close-empty", "6455-7.1.5", close(), code=1005)
    rows += bad("close-of-one-octet", "6455-5.5.1-1", close(None, b"\x03"))
    return rows


def _reasons() -> list[FrameRow]:
    rows: list[FrameRow] = []
    for name, reason in {
        "bye": "bye",
        "123-octets": "a" * 123,
        "euro": "€" * 41,
        "nul": "\x00",
        "bom": "\ufeff",
        "escape": "\x1b[2J",
        "last-character": "\U0010ffff",
    }.items():
        rows += ended(f"close-reason-{name}", "6455-5.5.1", close(1000, reason), code=1000, reason=reason)
    for name, octets in (("ff", b"\xff"), ("surrogate", b"\xed\xa0\x80"), ("overlong", b"\xc0\x80"),
                         ("truncated", b"bye\xe2\x82"), ("beyond", b"\xf4\x90\x80\x80")):  # fmt: skip
        rows += bad(f"close-reason-{name}", "6455-8.1-1", close(1000, octets), code=1007)
    # A bad code is told before a bad reason.
    rows += bad("close-bad-code-and-reason", "6455-7.4.1-1", close(1005, b"\xff"))
    return rows


def _order() -> list[FrameRow]:
    rows: list[FrameRow] = []
    behind = {
        "text": HELLO,
        "ping": ping(b"?"),
        "close": close(1001),
        "violation": Frame(0x7F, b"junk"),
        "junk": text(b"\xff"),
        "unmasked": HELLO._replace(wrong_mask=True),
        "fragment": last("b"),
        "half-a-frame": HELLO._replace(come=3),
    }
    for name, frame in behind.items():
        rows += ended(
            f"{name}-behind-close",
            "6455-1.4",
            HELLO,
            close(1000, "bye"),
            frame,
            told=("Hello",),
            code=1000,
            reason="bye",
        )
    rows += ended("close-between-fragments", "6455-5.5.1", text("a", fin=False), close(1001), last("b"), code=1001)
    rows += ended(
        "close-between-compressed-fragments",
        "6455-5.5.1",
        compressed(TEXT, b"\xf2\x48", fin=False),
        close(1001),
        deflate="",
        code=1001,
    )
    rows += ended(
        "close-behind-all-sorts",
        "6455-5.5.1",
        HELLO,
        ping(b"1"),
        binary(b"2"),
        pong(b"3"),
        text("4", fin=False),
        last("5"),
        close(4000),
        told=("Hello", Ping(b"1"), b"2", Pong(b"3"), "45"),
        code=4000,
    )
    for name, frame in behind.items():
        if name != "close":
            rows += bad(
                f"{name}-behind-a-violation",
                "6455-5.2-2",
                HELLO,
                Frame(FIN | 0x3),
                frame,
                told=("Hello",),
                shows=Head(1),
                fault_at=1,
            )
    rows += bad("close-behind-a-violation", "6455-5.2-2", Frame(FIN | 0x3), close(1000), shows=Head(1), fault_at=0)
    return rows


def _both_close() -> list[FrameRow]:
    rows: list[FrameRow] = []
    rows += ended("answer", "6455-7.1.1", close(1000), code=1000, closing=True)
    rows += ended("answer-without-a-code", "6455-7.1.1", close(), code=1005, closing=True)
    rows += ended("answer-with-another-code", "6455-7.1.1", close(4321, "mine"), code=4321, reason="mine", closing=True)
    rows += ended("answer-behind-a-message", "6455-5.5.1", HELLO, close(1000), told=("Hello",), code=1000, closing=True)
    rows += ended(
        "answer-behind-a-fragmented-message",
        "6455-5.5.1",
        text("a", fin=False),
        ping(b"?"),
        last("b"),
        close(1000),
        told=(Ping(b"?"), "ab"),
        code=1000,
        closing=True,
    )
    rows += ended("answer-between-fragments", "6455-5.5.1", text("a", fin=False), close(1000), code=1000, closing=True)
    rows += ended(
        "answer-behind-a-compressed-message",
        "6455-5.5.1",
        compressed(TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00"),
        close(1000),
        told=("Hello",),
        code=1000,
        deflate="",
        closing=True,
    )
    rows += ended("message-behind-the-answer", "6455-5.5.1", close(1000), HELLO, code=1000, closing=True)
    for name, requirement, frame, code in (
        ("opcode", "6455-5.2-2", Frame(FIN | 0x3), 1002), ("bits", "6455-5.2-1", Frame(FIN | 0x11), 1002),
        ("utf-8", "6455-8.1-1", text(b"\xff"), 1007), ("code", "6455-7.4.1-2", close(1006), 1002),
        ("size", "6455-10.4-1", Frame(FIN | 2, b"", 1 << 40), 1009), ("order", "6455-5.4-1", last("a"), 1002),
        ("one-octet", "6455-5.5.1-1", close(None, b"\x03"), 1002),
    ):  # fmt: skip
        rows += bad(
            f"violation-of-{name}-while-closing",
            requirement,
            HELLO,
            frame,
            told=("Hello",),
            code=code,
            closing=True,
            limit="max_message_bytes" if code == 1009 else None,
        )
    rows += ended("end-instead-of-an-answer", "6455-7.1.5", None, closing=True)
    rows += ended("message-and-end-instead-of-an-answer", "6455-7.1.5", HELLO, None, told=("Hello",), closing=True)
    rows += ended("end-inside-the-answer", "6455-7.1.5", close(1000)._replace(come=3), None, closing=True)
    rows += ended("answer-and-end", "6455-7.1.1", close(1000), None, code=1000, closing=True)
    return rows


def _end_of_stream() -> list[FrameRow]:
    rows: list[FrameRow] = []
    rows += ended("end-at-once", "6455-7.1.5", None)
    rows += ended("end-twice", "6455-7.1.5", None, None)
    rows += ended("end-behind-a-message", "6455-7.1.5", HELLO, None, told=("Hello",))
    rows += ended("end-behind-a-ping", "6455-7.1.5", ping(b"?"), None, told=(Ping(b"?"),))
    for come in (1, 2, 3, 5):
        rows += ended(f"end-behind-{come}-octets", "6455-7.1.5", HELLO._replace(come=come), None)
        rows += ended(
            f"end-behind-{come}-octets-of-a-ping",
            "6455-7.1.5",
            HELLO,
            ping(b"12345")._replace(come=come),
            None,
            told=("Hello",),
        )
    for come in (1, 2, 3):
        rows += ended(f"end-behind-{come}-octets-of-a-close", "6455-7.1.5", close(1000)._replace(come=come), None)
    for size in (126, 1 << 16):
        for come in (2, 3, 9, 20):
            rows += ended(
                f"end-behind-{come}-octets-of-{size}", "6455-7.1.5", binary(b"a" * size)._replace(come=come), None, None
            )
    rows += ended("end-between-fragments", "6455-7.1.5", text("a", fin=False), more("b"), None)
    rows += ended("end-inside-a-character", "6455-7.1.5", text(b"\xe2\x82", fin=False), None)
    rows += ended(
        "end-inside-a-compressed-frame",
        "6455-7.1.5",
        compressed(TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00")._replace(come=10),
        None,
        deflate="",
        roles=("server",),
    )
    rows += ended(
        "end-between-compressed-fragments", "6455-7.1.5", compressed(TEXT, b"\xf2\x48", fin=False), None, deflate=""
    )
    rows += ended("end-behind-close", "6455-7.1.5", close(1000, "bye"), None, code=1000, reason="bye")
    rows += ended("end-behind-close-twice", "6455-7.1.5", close(1001), None, None, code=1001)
    rows += ended("end-behind-close-and-junk", "6455-7.1.5", close(1001), HELLO, Frame(0x7F), None, code=1001)
    rows += bad(
        "end-behind-a-violation",
        "6455-5.2-2",
        HELLO,
        Frame(FIN | 0x3),
        None,
        told=("Hello",),
        fault_at=1,
        state="CLOSED",
    )
    rows += bad(
        "end-behind-a-violation-twice", "6455-8.1-1", text(b"a\xff"), None, None, code=1007, fault_at=0, state="CLOSED"
    )
    rows += bad("end-behind-a-bad-close", "6455-5.5.1-1", Frame(FIN | CLOSE, b"\x03"), None, fault_at=0, state="CLOSED")
    return rows


ROWS = [*_codes(), *_reasons(), *_order(), *_both_close(), *_end_of_stream()]
