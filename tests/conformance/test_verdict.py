"""From facts to verdicts, in Autobahn's order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rawws_conformance.cases import autobahn
from rawws_conformance.endpoint import Facts, code_is_valid
from rawws_conformance.model import Behavior, Case, CloseBehavior, Role
from rawws_conformance.verdict import Came, judge, judge_close

CASES = autobahn()

#: A connection that the tester closed, and that ended well.
GOOD = Facts(was_open=True, closed_by_tester=True, clean=True, local_code=1000, remote_code=1000)

HELLO = [Came("message", b"Hello World!")]


@pytest.mark.parametrize(
    ("case_id", "facts", "expected"),
    [
        ("1.1.1", GOOD, CloseBehavior.OK),
        ("1.1.1", replace(GOOD, remote_code=None), CloseBehavior.OK),
        ("1.1.1", replace(GOOD, was_open=False, clean=False), CloseBehavior.FAILED),
        ("1.1.1", replace(GOOD, closed_by_tester=False), CloseBehavior.FAILED),
        ("1.1.1", replace(GOOD, clean=False), CloseBehavior.UNCLEAN),
        ("1.1.1", replace(GOOD, clean=False, remote_code=1011), CloseBehavior.UNCLEAN),
        ("1.1.1", replace(GOOD, remote_code=1011), CloseBehavior.WRONG_CODE),
        ("1.1.1", replace(GOOD, remote_code=1011, dropped_by_tester=True), CloseBehavior.WRONG_CODE),
        ("1.1.1", replace(GOOD, dropped_by_tester=True), CloseBehavior.FAILED_BY_CLIENT),
        ("3.1", Facts(was_open=True), CloseBehavior.OK),
        ("3.1", Facts(was_open=True, remote_code=1002), CloseBehavior.OK),
        ("3.1", Facts(was_open=True, remote_code=1007), CloseBehavior.WRONG_CODE),
        ("3.1", GOOD, CloseBehavior.FAILED),
        ("7.5.1", replace(GOOD, clean=False, remote_code=1007), CloseBehavior.OK),
        ("7.7.4", replace(GOOD, remote_code=1003), CloseBehavior.OK),
    ],
)
def test_close_behavior(case_id: str, facts: Facts, expected: CloseBehavior) -> None:
    """The first test that does not hold decides: open, closer, clean, code, end of TCP."""
    assert judge_close(CASES[case_id].closing, facts, Role.SERVER)[0] is expected


def test_a_client_need_not_end_tcp() -> None:
    """Where the tester is the server, it is the one who ends TCP."""
    facts = replace(GOOD, dropped_by_tester=True)
    assert judge_close(CASES["1.1.1"].closing, facts, Role.CLIENT)[0] is CloseBehavior.OK


@pytest.mark.parametrize(
    ("case_id", "facts", "received", "expected"),
    [
        ("7.1.1", GOOD, HELLO, "OK/OK"),
        ("7.1.1", GOOD, [], "FAILED/OK"),
        ("7.1.1", GOOD, HELLO * 2, "FAILED/OK"),
        ("7.1.1", replace(GOOD, remote_code=1002), HELLO, "FAILED/WRONG CODE"),
        ("1.1.1", replace(GOOD, remote_code=1002), [Came("message", b"")], "OK/WRONG CODE"),
        ("1.1.1", GOOD, [Came("message", b"", binary=True)], "FAILED/OK"),
        ("1.2.1", GOOD, [Came("message", b"", binary=True)], "OK/OK"),
        ("6.3.1", GOOD, [], "FAILED/FAILED"),
        ("6.3.1", Facts(was_open=True, remote_code=1007), [], "OK/OK"),
        ("3.2", Facts(was_open=True, remote_code=1002), [], "NON-STRICT/OK"),
        ("3.2", Facts(was_open=True, remote_code=1002), [Came("message", b"Hello, world!")], "OK/OK"),
        ("3.2", GOOD, [], "NON-STRICT/FAILED"),
        ("7.1.6", Facts(was_open=True), [], "INFORMATIONAL/INFORMATIONAL"),
        ("7.13.1", replace(GOOD, remote_code=4000), HELLO, "INFORMATIONAL/INFORMATIONAL"),
        ("1.1.1", Facts(), [], "FAILED/FAILED"),
        ("7.13.1", Facts(), [], "FAILED/FAILED"),
    ],
)
def test_verdicts(case_id: str, facts: Facts, received: list[Came], expected: str) -> None:
    """What came and how it ended, together."""
    behavior, _, close, _ = judge(CASES[case_id], Role.SERVER, facts, received, None)
    assert f"{behavior}/{close}" == expected


def test_an_echo_step_decides() -> None:
    """Where a case has an echo step, its verdict is the behavior."""
    case: Case = CASES["12.1.1"]
    judged = judge(case, Role.SERVER, GOOD, [], (Behavior.UNIMPLEMENTED, "no agreement"))
    assert judged[:2] == (Behavior.UNIMPLEMENTED, "no agreement")


@pytest.mark.parametrize(
    ("received", "words"),
    [
        ([], "What never came: pong"),
        ([Came("pong", b"x")], "Instead of pong of 12 octets"),
        ([Came("pong", b"ping payload")], "What never came: text message of 18 octets"),
        (
            [Came("pong", b"ping payload"), Came("message", b"fragment1fragment2"), Came("ping", b"")],
            "must not come came: ping",
        ),
    ],
)
def test_the_sentence_says_where_it_went_wrong(received: list[Came], words: str) -> None:
    """A failed case says what is missing, what is wrong, or what is too much."""
    _, result, _, _ = judge(CASES["5.6"], Role.SERVER, GOOD, received, None)
    assert words in result


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        (0, False), (999, False), (1000, True), (1003, True), (1004, False), (1005, False), (1006, False), (1007, True),
        (1011, True), (1012, False), (1014, False), (1015, False), (2999, False), (3000, True), (4999, True),
        (5000, False),
        (65535, False),
    ],
)  # fmt: skip
def test_codes_that_a_peer_may_send(code: int, valid: bool) -> None:
    """The close codes that Autobahn takes for valid: it is older than 1012 to 1014."""
    assert code_is_valid(code) is valid
