"""RFC 6455 §5 to §7: an established connection, events in and events out (wsproto.connection).

The states and what may happen in each are the table in `rawws.spec.states`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, cast

from wsproto.connection import CLIENT, SERVER, ConnectionState, ConnectionType

from rawws.core.accelerator import encode
from rawws.core.errors import LocalProtocolError, WrongType
from rawws.core.events import BytesMessage, CloseConnection, Event, Message, Ping, Pong, TextMessage
from rawws.core.extensions import PerMessageDeflate
from rawws.core.failure import Failure
from rawws.core.frame_header import FIN_BINARY, FIN_TEXT, frame_header
from rawws.core.frame_protocol import TWO_BUFFERS, CloseReason, Frame, FrameProtocol, Opcode, lone_surrogates
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.masking import new_masking_key
from rawws.core.parse_failed import ParseFailed
from rawws.core.scan import make_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rawws.core.extensions import Extension
    from rawws.core.prepared import PreparedMessage

__all__ = ["CLIENT", "SERVER", "Connection", "ConnectionState", "ConnectionType"]

# CPython 3.11 takes 100 ns to look a member up on its enumeration, and longer to find it in a set.
_OPEN = ConnectionState.OPEN
_LOCAL_CLOSING = ConnectionState.LOCAL_CLOSING
_REMOTE_CLOSING = ConnectionState.REMOTE_CLOSING
_CLOSED = ConnectionState.CLOSED
_TEXT, _BINARY, _PING, _PONG, _CLOSE = Opcode.TEXT, Opcode.BINARY, Opcode.PING, Opcode.PONG, Opcode.CLOSE


class Connection:
    """The frames of one connection, after its opening handshake.

    connection_type: CLIENT or SERVER.
    extensions: what the handshake agreed on.
    trailing_data: octets that came behind the handshake.
    limits: what the connection may cost.
    failure: why the connection failed, None while it has not and when the peer closed it.
    """

    def __init__(
        self,
        connection_type: ConnectionType,
        extensions: list[Extension] | None = None,
        trailing_data: bytes = b"",
        *,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.client = connection_type is ConnectionType.CLIENT
        self.limits = limits
        self.failure: Failure | None = None
        # Made when it is needed: an empty deque is larger than all the rest, and `Session` needs none.
        self._queued: deque[Event] | None = None
        self._proto = FrameProtocol(self.client, extensions or [], limits=limits)
        self._decoder = self._proto.frame_decoder
        self._state = _OPEN
        self._at_end = False
        self._new_key = new_masking_key if self.client else None
        self._arm_quick_sends(between_messages=True)
        self.receive_data(trailing_data)

    @property
    def state(self) -> ConnectionState:
        """Where the connection stands (RFC 6455 §4 and §7)."""
        return self._state

    @property
    def _events(self) -> deque[Event]:
        """Events that `events` gives next; subclasses (trio-websocket's tests, for one) append to it."""
        if self._queued is None:
            self._queued = deque()
        return self._queued

    @_events.setter
    def _events(self, events: deque[Event]) -> None:
        self._queued = events

    @property
    def _reading(self) -> bool:
        """Whether what comes still means something."""
        return self._state is _OPEN or self._state is _LOCAL_CLOSING

    # -- sending --------------------------------------------------------------------------------------------------

    def send(self, event: Event) -> bytes:
        """The octets for a Message, Ping, Pong or CloseConnection.

        Raises LocalProtocolError, and changes nothing, when the event may not be sent in this state or holds what
        cannot be sent (then also a TypeError or ValueError).
        """
        if isinstance(event, Message) and self._state is _OPEN:
            return self.send_data(event.data, bool(event.message_finished))
        state = self._state
        if isinstance(event, CloseConnection):
            if state is _OPEN or state is _REMOTE_CLOSING:
                data = self._proto.close(event.code, event.reason)
                self._closing_sent()
                return data
        # 6455-5.5.1-2: "The application MUST NOT send any more data frames after sending a Close frame."
        elif state is _OPEN:
            if isinstance(event, Ping):
                return self._proto.ping(event.payload)
            if isinstance(event, Pong):
                return self._proto.pong(event.payload)
        # 6455-5.5.2-1: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already
        # received a Close frame." That it has sent one is no excuse.
        elif state is _LOCAL_CLOSING and isinstance(event, Pong):
            return self._proto.pong(event.payload)
        raise LocalProtocolError(f"{type(event).__name__} cannot be sent in state {state}.")

    def send_data(
        self, data: str | bytes | bytearray | memoryview, final: bool = True, compress: bool | None = None
    ) -> bytes:
        """The octets of one data frame, without an event: text for str, binary for bytes; `final` ends the message.

        compress: whether to compress the message that begins, where permessage-deflate was agreed on; None: as it sees
            fit (`PerMessageDeflate.threshold`).

        Raises as `send` does.
        """
        # What `_send_data` does, for the common case. Masked by a client (6455-5.1-1), not by a server (6455-5.1-3).
        if type(data) is str and final and self._quick:
            try:
                return encode(FIN_TEXT, data, self._new_key and self._new_key())
            except UnicodeEncodeError:
                raise lone_surrogates() from None
        if type(data) is bytes and final and self._quick:
            return encode(FIN_BINARY, data, self._new_key and self._new_key())
        if final and self._small and not compress:
            # Permessage-deflate lets it pass as it is. (Each character of other text is more than one octet.)
            if type(data) is str and len(data) < self._small and data.isascii():
                return encode(FIN_TEXT, data, self._new_key and self._new_key())
            if type(data) is bytes and len(data) < self._small:
                return encode(FIN_BINARY, data, self._new_key and self._new_key())
        return self._send_data(data, final=final, compress=compress)

    def send_buffers(
        self, data: str | bytes | bytearray | memoryview, final: bool = True, compress: bool | None = None
    ) -> tuple[bytes, ...]:
        """What `send_data` gives, in one piece or two, for `socket.sendmsg`: a server's large payload is not copied.

        Raises as `send` does.
        """
        # As in `send_data`; 6455-5.1-3: a server does not mask.
        if type(data) is bytes and final and self._quick and self._new_key is None and len(data) >= TWO_BUFFERS:
            return frame_header(FIN_BINARY, len(data), None), data
        self._check_open()
        buffers = self._proto.send_buffers(data, final, compress=compress)
        self._arm_quick_sends(between_messages=final)
        return buffers

    def send_prepared(self, prepared: PreparedMessage) -> bytes:
        """The octets of a message that goes to many peers, for this one. Raises LocalProtocolError as `send` does."""
        # As in `send_data`: permessage-deflate lets small messages pass as they are.
        if prepared.size < self.plain_below:
            return prepared.plain
        self._check_open()
        return self._proto.send_prepared(prepared)

    @property
    def plain_below(self) -> int:
        """Below so many octets a message goes out as the plain frame that everybody gets; 0 where none may go out now.

        Of a client's messages none does: each is masked by itself.
        """
        return self._small if self._new_key is None else 0

    def _send_data(
        self, data: str | bytes | bytearray | memoryview, *, final: bool, compress: bool | None
    ) -> bytes:
        self._check_open()
        frame = self._proto.send_data(data, final, compress=compress)
        self._arm_quick_sends(between_messages=final)
        return frame

    def _check_open(self) -> None:
        # 6455-5.5.1-2: "The application MUST NOT send any more data frames after sending a Close frame."
        if self._state is not _OPEN:
            raise LocalProtocolError(f"data cannot be sent in state {self._state}.")

    def _arm_quick_sends(self, *, between_messages: bool) -> None:
        """Note whether a message may go out as one plain frame: in OPEN, between messages, without extensions."""
        self._quick = between_messages and not self._proto.extensions
        self._small = self._proto.plain_bytes if between_messages else 0

    def _enter(self, state: ConnectionState) -> None:
        self._state = state
        self._quick = False
        self._small = 0

    def _closing_sent(self) -> None:
        self._enter(_CLOSED if self._state is _REMOTE_CLOSING else _LOCAL_CLOSING)

    # -- receiving ------------------------------------------------------------------------------------------------

    def receive_data(self, data: bytes | bytearray | memoryview | None) -> None:
        """Take octets from the peer; None says that no more will come.

        Raises LocalProtocolError when there are octets and the connection is CLOSED, and for what are none (WrongType).
        """
        if data is not None and type(data) is not bytes:
            data = _octets(data)
        if data is None:
            self._end_of_stream()
        elif self._state is _OPEN or self._state is _LOCAL_CLOSING:
            self._decoder.receive_bytes(data)
        elif self._state is _CLOSED:
            raise LocalProtocolError("Connection already closed.")
        # While REMOTE_CLOSING nothing that comes means anything.
        # 6455-1.4-1: "after receiving a control frame indicating the connection should be closed, a peer discards any
        # further data received."

    def free_idle(self) -> bool:
        """Give back memory that has not been used since this was called last: what permessage-deflate compresses with.

        To be called about once a second: what is compressed after a quiet second or two then begins without the help of
        what was before. Says whether anything was given back.
        """
        freed = False
        for extension in self._proto.extensions:
            if isinstance(extension, PerMessageDeflate):
                freed = extension.free_idle() or freed
        return freed

    def receive_buffer(self, minimum: int) -> memoryview | None:
        """Room for the rest of a large message, into which a transport may read without moving it again.

        minimum: how many octets must be missing for this to be worth while.

        It is there while `next_frame(whole=True)` waits for a binary message in one frame, and for so much of it; else
        this is None, and octets go to `receive_data` as ever. The room holds no more than a few times what has come. It
        is good for one `socket.recv_into`; then `buffer_received` is called, whatever came of it.
        """
        return self._decoder.receive_buffer(minimum) if self._reading else None

    def buffer_received(self, count: int) -> bool:
        """Say how many octets were read into what `receive_buffer` gave, 0 for none; whether nothing is left to tell.

        Raises ValueError for more than there was room for.
        """
        self._decoder.buffer_received(count)
        return self._decoder.at_rest

    @property
    def at_rest(self) -> bool:
        """Whether all that has come has been told: `events` and `next_frame` would give nothing and change nothing."""
        return self._decoder.at_rest and not (self._decoder.waits or self._at_end or self._queued)

    @property
    def buffered_bytes(self) -> int:
        """Octets that have come and have not been looked at, or are part of a message that is awaited whole."""
        return self._decoder.buffered_bytes

    def events(self) -> Iterator[Event]:
        """What the peer's octets mean, parsed on demand: each event can be answered before the next is looked at.

        Raises nothing: a violation is a CloseConnection with the code to send, and `failure` says more.
        """
        # The property's own way, without the call.
        events = self._events if self._queued is None else self._queued
        decoder = self._decoder
        scanned: list[Event] = []
        while True:
            while events:
                yield events.popleft()
            if decoder.at_rest and not decoder.waits and not self._at_end:
                return
            if self._state is _OPEN and decoder.scan(scanned, TextMessage, BytesMessage):
                events.extend(scanned)
                scanned.clear()
                continue
            frame = self.next_frame()
            if frame is None:
                return
            events.append(_event(frame))

    @property
    def offset(self) -> int:
        """Octets of the peer's stream, counted behind the handshake, before the frame that is being read."""
        return self._proto.offset

    def scan_messages(self, out: list[str | bytes]) -> bool:
        """Take the run of whole, plain messages that has come, without events; whether there was at least one."""
        if self._state is not _OPEN or self._queued:
            return False
        return self._decoder.scan(out, None, None)

    def next_fragments(self) -> tuple[str | bytes, int] | None:
        """What the fragments inside a message that have come hold together, and how many they are; None for none."""
        return self._proto.next_fragments()

    def receive_messages(self, data: bytes | bytearray | memoryview, out: list[str | bytes]) -> bool:
        """`receive_data` and `scan_messages` in one; whether nothing is left to be told.

        Octets that come after the end mean nothing, and are dropped. Raises WrongType for what are no octets.
        """
        if self._state is _OPEN and type(data) is bytes and not self._queued:
            return self._decoder.receive_messages(data, out)
        if self._state is not _CLOSED:
            self.receive_data(data)
            self.scan_messages(out)
        return False

    def fail(self, failure: Failure) -> None:
        """_Fail the WebSocket Connection_ for a reason that the frames do not show: one Close may still be sent.

        A no-op once the connection has failed or ended.
        """
        if self._reading:
            self.failure = failure
            self._stop_reading()

    def next_frame(self, *, whole: bool = False) -> Frame | None:
        """The next frame, whole or in part, with the state brought up to date; None when there is none.

        whole: wait for the whole of a message that is one frame, if it is binary (`receive_buffer` then gives room for
            it) or large.

        A Close frame's payload is (code, reason); so is that of the stand-in for a violation (`failure` is then set)
        and for an end of stream without a Close frame (1006).
        """
        if not self._reading:
            return None
        try:
            frame = self._proto.next_frame(whole=whole)
        except ParseFailed as exc:
            return self._fail(exc)
        if frame is None:
            return self._abnormal_end() if self._at_end else None
        if frame.opcode is _CLOSE:
            self._stop_reading()
        return frame

    def _fail(self, exc: ParseFailed) -> Frame:
        """6455-7.1.7: _Fail the WebSocket Connection_: read nothing more; one Close may still be sent."""
        self.failure = Failure(
            requirement=exc.requirement,
            message=str(exc),
            close_code=int(exc.code),
            offset=self._proto.offset,
            limit=exc.limit,
        )
        self._stop_reading()
        return _close_frame(exc.code, str(exc))

    def _stop_reading(self) -> None:
        self._proto.discard()
        self._enter(_CLOSED if self._state is _LOCAL_CLOSING or self._at_end else _REMOTE_CLOSING)

    def _end_of_stream(self) -> None:
        if self._state is _CLOSED or self._at_end:
            return
        if self._state is _REMOTE_CLOSING:
            # The peer's Close has been told; that it then goes is no news.
            self._enter(_CLOSED)
            return
        self._at_end = True
        if not self._proto.pending:
            self._events.append(_event(self._abnormal_end()))

    def _abnormal_end(self) -> Frame:
        """Stand in for the Close frame that never came.

        6455-7.1.5-1: "If _The WebSocket Connection is Closed_ and no Close control frame was received by the endpoint
        (such as could occur if the underlying transport connection is lost), _The WebSocket Connection Close Code_ is
        considered to be 1006."
        """
        self._proto.discard()
        self._enter(_CLOSED)
        return _close_frame(CloseReason.ABNORMAL_CLOSURE, None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(client={self.client}, state={self._state})"


def _octets(data: object) -> bytes | bytearray | memoryview:
    """What is none of `bytes`, as octets: whatever a memoryview takes them for. Raises WrongType for what has none."""
    if isinstance(data, memoryview):
        return data if data.format == "B" and data.ndim == 1 and data.contiguous else bytes(data)
    if not isinstance(data, (bytes, bytearray)):
        raise WrongType(f"octets must be bytes, not {type(data).__name__}")
    return data


def _close_frame(code: int, reason: str | None) -> Frame:
    return Frame(_CLOSE, (code, reason), frame_finished=True, message_finished=True)  # type: ignore[arg-type]


def _event(frame: Frame) -> Event:
    """A frame as wsproto's event."""
    opcode, payload, frame_finished, message_finished = frame
    if opcode is _TEXT:
        return make_event(TextMessage, payload, frame_finished=frame_finished, message_finished=message_finished)
    if opcode is _BINARY:
        return make_event(BytesMessage, payload, frame_finished=frame_finished, message_finished=message_finished)
    if opcode is _PING:
        return Ping(payload)  # type: ignore[arg-type]
    if opcode is _PONG:
        return Pong(payload)  # type: ignore[arg-type]
    code, reason = cast("tuple[int, str | None]", payload)
    return CloseConnection(code, reason)
