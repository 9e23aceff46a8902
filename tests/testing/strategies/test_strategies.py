"""Strategies make what they say: judged by Python's codecs, by zlib and by the core, and none of them runs dry."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rawws.core.connection import SERVER
from rawws.core.handshake import H11Handshake
from rawws.core.headers import BadHeaderError, parse_extension, split_list
from rawws.core.negotiation import server_extensions_handshake
from rawws.core.utilities import RemoteProtocolError
from rawws.testing import strategies
from rawws.testing.cuts import Cut, whole
from rawws.testing.outcome import run
from rawws.testing.strategies.handshake import Head
from rawws.testing.strategies.streams import bad_text_streams, corrupt_deflate_streams

#: The same examples in every run.
drawn = settings(
    derandomize=True, database=None, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)


@drawn
@given(strategies.texts(), strategies.not_utf8(), strategies.truncated(), strategies.surrogates())
def test_utf8(text: str, wrong: bytes, truncated: bytes, surrogate: str) -> None:
    """Texts have UTF-8; the others are wrong, each in its own way."""
    assert text.encode().decode() == text
    with pytest.raises(UnicodeDecodeError):
        wrong.decode()
    with pytest.raises(UnicodeDecodeError, match="unexpected end of data"):
        truncated.decode()
    with pytest.raises(UnicodeEncodeError):
        surrogate.encode()


@drawn
@given(strategies.cuts(), st.binary(max_size=40) | st.just(bytes(9000)))
def test_cuts(cut: Cut, data: bytes) -> None:
    """A cut gives back what it was given, and prints as something that can be typed in."""
    assert b"".join(cut(data)) == data
    assert repr(cut).endswith(")")
    assert len(cut(data)) <= 4100


@drawn
@given(strategies.right_streams(), strategies.cuts())
def test_right_streams(stream: strategies.Stream, cut: Cut) -> None:
    """A right stream breaks no rule, and what it tells is what comes out."""
    outcome = run(stream.connection(), stream.chunks(cut))
    assert outcome.failure is None
    assert tuple(outcome.messages) == stream.told


def failures(streams: st.SearchStrategy[strategies.Stream]) -> Counter[str | None]:
    """Which rules a few hundred streams break."""
    found: Counter[str | None] = Counter()

    @settings(drawn, max_examples=300)
    @given(streams)
    def count(stream: strategies.Stream) -> None:
        failure = run(stream.connection(), stream.chunks(whole)).failure
        found[failure.requirement if failure else None] += 1

    count()
    return found


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        (strategies.spoiled_streams(), {None, "6455-5.2-2", "6455-5.2-1", "6455-5.4-1", "6455-8.1-1"}),
        (strategies.wild_streams(), {None, "6455-5.2-2", "6455-5.2-1", "6455-5.4-1"}),
        (bad_text_streams(), {"6455-8.1-1"}),
        (corrupt_deflate_streams(), {None, "7692-7.2.2-1", "6455-10.4-1"}),
    ],
    ids=["spoiled", "wild", "bad text", "corrupt deflate"],
)
def test_spoiled_streams(streams: st.SearchStrategy[strategies.Stream], expected: set[str | None]) -> None:
    """Spoiled streams break many rules, and streams of one kind break the rule that they are made for."""
    found = failures(streams)
    assert set(found) >= expected


@drawn
@given(strategies.right_requests(), strategies.right_responses())
def test_right_heads(request: Head, response: Head) -> None:
    """A right request is accepted by the core; a right response has a place for the token."""
    server = H11Handshake(SERVER)
    server.receive_data(request.octets)
    assert len(list(server.events())) == 1
    assert response.octets.count(b"{accept}") == 1
    assert response.octets.endswith(b"\r\n\r\n")


def test_spoiled_heads() -> None:
    """Of spoiled requests most are refused, for many reasons, and some are right all the same."""
    found: Counter[str | None] = Counter()

    @settings(drawn, max_examples=300)
    @given(strategies.spoiled(strategies.right_requests()))
    def count(head: Head) -> None:
        server = H11Handshake(SERVER)
        try:
            server.receive_data(head.octets)
        except RemoteProtocolError:
            assert server.failure is not None
            found[server.failure.requirement] += 1
        else:
            found[None] += 1

    count()
    assert len(found) > 12
    assert found[None] < 200


@drawn
@given(strategies.deflate_offers(), strategies.declined_offers(), strategies.offers())
def test_offers(good: str, declined: str, several: str) -> None:
    """Offers fit the grammar of §9.1; those that have to be declined are."""
    assert parse_extension(good).name == "permessage-deflate"
    assert server_extensions_handshake([declined], [strategies.Agreement().extension()]) is None
    for element in split_list(several):
        parse_extension(element)


def test_header_values() -> None:
    """Some values fit the grammar, and some do not."""
    found: Counter[bool] = Counter()

    @settings(drawn, max_examples=200)
    @given(strategies.header_values())
    def count(value: str) -> None:
        try:
            elements = [parse_extension(element) for element in split_list(value)]
        except BadHeaderError:
            found[False] += 1
        else:
            found[bool(elements)] += 1

    count()
    assert min(found.values()) > 20


@pytest.mark.parametrize("name", sorted(set(strategies.__all__) - {"Agreement", "Head", "Stream", "spoiled"}))
def test_every_strategy_has_examples(name: str) -> None:
    """Each strategy that takes no argument makes something."""
    found = []

    @settings(drawn, max_examples=5)
    @given(getattr(strategies, name)())
    def take(example: object) -> None:
        found.append(example)

    take()
    assert found
