"""The sans-IO core, in wsproto's shape: replace `wsproto` by `rawws.core` in an import and go on.

No socket, no clock, no thread: octets and events come in, octets and events go out. The modules that wsproto has
(`connection`, `events`, `extensions`, `frame_protocol`, `handshake`, `typing`, `utilities`) have the same public names
here; `limits`, `failure`, `headers` and `session` stand beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

# The version of the interface that is kept here; embedders ask for it as `wsproto.__version__`.
from wsproto import __version__ as __version__

from rawws.core.connection import Connection, ConnectionState, ConnectionType
from rawws.core.failure import Failure, Fault
from rawws.core.handshake import H11Handshake
from rawws.core.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rawws.core.events import Event
    from rawws.core.typing import Headers

__all__ = [
    "Connection",
    "ConnectionState",
    "ConnectionType",
    "Failure",
    "Fault",
    "H11Handshake",
    "Limits",
    "WSConnection",
]


class WSConnection:
    """One end of a WebSocket connection, from the first octet of the opening handshake on.

    connection_type: CLIENT or SERVER.
    limits: what the connection may cost.
    skip_informational: see `H11Handshake`.
    client: whether this end is the client.
    handshake: the opening handshake.
    connection: what comes after it, None until it has succeeded.
    """

    def __init__(
        self,
        connection_type: ConnectionType,
        *,
        limits: Limits = DEFAULT_LIMITS,
        skip_informational: bool = False,
    ) -> None:
        self.client = connection_type is ConnectionType.CLIENT
        self.handshake = H11Handshake(connection_type, limits, skip_informational=skip_informational)
        self.connection: Connection | None = None

    @property
    def state(self) -> ConnectionState:
        """Where the connection stands."""
        return self.handshake.state if self.connection is None else self.connection.state

    @property
    def failure(self) -> Failure | None:
        """Why the handshake or the connection failed; None while it has not, and when the peer closed it."""
        return self.handshake.failure if self.connection is None else self.connection.failure

    def initiate_upgrade_connection(self, headers: Headers, path: bytes | str) -> None:
        """Server: begin with a request that somebody else has read and parsed.

        headers: its header fields. path: its target. Raises RemoteProtocolError as `receive_data` does.
        """
        self.handshake.initiate_upgrade_connection(headers, path)

    def send(self, event: Event) -> bytes:
        """The octets to send for `event`. Raises LocalProtocolError, and changes nothing, where it may not be sent."""
        if self.connection is not None:
            return self.connection.send(event)
        data = self.handshake.send(event)
        self.connection = self.handshake.connection
        return data

    def receive_data(self, data: bytes | None) -> None:
        """Take octets from the peer (None: no more will come); `events` tells what they mean.

        Raises RemoteProtocolError while the handshake lasts (its `event_hint` is the answer to send), and
        LocalProtocolError when there are octets and the connection is CLOSED.
        """
        if self.connection is not None:
            self.connection.receive_data(data)
            return
        self.handshake.receive_data(data)
        self.connection = self.handshake.connection

    def events(self) -> Iterator[Event]:
        """What the peer's octets mean, one event after the other, parsed on demand."""
        if self.connection is not None and not self.handshake.pending:
            return self.connection.events()
        return self._all_events()

    def _all_events(self) -> Iterator[Event]:
        yield from self.handshake.events()
        if self.connection is not None:
            yield from self.connection.events()
