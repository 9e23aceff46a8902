"""Frames: masks, lengths, reserved bits and their like, where Autobahn has no case (RFC 6455 §5)."""

from __future__ import annotations

from dataclasses import replace

from rawws_conformance.cases.build import PROTOCOL_ERROR, came, more, ping, repeated, send, text
from rawws_conformance.cases.own.build import CLIENT, FAILS_ALOUD, SERVER, played
from rawws_conformance.model import (
    BeginFrame,
    Case,
    Closing,
    Frame,
    Octets,
    Pong,
    Role,
    SendOctets,
    Step,
    Write,
)

_GROUP = "frames"
_FAILED = "The connection is failed; nothing comes back."

#: Too long may be a protocol error or too big, as one looks at it.
_TOO_LONG = Closing(by_tester=False, codes=(1002, 1009), clean=False, lenient_codes=(None,))


def _bad(
    number: str,
    sends: str,
    *steps: Step,
    rules: tuple[str, ...],
    closing: Closing = PROTOCOL_ERROR,
    roles: tuple[Role, ...] = (Role.SERVER, Role.CLIENT),
) -> Case:
    return played(f"24.{number}", _GROUP, sends, _FAILED, steps, rules=rules, closing=closing, roles=roles)


def _raw(number: str, sends: str, octets: str, rule: str, roles: tuple[Role, ...]) -> Case:
    return _bad(number, sends, SendOctets(bytes.fromhex(octets)), rules=(rule,), roles=roles)


def _lengthy(number: int, sends: str, frame: Frame) -> Case:
    return _bad(f"3.{number}", sends, send(frame), rules=("6455-5.2-4",))


def _long(opcode: int, payload: bytes, length_octets: int) -> Frame:
    return Frame(opcode, Octets(payload), length_octets=length_octets)


def _huge(number: int, sends: str, length: int) -> Case:
    return _bad(f"4.{number}", sends, BeginFrame(2, length, b""), rules=("6455-5.2-3",), closing=_TOO_LONG)


_NO_MASK, _MASKED = "6455-5.1-2", "6455-5.1-4"

_PIECES = ("one ", "two ", "three ", "four")

