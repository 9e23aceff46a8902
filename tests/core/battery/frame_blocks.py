"""RFC 1951 and RFC 7692 §7.2.3.4: final blocks in the midst of messages, and what is no DEFLATE at all."""

from __future__ import annotations

from rawws.core.events import Ping

from tests.core.battery.frame_deflate import FINAL, NOISE, ONE_BLOCK, PROSE, SAME_WINDOW, STORED
from tests.core.battery.frame_row import FrameRow, bad, compressed, deflated, final_block, good
from tests.core.octets import BINARY, TEXT, last, more, ping, text


def _bfinal() -> list[FrameRow]:
    rows: list[FrameRow] = []
    alone = final_block(b"Hello")
    rows += good("bfinal-alone", "7692-7.2.3.4", compressed(TEXT, alone), told=("Hello",), deflate="")
    rows += good(
        "bfinal-and-the-next-message",
        "7692-7.2.3.4",
        compressed(TEXT, alone),
        compressed(TEXT, ONE_BLOCK),
        compressed(TEXT, FINAL),
        told=("Hello",) * 3,
        deflate="",
    )
    rows += good(
        "bfinal-before-an-empty-fragment",
        "7692-7.2.3.4",
        compressed(TEXT, alone, fin=False),
        last(),
        told=("Hello",),
        deflate="",
    )
    rows += good(
        "bfinal-before-empty-fragments-and-a-ping",
        "7692-7.2.3.4",
        compressed(TEXT, alone, fin=False),
        more(),
        ping(b"?"),
        more(),
        last(),
        compressed(TEXT, ONE_BLOCK),
        told=(Ping(b"?"), "Hello", "Hello"),
        deflate="",
    )
    rows += good(
        "bfinal-in-fragments",
        "7692-7.2.3.4",
        compressed(TEXT, FINAL[:2], fin=False),
        more(FINAL[2:7]),
        last(FINAL[7:]),
        told=("Hello",),
        deflate="",
    )
    rows += good(
        "bfinal-in-each-fragment",
        "7692-7.2.3.4",
        compressed(TEXT, alone, fin=False),
        more(alone),
        last(alone),
        told=("HelloHelloHello",),
        deflate="",
    )
    rows += good(
        "bfinal-and-an-open-block",
        "7692-7.2.3.4",
        compressed(TEXT, alone + ONE_BLOCK),
        told=("HelloHello",),
        deflate="",
    )
    rows += good("bfinal-of-nothing", "7692-7.2.3.4", compressed(TEXT, b"\x03\x00" * 3), told=("",), deflate="")
    rows += good(
        "bfinal-of-a-stored-block-without-its-length", "7692-7.2.3.4", compressed(TEXT, b"\x01"), told=("",), deflate=""
    )
    rows += good(
        "bfinal-a-thousand-times",
        "7692-7.2.3.4",
        compressed(TEXT, final_block(b"ab") * 1000),
        told=("ab" * 1000,),
        deflate="",
    )
    # Input goes to zlib in slices of 64 octets and more behind a final block: ends at each place around such a border.
    for size in (*range(58, 70), 16 * 1024 - 2, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1):
        stored = (
            b"\x01" + (size - 5).to_bytes(2, "little") + (0xFFFF - size + 5).to_bytes(2, "little") + b"x" * (size - 5)
        )
        rows += good(
            f"bfinal-behind-{size}-octets",
            "7692-7.2.3.4",
            compressed(BINARY, b"\x03\x00" + stored + STORED),
            told=(b"x" * (size - 5) + b"Hello",),
            deflate="",
            roles=("server",),
        )
        rows += good(
            f"bfinal-behind-{size}-octets-at-the-end",
            "7692-7.2.3.4",
            compressed(BINARY, b"\x03\x00" + stored),
            compressed(TEXT, ONE_BLOCK),
            told=(b"x" * (size - 5), "Hello"),
            deflate="",
            roles=("client",),
        )
    for name, junk in (
        ("junk", b"\x06\xff\xff"),
        ("ff", b"\xff" * 40),
        ("half-a-block", b"\xf2\x48"),
        ("text", b"Hello"),
    ):
        rows += bad(
            f"bfinal-before-{name}",
            "7692-7.2.2-1",
            compressed(TEXT, alone + junk),
            code=1007,
            deflate="",
            section="7692-7.2.3.4",
        )
    return rows


def _no_deflate() -> list[FrameRow]:
    rows: list[FrameRow] = []
    for name, payload in (
        ("type-3", b"\x06"), ("type-3-behind-a-block", ONE_BLOCK[:-1] + b"\x06\x00"), ("ff", b"\xff" * 9),
        ("text", b"Hello, world"), ("stored-length", b"\x00\x05\x00\xfa\xfeHello"), ("far-distance", SAME_WINDOW),
        ("inside-a-block", b"\xf2\x48\xcd"), ("inside-a-stored-block", STORED[:8]), ("header-only", b"\x00\x05"),
        ("inside-a-dynamic-block", deflated(PROSE[:3000])[0][:200]), ("with-its-tail", ONE_BLOCK + b"\x00\x00\xff\xff"),
        ("zlib-header", b"\x78\x9c" + ONE_BLOCK),
    ):  # fmt: skip
        rows += bad(f"no-deflate-{name}", "7692-7.2.2-1", compressed(TEXT, payload), code=1007, deflate="")
        rows += bad(
            f"no-deflate-{name}-behind-a-message",
            "7692-7.2.2-1",
            text("Hello"),
            compressed(BINARY, b"\x00"),
            ping(),
            compressed(TEXT, payload),
            told=("Hello", b"", Ping(b"")),
            code=1007,
            deflate="",
        )
    rows += bad(
        "no-deflate-in-a-later-fragment",
        "7692-7.2.2-1",
        compressed(TEXT, ONE_BLOCK[:6], fin=False),
        ping(b"?"),
        last(b"\x00\x06"),
        told=(Ping(b"?"),),
        code=1007,
        deflate="",
    )
    rows += bad(
        "no-deflate-in-an-open-message", "7692-7.2.2-1", compressed(TEXT, b"\x06", fin=False), code=1007, deflate=""
    )
    rows += bad(
        "ends-inside-a-block-by-an-empty-fragment",
        "7692-7.2.2-1",
        compressed(TEXT, b"\xf2\x48\xcd", fin=False),
        last(),
        code=1007,
        deflate="",
    )
    rows += bad(
        "no-deflate-behind-16-KiB",
        "7692-7.2.2-1",
        compressed(BINARY, deflated(NOISE)[0][:18_000] + b"\xff" * 9),
        code=1007,
        deflate="",
    )
    for name, data in (("ff", b"ab\xff"), ("surrogate", b"\xed\xa0\x80"), ("truncated", b"\xe2\x82")):
        rows += bad(f"compressed-text-{name}", "6455-8.1-1", compressed(TEXT, deflated(data)[0]), code=1007, deflate="")
    rows += bad(
        "compressed-text-ff-and-no-deflate-behind",
        "6455-8.1-1",
        compressed(TEXT, deflated(b"ab\xff")[0][:-1], fin=False),
        last(b"\x06"),
        code=1007,
        deflate="",
        fault_at=0,
    )
    return rows


ROWS = [*_bfinal(), *_no_deflate()]
