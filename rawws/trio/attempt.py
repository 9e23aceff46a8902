"""RFC 6455 §4.1: one opening handshake with one server, as its client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rawws.core import WSConnection
from rawws.core.connection import CLIENT
from rawws.core.credentials import hide_secrets
from rawws.core.events import AcceptConnection, RejectConnection, Request
from rawws.trio.compression import Compression, make_extensions
from rawws.trio.errors import Rejected
from rawws.trio.failures import FAILURES, cause_of, connect_error
from rawws.trio.opening import Handshaker, Opened, Stage
from rawws.trio.websocket import WebSocket

if TYPE_CHECKING:
    from rawws.core.limits import Limits
    from rawws.core.redirect import Destination
    from rawws.trio.transport import Transport
    from rawws.trio.way import Way


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to ask a server for, whichever it is."""

    compression: Compression
    subprotocols: list[str]
    limits: Limits
    text_as_bytes: bool


class Attempt:
    """One opening handshake; what it sends is ready when this is made.

    Raises LocalProtocolError for what cannot be sent.
    """

    def __init__(self, destination: Destination, wishes: Wishes) -> None:
        url = destination.url
        headers = list(destination.headers)
        if url.credentials is not None:
            headers.append((b"Authorization", url.credentials.basic()))
        self._url = url
        self._limits = wishes.limits
        self._text_as_bytes = wishes.text_as_bytes
        self._request = Request(
            host=url.host_header,
            target=url.target,
            extensions=make_extensions(wishes.compression),
            # Whoever prints the request of a connection does not print passwords.
            extra_headers=hide_secrets(headers),
            subprotocols=wishes.subprotocols,
        )
        self._ws = WSConnection(CLIENT, limits=wishes.limits, skip_informational=True)
        self._octets = self._ws.send(self._request)

    async def open(self, way: Way, stage: Stage) -> WebSocket:
        """Connect, and shake hands; `stage` tells meanwhile how far that is. Raises ConnectError."""
        transport: Transport | None = None
        try:
            transport, remote = await way.open(self._url, stage)
            stage.waiting_for = "the answer of the server"
            handshaker = Handshaker(transport, self._ws)
            await handshaker.send(self._octets)
            answer = await handshaker.read_answer(self._limits.max_refusal_bytes)
            return self._established(transport, answer, remote)
        except BaseException as exc:
            if transport is not None:
                transport.close()
            if isinstance(exc, FAILURES):
                raise connect_error(exc, self._url.host_header) from cause_of(exc)
            raise

    def _established(
        self, transport: Transport, answer: AcceptConnection | tuple[RejectConnection, bytes], remote: object
    ) -> WebSocket:
        if not isinstance(answer, AcceptConnection):
            refusal, body = answer
            raise Rejected(refusal.status_code, list(refusal.headers), body)
        return WebSocket(transport, self._ws, Opened(self._request, answer, remote, self._text_as_bytes))
