"""RFC 6455 §5.1 to §5.3 and §5.5: lengths, masks, reserved bits, opcodes, control frames."""

from __future__ import annotations

from rawws.core.events import Ping, Pong
from rawws.core.limits import Limits

from tests.core.battery.frame_row import FrameRow, Head, bad, compressed, good, too_big
from tests.core.octets import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    PING,
    PONG,
    RSV1,
    RSV2,
    RSV3,
    TEXT,
    Frame,
    Role,
    binary,
    close,
    last,
    ping,
    pong,
    text,
)

UNLIMITED = Limits(max_message_bytes=None)
HELLO = text("Hello")
NAMES = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}


def _lengths() -> list[FrameRow]:
    rows: list[FrameRow] = []
    for size in (0, 1, 124, 125, 126, 127, 128, 129, 255, 256):
        rows += good(f"text-of-{size}", "6455-5.2", text("a" * size), told=("a" * size,))
        rows += good(f"binary-of-{size}", "6455-5.2", binary(b"\xff" * size), told=(b"\xff" * size,))
    for size in (2**16 - 1, 2**16, 2**16 + 1):
        rows += good(
            f"binary-of-{size}",
            "6455-5.2",
            binary(b"\x81" * size),
            told=(b"\x81" * size,),
        )
    # What is only announced costs nothing but the header: refused by the limit, or waited for.
    big = {f"2^{bits}": 1 << bits for bits in (31, 32, 53)} | {f"2^{bits}-1": (1 << bits) - 1 for bits in (31, 32, 63)}
    for name, size in {"2^20+1": 2**20 + 1, **big}.items():
        rows += too_big(f"announces-{name}", "max_message_bytes", Frame(FIN | BINARY, b"abc", size), shows=Head(10))
        rows += good(f"awaits-{name}", "6455-5.2", Frame(FIN | BINARY, b"abc", size), limits=UNLIMITED)
    for name, size in (("2^63", 2**63), ("2^63+1", 2**63 + 1), ("2^64-1", 2**64 - 1)):
        rows += bad(f"announces-{name}", "6455-5.2-3", Frame(FIN | BINARY, b"abc", size), shows=Head(10))
        rows += bad(
            f"announces-{name}-unlimited",
            "6455-5.2-3",
            Frame(FIN | TEXT, b"abc", size),
            shows=Head(10),
            limits=UNLIMITED,
        )
    rows += bad(
        "announces-2^64-1-before-limits",
        "6455-5.2-3",
        Frame(FIN | BINARY, b"", 2**64 - 1),
        shows=Head(10),
        limits=Limits(max_frame_bytes=1),
    )
    for size in (0, 1, 124, 125):
        rows += bad(f"16-bits-for-{size}", "6455-5.2-4", Frame(FIN | TEXT, b"a" * size, form=16), shows=Head(4))
    for size in (0, 1, 125, 126, 127, 2**16 - 1):
        rows += bad(
            f"64-bits-for-{size}",
            "6455-5.2-4",
            Frame(FIN | BINARY, b"a" * min(size, 127), size, form=64),
            shows=Head(10),
        )
    rows += bad(
        "16-bits-for-5-behind-a-message",
        "6455-5.2-4",
        HELLO,
        Frame(FIN | TEXT, b"Hello", form=16),
        told=("Hello",),
        shows=Head(4),
    )
    rows += bad(
        "16-bits-for-0-in-a-last-fragment",
        "6455-5.2-4",
        text("a", fin=False),
        Frame(FIN | CONTINUATION, form=16),
        shows=Head(4),
    )
    return rows


