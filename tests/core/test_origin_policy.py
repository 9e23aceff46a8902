"""Which origins a server lets in (RFC 6455 §10.2)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from rawws.core.origin_policy import ANY_ORIGIN, SAME_ORIGIN, check_origins, origin_is_allowed

SITES = ("https://example.com", "http://localhost:3000")

#: origin, host, whether the server speaks TLS, whether it is of the same origin
SAME = [
    (None, "example.com", False, True),
    ("http://example.com", "example.com", False, True),
    ("http://example.com", "example.com:80", False, True),
    ("http://example.com:80", "example.com", False, True),
    ("http://EXAMPLE.com", "example.COM", False, True),
    ("http://example.com:8080", "example.com:8080", False, True),
    ("https://example.com", "example.com", True, True),
    ("https://example.com:443", "example.com", True, True),
    ("http://[::1]:9", "[::1]:9", False, True),
    ("http://evil.example", "example.com", False, False),
    ("http://example.com.evil.example", "example.com", False, False),
    ("http://sub.example.com", "example.com", False, False),
    ("http://example.com:8080", "example.com", False, False),
    ("http://example.com", "example.com:8080", False, False),
    ("http://example.com", "example.com", True, False),
    ("null", "example.com", False, False),
    ("null", "null", False, False),
    ("", "example.com", False, False),
    ("example.com", "example.com", False, False),
    ("http://example.com/", "example.com", False, False),
    ("http://example.com http://evil.example", "example.com", False, False),
    ("http://user@example.com", "example.com", False, False),
    ("file://", "example.com", False, False),
    ("http://example.com\xe9", "example.com", False, False),
]


@pytest.mark.parametrize(("origin", "host", "secure", "allowed"), SAME)
def test_the_same_origin(origin: str | None, host: str, secure: bool, allowed: bool) -> None:
    """By default a page of the host itself and whoever is no browser may connect; `null` and rubbish are foreign."""
    assert origin_is_allowed(origin, host, SAME_ORIGIN, secure=secure) is allowed


@pytest.mark.parametrize("origin", [None, "http://anywhere.example", "null", "", "rubbish"])
def test_any_origin(origin: str | None) -> None:
    """With ANY_ORIGIN everybody may connect, whatever the field holds."""
    assert origin_is_allowed(origin, "example.com", ANY_ORIGIN, secure=False)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("https://example.com", True),
        ("https://EXAMPLE.com:443", True),
        ("http://localhost:3000", True),
        ("http://example.com", False),
        ("https://example.com:444", False),
        ("http://localhost", False),
        ("https://evil.example", False),
        ("null", False),
        ("", False),
        ("https://example.com, https://evil.example", False),
    ],
)
def test_a_list_of_origins(origin: str | None, allowed: bool) -> None:
    """With a list these origins may connect, compared by scheme, host and port, and nobody else but who sends none."""
    assert origin_is_allowed(origin, "elsewhere.example", SITES, secure=False) is allowed


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://a.example.com", True),
        ("https://a.b.example.com", True),
        ("https://A.EXAMPLE.com:443", True),
        ("https://example.com", False),
        ("https://.example.com", False),
        ("https://badexample.com", False),
        ("https://a.example.com.evil.example", False),
        ("https://a.example.com:444", False),
        ("http://a.example.com", False),
        ("null", False),
    ],
)
def test_names_below_a_domain(origin: str, allowed: bool) -> None:
    """`*.` stands for any name below a domain, never for the domain itself; scheme and port must be the same."""
    assert origin_is_allowed(origin, "elsewhere.example", ["https://*.example.com"], secure=True) is allowed


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://app-7.example.com", True),
        ("HTTPS://APP-7.example.com", True),
        ("https://app-7.example.com.evil.example", False),
        ("https://app-.example.com", False),
        ("null", False),
    ],
)
def test_a_compiled_pattern(origin: str, allowed: bool) -> None:
    """A pattern must match the whole of an origin, in lower case, as browsers write them."""
    pattern = re.compile(r"https://app-[0-9]+\.example\.com")
    assert origin_is_allowed(origin, "elsewhere.example", [pattern], secure=True) is allowed


def test_a_callback() -> None:
    """A callback gets the origin and the host, and decides; it is not asked where there is no origin."""
    asked: list[tuple[str, str]] = []

    def decide(origin: str, host: str) -> Any:  # noqa: ANN401  anything that is true will do
        asked.append((origin, host))
        return "good" in origin

    assert origin_is_allowed("https://good.example", "example.com", decide, secure=True) is True
    assert origin_is_allowed("null", "example.com", decide, secure=True) is False
    assert origin_is_allowed(None, "example.com", decide, secure=True) is True
    assert asked == [("https://good.example", "example.com"), ("null", "example.com")]


def test_whether_tls_is_spoken_is_said_by_name() -> None:
    """All four may be named, and `secure` must be: a bare True says nothing to who reads it."""
    assert origin_is_allowed(origin="https://h", host="h", policy=SAME_ORIGIN, secure=True)
    with pytest.raises(TypeError):
        origin_is_allowed("https://h", "h", SAME_ORIGIN, True)  # type: ignore[call-arg]


def test_a_list_does_not_let_the_host_itself_in() -> None:
    """A list is the whole truth: not even the server's own origin may connect unless it is in there."""
    assert not origin_is_allowed("http://example.com", "example.com", ["https://other.example"], secure=False)
    assert not origin_is_allowed("http://example.com", "example.com", [], secure=False)


@pytest.mark.parametrize(
    ("origins", "error"),
    [
        ("https://example.com", TypeError),
        (b"https://example.com", TypeError),
        (["example.com"], ValueError),
        (["https://example.com/path"], ValueError),
        (["null"], ValueError),
        (["*"], ValueError),
        ([""], ValueError),
        (["https://example.com", "rubbish"], ValueError),
        (["https://*"], ValueError),
        (["https://*example.com"], ValueError),
        (["https://a.*.example.com"], ValueError),
        (["https://*.*.example.com"], ValueError),
        (re.compile("https://.*"), TypeError),
        ([re.compile(b"https://.*")], TypeError),
        ([7], (TypeError, ValueError)),
        (7, TypeError),
        (None, TypeError),
    ],
    ids=repr,
)
def test_wrong_origins_are_refused_before_listening(origins: object, error: type[Exception]) -> None:
    """What is no policy and no sequence of origins raises TypeError or ValueError."""
    with pytest.raises(error):
        check_origins(origins)  # type: ignore[arg-type]


@pytest.mark.parametrize("origins", [SAME_ORIGIN, ANY_ORIGIN, SITES, [*SITES], [], [re.compile("x")], bool], ids=repr)
def test_right_origins_pass(origins: object) -> None:
    """The two policies, and sequences of origins, also empty ones, are fine."""
    check_origins(origins)  # type: ignore[arg-type]
