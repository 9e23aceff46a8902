"""RFC 6455 §4.1 and RFC 9110 §15.4: whether a client goes where a redirect sends it, and what it takes along.

"If the status code received from the server is not 101, the client handles the response per HTTP procedures. In
particular, … the server might redirect the client using a 3xx status code (but clients are not required to follow
them), etc." (§4.1)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from rawws.core.credentials import SECRET_FIELDS
from rawws.core.headers import field_values
from rawws.core.url import InvalidURL, WebSocketURL, parse_url

if TYPE_CHECKING:
    from rawws.core.authority import ToASCII
    from rawws.core.typing import Headers

#: Statuses that name another place for the same request (RFC 9110 §15.4): a handshake is a GET, and stays one. 300 and
#: 304 to 306 name none.
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})

_WEBSOCKET_SCHEMES = {"http": "ws", "https": "wss"}


class RedirectRefusedError(ValueError):
    """A redirect that is not followed; the text says why and repeats nothing of what the server wrote."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to connect, and with which header fields of the user's."""

    url: WebSocketURL
    headers: Headers


def location_of(status_code: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The |Location| of a redirect, None for any other answer. Raises RedirectRefusedError for two of them."""
    if status_code not in REDIRECT_STATUSES:
        return None
    locations = field_values(headers, b"location")
    if len(locations) > 1:
        raise RedirectRefusedError("it has more than one Location")
    return locations[0] if locations else None


def next_destination(now: Destination, location: bytes, to_ascii: ToASCII | None = None) -> Destination:
    """Where a redirect leads from here. location: the field's value, absolute or relative (RFC 9110 §10.2.2).

    http and https stand for ws and wss: servers know no other schemes for a redirect. What proves who the user is stays
    behind where the origin changes, and does not come back when a later redirect leads home.

    Raises RedirectRefusedError where it leads to no WebSocket URL, or from wss to ws.
    """
    url = _resolve(now.url, location, to_ascii)
    # Whoever asked for wss was promised that nobody listens.
    if now.url.secure and not url.secure:
        raise RedirectRefusedError("it leads from wss to ws")
    if url.origin == now.url.origin:
        return Destination(dataclasses.replace(url, credentials=now.url.credentials), now.headers)
    return Destination(url, [field for field in now.headers if field[0].lower() not in SECRET_FIELDS])


def _resolve(base: WebSocketURL, location: bytes, to_ascii: ToASCII | None) -> WebSocketURL:
    try:
        text = urljoin(f"{base.origin[0]}://{base.host_header}{base.target}", location.decode("ascii"))
    except ValueError:
        raise RedirectRefusedError("its Location is no URL") from None
    # A fragment is for who shows a page (RFC 9110 §10.2.2), and a WebSocket shows none.
    scheme, separator, rest = text.partition("#")[0].partition("://")
    scheme = scheme.lower()
    try:
        url = parse_url(_WEBSOCKET_SCHEMES.get(scheme, scheme) + separator + rest, to_ascii)
    except InvalidURL as exc:
        raise RedirectRefusedError(f"its Location is no WebSocket URL: {exc}") from None
    if url.credentials is not None:
        # 9110-4.2.4-1: "A sender MUST NOT generate the userinfo subcomponent (and its "@" delimiter) when an "http" or
        # "https" URI reference is generated within a message as a target URI or field value."
        raise RedirectRefusedError("its Location holds a name or a password")
    return url
