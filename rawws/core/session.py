"""Whole messages in and out, with what every transport would otherwise write again.

A `Session` answers pings, does the closing handshake, keeps the connection alive, holds the limits and says what is due
when. It has no socket and no clock: octets, messages and the time come in as arguments. A transport reads

    session.receive(data, now)                  what came from the network, None at its end
    message = session.next_message()            until it is None
    for data in session.data_to_send(): …       after each call, whatever the call was
    session.on_deadline(now)                    when `session.next_deadline()` has come
    session.ended                               then nothing more comes in

Parsing is on demand: what was complete before a violation is delivered, and can be answered, before the Close goes out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from rawws.core.assembly import Assembly
from rawws.core.close_payload import build_close, check_close
from rawws.core.connection import Connection, ConnectionState
from rawws.core.control_allowance import ControlAllowance
from rawws.core.ended import Ended, EndedBy, SessionStats
from rawws.core.errors import LocalProtocolError, WrongValue
from rawws.core.events import CloseConnection, Ping, Pong
from rawws.core.failure import Failure, Fault
from rawws.core.frame_protocol import TWO_BUFFERS, CloseReason, Opcode
from rawws.core.keepalive import Keepalive, PingHandle

if TYPE_CHECKING:
    from collections.abc import Callable

    from rawws.core.frame_protocol import Frame
    from rawws.core.prepared import PreparedMessage

__all__ = ["Ended", "EndedBy", "PingHandle", "Session", "SessionStats"]

# Pongs that wait for the network at most; beyond, the newest takes the place of the last (§5.5.3 allows it).
_MOST_PONGS = 64


class Session:
    """One established connection, message by message.

    connection: the connection behind the opening handshake (`WSConnection.connection`).
    now: the time in seconds, of any clock that only goes forward.
    on_pong: called with each ping whose pong came.
    messages: those that have come whole and wait, the oldest first. `next_message` gives them; a transport in a hurry
        may take the first one itself, as long as no message is being read in chunks. (A list, since few ever wait: an
        empty deque is ten times as large.)
    at_rest: whether all that has come stands in `messages` or is dealt with: `next_message` has no other to give.
    ended: how the connection ended, None while it has not: nothing more will be received then.
    stats: counts.
    """

    __slots__ = (
        "__weakref__",
        "_allowance",
        "_at_end",
        "_close_deadline",
        "_close_sent",
        "_connection",
        "_drop",
        "_frames_received",
        "_keepalive",
        "_limits",
        "_now",
        "_on_pong",
        "_out",
        "_parts",
        "_pongs",
        "_sending_fragments",
        "_skipping",
        "_streaming",
        "at_rest",
        "ended",
        "messages",
        "stats",
    )

    #: What a message that comes in parts is put together in.
    _assembly = Assembly

    def __init__(
        self, connection: Connection, now: float = 0.0, *, on_pong: Callable[[PingHandle], None] | None = None
    ) -> None:
        self._connection = connection
        self._limits = connection.limits
        self._keepalive = Keepalive(connection.limits, now)
        self._on_pong = on_pong
        self._now = now
        self.messages: list[str | bytes] = []
        self.at_rest = False
        self._frames_received = 0
        # The message that has come in part, where there is one.
        self._parts: Assembly | None = None
        self._streaming = False
        self._skipping = False
        self._sending_fragments = False
        self._out: list[bytes] = []
        self._pongs: list[int] = []
        self._close_deadline: float | None = None
        self._close_sent = False
        self._at_end = False
        self._drop = False
        self._allowance = ControlAllowance(connection.limits, now)
        self.ended: Ended | None = None
        self.stats = SessionStats()

    # -- what it is -----------------------------------------------------------------------------------------------

    @property
    def state(self) -> ConnectionState:
        """Where the connection stands (RFC 6455 §4 and §7)."""
        return self._connection.state

    @property
    def failure(self) -> Failure | None:
        """Which rule was broken, None while none was."""
        return self._connection.failure

    @property
    def latency(self) -> float | None:
        """The latest round-trip time of a ping in seconds, None before the first pong."""
        return self._keepalive.latency

    @property
    def heard_at(self) -> float:
        """When octets came last, or when it was noticed that none could have come; in the caller's seconds."""
        return self._keepalive.heard_at

    @property
    def must_drop(self) -> bool:
        """Whether the network connection is to be closed now, once everything in `data_to_send` has gone out.

        "the server MUST close the underlying TCP connection immediately; the client SHOULD wait for the server to close
        the connection but MAY close the connection at any time" (§7.1.1, §5.5.1). A client waits until its deadline.
        """
        return self._drop

    # -- receiving ------------------------------------------------------------------------------------------------

    def receive(self, data: bytes | bytearray | memoryview | None, now: float) -> None:
        """Take octets from the network at `now`; None says that it has ended. Raises nothing, whatever the octets."""
        self._now = now
        self.at_rest = False
        if data is None:
            self._at_end = True
            self._connection.receive_data(None)
            if self._connection.state is ConnectionState.CLOSED:
                self._drop = True
                if self.ended is None:
                    # Nothing was left to parse that could have told it.
                    self._end(Ended(EndedBy.NETWORK, 1006, "", None, clean=False))
            return
        # `Keepalive.heard`, without the call.
        self._keepalive.heard_at = now
        self._keepalive.asked_at = None
        if self._parts is None:
            messages = self.messages
            before = len(messages)
            self.at_rest = self._connection.receive_messages(data, messages)
            if messages:
                self._count(before)
        elif self._connection.state is not ConnectionState.CLOSED:
            self._connection.receive_data(data)

    def free_idle(self) -> bool:
        """Give back memory that has not been used since this was called last; see `Connection.free_idle`."""
        return self._connection.free_idle()

    def receive_buffer(self, minimum: int) -> memoryview | None:
        """Room for the rest of a large message, for one `socket.recv_into`; see `Connection.receive_buffer`."""
        return self._connection.receive_buffer(minimum)

    def buffer_received(self, count: int, now: float) -> None:
        """Say how many octets were read at `now` into what `receive_buffer` gave; 0 when none were."""
        at_rest = self._connection.buffer_received(count)
        if count:
            self._now = now
            self.at_rest = at_rest
            self._keepalive.heard(now)

    def next_message(self) -> str | bytes | None:
        """The next whole message, str for text and bytes for binary; None when there is none (or none any more).

        On the way pings are answered and a Close frame is replied to. Raises nothing.
        """
        messages = self.messages
        if self._streaming:
            self.skip_rest()
        if self.at_rest and not messages:
            return None
        while not messages or self._skipping:
            if self._skipping and self._drop_rest():
                continue
            if not self._advance():
                return None
        return messages.pop(0)

    def next_chunk(self) -> tuple[str | bytes, bool] | None:
        """What has come of the next message, without waiting for the whole, and whether that is its end.

        `next_message` skips the rest of a message whose first chunk was taken here. Raises nothing.
        """
        while not self.messages or self._skipping:
            if self._skipping:
                if self._drop_rest():
                    continue
            elif self._parts is not None and self._parts.size:
                self._streaming = True
                chunk = self._parts.joined()
                self._parts.clear()
                return chunk, False
            if not self._advance(whole=False):
                return None
        self._streaming = False
        return self.messages.pop(0), True

    def skip_rest(self) -> None:
        """Let the rest of a message whose first chunk was taken be dropped, as far as it has come and will come."""
        self._skipping = self._streaming

    @property
    def streaming(self) -> bool:
        """Whether the first chunk of a message was taken, its end was not, and the rest is not being dropped."""
        return self._streaming and not self._skipping

    def _drop_rest(self) -> bool:
        """Drop what has come of a message that is being skipped; whether that was its end."""
        if not self.messages:
            if self._parts is not None:
                self._parts.clear()
            return False
        self.messages.pop(0)
        self._streaming = self._skipping = False
        return True

    def read_ahead(self) -> bool:
        """Parse what has come into the queue, so that pings and closes are answered while nobody takes messages.

        Stops at the bounds of the queue; says whether there is room for more octets.
        """
        limits = self._limits
        if self.at_rest and not self.messages and self._parts is None and not self._connection.buffered_bytes:
            return True
        most = limits.max_queued_bytes
        # What is taken in chunks, or has no bound of its own, must not gather while nobody takes it.
        most_unfinished = most if self.streaming or limits.max_message_bytes is None else math.inf
        while len(self.messages) < limits.max_queued_messages and self.queued_bytes <= most:
            if self._parts is not None and self._parts.size > most_unfinished:
                return False
            if not self._advance():
                return self.unfinished_bytes <= most_unfinished
        return False

    @property
    def queued_bytes(self) -> int:
        """About how many octets the messages that wait hold."""
        return sum(map(len, self.messages))

    @property
    def unfinished_bytes(self) -> int:
        """Octets of the message that has come in part, or of what has not been looked at."""
        return (0 if self._parts is None else self._parts.size) + self._connection.buffered_bytes

    def _scan(self) -> bool:
        """Take the run of whole, plain messages that has come, the quick way; whether there was any."""
        if self._parts is not None:
            return self._scan_fragments()
        before = len(self.messages)
        if not self._connection.scan_messages(self.messages):
            return False
        self._count(before)
        return True

    def _scan_fragments(self) -> bool:
        """Take the run of whole, plain fragments that has come inside a message; whether there was any."""
        run = self._connection.next_fragments()
        if run is None:
            return False
        payload, count = run
        self._frames_received += count
        self._parts.add(payload)  # type: ignore[union-attr]
        return True

    def _count(self, before: int) -> None:
        """Count the messages that have come as one frame each, behind the first `before`."""
        run = self.messages[before:] if before else self.messages
        stats = self.stats
        count = len(run)
        self._frames_received += count
        stats.messages_received += count
        stats.bytes_received += len(run[0]) if count == 1 else sum(map(len, run))

    def _advance(self, *, whole: bool = True) -> bool:
        """Parse a little; whether there was anything. whole: leave a large message where it is until all has come."""
        if self.at_rest and (whole or self._connection.at_rest):
            return False
        if self._scan():
            return True
        frame = self._connection.next_frame(whole=whole)
        if frame is None:
            # Until more octets come, there is nothing to look for.
            self.at_rest = True
            return False
        opcode = frame.opcode
        if opcode is Opcode.TEXT or opcode is Opcode.BINARY:
            self._data_frame(frame)
        elif opcode is Opcode.CLOSE:
            self._close_frame(frame)
        else:
            self._control_frame(frame)
        return True

    def _data_frame(self, frame: Frame) -> None:
        """Put the pieces of a message together."""
        payload: str | bytes = frame.payload  # type: ignore[assignment]
        self._frames_received += frame.frame_finished
        if self._parts is None and frame.message_finished:
            self._deliver(payload)
            return
        if self._parts is None:
            self._parts = self._assembly(text=frame.opcode is Opcode.TEXT)
        self._parts.add(payload)
        if frame.message_finished:
            whole = self._parts.joined()
            self._parts = None
            self._deliver(whole)

    def _deliver(self, message: str | bytes) -> None:
        self.messages.append(message)
        self.stats.messages_received += 1
        self.stats.bytes_received += len(message)

    def _control_frame(self, frame: Frame) -> None:
        payload: bytes = frame.payload  # type: ignore[assignment]
        if not self._allowance.spend(self._now, self._frames_received):
            self._fail(
                Failure(
                    "6455-10.4-1",
                    "too many control frames",
                    1008,
                    limit="max_control_burst",
                    offset=self._connection.offset,
                )
            )
        elif frame.opcode is Opcode.PING:
            self.stats.pings_received += 1
            self._answer_ping(payload)
        else:
            self.stats.pongs_received += 1
            for handle in self._keepalive.pong(payload, self._now):
                if self._on_pong is not None:
                    self._on_pong(handle)

    def _answer_ping(self, payload: bytes) -> None:
        """Queue a pong.

        6455-5.5.2-1: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already
        received a Close frame."
        """
        pong = self._connection.send(Pong(payload))
        if len(self._pongs) < _MOST_PONGS:
            self._pongs.append(len(self._out))
            self._out.append(pong)
        else:
            # "If an endpoint receives a Ping frame and has not yet sent Pong frame(s) in response to previous Ping
            # frame(s), the endpoint MAY elect to send a Pong frame for only the most recently processed Ping frame."
            # (§5.5.3)
            self._out[self._pongs[-1]] = pong

    # -- closing: §7 ----------------------------------------------------------------------------------------------

    def _close_frame(self, frame: Frame) -> None:
        """The peer's Close, or its stand-in: a violation, or an end without a Close."""
        code, reason = cast("tuple[int, str | None]", frame.payload)
        failure = self._connection.failure
        if failure is not None:
            self._send_failure(failure)
        elif code == CloseReason.ABNORMAL_CLOSURE:
            self._end(Ended(EndedBy.NETWORK, 1006, "", None, clean=False))
            self._drop = True
        elif self._close_sent:
            self._close_complete(Ended(EndedBy.LOCAL, int(code), reason or "", None, clean=True))
        elif self._connection.state is ConnectionState.CLOSED:
            # The stream ended right behind the peer's Close: nobody reads an answer.
            self._end(Ended(EndedBy.REMOTE, int(code), reason or "", None, clean=False))
            self._drop = True
        else:
            # 6455-5.5.1-3: "If an endpoint receives a Close frame and did not previously send a Close frame, the
            # endpoint MUST send a Close frame in response. (When sending a Close frame in response, the endpoint
            # typically echos the status code it received.)"
            self._out.append(self._connection.send(CloseConnection(code)))
            self._close_complete(Ended(EndedBy.REMOTE, int(code), reason or "", None, clean=True))

    def _end(self, ended: Ended) -> None:
        """Nothing more will be received; what has come of an unfinished message is of use only to who takes chunks."""
        self.ended = ended
        if not self.streaming:
            self._parts = None

    def _close_complete(self, ended: Ended) -> None:
        """A Close frame went both ways.

        "In order to not have a server hold a socket in TIME_WAIT longer than necessary: the server closes first"; a
        client gives it until the deadline ("the client SHOULD wait for the server to close the connection", §5.5.1).
        """
        self._end(ended)
        if self._connection.client and not self._at_end:
            self._start_close_deadline()
        else:
            self._drop = True

    def _fail(self, failure: Failure) -> None:
        """Fail the connection for a reason that the frames alone do not show."""
        self._connection.fail(failure)
        self._send_failure(failure)

    def _send_failure(self, failure: Failure) -> None:
        """_Fail the WebSocket Connection_ (§7.1.7): one Close that says why, then the end."""
        code = failure.close_code or CloseReason.PROTOCOL_ERROR
        if self._connection.state is ConnectionState.REMOTE_CLOSING:
            self._out.append(self._connection.send(CloseConnection(code, failure.message)))
        self._end(Ended(EndedBy.LOCAL, int(code), failure.message, failure, clean=False))
        self._drop = True

    def fail(self, code: int, reason: str) -> None:
        """Fail the connection from this side, as with 1011 for an unexpected condition; a no-op once it has ended.

        Raises WrongType or WrongValue, and changes nothing, for a code or reason that must not be sent (§7.4).
        """
        build_close(code, reason)
        if self.ended is None:
            self._fail(Failure("6455-7.1.7-3", reason, code, fault=Fault.LOCAL, offset=self._connection.offset))

    def close(self, code: int | None = 1000, reason: str = "", *, now: float) -> None:
        """Begin the closing handshake; a no-op once it has begun on either side.

        code: 1000 to 1014 as far as defined, 3000 to 4999, or None for a Close without one. reason: at most 123 octets
        of UTF-8. Raises LocalProtocolError (WrongType, WrongValue), and changes nothing, for others (§7.4).
        """
        self.check_close(code, reason)
        self._now = now
        if self.ended is not None or self._connection.state is not ConnectionState.OPEN:
            return
        event = CloseConnection(CloseReason.NO_STATUS_RCVD) if code is None else CloseConnection(code, reason)
        self._out.append(self._connection.send(event))
        self._close_sent = True
        self._start_close_deadline()

    @staticmethod
    def check_close(code: int | None, reason: str) -> None:
        """Raise WrongType or WrongValue for what `close` refuses."""
        check_close(code, reason)

    def _start_close_deadline(self) -> None:
        if self._close_deadline is None and self._limits.close_timeout is not None:
            self._close_deadline = self._now + self._limits.close_timeout

    # -- sending --------------------------------------------------------------------------------------------------

    def send(self, message: str | bytes | bytearray | memoryview, compress: bool | None = None) -> None:
        """Queue one message: text for str, binary for bytes.

        compress: whether to compress it, where permessage-deflate was agreed on; None: as that sees fit.

        Raises LocalProtocolError when the connection is not OPEN, while a fragmented message is unfinished, and (as
        WrongType or WrongValue) for other types and lone surrogates. Nothing has changed then.
        """
        if self._sending_fragments:
            raise LocalProtocolError("finish the fragmented message first (RFC 6455 §5.4)")
        self._send_data(message, final=True, compress=compress)

    def send_fragment(
        self, data: str | bytes | bytearray | memoryview, final: bool, compress: bool | None = None
    ) -> None:
        """Queue one fragment of a message; all fragments are of one type, and the last one is `final` (§5.4).

        compress: for the first fragment, as for `send`. Raises as `send` does.
        """
        self._send_data(data, final=final, compress=compress)
        self._sending_fragments = not final

    def _send_data(
        self, data: str | bytes | bytearray | memoryview, *, final: bool, compress: bool | None
    ) -> None:
        if type(data) is bytes and len(data) >= TWO_BUFFERS:
            self._out.extend(self._connection.send_buffers(data, final, compress))
        else:
            self._out.append(self._connection.send_data(data, final, compress))
        self.stats.messages_sent += final
        self.stats.bytes_sent += len(data)

    def encode(self, message: str | bytes | bytearray | memoryview, compress: bool | None = None) -> bytes:
        """The octets of one message, for a transport that writes them at once: `send` and `data_to_send` in one.

        What the session has to say besides must have been taken from `data_to_send` before. Raises as `send` does.
        """
        if self._sending_fragments or self._out:
            self.send(message, compress)
            return b"".join(self.data_to_send())
        frame = self._connection.send_data(message, True, compress)
        stats = self.stats
        stats.messages_sent += 1
        stats.bytes_sent += len(message)
        return frame

    def encode_prepared(self, prepared: PreparedMessage) -> bytes:
        """The octets of a message that goes to many peers, for this one: as `encode` gives them, and raises."""
        frame = self._connection.send_prepared(prepared)
        self.stats.messages_sent += 1
        self.stats.bytes_sent += len(prepared.message)
        if self._out:
            self._out.append(frame)
            return b"".join(self.data_to_send())
        return frame

    def ping(self, payload: bytes | None = None, *, now: float) -> PingHandle:
        """Queue a ping and give a handle whose `rtt` is set when its pong comes (§5.5.2).

        payload: at most 125 octets that no ping in flight has; None for one of our own.
        Raises LocalProtocolError as `send` does, and WrongValue for a payload in flight.
        """
        self._now = now
        if payload is None:
            payload = self._keepalive.new_payload()
        elif isinstance(payload, (bytes, bytearray, memoryview)):
            payload = bytes(payload)
            if self._keepalive.in_flight(payload):
                raise WrongValue("a ping with this payload is waiting for its pong already")
        self._out.append(self._connection.send(Ping(payload)))
        self.stats.pings_sent += 1
        return self._keepalive.sent(payload, now)

    @property
    def plain_below(self) -> int:
        """Below so many octets a message goes out as the plain frame that everybody gets; 0 where none may go out now.

        Of a client's messages none does: each is masked by itself.
        """
        return 0 if self._out or self._sending_fragments else self._connection.plain_below

    @property
    def has_data_to_send(self) -> bool:
        """Whether `data_to_send` would give anything."""
        return bool(self._out)

    @property
    def owes_only_pongs(self) -> bool:
        """Whether nothing but pongs would come from `data_to_send`.

        A transport that has no room may leave them: while they wait, the newest takes the place of the last (§5.5.3).
        """
        return len(self._out) == len(self._pongs)

    def data_to_send(self) -> list[bytes]:
        """The octets to put on the wire, in order; they are forgotten here."""
        out = self._out
        self._out = []
        self._pongs.clear()
        return out

    # -- deadlines ------------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When to call `on_deadline`, in the caller's seconds; None when there is nothing to wait for."""
        if self._drop:
            return None
        if self._connection.state is ConnectionState.OPEN:
            return self._keepalive.next_deadline()
        return self._close_deadline

    def heard(self, now: float) -> None:
        """The peer lives, or could not have been heard: count its silence from `now`.

        For transports: octets that the peer takes show that it lives, and who does not read cannot complain of silence.
        """
        self._keepalive.heard(now)

    def on_deadline(self, now: float) -> None:
        """Do what is due at `now`: ping, give up a silent peer, or end a closing handshake that takes too long."""
        self._now = now
        if self._connection.state is not ConnectionState.OPEN:
            if self._close_deadline is not None and now >= self._close_deadline:
                self._give_up_closing()
            return
        due = self._keepalive.due(now)
        if due == "ping":
            self._out.append(self._connection.send(Ping(self._ping_for_keepalive())))
            self.stats.pings_sent += 1
        elif due == "timeout":
            message = f"no answer to a ping for {self._limits.ping_timeout} seconds"
            self._fail(Failure("6455-5.5.2-2", message, 1011, limit="ping_timeout", offset=self._connection.offset))

    def _ping_for_keepalive(self) -> bytes:
        payload = self._keepalive.new_payload()
        self._keepalive.sent(payload, self._now)
        return payload

    def _give_up_closing(self) -> None:
        if self.ended is None:
            failure = Failure(
                "6455-5.5.1-3",
                "no Close frame in answer to ours",
                limit="close_timeout",
                offset=self._connection.offset,
            )
            self._connection.fail(failure)
            self._end(Ended(EndedBy.LOCAL, 1006, "", failure, clean=False))
        self._drop = True
