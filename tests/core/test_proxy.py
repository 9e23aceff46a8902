"""Which proxy, if any (RFC 6455 §4.1)."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from rawws.core.credentials import Credentials
from rawws.core.proxy import InvalidProxy, Proxy, is_exempt, parse_proxy, proxy_from_environment
from rawws.core.url import parse_url


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://p:3128", Proxy("http", "p", 3128)),
        ("http://p:3128/", Proxy("http", "p", 3128)),
        ("p:3128", Proxy("http", "p", 3128)),
        ("p", Proxy("http", "p", 80)),
        ("https://p", Proxy("https", "p", 443)),
        ("socks5://p", Proxy("socks5", "p", 1080)),
        ("SOCKS5H://P", Proxy("socks5h", "p", 1080)),
        ("http://[::1]:8080", Proxy("http", "::1", 8080)),
        ("http://me:a%40b@p:1", Proxy("http", "p", 1, Credentials("me", "a@b"))),
        ("socks5://me:secret@p", Proxy("socks5", "p", 1080, Credentials("me", "secret"))),
        ("socks5://m:s@p", Proxy("socks5", "p", 1080, Credentials("m", "s"))),
        (f"socks5://me:{'s' * 255}@p", Proxy("socks5", "p", 1080, Credentials("me", "s" * 255))),
    ],
)
def test_the_parts_of_a_proxys_url(url: str, proxy: Proxy) -> None:
    """Scheme, host, port and credentials are found, and defaults filled in."""
    assert parse_proxy(url) == proxy
    assert parse_proxy(url).is_socks is proxy.scheme.startswith("socks")


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("", "host"),
        ("http://", "host"),
        ("ftp://p", "'ftp'"),
        ("socks4://p", "'socks4'"),
        ("http://p/path", "path"),
        ("http://p?x", "path"),
        ("http://p:0", "65535"),
        ("http://p:x", "port"),
        ("http://me:s3cret@p:x", "port"),
        ("http://me:s3c@ret@p", "percent-encoded"),
        ("http://p p", "name"),
        ("http://p\r\nX: y", "authority"),
        ("http://ü", "xn--"),
        ("socks5://me@p", "ASCII"),
        ("socks5://me:%C3%BC@p", "ASCII"),
        (f"socks5://me:{'s' * 256}@p", "ASCII"),
        (7, "str"),
        (None, "str"),
    ],
)
def test_what_is_no_proxy(url: str, word: str) -> None:
    """Anything else is InvalidProxy, a ValueError that says why and repeats no secret."""
    with pytest.raises(InvalidProxy, match=word) as caught:
        parse_proxy(url)
    assert isinstance(caught.value, ValueError)
    assert "s3c" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_proxy_does_not_show_its_password() -> None:
    """Neither `str` nor `repr` shows name or password."""
    proxy = parse_proxy("http://hunter:hunter2@p:1")
    assert str(proxy) == "http://p:1"
    assert repr(proxy) == "<Proxy http://p:1>"


def test_a_proxy_is_a_value() -> None:
    """Two of the same parts are one key, and nobody changes the parts of one that others hold."""
    proxy = parse_proxy("http://p:1")
    assert {proxy, Proxy("http", "p", 1)} == {proxy}
    with pytest.raises(FrozenInstanceError):
        proxy.host = "q"  # type: ignore[misc]


WS, WSS = "ws://server.example/", "wss://server.example/"


@pytest.mark.parametrize(
    ("url", "environment", "host"),
    [
        (WS, {}, None),
        (WS, {"http_proxy": "a"}, "a"),
        (WSS, {"http_proxy": "a"}, None),
        (WS, {"https_proxy": "a"}, "a"),
        (WSS, {"https_proxy": "a"}, "a"),
        (WS, {"https_proxy": "a", "http_proxy": "b"}, "a"),
        (WS, {"socks_proxy": "a", "https_proxy": "b"}, "a"),
        (WS, {"ws_proxy": "a", "socks_proxy": "b"}, "a"),
        (WSS, {"ws_proxy": "a", "wss_proxy": "b"}, "b"),
        (WSS, {"ws_proxy": "a"}, None),
        (WSS, {"all_proxy": "a"}, "a"),
        (WSS, {"all_proxy": "a", "https_proxy": "b"}, "b"),
        (WSS, {"https_proxy": "", "all_proxy": "a"}, "a"),
        (WSS, {"HTTPS_PROXY": "a"}, "a"),
        (WSS, {"HTTPS_PROXY": "a", "https_proxy": "b"}, "b"),
        (WSS, {"HTTPS_PROXY": "a", "all_proxy": "b"}, "a"),
        (WS, {"HTTP_PROXY": "a"}, "a"),
        (WS, {"HTTP_PROXY": "a", "REQUEST_METHOD": "GET"}, None),
        (WS, {"http_proxy": "a", "REQUEST_METHOD": "GET"}, "a"),
        (WS, {"HTTPS_PROXY": "a", "REQUEST_METHOD": "GET"}, "a"),
        (WS, {"ALL_PROXY": "a", "REQUEST_METHOD": "GET"}, "a"),
        (WS, {"http_proxy": "a", "no_proxy": "server.example"}, None),
        (WS, {"http_proxy": "a", "NO_PROXY": "server.example"}, None),
        (WS, {"http_proxy": "a", "no_proxy": "other", "NO_PROXY": "server.example"}, "a"),
        ("ws://localhost/", {"http_proxy": "a"}, None),
        ("ws://x.localhost/", {"http_proxy": "a"}, None),
        ("ws://127.8.0.1/", {"http_proxy": "a"}, None),
        ("ws://[::1]/", {"http_proxy": "a"}, None),
        ("ws://localhost.example/", {"http_proxy": "a"}, "a"),
        ("ws://a.example/", {"http_proxy": "a"}, "a"),
    ],
)
def test_the_environments_proxy(url: str, environment: dict[str, str], host: str | None) -> None:
    """The first variable that speaks of such a server counts; this host is reached directly."""
    proxy = proxy_from_environment(parse_url(url), environment)
    assert (proxy and proxy.host) == host


def test_a_wrong_environment_is_named() -> None:
    """A variable that holds no proxy's URL is InvalidProxy, which names it; what does not count is not looked at."""
    with pytest.raises(InvalidProxy, match="HTTPS_PROXY in the environment"):
        proxy_from_environment(parse_url(WSS), {"HTTPS_PROXY": "ftp://x", "http_proxy": "ftp://x"})
    assert proxy_from_environment(parse_url("wss://localhost/"), {"HTTPS_PROXY": "ftp://x"}) is None


