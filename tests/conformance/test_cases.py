"""The cases: all there, under Autobahn's numbers, with Autobahn's octets."""

from __future__ import annotations

from collections import Counter

import pytest

from rawws.spec import REQUIREMENTS
from rawws_conformance.cases import autobahn
from rawws_conformance.cases.group12 import quick_count
from rawws_conformance.model import (
    Behavior,
    CloseAfter,
    Echo,
    KillAfter,
    Level,
    Message,
    Octets,
    Pong,
    Repeated,
    Role,
    Send,
    SendClose,
    SendMessage,
    Slices,
    Timeout,
    Wait,
    sort_key,
)
from rawws_conformance.octets import payload_octets

CASES = autobahn()

#: Cases of each major group, as Autobahn|Testsuite 25.10 has them.
SIZES = {1: 16, 2: 11, 3: 7, 4: 10, 5: 20, 6: 145, 7: 37, 9: 54, 10: 1, 12: 90, 13: 126}


def test_all_517_cases_are_there() -> None:
    """There are 517 cases, in each group as many as Autobahn has, in the order of their numbers."""
    assert Counter(case.numbers[0] for case in CASES.values()) == SIZES
    assert sum(SIZES.values()) == 517
    assert list(CASES) == sorted(CASES, key=sort_key)


def test_the_minor_groups_of_6_have_autobahns_sizes() -> None:
    """Each list of UTF-8 sequences has as many members as Autobahn's."""
    sizes = Counter(case.numbers[1] for case in CASES.values() if case.numbers[0] == 6)
    assert [sizes[minor] for minor in range(1, 24)] == [
        3, 4, 2, 4, 5, 11, 4, 2, 4, 3, 5, 8, 5, 10, 1, 3, 5, 5, 5, 7, 8, 34, 7,
    ]  # fmt: skip


@pytest.mark.parametrize("group", SIZES)
def test_every_case_is_complete(group: int) -> None:
    """A case cites known sentences, says in words what it does, ends by a time limit, and is for both roles."""
    for case in CASES.values():
        if case.numbers[0] != group:
            continue
        assert case.requirements, case.id
        assert set(case.requirements) <= set(REQUIREMENTS), case.id
        assert case.sends.endswith("."), case.id
        assert case.expects.endswith("."), case.id
        assert any(isinstance(step, (CloseAfter, KillAfter)) for step in case.script), case.id
        assert case.roles == (Role.SERVER, Role.CLIENT), case.id
        assert (case.echo is None) == bool(case.outcomes), case.id
        assert (case.level is Level.NONE) == case.informational, case.id


def test_twins_are_autobahns() -> None:
    """No case stands there twice under two numbers, but for those that Autobahn has twice."""
    seen: dict[object, list[str]] = {}
    for case in CASES.values():
        key = (case.script, case.outcomes, case.closing, case.deflate, case.then, case.informational)
        seen.setdefault(key, []).append(case.id)
    twins = {tuple(ids) for ids in seen.values() if len(ids) > 1}
    assert twins == {
        *((f"12.1.{number}", f"13.1.{number}") for number in range(1, 19)),
        ("6.5.5", "6.6.11"),
        ("6.9.3", "6.22.2", "6.23.7"),
        ("6.9.4", "6.11.4", "6.22.34"),
        ("6.11.3", "6.23.5"),
        ("6.22.1", "6.23.6"),
    }


def _payload(case_id: str) -> bytes:
    step = CASES[case_id].script[0]
    assert isinstance(step, SendMessage)
    return payload_octets(step.payload)


@pytest.mark.parametrize(
    ("case_id", "hexadecimal"),
    [
        ("6.2.1", "48656c6c6f2dc2b540c39fc3b6c3a4c3bcc3a0c3a12d5554462d382121"),
        ("6.2.4", "cebae1bdb9cf83cebcceb5"),
        ("6.3.1", "cebae1bdb9cf83cebcceb5eda080656469746564"),
        ("6.5.4", "68656c6c6ff0a4ada2776f726c64"),
        ("6.6.10", "cebae1bdb9cf83cebcce"),
        ("6.12.8", bytes(range(0x80, 0xBF)).hex()),
        ("6.13.5", "fc20"),
        ("6.15.1", "c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf"),
        ("6.21.6", "edae80edbfbf"),
        ("6.22.3", "f09fbfbe"),
        ("6.22.34", "f48fbfbf"),
        ("6.23.1", "efbfb9"),
    ],
)
def test_texts_of_group_6(case_id: str, hexadecimal: str) -> None:
    """Texts of group 6 are the octets that Autobahn sends."""
    assert _payload(case_id).hex() == hexadecimal


