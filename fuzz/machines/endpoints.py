"""Two endpoints joined by an adversarial wire: what may happen to them, and what has to hold whatever happens.

Each end is a `Session` and a transport of the plainest kind. The wire between them holds back, cuts, joins, breaks and
loses; time jumps; both ends send, ping, close and fail as they please.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rawws.core.connection import CLIENT, SERVER, Connection, ConnectionState
from rawws.core.errors import LocalProtocolError
from rawws.core.extensions import Extension
from rawws.core.limits import Limits
from rawws.core.session import EndedBy, PingHandle, Session
from rawws.testing import FrameReader, Role, VirtualClock, Wire
from rawws.testing.deflate import Agreement
from rawws.testing.frames import CLOSE, PONG
from rawws.testing.strategies import agreements, octets, roles, texts
from rawws.testing.strategies.frames import GOOD_CODES, LENGTH_BORDERS, filled

from fuzz.counting import tick

LIMITS = Limits(ping_interval=20.0, ping_timeout=20.0, close_timeout=10.0, max_queued_messages=3)

MESSAGES: st.SearchStrategy[str | bytes] = st.one_of(
    texts(), octets(), st.builds(filled, st.sampled_from(LENGTH_BORDERS), st.binary(min_size=1, max_size=3))
)


@dataclass
class Message:
    """A message on its way. complete: whether its last fragment was sent."""

    parts: list[str | bytes]
    complete: bool = True

    @property
    def data(self) -> str | bytes:
        """What has been sent of it."""
        empty: str | bytes = "" if isinstance(self.parts[0], str) else b""
        return empty.join(self.parts)  # type: ignore[arg-type]  # all of one type


#: In the place of a message whose rest was skipped.
SKIPPED = object()


@dataclass
class End:
    """One end: its session, the wire that it writes to, and what it has done and got.

    sent: its messages. pings: each with the number of messages that were sent before it. taken: what its application
    has got. begun: chunks of a message that is being taken. close: code and reason of the Close frame that it sent.
    """

    role: Role
    session: Session
    out: Wire = field(default_factory=Wire)
    sent: list[Message] = field(default_factory=list)
    pings: list[tuple[PingHandle, int]] = field(default_factory=list)
    taken: list[object] = field(default_factory=list)
    begun: list[str | bytes] = field(default_factory=list)
    close: tuple[int, str] | None = None
    spoken: FrameReader = field(default_factory=FrameReader)
    failed: bool = False
    dropped: bool = False

    @property
    def open_fragments(self) -> bool:
        """Whether a fragmented message waits for its end."""
        return bool(self.sent) and not self.sent[-1].complete

    def flush(self) -> None:
        """What a transport does after each call."""
        for data in self.session.data_to_send():
            self.spoken.feed(data)
            self.out.write(data)
        while (frame := self.spoken.next_frame()) is not None:
            # §5.5.2: a Pong is owed until the peer's Close has come, and nothing else may be sent (§5.5.1).
            assert self.close is None or frame.opcode == PONG
            if frame.opcode == CLOSE:
                self.close = (frame.close_code or 1005, frame.payload[2:].decode())
        if self.session.must_drop and not self.dropped:
            self.dropped = True
            self.out.end()


class Endpoints(RuleBasedStateMachine):
    """The rules, the invariants, and how it all ends."""

    def __init__(self) -> None:
        super().__init__()
        tick()
        self.clock = VirtualClock()
        self.ends: dict[Role, End] = {}

    @initialize(agreement=st.one_of(st.none(), agreements()))
    def open(self, agreement: Agreement | None) -> None:
        """An opening handshake that has succeeded."""
        for role, kind in (("client", CLIENT), ("server", SERVER)):
            extensions: list[Extension] = [] if agreement is None else [agreement.extension()]
            session = Session(Connection(kind, extensions, limits=LIMITS), self.clock())
            self.ends[role] = End(role, session)  # type: ignore[index, arg-type]  # a Role

    def other(self, role: Role) -> End:
        """The end at the other side."""
        return self.ends["server" if role == "client" else "client"]

    # -- what the applications do ---------------------------------------------------------------------------------

    @rule(role=roles(), message=MESSAGES, compress=st.sampled_from([None, None, True, False]))
    def send(self, role: Role, message: str | bytes, compress: bool | None) -> None:  # noqa: FBT001  drawn
        """Send a whole message; refused where it may not be, and only there."""
        end = self.ends[role]
        may = end.session.state is ConnectionState.OPEN and not end.open_fragments
        try:
            end.session.send(message, compress)
        except LocalProtocolError:
            assert not may
        else:
            assert may
            end.sent.append(Message([message]))
        end.flush()

    @rule(role=roles(), data=MESSAGES, final=st.booleans())
    def fragment(self, role: Role, data: str | bytes, final: bool) -> None:  # noqa: FBT001  drawn
        """Send a fragment; of the type that was begun, or it is refused."""
        end = self.ends[role]
        fits = not end.open_fragments or type(end.sent[-1].parts[0]) is type(data)
        may = end.session.state is ConnectionState.OPEN and fits
        going_on = end.open_fragments
        try:
            end.session.send_fragment(data, final)
        except LocalProtocolError:
            assert not may
        else:
            assert may
            if going_on:
                end.sent[-1].parts.append(data)
                end.sent[-1].complete = final
            else:
                end.sent.append(Message([data], final))
        end.flush()

    @rule(role=roles())
    def ping(self, role: Role) -> None:
        """Send a ping behind what was sent."""
        end = self.ends[role]
        try:
            handle = end.session.ping(now=self.clock())
        except LocalProtocolError:
            assert end.session.state is not ConnectionState.OPEN
        else:
            end.pings.append((handle, sum(message.complete for message in end.sent)))
        end.flush()

    @rule(role=roles(), code=st.one_of(st.none(), st.sampled_from(GOOD_CODES)), reason=texts(10))
    def close(self, role: Role, code: int | None, reason: str) -> None:
        """Begin the closing handshake, or do nothing where it has begun."""
        end = self.ends[role]
        end.session.close(code, reason if code is not None else "", now=self.clock())
        end.flush()

    @precondition(lambda self: self.ends and not any(end.failed for end in self.ends.values()))
    @rule(role=roles())
    def fail(self, role: Role) -> None:
        """Give up, as a transport does that cannot go on."""
        end = self.ends[role]
        end.failed = end.session.ended is None
        end.session.fail(1011, "given up")
        end.flush()

    @rule(role=roles())
    def take(self, role: Role) -> None:
        """Take a message; the rest of one that was taken in chunks is skipped."""
        end = self.ends[role]
        if end.begun or end.session.streaming:
            end.taken.append(SKIPPED)
            end.begun = []
        message = end.session.next_message()
        if message is not None:
            end.taken.append(message)
        end.flush()

    @rule(role=roles(), most=st.integers(1, 3))
    def take_chunks(self, role: Role, most: int) -> None:
        """Take a few chunks of what has come."""
        end = self.ends[role]
        for _ in range(most):
            chunk = end.session.next_chunk()
            if chunk is None:
                break
            end.begun.append(chunk[0])
            if chunk[1]:
                end.taken.append(Message(end.begun).data)
                end.begun = []
        end.flush()

    @rule(role=roles())
    def read_ahead(self, role: Role) -> None:
        """Parse while nobody takes messages."""
        end = self.ends[role]
        room = end.session.read_ahead()
        assert room or end.session.queued_bytes > 0
        end.flush()

    @rule(role=roles())
    def free_idle(self, role: Role) -> None:
        """Nobody has compressed for a while."""
        self.ends[role].session.free_idle()

    # -- what the network does ------------------------------------------------------------------------------------

    @rule(role=roles(), most=st.one_of(st.integers(1, 20), st.integers(1, 100_000)))
    def deliver(self, role: Role, most: int) -> None:
        """Bring a few octets, and no more; or the end of the stream."""
        self._deliver(self.ends[role], most)

    def _deliver(self, end: End, most: int | None = None) -> None:
        room = end.session.receive_buffer(1000)
        if room is not None:
            # A large message is read right to where it belongs.
            most = min(most or len(room), len(room))
        data = self.other(end.role).out.take(most)
        # Whoever has dropped the connection reads no more of it.
        if data == b"" or data is None or end.dropped:
            if room is not None:
                end.session.buffer_received(0, self.clock())
            if data is None and not end.dropped:
                end.session.receive(None, self.clock())
        elif room is None:
            end.session.receive(data, self.clock())
        else:
            room[: len(data)] = data
            end.session.buffer_received(len(data), self.clock())
        end.flush()

    @rule(role=roles())
    def half_close(self, role: Role) -> None:
        """One direction ends: the other end reads what was sent, and then the end."""
        self.ends[role].out.end()

    @rule(role=roles(), count=st.integers(0, 200), silently=st.booleans())
    def cut(self, role: Role, count: int, silently: bool) -> None:  # noqa: FBT001  drawn
        """One direction breaks after so many octets, with an end or without a word."""
        self.ends[role].out.break_after(count, silently=silently)

    @rule(seconds=st.sampled_from([0.0, 0.1, 5.0, 9.9, 10.0, 20.0, 45.0, 1e5]))
    def jump(self, seconds: float) -> None:
        """Time jumps: whatever was due on the way is due now."""
        self.clock.jump(seconds)
        for end in self.ends.values():
            end.session.on_deadline(self.clock())
            end.flush()

    # -- what has to hold -----------------------------------------------------------------------------------------

    @invariant()
    def messages_come_in_order_and_whole(self) -> None:
        """What was taken is what was sent, from the first message on, each whole and once."""
        for end in self.ends.values():
            sent = [message.data if message.complete else None for message in self.other(end.role).sent]
            assert len(end.taken) <= len(sent)
            for taken, message in zip(end.taken, sent, strict=False):
                assert taken is SKIPPED or taken == message
            if end.begun:
                begun = Message(end.begun).data
                assert self.other(end.role).sent[len(end.taken)].data[: len(begun)] == begun

    @invariant()
    def what_was_acknowledged_was_received(self) -> None:
        """A pong says that everything sent before its ping has been read by the other end."""
        for end in self.ends.values():
            received = self.other(end.role).session.stats.messages_received
            for handle, sent_before in end.pings:
                assert handle.rtt is None or received >= sent_before

    @invariant()
    def an_end_is_an_end(self) -> None:
        """Who has ended is not OPEN, and sends nothing any more; who has not, has a state to send in."""
        for end in self.ends.values():
            session = end.session
            if session.ended is not None:
                assert session.state is not ConnectionState.OPEN
            if session.must_drop:
                assert session.next_deadline() is None
            if session.state is ConnectionState.OPEN:
                assert end.close is None

    def teardown(self) -> None:
        """Let everything come to its end, and ask both how it ended."""
        if not self.ends:
            return
        self.ends["client"].session.close(now=self.clock())
        for _ in range(6):
            self._settle()
            # Two timeouts, one after the other, are the longest that anybody may wait.
            for _ in self.clock.ticks(0):
                pass
            self.clock.jump(50)
            for end in self.ends.values():
                end.session.on_deadline(self.clock())
        self._settle()
        for end in self.ends.values():
            assert end.session.ended is not None
            assert end.session.must_drop
        self.messages_come_in_order_and_whole()
        self.what_was_acknowledged_was_received()
        for end in self.ends.values():
            self._agree(end, self.other(end.role))

    def _settle(self) -> None:
        for _ in range(3):
            for end in self.ends.values():
                end.flush()
                while not self.other(end.role).out.quiet and not end.dropped:
                    self._deliver(end)
                self._take_all(end)
                end.flush()

    def _take_all(self, end: End) -> None:
        if end.begun or end.session.streaming:
            end.taken.append(SKIPPED)
            end.begun = []
        while (message := end.session.next_message()) is not None:
            end.taken.append(message)

    def _agree(self, end: End, other: End) -> None:
        """What one end says of the end is what the other did."""
        ended, theirs = end.session.ended, other.session.ended
        assert ended is not None
        assert theirs is not None
        if ended.clean or ended.by is EndedBy.REMOTE:
            # What it heard is what the other said.
            assert other.close == (ended.code, ended.reason)
        if ended.by is EndedBy.REMOTE:
            # One of the two began.
            assert theirs.by is not EndedBy.REMOTE
        if ended.clean:
            assert end.close is not None
        lossless = end.out.whole and other.out.whole and not end.failed and not other.failed
        if lossless and end.session.failure is None and other.session.failure is None:
            assert ended.clean == theirs.clean
        # Nothing that was sent is lost on a wire that lost nothing, to an end that read on.
        if other.out.whole and end.session.failure is None and ended.by is not EndedBy.NETWORK:
            assert len(end.taken) >= sum(message.complete for message in other.sent)
