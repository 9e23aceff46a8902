"""`parse_url`: what a WebSocket URI may look like (RFC 6455 §3)."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from rawws.core.credentials import Credentials
from rawws.core.errors import LocalProtocolError
from rawws.core.url import InvalidURL, WebSocketURL, parse_url

GOOD = [
    ("ws://example.com", WebSocketURL(False, "example.com", 80, "/"), "example.com"),
    ("wss://example.com", WebSocketURL(True, "example.com", 443, "/"), "example.com"),
    ("ws://example.com/", WebSocketURL(False, "example.com", 80, "/"), "example.com"),
    ("ws://example.com:8080/chat", WebSocketURL(False, "example.com", 8080, "/chat"), "example.com:8080"),
    ("ws://example.com:80/", WebSocketURL(False, "example.com", 80, "/"), "example.com"),
    ("ws://example.com:/", WebSocketURL(False, "example.com", 80, "/"), "example.com"),
    ("ws://example.com:443/", WebSocketURL(False, "example.com", 443, "/"), "example.com:443"),
    ("wss://example.com:443/", WebSocketURL(True, "example.com", 443, "/"), "example.com"),
    ("wss://example.com:80/", WebSocketURL(True, "example.com", 80, "/"), "example.com:80"),
    ("ws://h/a/b;c=d?x=1&y=%20", WebSocketURL(False, "h", 80, "/a/b;c=d?x=1&y=%20"), "h"),
    ("ws://h/a/../b//?/?:@!$'()*+,-._~", WebSocketURL(False, "h", 80, "/a/../b//?/?:@!$'()*+,-._~"), "h"),
    ("ws://h?x=1", WebSocketURL(False, "h", 80, "/?x=1"), "h"),
    ("ws://h/?", WebSocketURL(False, "h", 80, "/"), "h"),
    ("ws://h_1.example./", WebSocketURL(False, "h_1.example.", 80, "/"), "h_1.example."),
    ("ws://127.0.0.1:9", WebSocketURL(False, "127.0.0.1", 9, "/"), "127.0.0.1:9"),
    ("ws://[::1]:9/x", WebSocketURL(False, "::1", 9, "/x"), "[::1]:9"),
    ("ws://[::1]/", WebSocketURL(False, "::1", 80, "/"), "[::1]"),
    ("ws://[::FFFF:10.0.0.1]/", WebSocketURL(False, "::ffff:10.0.0.1", 80, "/"), "[::ffff:10.0.0.1]"),
    ("ws://[fe80::1%25eth0]:9/", WebSocketURL(False, "fe80::1%eth0", 9, "/"), "[fe80::1]:9"),
    ("WS://Example.COM:65535/Path", WebSocketURL(False, "example.com", 65535, "/Path"), "example.com:65535"),
    ("ws://me:secret@h/", WebSocketURL(False, "h", 80, "/", Credentials("me", "secret")), "h"),
    ("ws://me@h/", WebSocketURL(False, "h", 80, "/", Credentials("me", "")), "h"),
    ("ws://:secret@h/", WebSocketURL(False, "h", 80, "/", Credentials("", "secret")), "h"),
    ("ws://m%65:a%3Ab%40c:d@h:9/", WebSocketURL(False, "h", 9, "/", Credentials("me", "a:b@c:d")), "h:9"),
    ("ws://%C3%BC:%E2%82%AC@h/", WebSocketURL(False, "h", 80, "/", Credentials("ü", "€")), "h"),
    ("ws://@h/", WebSocketURL(False, "h", 80, "/"), "h"),
]

#: What is no WebSocket URI, and a word of the sentence that says why.
BAD = [
    ("", "ws://host/path"),
    ("example.com", "ws://host/path"),
    ("//example.com/", "ws://host/path"),
    ("/only/a/path", "ws://host/path"),
    ("http://example.com/", "'http'"),
    ("https://example.com/", "'https'"),
    ("file:///etc/passwd", "'file'"),
    ("://example.com/", "scheme"),
    ("ws:", "ws://host/path"),
    ("ws://", "host"),
    ("ws:///path", "host"),
    ("ws://:80/", "host"),
    ("ws:example.com", "ws://host/path"),
    ("ws://example.com/#fragment", "%23"),
    ("ws://example.com#fragment", "%23"),
    ("ws://example.com/#", "%23"),
    ("ws://me:secret/path@example.com/", "port"),
    ("ws://me:sec ret@example.com/", "space"),
    ("ws://me:sec@ret@example.com/", "percent-encoded"),
    ("ws://me:%FF@example.com/", "UTF-8"),
    ("ws://me:%zz@example.com/", "percent-encoded"),
    ("ws://me:%0d%0aX@example.com/", "control"),
    ("ws://m%3ae:x@example.com/", "colon"),
    ("ws://ü:x@example.com/", "percent-encoded"),
    ("ws://example.com:0/", "65535"),
    ("ws://example.com:65536/", "65535"),
    ("ws://example.com:" + "9" * 5000 + "/", "65535"),
    ("ws://example.com:-1/", "port"),
    ("ws://example.com:port/", "port"),
    ("ws://example.com:٣/", "port"),
    ("ws://example.com:80:80/", "port"),
    ("ws://::1/", "port"),
    ("ws://[::1/", "authority"),
    ("ws://[::1]x/", "authority"),
    ("ws://[not-v6]/", "IPv6"),
    ("ws://[v1.x]/", "IPv6"),
    ("ws://[127.0.0.1]/", "IPv6"),
    ("ws://[::1%25]/", "IPv6"),
    ("ws://[::1%eth0]/", "IPv6"),
    ("ws://exa%6Dple.com/", "name"),
    ('ws://exam"ple.com/', "name"),
    ("ws://münchen.example/", "xn--"),
    ("ws://example.com/with space", "space"),
    ("ws://example.com/\r\nHost: evil", "control"),
    ("ws://example.com/\n", "control"),
    ("ws://exam\tple.com/", "control"),
    ("ws://example.com/\x00", "control"),
    ("ws://example.com/\x7f", "control"),
    ("ws://example.com/\ud800", "surrogate"),
    (" ws://example.com/", "space"),
    ("ws://example.com/ü", "%C3%BC"),
    ("ws://example.com/?q=ü", "%C3%BC"),
    ("ws://example.com/?q={}", "%7B"),
    ("ws://example.com/a|b", "%7C"),
    ("ws://example.com/a\\b", "%5C"),
    ("ws://example.com/?a[]=1", "%5B"),
    ("ws://example.com/100%", "%25"),
    ("ws://example.com/%zz", "%25"),
]


@pytest.mark.parametrize(("url", "parsed", "host_header"), GOOD)
def test_the_parts_of_a_url(url: str, parsed: WebSocketURL, host_header: str) -> None:
    """Scheme, host, port and resource name are found, defaults filled in; |Host| leaves a default port out."""
    assert parse_url(url) == parsed
    assert parse_url(url).host_header == host_header


@pytest.mark.parametrize(("url", "word"), BAD)
def test_what_is_no_websocket_url(url: str, word: str) -> None:
    """Anything else raises InvalidURL, a ValueError and LocalProtocolError, with a sentence that says why."""
    with pytest.raises(InvalidURL) as caught:
        parse_url(url)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, LocalProtocolError)
    assert word in str(caught.value)


@pytest.mark.parametrize("url", [None, 7, b"ws://example.com/", ["ws://example.com/"]])
def test_a_url_is_str(url: object) -> None:
    """What is no str is refused by the same error."""
    with pytest.raises(InvalidURL, match="str"):
        parse_url(url)  # type: ignore[arg-type]


def _to_ascii(name: str) -> str:
    """A codec of our own."""
    if "bad" in name:
        raise ValueError(f"{name} is bad")
    return name.replace("ü", "XN--").replace("℀", "a/c")


def test_an_internationalized_name_is_the_codecs_business() -> None:
    """A name outside ASCII goes through the function that was given; what that refuses or makes of it is judged."""
    assert parse_url("ws://müller.example:9/", _to_ascii).host == "mxn--ller.example"
    for url in ("ws://büd.bad/", "ws://℀.example/", f"ws://{'ü' * 300}/"):
        with pytest.raises(InvalidURL, match=r"not a name|bad"):
            parse_url(url, _to_ascii)


@pytest.mark.parametrize(
    "url", [url for url, _ in BAD if "sec" in url] + ["ws://me:hunter2sec@[x]/", "ws://hunter2sec@h:x/"]
)
def test_errors_do_not_repeat_secrets(url: str) -> None:
    """The error for a URL with a password does not hold the password, nor does its cause: errors end up in logs."""
    with pytest.raises(InvalidURL) as caught:
        parse_url(url)
    error: BaseException | None = caught.value
    assert error is not None
    assert "sec" not in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__


def test_secrets_are_not_shown() -> None:
    """A URL in a log shows no name, no password and no query."""
    url = parse_url("wss://me:hunter2@example.com:9/chat?token=hunter2&x")
    for shown in (str(url), repr(url), f"{url}"):
        assert "wss://example.com:9/chat?…" in shown
        assert "hunter2" not in shown
        assert "me" not in shown.replace("example", "")
    assert str(parse_url("ws://[fe80::1%25eth0]/")) == "ws://[fe80::1]/"


def test_a_url_is_a_value() -> None:
    """Two of the same parts are one key, and nobody changes the parts of one that others hold."""
    url = parse_url("ws://h/")
    assert {url, parse_url("WS://H")} == {url}
    with pytest.raises(FrozenInstanceError):
        url.host = "i"  # type: ignore[misc]


def test_what_a_certificate_must_say() -> None:
    """The name for TLS has neither zone nor closing dot; the origin tells scheme, host and port apart."""
    assert parse_url("wss://example.com./").server_name == "example.com"
    assert parse_url("wss://[fe80::1%25eth0]/").server_name == "fe80::1"
    origins = {parse_url(url).origin for url in ("ws://h/", "wss://h/", "ws://h:443/", "ws://i/", "ws://H:80/x?y")}
    assert len(origins) == 4