def test_a_text_is_expected_back_exactly_where_it_is_utf8() -> None:
    """In 6.5 to 6.23 a case expects an echo if Python's own decoder takes the text, and a failure if it does not."""
    for case in CASES.values():
        if case.numbers[0] != 6 or case.numbers[1] < 5:
            continue
        payload = _payload(case.id)
        try:
            payload.decode()
        except UnicodeDecodeError:
            assert case.outcomes[0].events == ()
            assert case.closing.codes == (1007,)
            assert case.closing.wrong_closer_fails
        else:
            assert case.outcomes[0].events == (Message(Octets(payload)),)
            assert case.closing.codes == (1000,)


def test_2_10_pings_in_order() -> None:
    """2.10 sends ten pings and expects ten pongs with the same payloads in the same order."""
    case = CASES["2.10"]
    sent = [step.frames[0].payload for step in case.script if isinstance(step, Send)]
    assert sent == [Octets(b"payload-%d" % number) for number in range(10)]
    assert case.outcomes[0].events == tuple(Pong(payload) for payload in sent)
    assert case.script[-1] == CloseAfter(3)


def test_6_4_1_fails_fast() -> None:
    """6.4.1 is OK when the connection fails after the second part, NON-STRICT when after the third."""
    case = CASES["6.4.1"]
    assert [step for step in case.script if isinstance(step, Wait)] == [Wait(1, "A"), Wait(1, "B")]
    assert [(outcome.verdict, outcome.events) for outcome in case.outcomes] == [
        (Behavior.OK, (Timeout("A"),)),
        (Behavior.NON_STRICT, (Timeout("A"), Timeout("B"))),
    ]


def test_7_9_codes() -> None:
    """7.9 sends the nine codes that may not be in a frame, each with a Close of its own."""
    closes = [CASES[f"7.9.{number}"].script[0] for number in range(1, 10)]
    assert closes == [SendClose(code) for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999)]


def _echo(case_id: str) -> Echo:
    echo = CASES[case_id].echo
    assert echo is not None
    return echo


def test_group_9_payloads_and_limits() -> None:
    """Group 9 sends Autobahn's payloads, cut as Autobahn cuts them, within Autobahn's time limits."""
    assert _echo("9.1.6").payload == Repeated(b"BAsd7&jh23", 16 << 20)
    assert _echo("9.2.4").payload == Repeated(b"\x00\xfe\x23\xfa\xf0", 4 << 20)
    assert _echo("9.3.1").fragment == 64
    assert _echo("9.4.1").payload == Repeated(b"\xfe", 4 << 20)
    assert _echo("9.4.2").payload == Repeated(b"*", 4 << 20)
    assert _echo("9.6.6").write == 2048
    assert [CASES[f"9.2.{number}"].script[0] for number in (4, 5)] == [CloseAfter(10), CloseAfter(100)]
    assert _echo("9.8.6").count == 1000


def test_quick_runs_never_send_too_little() -> None:
    """Quick runs send at least 20 messages, with deflate at least two windows, or all; and nothing where one is all."""
    for case in CASES.values():
        echo = case.echo
        if echo is None:
            continue
        assert echo.quick <= echo.count
        assert echo.quick >= min(echo.count, 20)
        if isinstance(echo.payload, Slices):
            assert echo.quick == quick_count(echo.payload.length)
            assert echo.quick == echo.count or echo.quick * echo.payload.length >= 2 * 32768


def test_group_13_wishes() -> None:
    """Group 13 asks of the peer's compressor what Autobahn asks, and 13.7 in the same order."""
    asked = [
        [(wish.no_context_takeover, wish.window_bits) for wish in CASES[f"13.{minor}.1"].deflate]
        for minor in range(1, 8)
    ]
    assert asked == [
        [(False, None)], [(True, None)], [(False, 9)], [(False, 15)], [(True, 9)], [(True, 15)],
        [(True, 9), (True, None), (False, None)],
    ]  # fmt: skip
