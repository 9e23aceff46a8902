"""The closing handshake (RFC 6455 §5.5.1, §7)."""

from __future__ import annotations

from rawws_conformance.cases.build import CLOSE, NOTHING, came, more, ok, ok_or_nothing, ping, repeated, send, text
from rawws_conformance.model import Case, Closing, Frame, KillAfter, Level, Outcome, SendClose, Step, Then

_HELLO = "Hello World!"
_NOT_UTF8 = bytes.fromhex("cebae1bdb9cf83cebcceb5 eda080") + b"edited"

_VALID = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
_INVALID = (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999)

_CLEAN = "A clean close, and nothing besides."
_REFUSED = "The connection is failed, with Close {} or without."


def _case(
    case_id: str,
    group: str,
    sends: str,
    *steps: Step,
    rules: tuple[str, ...],
    codes: tuple[int, ...] = (1000,),
    clean: bool = True,
    then: Then = Then.WAIT,
    outcomes: tuple[Outcome, ...] = NOTHING,
    expects: str = _CLEAN,
    level: Level = Level.MUST,
    informational: bool = False,
) -> Case:
    return Case(
        id=case_id,
        group=f"closing: {group}",
        sends=sends,
        expects=expects,
        requirements=rules,
        level=level,
        script=(*steps, KillAfter(1)),
        outcomes=outcomes,
        closing=Closing(by_tester=True, codes=codes, clean=clean, wrong_code_fails=not informational),
        then=then,
        informational=informational,
    )


def _invalid(case_id: str, group: str, sends: str, close: SendClose, rules: tuple[str, ...], *, codes: tuple[int, ...] = (1002,)) -> Case:
    """A Close that may not be: refused with a code, or by the end of TCP."""
    expects = _REFUSED.format(" or ".join(map(str, codes)))
    return _case(case_id, group, sends, close, rules=rules, codes=codes, clean=False, expects=expects)


_AFTER_CLOSE = ("6455-1.4-1", "6455-5.5.1-3")
_LONG_TEXT = text(repeated("BAsd7&jh23", 256 << 10))

_BASICS = (
    _case(
        "7.1.1", "basics", "A text message, and when it has come back Close 1000.",
        send(text(_HELLO)), rules=("6455-5.5.1-3",), then=Then.CLOSE, outcomes=ok(came(_HELLO)),
        expects="The message comes back, then a clean close.",
    ),
    _case("7.1.2", "basics", "Close 1000, then a second, empty Close.", SendClose(1000), send(Frame(CLOSE)), rules=_AFTER_CLOSE),
    _case("7.1.3", "basics", "Close 1000, then a ping.", SendClose(1000), send(ping()), rules=(*_AFTER_CLOSE, "6455-5.5.2-1")),
    _case("7.1.4", "basics", "Close 1000, then a text message.", SendClose(1000), send(text(_HELLO)), rules=_AFTER_CLOSE),
    _case(
        "7.1.5", "basics", "The first fragment of a text message, Close 1000, the last fragment.",
        send(text("fragment1", fin=False)), SendClose(1000), send(more("fragment2")), rules=_AFTER_CLOSE,
    ),
    _case(
        "7.1.6", "basics", "A text message of 256 KiB, a short one, Close 1000 and a ping, one right after the other.",
        send(_LONG_TEXT), send(text(_HELLO)), SendClose(1000), send(ping()),
        rules=_AFTER_CLOSE, outcomes=ok_or_nothing(came(_HELLO)), level=Level.NONE, informational=True,
        expects="Whatever the peer makes of a Close that overtakes its own echo.",
    ),
)  # fmt: skip

_LENGTHS = (
    _case("7.3.1", "payload length", "A Close without payload.", SendClose(), rules=("6455-5.5.1-3",)),
    _invalid("7.3.2", "payload length", "A Close with one octet of payload.", SendClose(None, b"a"), ("6455-5.5.1-1",)),
    _case("7.3.3", "payload length", "Close 1000 without a reason.", SendClose(1000), rules=("6455-5.5.1-3",)),
    _case("7.3.4", "payload length", "Close 1000 with a reason.", SendClose(1000, _HELLO.encode()), rules=("6455-5.5.1-4",)),
    _case(
        "7.3.5", "payload length", "Close 1000 with a reason of 123 octets, the most there may be.", SendClose(1000, b"*" * 123),
        rules=("6455-5.5-1", "6455-5.5.1-4"),
    ),
    _invalid("7.3.6", "payload length", "Close 1000 with a reason of 124 octets.", SendClose(1000, b"*" * 124), ("6455-5.5-1",)),
    _invalid(
        "7.5.1", "reason text", "Close 1000 with a reason that is not UTF-8.", SendClose(1000, _NOT_UTF8),
        ("6455-5.5.1-4", "6455-8.1-1"), codes=(1002, 1007),
    ),
)  # fmt: skip


def _valid_code(number: int, code: int) -> Case:
    return _case(
        f"7.7.{number}",
        "valid codes",
        f"Close {code}.",
        SendClose(code),
        rules=("6455-5.5.1-3", "6455-7.4.2-2"),
        codes=(1000, code),
        then=Then.CLOSE,
        expects="A clean close with the same code, 1000 or none.",
    )


def _invalid_code(number: int, code: int) -> Case:
    rules = {1005: ("6455-7.4.1-1",), 1006: ("6455-7.4.1-2",)}.get(code, ("6455-7.4.2-1" if code < 1000 else "6455-7.4.2-2",))
    return _invalid(f"7.9.{number}", "invalid codes", f"Close {code}, which may not be in a frame.", SendClose(code), rules)


def _undefined_code(number: int, code: int) -> Case:
    return _case(
        f"7.13.{number}", "informational", f"Close {code}, of which the RFC says nothing.", SendClose(code),
        rules=("6455-7.4.2-2",), codes=(1000, code, 1002), clean=False, level=Level.NONE, informational=True,
        expects="Whatever the peer makes of a code that no range holds.",
    )  # fmt: skip


CASES = (
    *_BASICS,
    *_LENGTHS,
    *(_valid_code(number, code) for number, code in enumerate(_VALID, 1)),
    *(_invalid_code(number, code) for number, code in enumerate(_INVALID, 1)),
    *(_undefined_code(number, code) for number, code in enumerate((5000, 65535), 1)),
)
