"""Both ends of an opening handshake, brought to the point where a test begins."""

from __future__ import annotations

import h11
import pytest

from rawws.core.connection import CLIENT, SERVER
from rawws.core.events import RejectConnection, Request
from rawws.core.extensions import Extension
from rawws.core.handshake import H11Handshake
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.utilities import RemoteProtocolError, generate_accept_token

from tests.core.battery.rows import SEC_KEY, request

ACCEPTANCE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
)


def asked(*fields: bytes, limits: Limits = DEFAULT_LIMITS) -> H11Handshake:
    """A server that has read a good request."""
    server = H11Handshake(SERVER, limits)
    server.receive_data(request(*fields))
    assert isinstance(next(server.events()), Request)
    return server


def refused(octets: bytes = request(without=SEC_KEY)) -> tuple[H11Handshake, RejectConnection]:
    """A server that has read a bad request, and what it should answer."""
    server = H11Handshake(SERVER)
    with pytest.raises(RemoteProtocolError) as caught:
        server.receive_data(octets)
    assert isinstance(caught.value.event_hint, RejectConnection)
    return server, caught.value.event_hint


def read(sent: bytes, method: str = "GET") -> tuple[h11.Response, bytes]:
    """A refusal as a client reads it; it has to be whole."""
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method=method, target="/", headers=[("Host", "h")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(sent)
    head = reader.next_event()
    assert isinstance(head, h11.Response)
    if reader.their_state is h11.SEND_BODY and b"close" in dict(head.headers).get(b"connection", b""):
        reader.receive_data(b"")
    body = b""
    while isinstance(event := reader.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    return head, body


def sent(request: Request) -> h11.Request:
    """The request as a server reads it."""
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(H11Handshake(CLIENT).send(request))
    read = reader.next_event()
    assert isinstance(read, h11.Request)
    assert isinstance(reader.next_event(), h11.EndOfMessage)
    assert reader.trailing_data[0] == b""
    return read


def waiting(
    octets: bytes = b"", *, limits: Limits = DEFAULT_LIMITS, skip: bool = False, **fields: object
) -> tuple[H11Handshake, bytes]:
    """A client that has sent its request, and an answer with the right token in it."""
    client = H11Handshake(CLIENT, limits, skip_informational=skip)
    request = Request(host="h", target="/", **fields)  # type: ignore[arg-type]  # some are wrong on purpose
    lines = client.send(request).split(b"\r\n")
    key = next(line.split(b": ")[1] for line in lines if line.startswith(b"Sec-WebSocket-Key"))
    return client, octets.replace(b"{accept}", generate_accept_token(key))


class Offering(Extension):
    """A foreign extension."""

    def __init__(self, name: str, parameters: object = True, *, offer: bool = True) -> None:
        self.name = name
        self._offer = parameters if offer else False

    def __repr__(self) -> str:
        # Without an address, so that a test has the same name in every process.
        return f"Offering({self.name!r}, {self._offer!r})"

    def offer(self) -> bool | str:
        """What it was told to offer."""
        return self._offer  # type: ignore[return-value]
