"""`parse_url`: what a WebSocket URI may look like (RFC 6455 §3)."""

from __future__ import annotations

import pytest

from rawws.core.errors import LocalProtocolError
from rawws.trio.errors import InvalidURL
from rawws.trio.url import WebSocketURL, parse_url

GOOD = [
    ("ws://example.com", WebSocketURL(False, "example.com", 80, "/"), "example.com"),
    ("wss://example.com", WebSocketURL(True, "example.com", 443, "/"), "example.com"),
    ("ws://example.com/", WebSocketURL(False, "example.com", 80, "/"), "example.com"),
    ("ws://example.com:8080/chat", WebSocketURL(False, "example.com", 8080, "/chat"), "example.com:8080"),
    ("ws://example.com:80/", WebSocketURL(False, "example.com", 80, "/"), "example.com"),
    ("ws://example.com:443/", WebSocketURL(False, "example.com", 443, "/"), "example.com:443"),
    ("wss://example.com:443/", WebSocketURL(True, "example.com", 443, "/"), "example.com"),
    ("wss://example.com:80/", WebSocketURL(True, "example.com", 80, "/"), "example.com:80"),
    ("ws://h/a/b;c=d?x=1&y=%20", WebSocketURL(False, "h", 80, "/a/b;c=d?x=1&y=%20"), "h"),
    ("ws://h?x=1", WebSocketURL(False, "h", 80, "/?x=1"), "h"),
    ("ws://127.0.0.1:9", WebSocketURL(False, "127.0.0.1", 9, "/"), "127.0.0.1:9"),
    ("ws://[::1]:9/x", WebSocketURL(False, "::1", 9, "/x"), "[::1]:9"),
    ("ws://[::1]/", WebSocketURL(False, "::1", 80, "/"), "[::1]"),
    ("WS://Example.COM:65535/Path", WebSocketURL(False, "example.com", 65535, "/Path"), "example.com:65535"),
]

BAD = [
    "",
    "example.com",
    "//example.com/",
    "/only/a/path",
    "http://example.com/",
    "https://example.com/",
    "file:///etc/passwd",
    "ws:",
    "ws://",
    "ws:///path",
    "ws://:80/",
    "ws:example.com",
    "ws://example.com/#fragment",
    "ws://example.com#fragment",
    "ws://user@example.com/",
    "ws://user:secret@example.com/",
    "ws://example.com:0/",
    "ws://example.com:65536/",
    "ws://example.com:-1/",
    "ws://example.com:port/",
    "ws://example.com:80:80/",
    "ws://[::1/",
    "ws://[not-v6]/",
    "ws://example.com/with space",
    "ws://example.com/\r\nHost: evil",
    "ws://example.com/\n",
    "ws://exam\tple.com/",
    "ws://example.com/\x00",
    "ws://example.com/\x7f",
    " ws://example.com/",
    "ws://example.com/ü",
    "ws://example.com/?q=ü",
]


@pytest.mark.parametrize(("url", "parsed", "host_header"), GOOD)
def test_the_parts_of_a_url(url: str, parsed: WebSocketURL, host_header: str) -> None:
    """Scheme, host, port and resource name are found, defaults filled in; |Host| leaves a default port out."""
    assert parse_url(url) == parsed
    assert parse_url(url).host_header == host_header


@pytest.mark.parametrize("url", BAD)
def test_what_is_no_websocket_url(url: str) -> None:
    """Anything else raises InvalidURL, a ValueError and LocalProtocolError, with a sentence that says why."""
    with pytest.raises(InvalidURL) as caught:
        parse_url(url)
    assert isinstance(caught.value, (ValueError, LocalProtocolError))
    assert len(str(caught.value)) > 10


@pytest.mark.parametrize("url", [None, 7, b"ws://example.com/", ["ws://example.com/"]])
def test_a_url_is_str(url: object) -> None:
    """What is no str is refused by the same error."""
    with pytest.raises(InvalidURL, match="str"):
        parse_url(url)  # type: ignore[arg-type]


def test_secrets_are_not_repeated() -> None:
    """The error for a URL with a password does not hold the password, since errors end up in logs."""
    with pytest.raises(InvalidURL) as caught:
        parse_url("ws://user:hunter2@example.com/")
    assert "hunter2" not in str(caught.value)
