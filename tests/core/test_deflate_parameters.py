"""RFC 7692 §7.1: the grammar of permessage-deflate's parameters, and which response answers which offer."""

from __future__ import annotations

import pytest

from rawws.core.deflate_parameters import DeflateParameters, judge_response, parse_offer, parse_response
from rawws.core.headers import BadHeaderError, parse_extension


def parameters(text: str) -> tuple[tuple[str, str | None], ...]:
    """The parameters of an element of the header."""
    return parse_extension(f"permessage-deflate{text}").parameters


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("", DeflateParameters()),
        ("; server_no_context_takeover", DeflateParameters(server_no_context_takeover=True)),
        ("; client_no_context_takeover", DeflateParameters(client_no_context_takeover=True)),
        ("; server_max_window_bits=8", DeflateParameters(server_max_window_bits=8)),
        ('; server_max_window_bits="15"', DeflateParameters(server_max_window_bits=15)),
        ("; client_max_window_bits=11", DeflateParameters(client_max_window_bits=11)),
        (
            ";client_max_window_bits=9;server_no_context_takeover ;client_no_context_takeover;server_max_window_bits=9",
            DeflateParameters(
                server_no_context_takeover=True,
                client_no_context_takeover=True,
                server_max_window_bits=9,
                client_max_window_bits=9,
            ),
        ),
    ],
)
def test_good_parameters_are_parsed(text: str, parsed: DeflateParameters) -> None:
    """What RFC 7692 §7.1.1 and §7.1.2 define is understood in offers and responses alike, in any order."""
    assert parse_offer(parameters(text)) == parsed
    assert parse_response(parameters(text)) == parsed


def test_what_is_not_there_is_not_meant() -> None:
    """Without a parameter nobody gives up a context, and no window is named."""
    assert parse_offer(()) == parse_response(()) == (False, False, None, None)


@pytest.mark.parametrize("window", range(-1, 20))
@pytest.mark.parametrize("name", ["server_max_window_bits", "client_max_window_bits"])
def test_a_window_is_a_number_from_8_to_15(name: str, window: int) -> None:
    """Every number from 8 to 15 is a window, and no other is."""
    text = parameters(f"; {name}={window}")
    if 8 <= window <= 15:
        assert getattr(parse_offer(text), name) == getattr(parse_response(text), name) == window
    else:
        _assert_bad(text)


def _assert_bad(text: tuple[tuple[str, str | None], ...]) -> None:
    for parse in (parse_offer, parse_response):
        with pytest.raises(BadHeaderError):
            parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "; server_max_window_bits",
        "; server_max_window_bits=",
        '; server_max_window_bits=""',
        "; server_max_window_bits=08",
        "; server_max_window_bits=+9",
        "; server_max_window_bits=9.0",
        "; server_max_window_bits=1e1",
        "; server_max_window_bits=0xa",
        "; server_max_window_bits=1_0",
        "; server_max_window_bits=" + "1" * 10_000,
        "; client_max_window_bits=",
        "; client_max_window_bits=no",
        "; server_no_context_takeover=1",
        '; server_no_context_takeover=""',
        "; client_no_context_takeover=false",
        "; server_no_context_takeover; server_no_context_takeover",
        "; client_max_window_bits=9; client_max_window_bits=9",
        "; server_no_context_takeover_",
        "; server_max_window_bit=9",
        "; SERVER_NO_CONTEXT_TAKEOVER",
        "; x",
        "; x=y",
    ],
)
def test_bad_parameters_are_found(text: str) -> None:
    """Values that are none, values of flags, parameters that come twice or that nobody defined: bad on both sides."""
    _assert_bad(parameters(text))


def test_only_an_offer_may_leave_the_clients_window_open() -> None:
    """§7.1.2.2: the client's window may stand without a value in an offer, and in a response it may not."""
    text = parameters("; client_max_window_bits")
    assert parse_offer(text) == DeflateParameters(client_max_window_bits=15)
    with pytest.raises(BadHeaderError):
        parse_response(text)


def test_the_digits_of_other_scripts_are_no_digits() -> None:
    """Python's int() reads digits of any script; the grammar has ten of them."""
    _assert_bad((("server_max_window_bits", "\u0661\u0660"),))


@pytest.mark.parametrize(
    ("offer", "response", "good"),
    [
        ("", "", True),
        ("", "; server_no_context_takeover", True),
        ("", "; client_no_context_takeover", True),
        ("", "; server_max_window_bits=8", True),
        ("", "; client_max_window_bits=15", False),
        ("; server_no_context_takeover", "; server_no_context_takeover", True),
        ("; server_no_context_takeover", "", False),
        ("; client_no_context_takeover", "", True),
        ("; server_max_window_bits=10", "; server_max_window_bits=10", True),
        ("; server_max_window_bits=10", "; server_max_window_bits=9", True),
        ("; server_max_window_bits=10", "; server_max_window_bits=11", False),
        ("; server_max_window_bits=10", "", False),
        ("; server_max_window_bits=15", "", True),
        ("; client_max_window_bits", "; client_max_window_bits=15", True),
        ("; client_max_window_bits", "; client_max_window_bits=8", True),
        ("; client_max_window_bits", "", True),
        ("; client_max_window_bits=10", "; client_max_window_bits=10", True),
        ("; client_max_window_bits=10", "; client_max_window_bits=11", False),
        ("; client_max_window_bits=10", "", True),
    ],
)
def test_a_response_answers_an_offer_or_does_not(offer: str, response: str, good: bool) -> None:
    """A server may promise more than it was asked to; it may not promise less, nor ask for what was not offered."""
    asked, given = parse_offer(parameters(offer)), parse_response(parameters(response))
    if good:
        judge_response(asked, given)
    else:
        with pytest.raises(BadHeaderError):
            judge_response(asked, given)
