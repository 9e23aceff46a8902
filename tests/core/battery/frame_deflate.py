"""RFC 7692: compressed messages, right ones in every disguise, and wrong ones."""

from __future__ import annotations

import random

from rawws.core.events import Ping, Pong
from rawws.core.limits import Limits

from tests.core.battery.frame_row import FrameRow, bad, compressed, deflated, final_block, good, too_big
from tests.core.octets import BINARY, FIN, PING, RSV1, TEXT, Frame, Role, binary, last, more, ping, pong, text

# RFC 7692 §7.2.3: "Hello" in octets, five times.
ONE_BLOCK = b"\xf2\x48\xcd\xc9\xc9\x07\x00"
SAME_WINDOW = b"\xf2\x00\x11\x00\x00"
STORED = b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"
FINAL = b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"
TWO_BLOCKS = b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"

NOISE = random.Random(7692).randbytes(20_000)
PROSE = b"".join(b"%d bottles of beer on the wall, " % number for number in range(1000))


def _takeover(role: Role, *, no: bool) -> str:
    """The parameter that says whether the peer of `role` keeps its window."""
    return ("client" if role == "server" else "server") + "_no_context_takeover" if no else ""


def _bits(role: Role, bits: int) -> str:
    """The parameter that says how large the window of the peer of `role` may be."""
    return ("client" if role == "server" else "server") + f"_max_window_bits={bits}"


def _examples() -> list[FrameRow]:
    rows: list[FrameRow] = []
    hello = compressed(TEXT, ONE_BLOCK)
    rows += good("hello", "7692-7.2.3.1", hello, told=("Hello",), deflate="")
    for place in range(len(ONE_BLOCK) + 1):
        rows += good(
            f"hello-split-at-{place}",
            "7692-7.2.3.1",
            compressed(TEXT, ONE_BLOCK[:place], fin=False),
            last(ONE_BLOCK[place:]),
            told=("Hello",),
            deflate="",
        )
    rows += good(
        "same-window", "7692-7.2.3.2", hello, compressed(TEXT, SAME_WINDOW), told=("Hello", "Hello"), deflate=""
    )
    rows += good("stored", "7692-7.2.3.3", compressed(TEXT, STORED), told=("Hello",), deflate="")
    rows += good("bfinal", "7692-7.2.3.4", compressed(TEXT, FINAL), told=("Hello",), deflate="")
    rows += good(
        "stored-block-of-nothing-at-the-end",
        "7692-7.2.3.4",
        compressed(TEXT, ONE_BLOCK + b"\x00\x00\xff\xff\x01"),
        told=("Hello",),
        deflate="",
    )
    rows += good("two-blocks", "7692-7.2.3.5", compressed(TEXT, TWO_BLOCKS), told=("Hello",), deflate="")
    rows += good("empty-message", "7692-7.2.3.6", compressed(TEXT, b"\x00"), told=("",), deflate="")
    rows += good(
        "empty-messages-between",
        "7692-7.2.3.6",
        compressed(BINARY, b"\x00"),
        hello,
        compressed(TEXT, b"\x00"),
        compressed(TEXT, SAME_WINDOW),
        told=(b"", "Hello", "", "Hello"),
        deflate="",
    )
    rows += good("nothing-at-all", "7692-7.2.3.6", compressed(TEXT, b""), hello, told=("", "Hello"), deflate="")
    rows += good(
        "nothing-in-fragments",
        "7692-7.2.3.6",
        compressed(BINARY, b"", fin=False),
        more(),
        last(),
        told=(b"",),
        deflate="",
    )
    return rows


