"""What this endpoint writes of an opening handshake that succeeds: request and acceptance (RFC 6455 §4.1, §4.2.2).

Nothing that an application gives can end a line, add a field, or contradict a field that the handshake owns: such a
thing raises LocalProtocolError before an octet is written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import h11

from rawws.core.errors import WrongType, WrongValue
from rawws.core.headers import are_tokens, check_fields, encode_host
from rawws.core.request import WEBSOCKET_UPGRADE, WEBSOCKET_VERSION, absolute_authority
from rawws.core.utilities import generate_accept_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rawws.core.events import Request
    from rawws.core.negotiation import Offer

# A body has no place in either message; the rest the handshake writes itself, together with all of Sec-WebSocket-*.
_OWNED = frozenset({b"connection", b"content-length", b"transfer-encoding", b"upgrade"})
_OWNED_BY_CLIENT = _OWNED | {b"host"}
_OWNED_PREFIX = b"sec-websocket-"

# RFC 3986 lets fewer characters stand in a URI, and browsers let more through. These are visible, and no fragment.
_target = re.compile(r"[\x21\x22\x24-\x7e]+", re.ASCII).fullmatch


def request_head(request: Request, key: bytes, offers: Sequence[Offer]) -> h11.Request:
    """The client's opening handshake (RFC 6455 §4.1). Raises WrongType, WrongValue."""
    # 6455-4.1-3: "The request MUST contain a |Host| header field whose value contains /host/ plus optionally ":"
    # followed by /port/ (when not using the default port)."
    headers = [
        (b"Host", encode_host(request.host)),
        (b"Upgrade", WEBSOCKET_UPGRADE),
        (b"Connection", b"Upgrade"),
        (b"Sec-WebSocket-Key", key),
        (b"Sec-WebSocket-Version", WEBSOCKET_VERSION),
    ]
    subprotocols = check_subprotocols(request.subprotocols)
    if subprotocols:
        headers.append((b"Sec-WebSocket-Protocol", ", ".join(subprotocols).encode("ascii")))
    if offers:
        headers.append((b"Sec-WebSocket-Extensions", ", ".join(offer.text for offer in offers).encode("ascii")))
    headers += check_extra_fields(request.extra_headers, _OWNED_BY_CLIENT)
    # 6455-4.1-2: "The method of the request MUST be GET, and the HTTP version MUST be at least 1.1."
    return h11.Request(method=b"GET", target=check_target(request.target), headers=headers)


def acceptance(
    key: bytes, subprotocol: str | None, extensions: bytes | None, extra_fields: Sequence[tuple[bytes, bytes]]
) -> bytes:
    """The server's opening handshake (RFC 6455 §4.2.2, 5), of parts that have been checked."""
    # "A |Sec-WebSocket-Accept| header field. The value of this header field is constructed by concatenating /key/ …
    # with the string "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", taking the SHA-1 hash … and base64-encoding … this 20-byte
    # hash."
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + generate_accept_token(key),
    ]
    if subprotocol is not None:
        lines.append(b"Sec-WebSocket-Protocol: " + subprotocol.encode("ascii"))
    if extensions:
        lines.append(b"Sec-WebSocket-Extensions: " + extensions)
    lines += [b"%s: %s" % field for field in extra_fields]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def check_extra_fields(headers: object, owned: frozenset[bytes] = _OWNED) -> list[tuple[bytes, bytes]]:
    """Header fields of the application's that the handshake can send beside its own. Raises WrongType, WrongValue."""
    checked = check_fields(headers)
    for name, _ in checked:
        lowered = name.lower()
        if lowered in owned or lowered.startswith(_OWNED_PREFIX):
            raise WrongValue(f"header {name!r} is the handshake's own")
    return checked


def check_subprotocols(subprotocols: object) -> list[str]:
    """The subprotocols to ask for. Raises WrongType, WrongValue."""
    if not isinstance(subprotocols, (list, tuple)) or not all(isinstance(name, str) for name in subprotocols):
        raise WrongType("subprotocols must be a list of str")
    # 6455-4.1-8: "The elements that comprise this value MUST be non-empty strings with characters in the range U+0021
    # to U+007E not including separator characters as defined in [RFC2616] and MUST all be unique strings."
    if not are_tokens(subprotocols) or len(set(subprotocols)) < len(subprotocols):
        raise WrongValue(f"subprotocols must be tokens, each once: {subprotocols!r}")
    return list(subprotocols)


def check_target(target: object) -> bytes:
    """The request target: a /resource name/ (RFC 6455 §3), or a URI that holds one. Raises WrongType, WrongValue."""
    if not isinstance(target, str):
        raise WrongType(f"a target must be str, not {type(target).__name__}")
    if not _target(target) or not (target.startswith("/") or absolute_authority(target)):
        raise WrongValue(f"{target!r} is no request target: it must begin with a slash, or be a URI, and be ASCII")
    return target.encode("ascii")
