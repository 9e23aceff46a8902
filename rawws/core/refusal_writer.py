"""RFC 6455 §4.2.2 and RFC 9112 §6: a server's answer that is no acceptance, head and body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11

from rawws.core.errors import WrongType, WrongValue
from rawws.core.headers import check_fields, field_values

if TYPE_CHECKING:
    from rawws.core.events import RejectConnection, RejectData

# RFC 9112 §6.3, RFC 9110 §15.3.6: what these say, they say without content.
_NO_CONTENT = frozenset({204, 205, 304})

# Of these, not even the length of nothing may be told (9110-8.6-1), or it would be told of something else (304).
_NO_LENGTH = frozenset({204, 304})

_UPGRADE_REQUIRED = 426

# Of Content-Length, in digits; h11 has the same bound.
_LONGEST_NUMBER = 20


class RefusalWriter:
    """Writes one refusal through h11. What cannot be sent raises LocalProtocolError, and nothing has changed then.

    request: what is refused, None where it could not be read.
    failed: whether the peer broke a rule. The answer then says that the connection is going to be closed.
    """

    def __init__(self, request: h11.Request | None, *, failed: bool) -> None:
        self._connection = h11.Connection(h11.SERVER)
        # h11 frames a body by what it knows of the request: its method, its version, whether it is the last one. Of an
        # HTTP/1.0 request, or none, it needs to know nothing: the end of the stream is what it then frames a body with.
        if request is not None and request.http_version == b"1.1":
            self._connection.receive_data(h11.Connection(h11.CLIENT).send(request) or b"")
            self._connection.next_event()
        self._failed = failed
        # RFC 9110 §9.3.2: "The HEAD method is identical to GET except that the server MUST NOT send content in the
        # response." What the application gives as a body is then left out.
        self._bodiless = request is not None and request.method == b"HEAD"
        #: Octets that the body still needs; None where its length has not been told.
        self._left: int | None = None

    def head(self, event: RejectConnection) -> bytes:
        """The head, and the whole answer where it has no body."""
        status_code = event.status_code
        if not isinstance(status_code, int) or isinstance(status_code, bool):
            raise WrongType(f"a status code must be int, not {type(status_code).__name__}")
        # 1xx: 101 is an acceptance, and the others are no answer. From 600 on: no status code (RFC 9110 §15).
        if not 200 <= status_code <= 599:
            raise WrongValue(f"{status_code} is no status code of a refusal")
        if event.has_body and status_code in _NO_CONTENT:
            # 9110-15.3.6-1: "Since the 205 status code implies that no additional content will be provided, a server
            # MUST NOT generate content in a 205 response." 204 and 304 end with their head (RFC 9112 §6.3).
            raise WrongValue(f"a response {status_code} has no body")
        headers = check_fields(event.headers)
        left = _body_length(headers, status_code, has_body=event.has_body)
        if not event.has_body and status_code not in _NO_LENGTH:
            headers = [field for field in headers if field[0].lower() != b"content-length"]
            headers.append((b"content-length", b"0"))
        headers = _with_connection(headers, status_code, close=self._failed)
        try:
            response = h11.Response(status_code=status_code, headers=headers)
        except h11.LocalProtocolError as exc:
            raise WrongValue(str(exc)) from None
        self._left = left
        return self._connection.send(response) or b""

    def body(self, event: RejectData) -> bytes:
        """A piece of the body."""
        if not isinstance(event.data, (bytes, bytearray, memoryview)):
            raise WrongType(f"a body must be bytes, not {type(event.data).__name__}")
        data = bytes(event.data)
        if self._left is not None:
            left = self._left - len(data)
            if left < 0 or (event.body_finished and left):
                raise WrongValue(f"Content-Length leaves {self._left} octets, and {len(data)} were given")
            self._left = left
        output = b"" if self._bodiless else self._connection.send(h11.Data(data=data)) or b""
        if event.body_finished:
            output += self._connection.send(h11.EndOfMessage()) or b""
        return output


def _body_length(headers: list[tuple[bytes, bytes]], status_code: int, *, has_body: bool) -> int | None:
    """What the headers say about the length of the body. Raises WrongValue where they cannot be kept."""
    lengths = field_values(headers, b"content-length")
    codings = field_values(headers, b"transfer-encoding")
    # RFC 9112 §6.2: "A sender MUST NOT send a Content-Length header field in any message that contains a
    # Transfer-Encoding header field."
    numbers = all(value.isdigit() and len(value) <= _LONGEST_NUMBER for value in lengths)
    if len(lengths) + len(codings) > 1 or not numbers:
        raise WrongValue("a body has one length")
    length = int(lengths[0]) if lengths else None
    if has_body:
        return length
    # 9110-8.6-1: "A server MUST NOT send a Content-Length header field in any response with a status code of 1xx
    # (Informational) or 204 (No Content)." That of a 304 is the length of what was not sent.
    if codings or (lengths and (status_code == 204 or (status_code != 304 and length))):
        raise WrongValue("the headers speak of a body, and has_body is False")
    return None


def _with_connection(headers: list[tuple[bytes, bytes]], status_code: int, *, close: bool) -> list[tuple[bytes, bytes]]:
    """The headers, and those that have to be there and are missing."""
    names = {name.lower() for name, _ in headers}
    options = []
    added = []
    # 9110-15.5.22-1: "The server MUST send an Upgrade header field in a 426 response to indicate the required
    # protocol(s)."
    if status_code == _UPGRADE_REQUIRED and b"upgrade" not in names:
        added.append((b"Upgrade", b"websocket"))
        options.append(b"Upgrade")
    # 9112-9.6-1: "A sender SHOULD send a Connection header field (Section 7.6.1 of [HTTP]) containing the "close"
    # connection option when it intends to close a connection."
    if close and not any(name.lower() == b"connection" and b"close" in value.lower() for name, value in headers):
        options.append(b"close")
    if options:
        added.append((b"Connection", b", ".join(options)))
    return headers + added