def _fragments() -> list[FrameRow]:
    rows: list[FrameRow] = []
    first = compressed(TEXT, ONE_BLOCK[:3], fin=False)
    rows += good(
        "ping-between-compressed-fragments",
        "6455-5.4",
        first,
        ping(b"?"),
        last(ONE_BLOCK[3:]),
        compressed(TEXT, SAME_WINDOW),
        told=(Ping(b"?"), "Hello", "Hello"),
        deflate="",
    )
    rows += good(
        "many-pings-between-compressed-fragments",
        "6455-5.4",
        first,
        ping(b"1"),
        pong(b"2"),
        more(),
        ping(b"3"),
        last(ONE_BLOCK[3:]),
        told=(Ping(b"1"), Pong(b"2"), Ping(b"3"), "Hello"),
        deflate="",
    )
    rows += good(
        "ping-between-under-no-takeover",
        "6455-5.4",
        first,
        ping(b"?"),
        last(ONE_BLOCK[3:]),
        compressed(TEXT, ONE_BLOCK),
        told=(Ping(b"?"), "Hello", "Hello"),
        deflate="server_no_context_takeover; client_no_context_takeover",
    )
    rows += good(
        "empty-fragments-everywhere",
        "7692-6.1",
        compressed(TEXT, b"", fin=False),
        more(ONE_BLOCK[:1]),
        more(),
        more(ONE_BLOCK[1:6]),
        more(),
        more(ONE_BLOCK[6:]),
        last(),
        told=("Hello",),
        deflate="",
    )
    rows += good(
        "fragments-of-one-octet",
        "7692-6.1",
        compressed(BINARY, ONE_BLOCK[:1], fin=False),
        *[more(ONE_BLOCK[i : i + 1]) for i in range(1, 6)],
        last(ONE_BLOCK[6:]),
        told=(b"Hello",),
        deflate="",
    )
    accents = deflated("né€😀".encode() * 3)[0]
    rows += good(
        "characters-split-by-fragments",
        "7692-6.1",
        compressed(TEXT, accents[:2], fin=False),
        *[more(accents[i : i + 1]) for i in range(2, len(accents))],
        last(),
        told=("né€😀" * 3,),
        deflate="",
    )
    rows += good(
        "plain-and-compressed-by-turns",
        "7692-6",
        text("plain"),
        compressed(TEXT, ONE_BLOCK),
        binary(b"\x00"),
        compressed(TEXT, SAME_WINDOW),
        text("a", fin=False),
        last("b"),
        compressed(TEXT, SAME_WINDOW),
        told=("plain", "Hello", b"\x00", "Hello", "ab", "Hello"),
        deflate="",
    )
    rows += good(
        "an-open-compressed-message",
        "7692-6.1",
        first,
        more(ONE_BLOCK[3:6]),
        ping(b"?"),
        told=(Ping(b"?"),),
        deflate="",
    )
    return rows


def _windows() -> list[FrameRow]:
    rows: list[FrameRow] = []
    roles: tuple[Role, Role] = ("server", "client")
    for role in roles:
        kept = deflated(b"Hello, Hello", b"Hello, Hello", b"Hello, Hello")
        fresh = deflated(b"Hello, Hello", b"Hello, Hello", b"Hello, Hello", takeover=False)
        tell = (b"Hello, Hello",) * 3
        for name, payloads, no in (("kept", kept, False), ("fresh", fresh, False), ("fresh", fresh, True)):
            rows += good(
                f"{name}-windows-{'without' if no else 'with'}-takeover",
                "7692-7.1.1",
                *[compressed(BINARY, payload) for payload in payloads],
                told=tell,
                deflate=_takeover(role, no=no),
                roles=(role,),
            )
        rows += bad(
            "kept-windows-where-they-were-given-up",
            "7692-7.2.2-1",
            *[compressed(BINARY, payload) for payload in kept[:2]],
            told=tell[:1],
            code=1007,
            deflate=_takeover(role, no=True),
            roles=(role,),
        )
        own = "server_no_context_takeover" if role == "server" else "client_no_context_takeover"
        rows += good(
            "kept-windows-while-we-give-up-ours",
            "7692-7.1.1",
            *[compressed(BINARY, payload) for payload in kept],
            told=tell,
            deflate=own,
            roles=(role,),
        )
        for bits in (9, 10, 15):
            small = deflated(PROSE[:6000], PROSE[:6000], bits=bits)
            rows += good(
                f"window-of-{bits}",
                "7692-7.1.2",
                *[compressed(BINARY, data) for data in small],
                told=(PROSE[:6000],) * 2,
                deflate=_bits(role, bits),
                roles=(role,),
            )
        # zlib takes 8 for 9 in raw streams; who asks for 8 sends distances below 256.
        rows += good(
            "window-of-8",
            "7692-7.1.2",
            compressed(TEXT, ONE_BLOCK),
            compressed(TEXT, SAME_WINDOW),
            told=("Hello", "Hello"),
            deflate=_bits(role, 8),
            roles=(role,),
        )
    return rows


