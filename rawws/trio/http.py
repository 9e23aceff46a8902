"""Plain HTTP on the port of a WebSocket server: a health check, a page, a refusal with words of one's own."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rawws.core.cookies import parse_cookies
from rawws.core.credentials import hide_secrets
from rawws.core.events import RejectConnection, RejectData
from rawws.core.headers import field_texts
from rawws.core.routes import path_of

if TYPE_CHECKING:
    import h11

    from rawws.core import WSConnection
    from rawws.core.typing import Headers

_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class HTTPRequest:
    """The head of a request, before anything else has been made of it.

    method: GET or HEAD. target: path and query, as they were sent. headers: (name in lower case, value).
    remote_address: of the client's socket, or what a trusted proxy says of it.
    """

    method: str
    target: str
    headers: Headers
    remote_address: object = None

    @property
    def path(self) -> str:
        """The target's path, as it was sent, without its query."""
        return path_of(self.target)

    def __repr__(self) -> str:
        # Header fields and queries may hold secrets.
        return f"<HTTPRequest {self.method} {self.path!r}>"

    def header(self, name: str) -> str | None:
        """The value of the first field of this name, None where there is none."""
        return next(iter(field_texts(self.headers, name)), None)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies, by name (RFC 6265 §4.2)."""
        return parse_cookies(field_texts(self.headers, "cookie"))


@dataclass(frozen=True, slots=True)
class HTTPResponse:
    """What to answer; the connection is closed behind it.

    status_code: 200 to 599. body: its octets. headers: (name, value); Content-Length and Connection are added.
    """

    status_code: int = 200
    body: bytes = b""
    headers: Headers = field(default_factory=lambda: [(b"Content-Type", b"text/plain; charset=utf-8")])


#: Called with each request; None lets the opening handshake go on (or be refused, where the request is none).
OnRequest = Callable[[HTTPRequest], Awaitable[HTTPResponse | None] | HTTPResponse | None]


def http_request(head: h11.Request, remote_address: object) -> HTTPRequest | None:
    """A request as the application sees it; None where it has a method that only the protocol itself answers."""
    method = head.method.decode("ascii")
    if method not in _METHODS:
        return None
    # h11's own iteration, with the names in lower case, goes by an index that it makes anew for each field.
    headers = [(name.lower(), value) for name, value in head.headers.raw_items()]
    return HTTPRequest(method, head.target.decode("ascii"), hide_secrets(headers), remote_address)


async def ask(on_request: OnRequest, request: HTTPRequest) -> HTTPResponse | None:
    """Call the application, whichever kind of function it is."""
    answer = on_request(request)
    if inspect.isawaitable(answer):
        answer = await answer
    if answer is not None and not isinstance(answer, HTTPResponse):
        raise TypeError(f"on_request must give an HTTPResponse or None, not {type(answer).__name__}")
    return answer


def response_octets(ws: WSConnection, response: HTTPResponse, *, head_only: bool = False) -> bytes:
    """The response as it goes over the wire. Raises LocalProtocolError for what cannot be sent."""
    ours = {b"content-length", b"connection"}
    headers = [(name, value) for name, value in response.headers if name.lower() not in ours]
    headers.append((b"Connection", b"close"))
    if head_only or not response.body:
        return ws.send(RejectConnection(response.status_code, headers, has_body=False))
    headers.append((b"Content-Length", b"%d" % len(response.body)))
    head = ws.send(RejectConnection(response.status_code, headers, has_body=True))
    return head + ws.send(RejectData(response.body))
