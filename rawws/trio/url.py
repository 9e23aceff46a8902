"""RFC 6455 §3: WebSocket URIs."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from rawws.trio.errors import InvalidURL

_DEFAULT_PORTS = {"ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class WebSocketURL:
    """The parts of a WebSocket URI.

    secure: whether the scheme is wss. host: without brackets. port: 1 to 65535. target: path and query.
    """

    secure: bool
    host: str
    port: int
    target: str

    @property
    def host_header(self) -> str:
        """The value of the |Host| header: "/host/ plus optionally ":" followed by /port/" (6455-4.1-3)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = _DEFAULT_PORTS["wss" if self.secure else "ws"]
        return host if self.port == default else f"{host}:{self.port}"


def parse_url(url: str) -> WebSocketURL:
    """Parse a ws or wss URI. Raises InvalidURL, which says what is wrong."""
    if not isinstance(url, str):
        raise InvalidURL(f"a URL must be str, not {type(url).__name__}")
    if any(ord(character) <= 0x20 or ord(character) == 0x7F for character in url):
        raise InvalidURL("a URL holds neither spaces nor control characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise InvalidURL(f"not a URL: {exc}") from None
    _judge(parts)
    host = parts.hostname or ""
    # "The path-empty case is "/"." and "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST
    # NOT be used on these URIs." (§3)
    target = parts.path or "/"
    if parts.query:
        target += "?" + parts.query
    if not target.isascii():
        raise InvalidURL("path and query must be ASCII: percent-encode what is not")
    return WebSocketURL(parts.scheme == "wss", host, port or _DEFAULT_PORTS[parts.scheme], target)


def _judge(parts: SplitResult) -> None:
    if parts.scheme not in _DEFAULT_PORTS:
        raise InvalidURL(f"the scheme of a WebSocket URL is ws or wss, not {parts.scheme!r}")
    if parts.fragment:
        raise InvalidURL("a WebSocket URL has no fragment: use %23 for the sign itself (RFC 6455 §3)")
    if parts.username is not None or parts.password is not None:
        raise InvalidURL("a WebSocket URL has no user information (RFC 6455 §3)")
    if not parts.hostname:
        raise InvalidURL("a WebSocket URL names a host")
    if parts.port == 0:
        raise InvalidURL("a port is a number from 1 to 65535")
    if ":" in parts.hostname:
        try:
            ipaddress.IPv6Address(parts.hostname.split("%")[0])
        except ValueError:
            raise InvalidURL("what stands in brackets is no IPv6 address") from None
