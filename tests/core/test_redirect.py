"""Where a redirect leads (RFC 9110 §15.4), and what goes along."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from rawws.core.credentials import Credentials
from rawws.core.redirect import Destination, RedirectRefusedError, location_of, next_destination
from rawws.core.url import parse_url

FIELDS = [(b"Authorization", b"Bearer s"), (b"COOKIE", b"s"), (b"X-A", b"1"), (b"Origin", b"https://o")]


def lead(url: str, location: bytes) -> Destination:
    """Where a redirect leads, with some fields that are secrets and some that are none."""
    return next_destination(Destination(parse_url(url), list(FIELDS)), location)


@pytest.mark.parametrize(
    ("url", "location", "expected"),
    [
        ("ws://h/a", b"ws://h/b", "ws://h/b"),
        ("ws://h/a", b"http://h/b", "ws://h/b"),
        ("ws://h/a", b"https://h/b", "wss://h/b"),
        ("ws://h/a", b"HTTPS://H/b", "wss://h/b"),
        ("wss://h/a", b"https://h:444/b?c#d", "wss://h:444/b?c"),
        ("ws://h:81/a/b?c", b"/d", "ws://h:81/d"),
        ("ws://h:81/a/b?c", b"d", "ws://h:81/a/d"),
        ("ws://h:81/a/b?c", b"../d?e", "ws://h:81/d?e"),
        ("ws://h:81/a/b?c", b"?e", "ws://h:81/a/b?e"),
        ("ws://h:81/a/b", b"//i/d", "ws://i/d"),
        ("wss://[::1]:81/a", b"b", "wss://[::1]:81/b"),
    ],
)
def test_where_it_leads(url: str, location: bytes, expected: str) -> None:
    """Absolute and relative references are resolved; http stands for ws, and a fragment is left behind."""
    assert lead(url, location).url == parse_url(expected)


@pytest.mark.parametrize(
    ("location", "word"),
    [
        (b"ws://h/", "wss to ws"),
        (b"http://h/", "wss to ws"),
        (b"ftp://h/", "scheme"),
        (b"javascript:alert(1)", "WebSocket URL"),
        (b"https://me:s3cret@h/", "password"),
        (b"https://me:s3cret@h:x/", "WebSocket URL"),
        (b"https://[s3cret/", "no URL"),
        (b"https://h/\xc3\xbc", "no URL"),
        (b"https://h/a b", "spaces"),
        (b"https:///", "host"),
        (b"/a|b", "%7C"),
    ],
)
def test_where_none_goes(location: bytes, word: str) -> None:
    """From wss to ws, to other schemes, to what is no URL, or with a password in it: an error that repeats nothing."""
    with pytest.raises(RedirectRefusedError, match=word) as caught:
        lead("wss://h/", location)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "same"),
    [
        (b"/b", True),
        (b"wss://H:443/b", True),
        (b"wss://h:444/", False),
        (b"wss://i/", False),
        (b"wss://sub.h/", False),
        (b"wss://a/", False),
        (b"wss://h:1/", False),
    ],
)
def test_secrets_stay_behind(location: bytes, same: bool) -> None:
    """Where the origin changes, credentials, Authorization and Cookie do not go along; everything else does."""
    there = lead("wss://me:secret@h/", location)
    assert there.url.credentials == (Credentials("me", "secret") if same else None)
    assert there.headers == (FIELDS if same else FIELDS[2:])


def test_secrets_do_not_come_back() -> None:
    """Two redirects that end where they began do not bring them back: the one between may have chosen the path."""
    back = next_destination(lead("wss://me:secret@h/", b"wss://i/"), b"wss://h/a")
    assert (back.url.credentials, back.headers) == (None, FIELDS[2:])


def test_to_wss_is_another_origin() -> None:
    """From ws to wss the secrets stay behind, too: whoever answers on ws has chosen where they would go."""
    assert lead("ws://me:secret@h/", b"wss://h/").headers == FIELDS[2:]


def test_a_destination_stays_as_it_is() -> None:
    """Whoever holds one may come back to it: a redirect makes another one."""
    there = lead("ws://h/a", b"/b")
    with pytest.raises(FrozenInstanceError):
        there.url = parse_url("ws://i/")  # type: ignore[misc]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_statuses_that_redirect(status: int) -> None:
    """301, 302, 303, 307 and 308 with one Location are redirects, in any spelling of the field's name."""
    assert location_of(status, [(b"LOCATION", b"/x")]) == b"/x"
    assert location_of(status, [(b"x", b"/x")]) is None
    with pytest.raises(RedirectRefusedError, match="more than one"):
        location_of(status, [(b"Location", b"/x"), (b"location", b"/y")])


@pytest.mark.parametrize("status", [101, 200, 201, 300, 304, 305, 306, 401, 503])
def test_statuses_that_do_not(status: int) -> None:
    """Others are no redirects, whatever they say."""
    assert location_of(status, [(b"Location", b"/x"), (b"Location", b"/y")]) is None