def _masks() -> list[FrameRow]:
    rows: list[FrameRow] = []
    by_role: dict[Role, str] = {"server": "6455-5.1-2", "client": "6455-5.1-4"}
    for role, requirement in by_role.items():
        roles = (role,)
        for frame in (text("a"), binary(b""), ping(), pong(b"x"), close(1000)):
            name = NAMES[frame.first & 0xF]
            rows += bad(f"wrong-mask-{name}", requirement, frame._replace(wrong_mask=True), shows=Head(2), roles=roles)
        rows += bad(
            "wrong-mask-behind-a-message",
            requirement,
            HELLO,
            ping(b"?"),
            HELLO._replace(wrong_mask=True),
            told=("Hello", Ping(b"?")),
            shows=Head(2),
            roles=roles,
        )
        rows += bad(
            "wrong-mask-in-a-fragment",
            requirement,
            text("a", fin=False),
            last("b")._replace(wrong_mask=True),
            shows=Head(2),
            roles=roles,
        )
        rows += bad(
            "wrong-mask-before-a-length",
            requirement,
            Frame(FIN | BINARY, b"", 2**64 - 1, wrong_mask=True),
            shows=Head(2),
            roles=roles,
        )
    for key in (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x00\x01\x02\x03"):
        rows += good(
            f"key-{key.hex()}",
            "6455-5.3",
            HELLO._replace(key=key),
            binary(b"\x00" * 130)._replace(key=key),
            told=("Hello", b"\x00" * 130),
            roles=("server",),
        )
    rows += good(
        "a-key-for-each-fragment",
        "6455-5.3",
        text("abc", fin=False)._replace(key=b"\x01\x02\x03\x04"),
        last("def")._replace(key=b"\x11\x12\x13\x14"),
        told=("abcdef",),
        roles=("server",),
    )
    rows += good(
        "a-key-for-nothing",
        "6455-5.3",
        text("")._replace(key=b"\xff\xff\xff\xff"),
        ping(),
        told=("", Ping(b"")),
        roles=("server",),
    )
    return rows


def _reserved_bits() -> list[FrameRow]:
    rows: list[FrameRow] = []
    names = {RSV1: "rsv1", RSV2: "rsv2", RSV3: "rsv3", RSV1 | RSV2 | RSV3: "rsv123"}
    for bits, name in names.items():
        for opcode in (TEXT, BINARY, PING, PONG, CLOSE):
            rows += bad(f"{name}-{NAMES[opcode]}", "6455-5.2-1", Frame(FIN | bits | opcode), shows=Head(1))
        rows += bad(f"{name}-continuation", "6455-5.2-1", text("a", fin=False), Frame(FIN | bits, b"b"), shows=Head(1))
        if bits != RSV1:
            for opcode in (TEXT, BINARY, PONG):
                payload = b"\x00" if opcode != PONG else b""
                rows += bad(
                    f"{name}-{NAMES[opcode]}-under-deflate",
                    "7692-6.1-1" if opcode == PONG and bits & RSV1 else "6455-5.2-1",
                    Frame(FIN | bits | opcode, payload),
                    shows=Head(2),
                    deflate="",
                )
    rows += bad("rsv2-beside-rsv1", "6455-5.2-1", Frame(FIN | RSV1 | RSV2 | TEXT, b"\x00"), shows=Head(2), deflate="")
    for opcode in (PING, PONG, CLOSE):
        rows += bad(
            f"rsv1-{NAMES[opcode]}-under-deflate", "7692-6.1-1", Frame(FIN | RSV1 | opcode), shows=Head(2), deflate=""
        )
    rows += bad(
        "rsv1-continuation-of-a-plain-message",
        "7692-6.1-1",
        text("a", fin=False),
        Frame(FIN | RSV1, b"\x00"),
        shows=Head(2),
        deflate="",
    )
    rows += bad(
        "rsv1-continuation-of-a-compressed-message",
        "7692-6.1-1",
        compressed(TEXT, b"\xf2\x48", fin=False),
        Frame(FIN | RSV1, b"\xcd\xc9\xc9\x07\x00"),
        shows=Head(2),
        deflate="",
    )
    rows += bad(
        "rsv1-ping-between-compressed-fragments",
        "7692-6.1-1",
        compressed(TEXT, b"\xf2\x48", fin=False),
        Frame(FIN | RSV1 | PING),
        shows=Head(2),
        deflate="",
    )
    rows += bad("rsv1-behind-a-message", "6455-5.2-1", HELLO, Frame(FIN | RSV1 | TEXT), told=("Hello",), shows=Head(1))
    return rows


def _opcodes() -> list[FrameRow]:
    rows: list[FrameRow] = []
    for opcode in (0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF):
        rows += bad(f"opcode-{opcode:#x}", "6455-5.2-2", Frame(FIN | opcode), shows=Head(1))
    for opcode in (0x3, 0xB):
        rows += bad(f"opcode-{opcode:#x}-without-fin", "6455-5.2-2", Frame(opcode), shows=Head(1))
        rows += bad(
            f"opcode-{opcode:#x}-between-fragments",
            "6455-5.2-2",
            text("a", fin=False),
            Frame(FIN | opcode),
            last("b"),
            shows=Head(1),
            fault_at=1,
        )
        rows += bad(
            f"opcode-{opcode:#x}-under-deflate", "6455-5.2-2", Frame(FIN | RSV1 | opcode), shows=Head(1), deflate=""
        )
    rows += bad(
        "opcode-0xf-behind-a-message",
        "6455-5.2-2",
        HELLO,
        Frame(FIN | 0xF),
        HELLO,
        told=("Hello",),
        shows=Head(1),
        fault_at=1,
    )
    return rows


def _control_frames() -> list[FrameRow]:
    rows: list[FrameRow] = []
    most = bytes(range(125))
    rows += good("ping", "6455-5.5.2", ping(), told=(Ping(b""),))
    rows += good("ping-of-125", "6455-5.5", ping(most), told=(Ping(most),))
    rows += good("ping-of-no-text", "6455-5.5.2", ping(b"\xff\xfe"), told=(Ping(b"\xff\xfe"),))
    rows += good("pong-unsolicited", "6455-5.5.3", pong(b"x"), told=(Pong(b"x"),))
    rows += good("pong-of-125", "6455-5.5", pong(most), told=(Pong(most),))
    rows += good(
        "ten-pings", "6455-5.5.2", *[ping(b"%d" % i) for i in range(10)], told=tuple(Ping(b"%d" % i) for i in range(10))
    )
    rows += good("ping-between-messages", "6455-5.5.2", HELLO, ping(b"?"), HELLO, told=("Hello", Ping(b"?"), "Hello"))
    rows += good(
        "ping-between-fragments", "6455-5.4", text("Hel", fin=False), ping(b"?"), last("lo"), told=(Ping(b"?"), "Hello")
    )
    rows += good(
        "ping-inside-a-character",
        "6455-5.4",
        text(b"\xe2\x82", fin=False),
        ping(b"\xac"),
        last(b"\xac"),
        told=(Ping(b"\xac"), "€"),
    )
    rows += good(
        "pings-and-pongs-between-fragments",
        "6455-5.4",
        binary(b"a", fin=False),
        ping(most),
        pong(b"1"),
        last(b"b"),
        told=(Ping(most), Pong(b"1"), b"ab"),
    )
    rows += good("a-frame-inside-a-payload", "6455-5.2", binary(ping(b"?").to("client")), told=(b"\x89\x01?",))
    for frame in (ping(), pong(), close()):
        name = NAMES[frame.first & 0xF]
        rows += bad(f"{name}-fragmented", "6455-5.5-1", frame._replace(first=frame.first & 0xF), shows=Head(1))
        for size in (126, 2**16):
            rows += bad(
                f"{name}-of-{size}",
                "6455-5.5-1",
                frame._replace(payload=b"\x03\xe8" * 63, announced=size),
                shows=Head(2),
            )
        rows += bad(
            f"{name}-of-5-in-16-bits", "6455-5.5-1", frame._replace(payload=b"\x03\xe8abc", form=16), shows=Head(2)
        )
        rows += bad(f"{name}-of-2^64-1", "6455-5.5-1", frame._replace(announced=2**64 - 1), shows=Head(2))
    rows += bad(
        "ping-fragmented-between-fragments",
        "6455-5.5-1",
        text("a", fin=False),
        Frame(PING, b"?"),
        last("b"),
        shows=Head(1),
        fault_at=1,
    )
    rows += bad(
        "ping-of-126-between-fragments",
        "6455-5.5-1",
        text("a", fin=False),
        ping(b"x" * 126),
        last("b"),
        shows=Head(2),
        fault_at=1,
    )
    rows += bad(
        "ping-of-126-between-compressed-fragments",
        "6455-5.5-1",
        compressed(TEXT, b"\xf2\x48", fin=False),
        ping(b"x" * 126),
        shows=Head(2),
        deflate="",
    )
    return rows


ROWS = [*_lengths(), *_masks(), *_reserved_bits(), *_opcodes(), *_control_frames()]
