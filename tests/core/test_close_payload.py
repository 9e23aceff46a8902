"""RFC 6455 §5.5.1 and §7.4: the body of a Close frame, both ways."""

from __future__ import annotations

import pytest

from rawws.core.close_payload import MAX_REASON_BYTES, build_close, check_close, parse_close
from rawws.core.errors import LocalProtocolError, WrongType, WrongValue
from rawws.core.frame_protocol import CloseReason
from rawws.core.parse_failed import ParseFailed
from rawws.spec import REQUIREMENTS, close_code_is_receivable, close_code_is_sendable


def test_every_code_is_judged_by_the_table() -> None:
    """All 65,536 codes: those of the table come out as they are, all others are a violation that cites a sentence."""
    for code in range(65536):
        payload = code.to_bytes(2, "big")
        if close_code_is_receivable(code):
            assert parse_close(payload) == (code, "")
        else:
            with pytest.raises(ParseFailed) as caught:
                parse_close(payload)
            assert caught.value.code is CloseReason.PROTOCOL_ERROR
            assert caught.value.requirement in REQUIREMENTS


def test_known_codes_come_out_as_wsproto_s_words() -> None:
    """1000 is CloseReason.NORMAL_CLOSURE; a code that has no name stays a number."""
    assert parse_close(b"\x03\xe8") == (CloseReason.NORMAL_CLOSURE, "")
    assert type(parse_close(b"\x03\xe8")[0]) is CloseReason
    assert type(parse_close(b"\x0f\xa0")[0]) is int


def test_an_empty_body_is_1005() -> None:
    """§7.1.5: no status code means that the code is considered to be 1005."""
    assert parse_close(b"") == (CloseReason.NO_STATUS_RCVD, "")


def test_a_body_of_one_octet_is_none() -> None:
    """6455-5.5.1-1: a body begins with two octets."""
    for octet in (b"\x00", b"\x03", b"\xff"):
        with pytest.raises(ParseFailed) as caught:
            parse_close(octet)
        assert caught.value.requirement == "6455-5.5.1-1"


@pytest.mark.parametrize("octets", [b"\xff", b"bye\xe2\x82", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"])
def test_a_reason_is_utf_8(octets: bytes) -> None:
    """6455-8.1-1: a reason that is no UTF-8 is 1007, but only behind a code that is right."""
    with pytest.raises(ParseFailed) as caught:
        parse_close(b"\x03\xe8" + octets)
    assert (caught.value.code, caught.value.requirement) == (1007, "6455-8.1-1")
    with pytest.raises(ParseFailed) as caught:
        parse_close(b"\x03\xed" + octets)
    assert (caught.value.code, caught.value.requirement) == (1002, "6455-7.4.1-1")


@pytest.mark.parametrize("reason", ["", "bye", "€", "a" * 123, "\x00\x1b[2J"])
def test_what_is_built_is_read_back(reason: str) -> None:
    """Code and reason survive the way out and in."""
    payload = build_close(4000, reason)
    assert parse_close(payload) == (4000, reason)
    assert len(payload) <= 125


@pytest.mark.parametrize("character", ["a", "é", "€", "😀"])
@pytest.mark.parametrize("count", [30, 31, 41, 42, 61, 62, 123, 124, 500])
def test_a_long_reason_is_cut_between_two_characters(character: str, count: int) -> None:
    """What is too long for a control frame becomes the longest beginning that fits, and stays UTF-8."""
    _, reason = parse_close(build_close(1000, character * count))
    fits = min(count, MAX_REASON_BYTES // len(character.encode()))
    assert reason == character * fits


def test_no_code_is_an_empty_body() -> None:
    """None means a Close without a code, and then there is no room for a reason."""
    assert build_close(None, None) == build_close(None, "") == b""
    with pytest.raises(WrongType):
        build_close(None, "bye")


def test_only_codes_that_may_be_sent_are_built() -> None:
    """Codes outside the table, beyond 16 bits or below zero are refused, and never truncated."""
    for code in range(-1, 6000):
        if close_code_is_sendable(code):
            assert build_close(code, None) == code.to_bytes(2, "big")
        else:
            with pytest.raises(WrongValue):
                build_close(code, None)
    for code in (65536 + 1000, -64536, 1 << 80):
        with pytest.raises(WrongValue):
            build_close(code, None)


@pytest.mark.parametrize("code", [True, False, 1000.0, "1000", b"\x03\xe8", [1000]])
def test_a_code_is_an_int(code: object) -> None:
    """Other types are refused, bool among them."""
    for judge in (build_close, check_close):
        with pytest.raises(WrongType):
            judge(code, "")  # type: ignore[arg-type]


@pytest.mark.parametrize("reason", [b"bye", 1, ["bye"]])
def test_a_reason_is_a_str(reason: object) -> None:
    """Octets and other things are no reason."""
    for judge in (build_close, check_close):
        with pytest.raises(WrongType):
            judge(1000, reason)  # type: ignore[arg-type]


def test_a_reason_holds_no_lone_surrogates() -> None:
    """They have no UTF-8; the error is one of the core's."""
    for judge in (build_close, check_close):
        with pytest.raises(WrongValue) as caught:
            judge(1000, "\ud800")
        assert isinstance(caught.value, LocalProtocolError)


def test_a_strict_check_maps_and_cuts_nothing() -> None:
    """`check_close` refuses what would have to be changed: long reasons, reasons without a code, local codes."""
    check_close(1000, "a" * 123)
    check_close(None, "")
    for code, reason in (
        (1000, "a" * 124),
        (1000, "€" * 42),
        (None, "bye"),
        (1005, ""),
        (1006, ""),
        (0, ""),
        (5000, ""),
    ):
        with pytest.raises(LocalProtocolError):
            check_close(code, reason)
