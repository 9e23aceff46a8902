"""Counts of connections, and addresses as people read them."""

from __future__ import annotations

import pytest

from rawws.core.limits import Limits
from rawws.trio.census import Census, show_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (("127.0.0.1", 8765), "127.0.0.1:8765"),
        (("::1", 8765, 0, 0), "[::1]:8765"),
        (None, "a given stream"),
        ("", "a local socket"),
        ("/run/socket", "'/run/socket'"),
    ],
)
def test_an_address_is_readable(address: object, shown: str) -> None:
    """The address of a socket is written as in a URL, and whatever else there may be in words."""
    assert show_address(address) == shown


def test_connections_are_counted_in_all_and_per_address() -> None:
    """Each bound refuses the one too many, and a connection that has left makes room again, once."""
    census = Census(Limits(max_connections=2, max_connections_per_address=1))
    first = census.admit(("10.0.0.1", 1))
    assert first.full is None
    assert census.admit(("10.0.0.1", 2)).full == "too many connections from one address"
    third = census.admit(("10.0.0.2", 1))
    assert third.full is None
    assert census.admit(("10.0.0.3", 1)).full == "the server has as many connections as it may have"
    third.leave()
    third.leave()
    assert census.admit(("10.0.0.3", 2)).full is None
    assert census.admit(("10.0.0.2", 2)).full == "the server has as many connections as it may have"
    first.leave()
    assert census.admit(("10.0.0.1", 3)).full is None


@pytest.mark.parametrize("address", [None, "", "/run/socket"])
def test_what_has_no_address_is_not_counted_by_it(address: object) -> None:
    """Local sockets and given streams are bounded in all, and not as if they were of one stranger."""
    census = Census(Limits(max_connections=3, max_connections_per_address=1))
    assert [census.admit(address).full is None for _ in range(4)] == [True, True, True, False]


def test_refused_connections_are_not_counted() -> None:
    """Those that are only told that there is no room take none, and give none back."""
    census = Census(Limits(max_connections=1))
    only = census.admit(("10.0.0.1", 1))
    for _ in range(3):
        refused = census.admit(("10.0.0.1", 1))
        assert refused.full is not None
        refused.leave()
    only.leave()
    assert census.admit(("10.0.0.1", 1)).full is None


def test_opening_handshakes_are_bounded_while_they_last() -> None:
    """The bound is reached by handshakes that go on, and left when one has ended."""
    census = Census(Limits(max_handshakes=2))
    census.begin_handshake()
    assert not census.handshakes_full
    census.begin_handshake()
    assert census.handshakes_full
    census.end_handshake()
    assert not census.handshakes_full
    assert not Census(Limits(max_handshakes=None)).handshakes_full
