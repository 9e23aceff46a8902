"""RFC 6455 §3: WebSocket URIs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from rawws.core.authority import ToASCII, parse_authority, show_host
from rawws.core.credentials import Credentials
from rawws.core.errors import WrongValue

_DEFAULT_PORTS = {"ws": 80, "wss": 443}

# RFC 3986, appendix B, for a URI that has an authority.
_parts = re.compile(r"([^:/?#]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?", re.DOTALL).fullmatch

# What is no part of any URL, and would end a line of the request, or could not be written as UTF-8.
_never = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]").search

# RFC 3986 §3.3 and §3.4: path and query are "pchar", "/" and, in the query, "?", where "pchar = unreserved /
# pct-encoded / sub-delims / ":" / "@"". This finds what is none of them.
_misplaced = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]", re.ASCII).search


class InvalidURL(WrongValue):
    """The URL is none that a WebSocket client can connect to (RFC 6455 §3); also a ValueError."""


@dataclass(frozen=True, slots=True)
class WebSocketURL:
    """The parts of a WebSocket URI.

    secure: whether the scheme is wss. host: in ASCII, without brackets; an IPv6 address may have a zone, as in
    "fe80::1%eth0". port: 1 to 65535. target: path and query. credentials: name and password, None where there are none.
    """

    secure: bool
    host: str
    port: int
    target: str
    credentials: Credentials | None = None

    @property
    def host_header(self) -> str:
        """The value of the |Host| header: "/host/ plus optionally ":" followed by /port/" (6455-4.1-3)."""
        default = _DEFAULT_PORTS["wss" if self.secure else "ws"]
        return show_host(self.host, None if self.port == default else self.port)

    @property
    def server_name(self) -> str:
        """The name that a certificate must have: without a zone, and without the dot that ends a name in DNS."""
        return self.host.partition("%")[0].removesuffix(".")

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: who has the same is the same server (RFC 6454 §4)."""
        return ("wss" if self.secure else "ws", self.host, self.port)

    def __str__(self) -> str:
        """For logs: without credentials, and without a query, which holds tokens where there is no other place."""
        path, mark, _ = self.target.partition("?")
        return f"{'wss' if self.secure else 'ws'}://{self.host_header}{path}{mark and '?…'}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


def parse_url(url: str, to_ascii: ToASCII | None = None) -> WebSocketURL:
    """Parse a ws or wss URI. to_ascii: for names outside ASCII, which are refused without.

    "ws-URI = "ws:" "//" host [ ":" port ] path [ "?" query ]" (§3); user information in front of the host, for which
    §3 has no place, becomes `credentials`, as it does in every browser.

    Raises InvalidURL, which says what is wrong and repeats nothing that may be secret.
    """
    if not isinstance(url, str):
        raise InvalidURL(f"a URL must be str, not {type(url).__name__}")
    if _never(url):
        raise InvalidURL("a URL holds neither spaces nor control characters, nor halves of surrogate pairs")
    match = _parts(url)
    if match is None:
        raise InvalidURL("a WebSocket URL is ws://host/path or wss://host/path")
    scheme, authority, path, query, fragment = match.groups()
    scheme = scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise InvalidURL(f"the scheme of a WebSocket URL is ws or wss, not {scheme!r}")
    # 6455-3-1: "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used on these
    # URIs."
    if fragment is not None:
        raise InvalidURL("a WebSocket URL has no fragment: use %23 for the sign itself (RFC 6455 §3)")
    try:
        host, port, credentials = parse_authority(authority, to_ascii)
    except ValueError as exc:
        # `from None`: what an IDNA codec says repeats what it was given.
        raise InvalidURL(f"no host to connect to: {exc}") from None
    return WebSocketURL(
        scheme == "wss", host, port or _DEFAULT_PORTS[scheme], _resource_name(path, query), credentials
    )


def _resource_name(path: str, query: str | None) -> str:
    """The /resource name/ (§3). Raises InvalidURL."""
    # It is "constructed by concatenating the following: "/" if the path component is empty, the path component, "?" if
    # the query component is non-empty, the query component" (§3).
    target = (path or "/") + (f"?{query}" if query else "")
    if found := _misplaced(target):
        sign = found[0]
        raise InvalidURL(f"{sign!a} is written {quote(sign, safe='')} in a URL's path and query (RFC 3986 §2.1)")
    return target
