"""The inside of an open connection: what its users' calls, the housekeeper and callback serving all work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from rawws.core.cookies import parse_cookies
from rawws.core.errors import RemoteProtocolError
from rawws.core.headers import field_texts
from rawws.core.octet_session import OctetSession
from rawws.core.routes import path_of
from rawws.core.session import EndedBy, Session
from rawws.trio.callbacks import END, MORE, NO_ROOM, NOTHING, Left
from rawws.trio.crowd import crowd
from rawws.trio.housekeeper import housekeeper
from rawws.trio.reading import Reader
from rawws.trio.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from rawws.core import WSConnection
    from rawws.core.connection import ConnectionState
    from rawws.core.limits import Limits
    from rawws.core.session import Ended, SessionStats
    from rawws.trio.callbacks import Callbacks
    from rawws.trio.opening import Opened
    from rawws.trio.transport import Transport

# Reads of one connection in one round of housekeeping, so that a flood keeps neither the others nor the loop waiting.
_READS_PER_ROUND = 16

# So many octets wait for the peer only when it is slow: whatever keepalive itself sends is less.
_MORE_THAN_PINGS = 4096


class Link:
    """Session, reader and writer of one connection, and what is done with them while no user's call is at work.

    `WebSocket` is one, with the calls that users make.
    """

    __slots__ = (
        "__weakref__",
        "_callbacks",
        "_closing",
        "_cut",
        "_drop_at",
        "_limits",
        "_plain",
        "_read_bytes",
        "_reader",
        "_receiving",
        "_session",
        "_transport",
        "_unread_bytes",
        "_writer",
        "extensions",
        "remote_address",
        "request",
        "response",
        "subprotocol",
    )

    def __init__(self, transport: Transport, ws: WSConnection, opened: Opened) -> None:
        connection = ws.connection
        if connection is None:
            raise RuntimeError("the opening handshake is not complete")
        self.request = opened.request
        self.response = opened.response
        self.subprotocol = opened.response.subprotocol
        self.extensions = ws.handshake.agreed_extensions
        self.remote_address = opened.remote_address
        self._transport = transport
        self._limits: Limits = connection.limits
        self._session = (OctetSession if opened.text_as_bytes else Session)(connection, trio.current_time())
        self._writer = Writer(transport, self._limits.write_high_water, self._limits.write_low_water, self)
        self._reader = Reader(transport, self._session, self._writer)
        self._receiving = False
        self._closing = False
        self._cut = False
        # Whether a message that waits may be given at once: this end is open, and reads no message in chunks.
        self._plain = True
        self._callbacks: Callbacks | None = None
        self._drop_at: float | None = None
        self._unread_bytes = 0
        self._read_bytes = 0
        transport.join(crowd())
        housekeeper().add(self)

    # -- what it is -----------------------------------------------------------------------------------------------

    @property
    def state(self) -> ConnectionState:
        """Where the connection stands (RFC 6455 §4 and §7)."""
        return self._session.state

    @property
    def ended(self) -> Ended | None:
        """How the connection ended, None while it has not."""
        return self._session.ended

    @property
    def broken(self) -> bool:
        """Whether the network takes nothing more; what has come before may still be received."""
        return self._writer.broken is not None

    @property
    def path(self) -> str:
        """The path of the request, as it was sent, without its query (RFC 9110 §7.1)."""
        return path_of(self.request.target)

    def header(self, name: str) -> str | None:
        """The value of the request's first header field of this name, None where there is none (RFC 9110 §5.1)."""
        return next(iter(field_texts(self.request.extra_headers, name)), None)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies of the request, by name (RFC 6265 §4.2)."""
        return parse_cookies(field_texts(self.request.extra_headers, "cookie"))

    @property
    def close_code(self) -> int | None:
        """The code of the peer's Close frame: 1005 when it held none, 1006 when none came; None while open (§7.1.5)."""
        ended = self._session.ended
        if ended is None:
            return None
        return ended.code if ended.clean or ended.by is EndedBy.REMOTE else 1006

    @property
    def close_reason(self) -> str | None:
        """The reason in the peer's Close frame, "" when there was none; None while open (§7.1.6)."""
        ended = self._session.ended
        if ended is None:
            return None
        return ended.reason if ended.clean or ended.by is EndedBy.REMOTE else ""

    @property
    def latency(self) -> float | None:
        """The latest round-trip time of a ping in seconds, None before the first pong."""
        return self._session.latency

    @property
    def stats(self) -> SessionStats:
        """Counts of messages, octets, pings and pongs."""
        stats, writer = self._session.stats, self._writer
        if writer.express_messages:
            stats.messages_sent += writer.express_messages
            stats.bytes_sent += writer.express_length
            writer.express_messages = writer.express_length = 0
        return stats

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._session.state.name} {self.remote_address}>"

    # -- what every call does -------------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Hand to the network what the session has to say.

        Pongs wait for room, since a peer may ping and never read.
        """
        session = self._session
        if session.has_data_to_send and (self._writer.has_room or not session.owes_only_pongs):
            self._writer.write(session.data_to_send())

    def _broken(self) -> trio.BrokenResourceError:
        """The error that says how the connection ended, with its cause."""
        ended = self._session.ended
        cause: BaseException | None = self._reader.cause or self._writer.broken
        text = "the network connection is broken" if ended is None else str(ended)
        if ended is not None and ended.failure is not None:
            cause = cause or RemoteProtocolError(str(ended.failure))
        if self._reader.stall:
            text += f"; this process had not run for {self._reader.stall:.1f} seconds before"
        error = trio.BrokenResourceError(text)
        error.__cause__ = cause
        return error

    def progress(self) -> None:
        """Have whoever waits look again."""
        self._reader.progress()
        if self._callbacks is not None:
            self._callbacks.look_at(self)

    def room_came(self) -> None:
        """Called by the writer: there is room for more."""
        self._flush()
        if self._callbacks is not None:
            self._callbacks.look_at(self)

    def _drop_messages(self) -> None:
        # In chunks: a large message that nobody wants is not put together.
        while self._session.next_chunk() is not None:
            pass
        self._flush()

    def cut(self) -> None:
        """Give the socket back at once, without any handshake; wake whoever waits."""
        if self._cut:
            return
        self._cut = True
        self._plain = False
        if self._callbacks is not None:
            self._callbacks.forget(self)
        if self._session.ended is None:
            self._session.receive(None, trio.current_time())
            self._drop_messages()
        # What is under a cork was sent before this, and the kernel may still take it.
        self._writer.uncork()
        self._transport.close()
        self._writer.fail(OSError("the connection was cut by this end"))
        self._writer.forget_owner()
        self.progress()
        housekeeper().remove(self)

    # -- callbacks ------------------------------------------------------------------------------------------------

    def give_to(self, callbacks: Callbacks) -> None:
        """Leave the reader role, and receiving, to the one who calls back for all connections of a server."""
        self._callbacks = callbacks
        self._transport.leave()
        self._reader.held = self._receiving = True

    def give_back(self) -> None:
        """The reader role is free again."""
        self._callbacks = None
        self._reader.held = self._receiving = False
        self._reader.progress()

    def fileno(self) -> int:
        """The number of the socket, -1 where there is none."""
        return self._transport.fileno()

    @property
    def has_room(self) -> bool:
        """Whether `send_nowait` would find room; what is broken has none."""
        return self._writer.has_room

    def call_back(self, on_message: Callable[[Any, str | bytes], None], most: int, *, read: bool) -> Left:
        """Read once if asked to, and hand over at most so many messages while there is room to answer them.

        Says what is left to do then. Raises whatever `on_message` raises.
        """
        session, writer, messages, reader = self._session, self._writer, self._session.messages, self._reader
        # Octets that TLS has taken from the socket already are announced by nobody.
        if not messages and (read or self._transport.pending):
            reader.read()
        try:
            while self._plain and most and (writer.has_room or writer.broken is not None):
                if not messages:
                    if session.at_rest:
                        break
                    message = session.next_message()
                    self._flush()
                    if message is None:
                        break
                    messages.insert(0, message)
                most -= 1
                on_message(self, messages.pop(0))
        finally:
            if writer.corked is not None:
                writer.uncork()
            if reader.waiting is not None:
                reader.progress()
        if not writer.has_room and writer.broken is None:
            return NO_ROOM
        if messages or not session.at_rest:
            return MORE
        if session.ended is not None:
            return END
        return NOTHING if self._transport.plain or not self._transport.pending else MORE

    # -- housekeeping ---------------------------------------------------------------------------------------------

    def keep_house(self, now: float, *, stalled: bool) -> None:
        """Do what nobody waits for; called about once a second. Never reads under a task that does.

        stalled: whether this process did not run for a while, so that nobody could have been heard.
        """
        if self._cut:
            return
        session = self._session
        room = True
        if self._callbacks is not None:
            # What waits for room to be answered is not read, either.
            room = self.has_room or self.broken
        elif not self._reader.held:
            room = session.read_ahead()
            for _ in range(_READS_PER_ROUND):
                if not room or session.ended is not None or not self._reader.read():
                    break
                room = session.read_ahead()
        if self._peer_reads() or stalled or not room:
            # Silence counts only where we listen, and a peer that takes octets off a full pipe is alive.
            session.heard(now)
        deadline = session.next_deadline()
        if deadline is not None and now >= deadline:
            session.on_deadline(now)
        if session.free_idle():
            housekeeper().freed += 1
        self._flush()
        if session.ended is not None:
            self.progress()
        if session.must_drop:
            self._drop_when_due(now)

    def _peer_reads(self) -> bool:
        """Whether a peer that has more to read than a few pings has read some of it since the last round."""
        if not self._unread_bytes and self._read_bytes == self._writer.taken and not self._writer.backlog_bytes:
            return False
        in_kernel = self._transport.unacknowledged()
        had, read = self._unread_bytes, self._read_bytes
        self._unread_bytes = self._writer.backlog_bytes + in_kernel
        self._read_bytes = self._writer.taken - in_kernel
        return had > _MORE_THAN_PINGS and self._read_bytes > read

    def _drop_when_due(self, now: float) -> None:
        """End the network connection of a session that has ended, though nobody asks for it."""
        if self._drop_at is None:
            self._drop_at = now + (self._limits.close_timeout or 0.0)
            self._writer.end()
            if self._reader.held:
                self._transport.wake()
        elif now >= self._drop_at or self._reader.at_end:
            self._give_up()

    def _give_up(self) -> None:
        """The socket goes back; the WebSocket stays for who asks how it ended."""
        self._reader.at_end = True
        if self._callbacks is not None:
            self._callbacks.forget(self)
        self._transport.close()
        self._writer.fail(OSError("the connection has ended"))
        self.progress()
        housekeeper().remove(self)
