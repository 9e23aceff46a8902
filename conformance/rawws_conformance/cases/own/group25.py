"""Control frames and the closing handshake, where Autobahn has no case (RFC 6455 §5.5, §7)."""

from __future__ import annotations

from rawws_conformance.cases.build import NOTHING, PROTOCOL_ERROR, came, more, ping, pong, send, text
from rawws_conformance.cases.own.build import FAILS_ALOUD, played
from rawws_conformance.model import Case, Closing, Frame, KillAfter, Level, Octets, Outcome, Pong, SendClose, Step, Then

_GROUP = "control frames and closing"
_FAILED = "The connection is failed; nothing comes back."
_ANSWERED = "One Close comes back, and nothing behind it; the connection ends cleanly."


def _code(code: int) -> bytes:
    return code.to_bytes(2, "big")


def _bad(number: str, sends: str, *frames: Frame, rules: tuple[str, ...], closing: Closing = PROTOCOL_ERROR) -> Case:
    return played(f"25.{number}", _GROUP, sends, _FAILED, (send(*frames),), rules=rules, closing=closing)


def _closes(
    number: str,
    sends: str,
    expects: str,
    steps: tuple[Step, ...],
    *,
    closing: Closing,
    rules: tuple[str, ...],
    outcomes: tuple[Outcome, ...] = NOTHING,
    level: Level = Level.MUST,
) -> Case:
    return Case(
        id=f"25.{number}",
        group=_GROUP,
        sends=sends,
        expects=expects,
        requirements=rules,
        level=level,
        script=(*steps, KillAfter(1)),
        outcomes=outcomes,
        closing=closing,
        then=Then.WAIT,
    )


def _clean(*codes: int, lenient: tuple[int | None, ...] = ()) -> Closing:
    return Closing(
        by_tester=True, codes=codes, clean=True, wrong_code_fails=True, lenient_codes=lenient, silent=True
    )


def _registered(number: int, code: int, name: str) -> Case:
    return _closes(
        f"2.{number}",
        f"A Close with code {code}, which is registered as {name}.",
        "A Close with that code, 1000 or none; to take the code for a wrong one is no more than old.",
        (SendClose(code),),
        closing=Closing(by_tester=True, codes=(1000, code), clean=True, wrong_code_fails=True, lenient_codes=(1002,)),
        rules=("6455-7.4.2-2",),
        level=Level.SHOULD,
    )


def _wrong_code(number: int, sends: str, code: int, *rules: str) -> Case:
    return _bad(f"3.{number}", sends, Frame(8, Octets(_code(code))), rules=rules)


def _reason(number: int, what: str, reason: bytes) -> Case:
    return _bad(
        f"4.{number}",
        f"A Close with code 1000 whose reason {what}.",
        Frame(8, Octets(_code(1000) + reason)),
        rules=("6455-5.5.1-4", "6455-8.1-1"),
        closing=Closing(by_tester=False, codes=(1007, 1002), clean=False),
    )


CASES = (
    _bad("1.1", "A pong of 126 octets.", pong(b"*" * 126), rules=("6455-5.5-1",)),
    _bad("1.2", "A Close in two fragments.", Frame(8, Octets(_code(1000)), fin=False), more("reason"), rules=("6455-5.5-1",)),
    _bad("1.3", "An empty ping without FIN.", ping(fin=False), rules=("6455-5.5-1",)),
    played("25.1.4", _GROUP, "A ping and a Close with code 1000, in one write.", "A pong, then a Close.", (send(ping("first")), SendClose(1000)), Pong(Octets(b"first")), rules=("6455-5.5.2-1",)),
    played("25.1.5", _GROUP, "A ping inside a fragmented message, whose end never comes, and a Close with code 1000.", "A pong, then a Close.", (send(text("Hel", fin=False), ping("first")), SendClose(1000)), Pong(Octets(b"first")), rules=("6455-5.5.2-1", "6455-5.4-3")),
    played("25.1.6", _GROUP, "Fifty pongs that nobody asked for, and a text message.", "The message comes back, and nothing else.", (send(*(pong(f"pong {n}") for n in range(50)), text("Hello")),), came("Hello"), rules=("6455-5.5.3-2",)),
    _registered(1, 1012, "service restart"),
    _registered(2, 1013, "try again later"),
    _registered(3, 1014, "bad gateway"),
    _wrong_code(1, "A Close with code 1015, which is for the local end only.", 1015, "6455-7.4.1-3"),
    _wrong_code(2, "A Close with code 1005, which is for the local end only, to see that it is not answered with itself.", 1005, "6455-7.4.1-1"),
    _wrong_code(3, "A Close with code 1006, which is for the local end only, to see that it is not answered with itself.", 1006, "6455-7.4.1-2"),
    _wrong_code(4, "A Close with code 1, which is not used.", 1, "6455-7.4.2-1"),
    _reason(1, "ends in the middle of a character", b"Gr\xc3\xbc\xc3"),
    _reason(2, "holds an overlong form of /", b"\xc0\xaf"),
    _reason(3, "holds a code point beyond U+10FFFF", b"\xf4\x90\x80\x80"),
    _reason(4, "begins with a continuation octet", b"\x80abc"),
    _closes("5.1", "A Close with code 1000, and behind it a second one.", _ANSWERED, (SendClose(1000), send(Frame(8, Octets(_code(1000))))), closing=_clean(1000), rules=("6455-5.5.1-3", "6455-1.4-1")),
    _closes("5.2", "A Close with code 1000, and behind it three text messages.", _ANSWERED, (SendClose(1000), send(text("one"), text("two"), text("three"))), closing=_clean(1000), rules=("6455-5.5.1-2", "6455-1.4-1")),
    _closes("5.3", "A Close with code 1000, and behind it a frame with a reserved opcode: what comes after a Close is not looked at.", _ANSWERED, (SendClose(1000), send(Frame(3))), closing=_clean(1000, lenient=(1002,)), rules=("6455-1.4-1",)),
    _closes("5.4", "A Close with code 4321.", "A Close with the same code comes back; with 1000 or none it says less than it could.", (SendClose(4321, b"enough"),), closing=_clean(4321, lenient=(1000, None)), rules=("6455-5.5.1-3",), level=Level.SHOULD),
    _closes("5.5", "An empty Close.", "A Close with no code, or with 1000.", (SendClose(),), closing=_clean(1000), rules=("6455-5.5.1-3", "6455-7.4.1-1")),
    _closes("5.6", "A Close with code 1000 and a reason of 123 octets.", _ANSWERED, (SendClose(1000, b"*" * 123),), closing=_clean(1000), rules=("6455-5.5.1-3", "6455-5.5.1-4")),
    _bad("6.1", "A Close with one octet of payload, to see how the connection is failed.", Frame(8, Octets(b"\x03")), rules=("6455-5.5.1-1", "6455-7.1.7-3"), closing=FAILS_ALOUD),
    _bad("6.2", "A Close with code 999, to see how the connection is failed.", Frame(8, Octets(_code(999))), rules=("6455-7.4.2-1", "6455-7.1.7-3"), closing=FAILS_ALOUD),
)  # fmt: skip
