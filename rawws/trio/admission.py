"""Who comes in: what a server answers to an opening handshake."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from rawws.core.errors import RemoteProtocolError
from rawws.core.events import AcceptConnection, Request
from rawws.core.headers import field_texts
from rawws.core.origin_policy import origin_is_allowed
from rawws.trio.census import Address, Place
from rawws.trio.compression import make_extensions
from rawws.trio.http import HTTPRequest, HTTPResponse, ask, http_request, response_octets
from rawws.trio.log import tell
from rawws.trio.routes import Routes

if TYPE_CHECKING:
    import h11

    from rawws.core import WSConnection
    from rawws.core.drain import Drain
    from rawws.core.typing import Headers
    from rawws.trio.opening import Handshaker
    from rawws.trio.server_settings import ServerSettings


class Refused(Exception):
    """A request that is right, but not welcome.

    status_code: what to answer. reason: one sentence for the log and the body. headers: more fields. response: the
    answer.
    """

    def __init__(self, status_code: int, reason: str, headers: Headers = ()) -> None:  # type: ignore[assignment]
        super().__init__(reason)
        self.response = HTTPResponse(status_code, f"{reason}\n".encode())
        self.response.headers.extend(headers)


class Answered(Exception):
    """The application has an answer of its own: octets to send, then the end."""

    def __init__(self, status_code: int, octets: bytes) -> None:
        super().__init__()
        self.status_code = status_code
        self.octets = octets


class Visitor:
    """Whoever wants to come in.

    address: of the client, as far as it is known: of the peer's socket, or what a trusted proxy says. secure: whether
    the client speaks TLS, with us or with such a proxy. place: in the census.
    """

    __slots__ = ("address", "place", "secure")

    def __init__(self, address: Address, place: Place, *, secure: bool) -> None:
        self.address = address
        self.place = place
        self.secure = secure


class Admission:
    """Decides about opening handshakes.

    closing: whether nobody is let in any more. drain: what those are told who come meanwhile.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self.closing = False
        self.drain: Drain | None = None

    async def decide(self, handshaker: Handshaker, visitor: Visitor) -> tuple[Request, AcceptConnection]:
        """Read the client's opening handshake; what came, and what to answer.

        Raises RemoteProtocolError, Refused, and Answered where `on_request` had an answer; OSError and EndOfStream.
        """
        error: RemoteProtocolError | None = None
        request: Request | None = None
        try:
            request = await handshaker.read_request()
        except RemoteProtocolError as exc:
            error = exc
        head = handshaker.ws.handshake.http_request
        if head is not None:
            self._look_behind_proxies(visitor, head)
        if visitor.place.full is not None:
            raise Refused(503, visitor.place.full)
        asked = None if head is None else http_request(head, visitor.address)
        if asked is not None:
            self._tell_readiness(handshaker.ws, asked)
            await self._ask_application(handshaker.ws, asked)
        if request is None or asked is None:
            raise error or RuntimeError("neither a request nor an error")
        return request, self._answer(request, asked, secure=visitor.secure)

    def _look_behind_proxies(self, visitor: Visitor, head: h11.Request) -> None:
        """Let a trusted proxy say whom it speaks for."""
        proxies = self._settings.trusted_proxies
        if not proxies or visitor.address is None:
            return
        host = visitor.address[0] if isinstance(visitor.address, tuple) else None
        if not proxies.trusts(host):
            return
        secure = proxies.secure(host, field_texts(head.headers, "x-forwarded-proto"))
        if secure is not None:
            visitor.secure = secure
        client = proxies.client(host, field_texts(head.headers, "x-forwarded-for"))
        if client is not None and client != host:
            # Proxies do not tell the port.
            visitor.address = (client, 0)
            visitor.place.move(client)

    @property
    def _drain_fields(self) -> Headers:
        return [] if self.drain is None else self.drain.fields

    def _tell_readiness(self, ws: WSConnection, request: HTTPRequest) -> None:
        """Answer whoever deals connections out to several servers. Raises Answered, where this is what was asked."""
        if request.path != self._settings.readiness_path:
            return
        response = HTTPResponse(200, b"ready\n")
        if self.closing or self.drain is not None:
            response = HTTPResponse(503, b"the server is closing\n")
            response.headers.extend(self._drain_fields)
        octets = response_octets(ws, response, head_only=request.method == "HEAD")
        raise Answered(response.status_code, octets)

    async def _ask_application(self, ws: WSConnection, request: HTTPRequest) -> None:
        """Let each function of `on_request` see the request. Raises Answered as soon as one has an answer."""
        for on_request in self._settings.on_request:
            try:
                response = await ask(on_request, request)
                octets = b"" if response is None else response_octets(ws, response, head_only=request.method == "HEAD")
            except Exception as exc:
                event = "on_request failed"
                tell(logging.ERROR, event, request.remote_address, event, error=exc)
                raise Refused(500, "internal error") from exc
            if response is not None:
                raise Answered(response.status_code, octets)

    def _answer(self, request: Request, asked: HTTPRequest, *, secure: bool) -> AcceptConnection:
        """What to answer to a request that keeps the protocol's rules. Raises Refused."""
        settings = self._settings
        if self.closing or self.drain is not None:
            raise Refused(503, "the server is closing", self._drain_fields)
        try:
            allowed = origin_is_allowed(asked.header("origin"), request.host, settings.origins, secure=secure)
            subprotocol = self._choose_subprotocol(request.subprotocols, asked)
        except Exception as exc:
            tell(logging.ERROR, "callback failed", asked.remote_address, "a callback failed", error=exc)
            raise Refused(500, "internal error") from exc
        if not allowed:
            raise Refused(403, "the origin is not allowed")
        if isinstance(settings.handler, Routes) and settings.handler.find(asked.path) is None:
            raise Refused(404, "nothing is served at this path")
        return AcceptConnection(
            subprotocol=subprotocol,
            extensions=make_extensions(settings.compression),
            extra_headers=list(settings.extra_headers),
        )

    def _choose_subprotocol(self, offered: list[str], asked: HTTPRequest) -> str | None:
        """One of those that the client offers, or None. Raises what a callback raises, and ValueError for its own."""
        wanted = self._settings.subprotocols
        if not callable(wanted):
            return next((name for name in wanted if name in offered), None)
        chosen = wanted(tuple(offered), asked)
        # 6455-4.2.2-3: "The value chosen MUST be derived from the client's handshake".
        if chosen is not None and chosen not in offered:
            raise ValueError(f"subprotocols chose {chosen!r}, which the client has not offered")
        return chosen