CASES = (
    _raw("1.1", "A text message without a mask.", "8105 48656c6c6f", _NO_MASK, SERVER),
    _raw("1.2", "An empty binary message without a mask.", "8200", _NO_MASK, SERVER),
    _raw("1.3", "A ping without a mask.", "8903 616263", _NO_MASK, SERVER),
    _raw("1.4", "A Close without a mask.", "8802 03e8", _NO_MASK, SERVER),
    _raw("1.5", "A masked fragment of a text message, and a continuation without a mask.", "0182 00000000 4865 8003 6c6c6f", _NO_MASK, SERVER),
    played("24.1.6", _GROUP, "A text message whose masking key is four octets 00.", "The message comes back.", (SendOctets(bytes.fromhex("8185 00000000 48656c6c6f")),), came("Hello"), rules=("6455-5.3-1",), roles=SERVER),
    _raw("2.1", "A masked text message.", "8185 37fa213d 7f9f4d5158", _MASKED, CLIENT),
    _raw("2.2", "A masked ping.", "8980 37fa213d", _MASKED, CLIENT),
    _raw("2.3", "A masked Close.", "8882 00000000 03e8", _MASKED, CLIENT),
    replace(
        played("24.2.4", _GROUP, "Five text messages.", "They come back, and not all under the same masking key.", (send(*(text(f"message {n}") for n in range(5))),), *(came(f"message {n}") for n in range(5)), rules=("6455-5.3-1",), roles=CLIENT),
        fresh_masks=True,
    ),
    _lengthy(1, "A text message of 5 octets whose length takes 2 more octets.", _long(1, b"Hello", 2)),
    _lengthy(2, "A text message of 5 octets whose length takes 8 more octets.", _long(1, b"Hello", 8)),
    _lengthy(3, "An empty text message whose length takes 2 more octets.", _long(1, b"", 2)),
    _lengthy(4, "A text message of 125 octets whose length takes 2 more octets.", _long(1, b"*" * 125, 2)),
    _lengthy(5, "A binary message of 126 octets whose length takes 8 more octets.", _long(2, b"*" * 126, 8)),
    _lengthy(6, "A binary message of 65,535 octets whose length takes 8 more octets.", Frame(2, repeated("*", 65535), length_octets=8)),
    _lengthy(7, "A ping of 5 octets whose length takes 2 more octets.", _long(9, b"Hello", 2)),
    _lengthy(8, "A Close whose length takes 2 more octets.", _long(8, b"\x03\xe8", 2)),
    _huge(1, "The head of a binary message of 2^63 octets: the highest bit of its length is set.", 1 << 63),
    _huge(2, "The head of a binary message of 2^64 - 1 octets.", (1 << 64) - 1),
    played("24.4.3", _GROUP, "The head of a binary message of 2^63 - 1 octets: as long as a frame can be.", "What becomes of it is a matter of limits; seen is whether it is refused or waited for.", (BeginFrame(2, (1 << 63) - 1, b""),), rules=("6455-10.4-1",), closing=_TOO_LONG, informational=True),
    _bad("5.1", "A ping with RSV1, and no extension.", send(Frame(9, Octets(b"ping"), rsv=4)), rules=("6455-5.2-1",)),
    _bad("5.2", "A ping with RSV2.", send(Frame(9, Octets(b"ping"), rsv=2)), rules=("6455-5.2-1",)),
    _bad("5.3", "A pong with RSV3.", send(Frame(10, Octets(b"pong"), rsv=1)), rules=("6455-5.2-1",)),
    _bad("5.4", "A Close with code 1000 and RSV1: it is not answered with 1000.", send(Frame(8, Octets(b"\x03\xe8"), rsv=4)), rules=("6455-5.2-1",)),
    _bad("5.5", "A fragment of a text message, and a continuation with RSV2.", send(text("Hel", fin=False), Frame(0, Octets(b"lo"), rsv=2)), rules=("6455-5.2-1",)),
    _bad("6.1", "A text frame with RSV3, to see how the connection is failed.", send(text("Hello", rsv=1)), rules=("6455-7.1.7-3", "6455-10.7-1"), closing=FAILS_ALOUD),
    _bad("6.2", "A frame with opcode 3, to see how the connection is failed.", send(Frame(3)), rules=("6455-7.1.7-3", "6455-10.7-1"), closing=FAILS_ALOUD),
    _bad("6.3", "A continuation of nothing, to see how the connection is failed.", send(more("Hello")), rules=("6455-7.1.7-3", "6455-10.7-1"), closing=FAILS_ALOUD),
    played(
        "24.7.1", _GROUP, "A text message in four fragments, with two pings behind each of the first three.",
        "A pong for each ping, in order, then the whole message.",
        (send(*(frame for number, piece in enumerate(_PIECES) for frame in (Frame(0 if number else 1, Octets(piece.encode()), fin=number == 3), *((ping(f"{number}a"), ping(f"{number}b")) if number < 3 else ())))),),
        *(Pong(Octets(f"{number}{letter}".encode())) for number in range(3) for letter in "ab"), came("".join(_PIECES)),
        rules=("6455-5.4-3", "6455-5.5.2-1"),
    ),
    played("24.7.2", _GROUP, "A text message in fragments, empty ones at its beginning, in its middle and at its end.", "The whole message comes back.", (send(text(fin=False), more("Hel", fin=False), more(fin=False), more(fin=False), more("lo", fin=False), more()),), came("Hello"), rules=("6455-5.4-1",)),
    played("24.7.3", _GROUP, "Twenty messages in one write.", "They come back in order.", (send(*(text(f"message {n}") for n in range(20))),), *(came(f"message {n}") for n in range(20)), rules=("6455-5.4-4",)),
    played("24.7.4", _GROUP, "A text and a binary message, a write for each octet, in one go.", "Both come back.", (send(text("text"), Frame(2, Octets(b"\x00\xff")), write=1),), came("text"), came(b"\x00\xff", is_binary=True), rules=("6455-5.4-4",)),
    played("24.7.5", _GROUP, "A text message in 300 fragments of one octet, a write for each.", "The whole message comes back.", (send(text("a", fin=False), *(more("a", fin=False) for _ in range(298)), more("a"), write=Write.FRAME),), came("a" * 300), rules=("6455-5.4-1",)),
)  # fmt: skip