def _much() -> list[FrameRow]:
    rows: list[FrameRow] = []
    rows += good("noise", "7692-7.2.2", compressed(BINARY, deflated(NOISE)[0]), told=(NOISE,), deflate="")
    rows += good(
        "noise-stored", "7692-7.2.3.3", compressed(BINARY, deflated(NOISE, level=0)[0]), told=(NOISE,), deflate=""
    )
    noise = deflated(NOISE)[0]
    rows += good(
        "noise-in-fragments",
        "7692-6.1",
        compressed(BINARY, noise[:16_500], fin=False),
        ping(b"?"),
        more(noise[16_500:16_501]),
        last(noise[16_501:]),
        told=(Ping(b"?"), NOISE),
        deflate="",
    )
    prose = deflated(PROSE)[0]
    for step in (1000, 16384, 1 << 20):
        rows += good(
            f"prose-in-steps-of-{step}",
            "7692-7.2.2",
            compressed(TEXT, prose),
            told=(PROSE.decode(),),
            deflate="",
            limits=Limits(max_inflate_step=step),
        )
    for step in (1, 2, 7):
        rows += good(
            f"hello-in-steps-of-{step}",
            "7692-7.2.2",
            compressed(TEXT, ONE_BLOCK),
            compressed(TEXT, FINAL),
            told=("Hello", "Hello"),
            deflate="",
            limits=Limits(max_inflate_step=step),
        )
    bomb = deflated(bytes(1 << 20))[0]
    rows += good(
        "1-MiB-of-zeros", "6455-10.4", compressed(BINARY, bomb), told=(bytes(1 << 20),), deflate="", roles=("server",)
    )
    for name, frames in (
        ("bomb", [compressed(BINARY, deflated(bytes((1 << 20) + 1))[0])]),
        ("large-bomb", [compressed(BINARY, deflated(bytes(1 << 24))[0])]),
        ("bomb-in-fragments", [compressed(BINARY, bomb[:-1], fin=False), more(bomb[-1:]), more(b"\x00\x00\xff\xff"),
                               last(deflated(b"Hello")[0])]),
        ("bomb-of-final-blocks", [compressed(BINARY, final_block(bytes(1 << 19)) * 3)]),
    ):  # fmt: skip
        rows += too_big(name, "max_message_bytes", *frames, deflate="", roles=("server",))
    return rows


def _unasked() -> list[FrameRow]:
    rows: list[FrameRow] = []
    rows += bad("compressed-without-agreement", "6455-5.2-1", compressed(TEXT, ONE_BLOCK))
    rows += bad(
        "compressed-without-agreement-behind-a-message",
        "6455-5.2-1",
        text("Hello"),
        compressed(TEXT, ONE_BLOCK),
        told=("Hello",),
    )
    rows += bad(
        "compressed-control-frame",
        "7692-6.1-1",
        compressed(TEXT, ONE_BLOCK),
        Frame(FIN | RSV1 | PING, ONE_BLOCK),
        told=("Hello",),
        deflate="",
    )
    return rows


ROWS = [*_examples(), *_fragments(), *_windows(), *_much(), *_unasked()]
