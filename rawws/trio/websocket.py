"""An open WebSocket connection on trio.

Whoever waits, reads: `receive`, `ping` and `close` share one reader role, and who has it does the work of all. Where
nobody waits, the housekeeper reads about once a second. There is no task per connection.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import trio

from rawws.core.connection import ConnectionState
from rawws.core.errors import LocalProtocolError
from rawws.core.session import Ended, EndedBy
from rawws.trio.cancellation import is_cancelled
from rawws.trio.chunks import IncomingChunks, each
from rawws.trio.link import Link
from rawws.trio.writer import MOST_CORKED

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rawws.core import WSConnection
    from rawws.core.prepared import PreparedMessage
    from rawws.trio.opening import Opened
    from rawws.trio.transport import Transport

# After so many calls that had nothing to wait for (a power of two), one looks how long ago others had their turn ...
_CALLS_PER_LOOK = 32
_BETWEEN_LOOKS = _CALLS_PER_LOOK - 1

# ... and lets them run after so many seconds, or so many calls without looking. A turn for others costs as much as ten
# small messages, so that a turn with every 32nd call was the greater part of what an echo cost; and calls that are as
# cheap as that keep nobody waiting: so many take a quarter of a millisecond.
_LONGEST_TURN = 0.001
_MOST_CALLS = 256

# Octets, or characters, from which a message is better not copied.
_LARGE = 32 * 1024

_T = TypeVar("_T")


class WebSocket(Link, trio.abc.Channel["str | bytes"]):
    """One end of an open connection: a `trio.abc.Channel` of str (text) and bytes (binary).

    request, response: the two events of the opening handshake. subprotocol: what was agreed, or None. extensions: the
    text of the |Sec-WebSocket-Extensions| header that the server sent, "" where there was none. remote_address: of the
    peer's socket, None for a given stream.
    """

    __slots__ = ("_calls", "_send_lock", "_stream")

    def __init__(self, transport: Transport, ws: WSConnection, opened: Opened) -> None:
        super().__init__(transport, ws, opened)
        self._send_lock: trio.StrictFIFOLock | None = None
        self._stream: IncomingChunks | None = None
        self._calls = 0

    # -- sending --------------------------------------------------------------------------------------------------

    async def send(self, value: str | bytes | bytearray | memoryview, *, compress: bool | None = None) -> None:
        """Send one message: text for str, binary for bytes.

        compress: whether to compress this message, where permessage-deflate was agreed on; None: from the threshold of
        `Deflate` on.

        Waits for room, never for the network: when it returns, all of the message is queued; when it is cancelled,
        nothing is. Several tasks may send; their messages go out in the order of their calls.

        Raises trio.ClosedResourceError after our own close, trio.BrokenResourceError after the peer's end or a broken
        network, and rawws.core.errors.WrongType or WrongValue (LocalProtocolError, too) for what cannot be sent.
        """
        if is_cancelled():
            await trio.lowlevel.checkpoint_if_cancelled()
        if self._writer.has_room and (self._send_lock is None or not self._send_lock.locked()):
            self._send(value, compress)
        else:
            self._check_sendable()
            async with self._turn_to_send():
                await self._writer.wait_for_room()
                self._check_sendable()
                self._send(value, compress)
        self._calls += 1
        if not self._calls & _BETWEEN_LOOKS and self._turn_is_over():
            # Behind the message, so that nobody overtakes; shielded, since it can no longer be taken back.
            self._calls = 0
            await trio.lowlevel.cancel_shielded_checkpoint()

    def send_nowait(self, value: str | bytes | bytearray | memoryview, *, compress: bool | None = None) -> None:
        """Send one message as `send` does, or raise trio.WouldBlock where that would have to wait for room."""
        if self._writer.has_room and (self._send_lock is None or not self._send_lock.locked()):
            self._send(value, compress)
        else:
            self._check_sendable()
            raise trio.WouldBlock("too much is waiting for the network")

    def offer(self, prepared: PreparedMessage) -> bool:
        """Send a message that goes to many, unless that would have to wait for room; whether it was sent.

        Raises trio.ClosedResourceError and trio.BrokenResourceError as `send` does.
        """
        writer = self._writer
        if not writer.has_room or (self._send_lock is not None and self._send_lock.locked()):
            self._check_sendable()
            return False
        try:
            frame = self._session.encode_prepared(prepared)
        except LocalProtocolError:
            self._check_sendable()
            raise
        if self._session.messages:
            writer.cork(frame)
        else:
            writer.write_frame(frame)
        writer.open_express(self._session.plain_below)
        return True

    async def wait_for_room(self) -> None:
        """Until `send_nowait` may find room: what waits for the network has gone down to low water (`Limits`).

        Raises trio.ClosedResourceError and trio.BrokenResourceError as `send` does.
        """
        await trio.lowlevel.checkpoint()
        async with self._turn_to_send():
            await self._writer.wait_for_room()
            self._check_sendable()

    def _turn_to_send(self) -> trio.StrictFIFOLock:
        """Who sends, in the order in which they came."""
        if self._send_lock is None:
            self._send_lock = trio.StrictFIFOLock()
        return self._send_lock

    # By position, since a keyword costs as much as the call.
    def _send(self, value: str | bytes | bytearray | memoryview, compress: bool | None) -> None:  # noqa: FBT001
        session = self._session
        try:
            if (type(value) is str or type(value) is bytes) and len(value) >= _LARGE:
                # Its header goes beside it, uncopied.
                session.send(value, compress)
                self._flush()
                return
            frame = session.encode(value, compress)
        except LocalProtocolError:
            self._check_sendable()
            raise
        writer = self._writer
        if not session.messages:
            writer.write_frame(frame)
            return
        # While messages that have come whole wait for the handler, its answers go out together (rawws.trio.corks).
        corked = writer.corked
        if corked is None:
            writer.cork(frame)
            return
        corked.append(frame)
        writer.corked_bytes += len(frame)
        if writer.corked_bytes >= MOST_CORKED or time.monotonic() >= writer.corked_until:
            writer.uncork()

    async def send_stream(
        self, chunks: AsyncIterable[str | bytes] | Iterable[str | bytes], *, compress: bool | None = None
    ) -> None:
        """Send one message as it comes into being: a fragment for each chunk, all of them str or all of them bytes.

        Other sends wait until it is complete; pings and pongs go between its fragments. An iterable without any chunk
        sends an empty binary message. A message that was begun cannot be taken back: when this is cancelled, or
        `chunks` raises, or gives what cannot be sent, after the first fragment, a connection that is open fails with
        1011.

        compress: whether to compress the message, where permessage-deflate was agreed on; None: unless it is one short
        chunk, below the threshold of `Deflate`.

        Raises as `send` does, and whatever `chunks` raises.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        self._check_sendable()
        async with self._turn_to_send():
            self._check_sendable()
            begun = False
            held: str | bytes = b""
            try:
                async for chunk in each(chunks):
                    if begun or held:
                        await self._send_fragment(held, final=False, compress=compress)
                        begun = True
                    held = chunk
                await self._send_fragment(held, final=True, compress=compress)
            except BaseException:
                # Once a Close has gone or come, no more is expected of the message.
                if begun and self._session.state is ConnectionState.OPEN:
                    self._session.fail(1011, "a message could not be completed")
                    self._flush()
                raise

    async def _send_fragment(self, data: str | bytes, *, final: bool, compress: bool | None) -> None:
        await self._writer.wait_for_room()
        self._check_sendable()
        self._session.send_fragment(data, final, compress)
        self._flush()

    def _check_sendable(self) -> None:
        if self._closing or self._cut:
            raise trio.ClosedResourceError("this end has closed the connection")
        if self._session.state is not ConnectionState.OPEN or self._writer.broken is not None:
            raise self._broken()


    # -- receiving ------------------------------------------------------------------------------------------------

    def receive(self) -> Coroutine[Any, Any, str | bytes]:
        """The next message. Cancelled: nothing is lost.

        Raises trio.EndOfChannel after the peer's Close with 1000, 1001 or no code, and again on every later call;
        trio.BrokenResourceError after other codes, a failure or a broken network; trio.ClosedResourceError after our
        own close, or while waiting during it; trio.BusyResourceError when another task is receiving.
        """
        return self.__anext__(trio.EndOfChannel)

    async def __anext__(self, at_end: type[Exception] = StopAsyncIteration) -> str | bytes:
        """What `receive` does, but for the error at the end: one coroutine, since every parked connection holds it."""
        self._calls += 1
        session, reader = self._session, self._reader
        messages = session.messages
        if (
            messages
            and self._plain
            and not self._receiving
            and reader.waiting is None
            and (self._calls & _BETWEEN_LOOKS or not self._turn_is_over())
        ):
            if is_cancelled():
                await trio.lowlevel.checkpoint_if_cancelled()
            return messages.pop(0)
        self._begin_to_receive()
        try:
            if self._gives_turn():
                await trio.lowlevel.checkpoint()
            while True:
                if messages and self._plain:
                    if reader.waiting is not None:
                        self.progress()
                    return messages.pop(0)
                if not session.at_rest or not self._plain or session.ended is not None:
                    taken = self._look(session.next_message, at_end)
                    if taken is not None:
                        return taken
                if reader.held or reader.reads_first():
                    if await reader.park_or_go_on():
                        self._calls = 0
                    continue
                # `Reader.wait`, without a coroutine of its own.
                self._calls = 0
                reader.held = True
                try:
                    await self._transport.wait_readable()
                    reader.read()
                except trio.ClosedResourceError:
                    pass
                except OSError as exc:
                    reader.fail(exc)
                finally:
                    reader.held = False
                    if reader.waiting is not None:
                        reader.progress()
        finally:
            self._receiving = False

    def _turn_is_over(self) -> bool:
        """Whether others have waited long enough, to be asked with every `_CALLS_PER_LOOK`th call.

        What is at hand came with the last read, and whoever could run had run before that.
        """
        return self._calls >= _MOST_CALLS or self._reader.time() - self._session.heard_at >= _LONGEST_TURN

    def receive_stream(self) -> AsyncIterator[str | bytes]:
        """The next message, chunk by chunk as it comes, without putting it together.

        The chunks are all str or all bytes, and end with the message. Left early, the rest of the message is skipped by
        the next `receive` or `receive_stream`. Iterating raises as `receive` does; an end of the connection inside the
        message is a trio.BrokenResourceError.
        """
        if self._callbacks is None:
            self._session.skip_rest()
            self._plain = False
        return IncomingChunks(self._receive_chunk, self._broken)

    async def _receive_chunk(self, stream: IncomingChunks) -> tuple[str | bytes, bool]:
        def take() -> tuple[str | bytes, bool] | None:
            if stream.begun and not (self._stream is stream and self._session.streaming):
                raise trio.ClosedResourceError("the rest of this message has been skipped")
            if self._stream is not stream:
                self._session.skip_rest()
                self._stream = stream
            return self._session.next_chunk()

        self._calls += 1
        self._begin_to_receive()
        try:
            if self._gives_turn():
                await trio.lowlevel.checkpoint()
            while (taken := self._look(take, trio.EndOfChannel)) is None:
                if await self._reader.read_or_wait():
                    self._calls = 0
            return taken
        finally:
            self._receiving = False

    def _begin_to_receive(self) -> None:
        if self._receiving:
            raise trio.BusyResourceError("another task is receiving from this connection")
        self._receiving = True

    def _gives_turn(self) -> bool:
        """Whether this call is to run a checkpoint, because it is cancelled or others have waited long enough."""
        if self._calls & _BETWEEN_LOOKS or not self._turn_is_over():
            return is_cancelled()
        self._calls = 0
        return True

    def _look(self, take: Callable[[], _T], at_end: type[Exception]) -> _T:
        """What `take` gives, None where octets must come first. Raises as `receive` does, but `at_end` at the end."""
        if self._closing or self._cut:
            raise trio.ClosedResourceError("this end has closed the connection")
        taken = take()
        self._flush()
        if taken is None:
            if self._session.ended is not None:
                raise self._end(self._session.ended, at_end)
            return taken
        self._plain = self._stream is None or not self._session.streaming
        if self._reader.waiting is not None:
            self.progress()
        return taken

    def _end(self, ended: Ended, at_end: type[Exception]) -> Exception:
        if ended.by is EndedBy.REMOTE and ended.normal:
            return at_end(str(ended))
        return self._broken()

    # -- pings ----------------------------------------------------------------------------------------------------

    async def ping(self, payload: bytes | None = None) -> float:
        """Send a ping, wait for its pong, and give the round-trip time in seconds.

        payload: at most 125 octets that no ping in flight has; None for one of our own. The ping stays on its way when
        this is cancelled. Messages that come in between wait for `receive`; while more of them wait than
        `Limits.max_queued_messages` allows, a pong behind them waits, too.

        Raises as `send` does.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        self._check_sendable()
        handle = self._session.ping(payload, now=trio.current_time())
        self._flush()
        await self._wait_until(lambda: handle.rtt is not None or self._session.ended is not None)
        if handle.rtt is not None:
            return handle.rtt
        if self._closing or self._cut:
            raise trio.ClosedResourceError("this end has closed the connection")
        raise self._broken()

    async def _wait_until(self, done: Callable[[], bool]) -> None:
        """Take part in reading until `done`, or until this end is cut."""
        while True:
            room = self._session.read_ahead()
            self._flush()
            if done() or self._cut:
                return
            if room:
                await self._reader.read_or_wait()
            else:
                await self._reader.park()

    # -- closing --------------------------------------------------------------------------------------------------

    async def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Do the closing handshake and give the socket back, within `close_timeout`; cancelled, it cuts at once.

        code: 1000 to 1014 as far as defined, 3000 to 4999, or None for none. reason: at most 123 octets of UTF-8.
        Messages that have not been received are dropped. Once closed, this does nothing.

        Raises rawws.core.errors.WrongType or WrongValue for other codes and reasons; the connection stays as it was.
        """
        self._session.check_close(code, reason)
        if self._cut:
            await trio.lowlevel.checkpoint()
            return
        self._closing = True
        self._plain = False
        if self._callbacks is not None:
            self._callbacks.forget(self)
        timeout = self._limits.close_timeout
        if self._has_closed():
            self.cut()
            await trio.lowlevel.checkpoint_if_cancelled()
            return
        try:
            with trio.move_on_after(float("inf") if timeout is None else timeout):
                await self._close(code, reason)
        finally:
            self.cut()
        await trio.lowlevel.checkpoint_if_cancelled()

    def _has_closed(self) -> bool:
        """Whether the closing handshake is done, and nothing is left but to give the socket back, which says the same.

        So it is at most servers, where the clients close.
        """
        session = self._session
        ended = session.ended
        if ended is None or not ended.clean or not session.must_drop or not self._transport.plain:
            return False
        self._flush()
        self._writer.uncork()
        return not self._writer.backlog_bytes

    async def aclose(self) -> None:
        """`close()` with 1000."""
        await self.close()

    async def _close(self, code: int | None, reason: str) -> None:
        self._session.close(code, reason, now=trio.current_time())
        self._flush()
        if self._reader.held:
            self._transport.wake()
        self.progress()
        while self._session.ended is None:
            self._drop_messages()
            if self._session.ended is None:
                await self._reader.read_or_wait()
        self._flush()
        await self._writer.wait_empty()
        if self._session.ended.by is EndedBy.NETWORK or self._writer.broken is not None:
            return
        if self._session.must_drop:
            if self._session.ended.clean and self._transport.plain:
                # Giving the socket back says the same.
                return
            self._writer.end()
        # A socket that is closed with unread octets resets the connection, and the peer may lose our last words.
        while not self._reader.at_end and not self._cut:
            if self._session.ended.clean and self._session.must_drop:
                return
            await self._reader.read_or_wait()