@pytest.mark.parametrize(
    ("host", "no_proxy", "exempt"),
    [
        ("a.example", "*", True),
        ("a.example", "a.example", True),
        ("a.example", "A.EXAMPLE", True),
        ("a.example.", "a.example", True),
        ("a.example", "example", True),
        ("a.example", ".example", True),
        ("a.example", "*.example", True),
        ("example", ".example", True),
        ("b-example", "example", False),
        ("a.example", "b.example, a.example", True),
        ("a.example", "b.example a.example", True),
        ("a.example", "a.example:443", True),
        ("a.example", "a.example:444", False),
        ("a.example", "a.example:444, a.example", True),
        ("a.example", "!", False),
        ("a.example", "", False),
        ("a.example", ",, ,.", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.9.9.9/8", True),
        ("10.1.2.3", "10.1.2.3:443", True),
        ("10.1.2.3", "10.1.2.3:80", False),
        ("10.1.2.3", "11.0.0.0/8", False),
        ("10.1.2.3", "3", False),
        ("10.1.2.3", "10.0.0.0/99", False),
        ("::2", "::2", True),
        ("::2", "[::2]", True),
        ("::2", "[::2]:443", True),
        ("::2", "::/64", True),
        ("::2", "10.0.0.0/8", False),
    ],
)
def test_who_is_exempt(host: str, no_proxy: str, exempt: bool) -> None:
    """Names with what is beneath them, addresses, networks and ports, as other programs read no_proxy."""
    assert is_exempt(host, 443, no_proxy) is exempt
