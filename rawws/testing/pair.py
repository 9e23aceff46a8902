"""Both ends of one connection in memory: events to events, or messages to messages."""

from __future__ import annotations

from typing import NamedTuple

from rawws.core import WSConnection
from rawws.core.connection import CLIENT, SERVER, ConnectionState
from rawws.core.events import AcceptConnection, Event, Request
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.session import Session
from rawws.testing.clock import VirtualClock
from rawws.testing.cuts import Cut, whole
from rawws.testing.frames import Role
from rawws.testing.wire import Wire

_REQUEST = Request(host="localhost", target="/")


def _pieces(wire: Wire, cut: Cut, most: int | None = None) -> list[bytes | None]:
    """What a reader gets. No piece is empty: to who reads a socket, that would be the end of the stream."""
    data = wire.take(most)
    return [None] if data is None else [piece for piece in cut(data) if piece]


class Pair:
    """A client and a server joined in memory, from the first octet of the opening handshake on.

        pair = Pair()
        pair.send("client", Request(host="localhost", target="/"))
        [request] = pair.receive("server")

    client, server: the connections. to_client, to_server: the wires between them.
    client_limits, server_limits: what each end allows. cut: how what arrives is cut into pieces.
    """

    def __init__(
        self, *, client_limits: Limits = DEFAULT_LIMITS, server_limits: Limits = DEFAULT_LIMITS, cut: Cut = whole
    ) -> None:
        self.client = WSConnection(CLIENT, limits=client_limits)
        self.server = WSConnection(SERVER, limits=server_limits)
        self.to_client = Wire()
        self.to_server = Wire()
        self.cut = cut

    def connection(self, role: Role) -> WSConnection:
        """One of the two ends."""
        return self.client if role == "client" else self.server

    def send(self, sender: Role, event: Event) -> None:
        """Let one end send an event. Raises LocalProtocolError as its `send` does."""
        wire = self.to_server if sender == "client" else self.to_client
        wire.write(self.connection(sender).send(event))

    def receive(self, reader: Role) -> list[Event]:
        """Let one end read everything that is on its way to it; the events that come of it.

        Raises RemoteProtocolError as its `receive_data` does.
        """
        wire = self.to_client if reader == "client" else self.to_server
        connection = self.connection(reader)
        events: list[Event] = []
        while not wire.quiet:
            for piece in _pieces(wire, self.cut):
                # Octets that come behind the end of a connection are nobody's any more.
                if connection.state is not ConnectionState.CLOSED:
                    connection.receive_data(piece)
                    events += connection.events()
        return events


def open_pair(
    request: Request = _REQUEST,
    response: AcceptConnection | None = None,
    *,
    client_limits: Limits = DEFAULT_LIMITS,
    server_limits: Limits = DEFAULT_LIMITS,
    cut: Cut = whole,
) -> Pair:
    """A client and a server behind an opening handshake that has succeeded.

    request: what the client asks. response: what the server answers; None for a plain acceptance. Raises
    LocalProtocolError or RemoteProtocolError where the two do not fit.
    """
    pair = Pair(client_limits=client_limits, server_limits=server_limits, cut=cut)
    pair.send("client", request)
    pair.receive("server")
    pair.send("server", response or AcceptConnection())
    pair.receive("client")
    return pair


class Exchanged(NamedTuple):
    """The messages that each end has taken."""

    client: list[str | bytes]
    server: list[str | bytes]


class SessionPair:
    """Two sessions joined in memory, with a clock of their own: a transport in small.

        pair = SessionPair()
        pair.client.send("hello")
        assert pair.exchange().server == ["hello"]

    client, server: the sessions. clock: their time. to_client, to_server: the wires between them, which can break.
    opened: a pair behind its opening handshake, such as `open_pair` gives; None for a plain one with `limits`.
    """

    def __init__(
        self, opened: Pair | None = None, *, limits: Limits = DEFAULT_LIMITS, clock: VirtualClock | None = None
    ) -> None:
        opened = opened or open_pair(client_limits=limits, server_limits=limits)
        if opened.client.connection is None or opened.server.connection is None:
            raise ValueError("the opening handshake is not complete")
        self.clock = clock or VirtualClock()
        self.client = Session(opened.client.connection, self.clock())
        self.server = Session(opened.server.connection, self.clock())
        self.clock.watch(self.client, self.server)
        self.to_client = opened.to_client
        self.to_server = opened.to_server
        self.cut = opened.cut

    def session(self, role: Role) -> Session:
        """One of the two ends."""
        return self.client if role == "client" else self.server

    def wire_to(self, reader: Role) -> Wire:
        """The wire that one end reads from."""
        return self.to_client if reader == "client" else self.to_server

    def flush(self) -> None:
        """Put what both ends have to send on the wires; an end that is to drop its connection ends its wire."""
        for session, wire in ((self.client, self.to_server), (self.server, self.to_client)):
            for data in session.data_to_send():
                wire.write(data)
            if session.must_drop:
                wire.end()

    def deliver(self, reader: Role, most: int | None = None) -> list[str | bytes]:
        """Let one end read at most `most` octets (None: all) of what is on its way; the messages that it then takes."""
        session = self.session(reader)
        for piece in _pieces(self.wire_to(reader), self.cut, most):
            session.receive(piece, self.clock())
        messages = []
        while (message := session.next_message()) is not None:
            messages.append(message)
        self.flush()
        return messages

    def exchange(self) -> Exchanged:
        """Carry octets to and fro until both wires are quiet."""
        self.flush()
        got = Exchanged([], [])
        while not (self.to_client.quiet and self.to_server.quiet):
            got.server.extend(self.deliver("server"))
            got.client.extend(self.deliver("client"))
        return got

    def advance(self, seconds: float) -> Exchanged:
        """Let time pass, and carry octets before and after whatever comes due on the way."""
        got = self.exchange()
        for _ in self.clock.ticks(seconds):
            more = self.exchange()
            got.client.extend(more.client)
            got.server.extend(more.server)
        return got
