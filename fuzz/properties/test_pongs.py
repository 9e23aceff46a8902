"""RFC 6455 §5.5.2 and §5.5.3: which pongs answer which pings, in both directions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.session import Session
from rawws.testing import Cut, Role
from rawws.testing.frames import PONG, Frame, binary, more, ping, pong, take_apart
from rawws.testing.outcome import run_session
from rawws.testing.strategies import cuts, roles

from fuzz.budget import examples

PAYLOADS = st.one_of(st.sampled_from([b"", b"a", b"a" * 125]), st.binary(max_size=125))

#: Pings, and what may stand between them: a message, and the fragments of another.
BETWEEN: st.SearchStrategy[list[Frame]] = st.sampled_from([
    [],
    [binary(b"message")],
    [binary(b"frag", fin=False), more(b"ments", fin=True)],
])


def session(role: Role) -> Session:
    """An open one."""
    return Session(Connection(CLIENT if role == "client" else SERVER))


@examples(1)
@given(st.lists(st.tuples(BETWEEN, PAYLOADS), min_size=1, max_size=12), roles(), cuts())
def test_of_the_peers_pings(asked: list[tuple[list[Frame], bytes]], reader: Role, cut: Cut) -> None:
    """Pongs say what pings said, in their order, and to the latest ping there is one (6455-5.5.3-1)."""
    frames = [frame for between, payload in asked for frame in (*between, ping(payload))]
    received = run_session(session(reader), cut(b"".join(frame.to(reader) for frame in frames)))
    answers = [frame for frame in take_apart(received.sent) if frame.opcode == PONG]
    assert answers[-1].payload == asked[-1][1]
    # Each is that of a ping behind the one that was answered before it.
    left = iter(payload for _, payload in asked)
    assert all(answer.payload in left for answer in answers)


@examples(1)
@given(st.integers(1, 8), st.lists(st.integers(0, 9), max_size=8), roles(), cuts())
def test_of_our_pings(count: int, answers: list[int], reader: Role, cut: Cut) -> None:
    """A pong answers its own ping and those before it, once, and none of those behind it; others answer none."""
    ours = session(reader)
    pings = [ours.ping(bytes([index]), now=0.0) for index in range(count)]
    reached = -1
    for now, index in enumerate(answers, 1):
        run_session(ours, cut(pong(bytes([index])).to(reader)), now=float(now))
        told = [handle.rtt is not None for handle in pings]
        reached = max(reached, index) if index < count else reached
        assert told == [place <= reached for place in range(count)]
