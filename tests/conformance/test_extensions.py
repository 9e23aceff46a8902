"""Sec-WebSocket-Extensions: grammar, offers, answers."""

from __future__ import annotations

import pytest

from rawws_conformance.extensions import Agreement, Extension, OpeningError, answer, judge_response, offer, parse
from rawws_conformance.model import DeflateWish

PLAIN = (DeflateWish(),)


def test_offers_are_autobahns() -> None:
    """An offer has its parameters in Autobahn's order, and several wishes make several offers in one header."""
    base = "permessage-deflate; client_no_context_takeover; client_max_window_bits"
    assert offer(PLAIN) == base
    both = DeflateWish(no_context_takeover=True, window_bits=9)
    assert offer((both,)) == f"{base}; server_no_context_takeover; server_max_window_bits=9"
    three = offer((both, DeflateWish(no_context_takeover=True), DeflateWish()))
    first = f"{base}; server_no_context_takeover; server_max_window_bits=9"
    assert three == f"{first}, {base}; server_no_context_takeover, {base}"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        ([""], []),
        (["a"], [Extension("a", ())]),
        (["a, b"], [Extension("a", ()), Extension("b", ())]),
        (["a", "b;c"], [Extension("a", ()), Extension("b", (("c", None),))]),
        (["a ; b = 1;c"], [Extension("a", (("b", "1"), ("c", None)))]),
        (['a; b="1"'], [Extension("a", (("b", "1"),))]),
        ([", ,a,,b ,"], [Extension("a", ()), Extension("b", ())]),
    ],
)
def test_grammar(values: list[str], expected: list[Extension]) -> None:
    """The list of §9.1, over one line or several, with a quoted value or without."""
    assert parse(values) == expected


@pytest.mark.parametrize(
    "value", ["a b", "a;", "a; =1", "a; b=", 'a; b="', 'a; b=""', "a; b=c d", "é", "a=1", 'a; b="x y"']
)
def test_bad_grammar(value: str) -> None:
    """What does not keep the grammar fails the opening handshake."""
    with pytest.raises(OpeningError):
        parse([value])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("permessage-deflate", Agreement()),
        ("permessage-deflate; server_no_context_takeover", Agreement(peer_keeps=False)),
        ("permessage-deflate; client_no_context_takeover", Agreement(tester_keeps=False)),
        ("permessage-deflate; server_max_window_bits=9", Agreement(peer_bits=9)),
        ('permessage-deflate; client_max_window_bits="10"', Agreement(tester_bits=10)),
    ],
)
def test_responses(value: str, expected: Agreement) -> None:
    """A server's answer says what both compressors do."""
    assert judge_response([value], PLAIN) == expected


@pytest.mark.parametrize(
    "value",
    [
        "x-other",
        "permessage-deflate, permessage-deflate",
        "permessage-deflate; unknown",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=09",
        "permessage-deflate; client_max_window_bits=x",
    ],
)
def test_responses_that_nobody_may_give(value: str) -> None:
    """RFC 7692 §7: such an answer fails the connection."""
    with pytest.raises(OpeningError):
        judge_response([value], PLAIN)


def test_an_extension_that_was_not_offered() -> None:
    """Without an offer, deflate may not be chosen; no extension is always right."""
    with pytest.raises(OpeningError):
        judge_response(["permessage-deflate"], ())
    assert judge_response([], PLAIN) is None


@pytest.mark.parametrize(
    ("offers", "wish", "expected"),
    [
        ("permessage-deflate", DeflateWish(), "permessage-deflate"),
        ("x-other, permessage-deflate", DeflateWish(), "permessage-deflate"),
        ("permessage-deflate; bad, permessage-deflate", DeflateWish(), "permessage-deflate"),
        ("permessage-deflate", DeflateWish(no_context_takeover=True), None),
        ("permessage-deflate", DeflateWish(window_bits=9), None),
        (
            "permessage-deflate; client_no_context_takeover; client_max_window_bits",
            DeflateWish(no_context_takeover=True, window_bits=9),
            "permessage-deflate; client_no_context_takeover; client_max_window_bits=9",
        ),
        (
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=10",
            DeflateWish(),
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=10",
        ),
    ],
)
def test_answers_to_clients(offers: str, wish: DeflateWish, expected: str | None) -> None:
    """As a server the tester asks what it wishes where an offer allows it, and agrees to what the offer asks."""
    chosen = answer([offers], (wish,))
    assert (chosen and chosen[0]) == expected


def test_the_best_wish_that_an_offer_allows() -> None:
    """Of several wishes the first is taken that some offer allows (13.7)."""
    both = DeflateWish(no_context_takeover=True, window_bits=9)
    wishes = (both, DeflateWish(no_context_takeover=True), DeflateWish())
    chosen = answer(["permessage-deflate; client_no_context_takeover"], wishes)
    assert chosen is not None
    assert chosen[0] == "permessage-deflate; client_no_context_takeover"
    assert chosen[1] == Agreement(peer_keeps=False)
