"""How a session ends: by a closing handshake, by failure, by the end of the stream, whatever came before."""

from __future__ import annotations

import dataclasses
import random

import pytest

from rawws.core.connection import CLIENT, SERVER, Connection, ConnectionState
from rawws.core.errors import LocalProtocolError
from rawws.core.failure import Fault
from rawws.core.session import Ended, EndedBy, Session

from tests.core.battery.frame_row import deflated
from tests.core.cuts import cuttings, run_session
from tests.core.extending import agreed
from tests.core.octets import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    PONG,
    RSV1,
    TEXT,
    Frame,
    binary,
    close,
    last,
    more,
    ping,
    pong,
    take_apart,
    text,
)
from tests.core.sessions import LIMITS, client, exchange, feed, sent, server

# -- closing ----------------------------------------------------------------------------------------------------------


def test_the_closing_handshake_begun_here() -> None:
    """What the peer had sent before still comes in, its answer ends it; the server drops, the client waits."""
    one, other = client(), server()
    other.send("on its way")
    one.close(1001, "bye", now=1.0)
    with pytest.raises(LocalProtocolError):
        one.send("too late")
    assert (one.state, one.ended, one.must_drop) == (ConnectionState.LOCAL_CLOSING, None, False)
    assert one.next_deadline() == 11.0
    assert exchange(one, other, now=2.0) == (["on its way"], [])
    assert other.ended == Ended(EndedBy.REMOTE, 1001, "bye", None, clean=True)
    assert one.ended == Ended(EndedBy.LOCAL, 1001, "", None, clean=True)
    assert one.state is other.state is ConnectionState.CLOSED
    assert (one.must_drop, other.must_drop) == (False, True)
    assert other.next_deadline() is None
    one.on_deadline(11.0)
    assert one.must_drop
    assert (one.failure, other.failure) == (None, None)


def test_both_close_at_once() -> None:
    """Two Close frames that cross are a clean end on both sides, each with the other's code."""
    one, other = client(), server()
    one.close(4001, "one", now=0.0)
    other.close(4002, "other", now=0.0)
    exchange(one, other)
    assert one.ended == Ended(EndedBy.LOCAL, 4002, "other", None, clean=True)
    assert other.ended == Ended(EndedBy.LOCAL, 4001, "one", None, clean=True)
    assert one.data_to_send() == other.data_to_send() == []


@pytest.mark.parametrize("code", [None, 1000, 1014, 3000, 4999])
def test_a_close_with_and_without_a_code(code: int | None) -> None:
    """What is sent arrives; none arrives as 1005, and is answered by none."""
    one, other = client(), server()
    one.close(code, now=0.0)
    exchange(one, other)
    assert other.ended is not None
    assert one.ended is not None
    assert other.ended.code == one.ended.code == (code or 1005)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (999, ""),
        (1004, ""),
        (1005, ""),
        (1006, ""),
        (1015, ""),
        (1016, ""),
        (2999, ""),
        (5000, ""),
        (0, ""),
        (True, ""),
        ("1000", ""),
        ([1000], ""),
        (1000, "a" * 124),
        (1000, "€" * 42),
        (1000, b"bye"),
        (1000, "\ud800"),
        (None, "bye"),
    ],
)
def test_a_close_that_must_not_be_sent(code: object, reason: object) -> None:
    """A session refuses what wsproto would map or cut; nothing goes out and the connection stays open."""
    session = server()
    with pytest.raises(LocalProtocolError):
        session.close(code, reason, now=0.0)  # type: ignore[arg-type]
    with pytest.raises(LocalProtocolError):
        session.check_close(code, reason)  # type: ignore[arg-type]
    assert session.state is ConnectionState.OPEN
    assert session.data_to_send() == []
    session.send("still open")


def test_closing_twice_is_closing_once() -> None:
    """A second close, or one after the peer's, is no error and sends nothing."""
    session = server()
    session.close(1000, now=0.0)
    session.close(1001, now=1.0)
    assert [frame.payload for frame in sent(session)] == [b"\x03\xe8"]
    assert session.next_deadline() == 10.0
    session = server()
    feed(session, close(1000))
    session.close(1001, now=0.0)
    assert [frame.payload for frame in sent(session)] == [b"\x03\xe8"]


def test_a_close_is_normal_unless_it_is_said_otherwise() -> None:
    """Code 1000, and no reason."""
    session = server()
    session.close(now=0.0)
    assert [frame.payload for frame in sent(session)] == [b"\x03\xe8"]


def test_pings_are_answered_while_closing() -> None:
    """6455-5.5.2-1: until the peer's Close has come; and not behind it."""
    session = server()
    session.close(1000, now=0.0)
    sent(session)
    assert feed(session, text("a"), ping(b"1"), close(1000), ping(b"2")) == ["a"]
    assert [(frame.first, frame.payload) for frame in sent(session)] == [(FIN | PONG, b"1")]


@pytest.mark.parametrize("late", [15.0, 16.5])
def test_a_peer_that_does_not_answer_our_close(late: float) -> None:
    """After the timeout the connection is dropped, as 1006, with the limit as the reason."""
    session = client()
    session.close(1000, now=5.0)
    session.on_deadline(14.9)
    assert session.ended is None
    session.on_deadline(late)
    assert session.failure is not None
    assert session.failure.limit == "close_timeout"
    assert session.ended == Ended(EndedBy.LOCAL, 1006, "", session.failure, clean=False)
    assert session.must_drop
    assert session.state is ConnectionState.CLOSED


def test_without_a_timeout_closing_waits() -> None:
    """`close_timeout=None`: there is nothing to wait for but the peer."""
    session = client(dataclasses.replace(LIMITS, close_timeout=None))
    session.close(1000, now=0.0)
    assert session.next_deadline() is None
    session.on_deadline(1e9)
    assert session.ended is None


def test_failing_from_this_side() -> None:
    """A Close with code and reason goes out, the connection is to be dropped; afterwards it is a no-op."""
    session = server()
    session.fail(1011, "a handler has failed")
    assert session.failure is not None
    assert session.failure.fault is Fault.LOCAL
    assert session.ended == Ended(EndedBy.LOCAL, 1011, "a handler has failed", session.failure, clean=False)
    assert session.must_drop
    session.fail(1008, "again")
    assert [frame.payload for frame in sent(session)] == [b"\x03\xf3a handler has failed"]


@pytest.mark.parametrize(("code", "reason"), [(999, "x"), (1005, "x"), (1006, ""), ("1011", ""), (1011, "\ud800")])
def test_failing_with_what_must_not_be_sent(code: object, reason: str) -> None:
    """It is refused, and changes nothing."""
    session = server()
    with pytest.raises(LocalProtocolError):
        session.fail(code, reason)  # type: ignore[arg-type]
    assert (session.state, session.failure, session.ended) == (ConnectionState.OPEN, None, None)
    session.send("still open")


# -- the end of the stream --------------------------------------------------------------------------------------------

NETWORK = Ended(EndedBy.NETWORK, 1006, "", None, clean=False)


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [text("a")],
        [text("a")._replace(come=1)],
        [text("abc")._replace(come=7)],
        [text("abc")._replace(come=8)],
        [ping(b"abc")._replace(come=7)],
        [close(1000)._replace(come=7)],
        [text("a", fin=False)],
        [text("a", fin=False), text(b"")._replace(first=CONTINUATION, come=3)],
    ],
)
@pytest.mark.parametrize("looked", [True, False])
@pytest.mark.parametrize("closing", [True, False])
def test_an_end_without_a_close(frames: list[Frame], looked: bool, closing: bool) -> None:
    """Wherever the stream ends, it is told as the network's end, once, whether or not all had been looked at before."""
    session = server()
    if closing:
        session.close(now=0.0)
        sent(session)
    told = feed(session, *frames) if looked else []
    told += feed(session, *([] if looked else frames), None)
    assert told == (["a"] if frames == [text("a")] else [])
    assert session.ended == NETWORK
    assert session.must_drop
    assert session.next_deadline() is None
    assert feed(session, None, None) == []
    assert session.ended == NETWORK
    assert session.data_to_send() == []


def test_what_an_end_leaves_of_a_message() -> None:
    """What has come of it is of use to who takes chunks, and is forgotten where nobody does."""
    session = server()
    assert feed(session, binary(b"a", fin=False), more(b"b"), None) == []
    assert session.ended == NETWORK
    assert session.unfinished_bytes == 0
    session = server()
    session.receive(binary(b"a", fin=False).to("server"), 0.0)
    assert session.next_chunk() == (b"a", False)
    session.receive(more(b"b").to("server"), 0.0)
    session.receive(None, 0.0)
    assert session.read_ahead() is True
    assert session.ended == NETWORK
    assert session.next_chunk() == (b"b", False)
    assert session.next_chunk() is None


def test_a_close_and_the_end_at_once() -> None:
    """A Close that the end of the stream followed before it was looked at is the peer's end all the same."""
    session = server()
    assert feed(session, text("a"), close(1001, "bye"), None) == ["a"]
    assert session.ended == Ended(EndedBy.REMOTE, 1001, "bye", None, clean=False)
    assert session.must_drop
    assert session.data_to_send() == []
    session = server()
    session.close(now=0.0)
    feed(session, close(1000), None)
    assert session.ended == Ended(EndedBy.LOCAL, 1000, "", None, clean=True)


def test_a_client_whose_server_has_gone_drops_at_once() -> None:
    """It waits for the server to close first, and that has then happened."""
    session = client()
    session.receive(close(1000).to("client"), 0.0)
    assert session.next_message() is None
    assert (session.must_drop, session.next_deadline()) == (False, 10.0)
    session.receive(None, 1.0)
    assert session.must_drop
    assert session.next_deadline() is None


# -- any octets, any cut ----------------------------------------------------------------------------------------------


def test_nothing_is_raised_whatever_comes() -> None:
    """Noise, in both roles, before and while closing: a session raises nothing, and ends with one failure at most."""
    rng = random.Random(4)
    for trial in range(300):
        session = (server if trial % 2 else client)()
        if trial % 3 == 0:
            session.close(now=0.0)
        for _ in range(4):
            session.receive(rng.randbytes(rng.randint(0, 30)), 0.0)
            while session.next_message() is not None:
                pass
        session.receive(None, 0.0)
        assert session.next_message() is None
        assert session.ended is not None
        assert session.must_drop
        assert len([frame for frame in sent(session) if frame.first == FIN | CLOSE]) <= 1


def test_any_cut_gives_the_same_session() -> None:
    """A conversation of all kinds, cut in many ways: the same messages, the same answers, the same end."""
    hello, again = deflated(b"Hello", b"Hello")
    frames = [
        text("é€😀"), ping(b"1"), Frame(FIN | RSV1 | TEXT, hello), text(b"\xe2", fin=False), ping(b"2"),
        last(b"\x82\xac"), Frame(RSV1 | BINARY, again[:2]), pong(b"3"), last(again[2:]), binary(b"x" * 130),
        close(4000, "bye"), text("later"),
    ]  # fmt: skip
    data = b"".join(frame.to("server") for frame in frames)
    outcomes = []
    for chunks in cuttings(data, borders=range(0, len(data), 7)):
        session = Session(Connection(SERVER, [agreed()]))
        outcomes.append((run_session(session, chunks), session.stats))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    told = outcomes[0][0]
    assert told.messages == ["é€😀", "Hello", "€", b"Hello", b"x" * 130]
    assert [frame.first for frame in take_apart(told.sent)] == [FIN | PONG, FIN | PONG, FIN | CLOSE]


def test_a_client_that_has_read_the_end_waits_for_nothing() -> None:
    """The peer's Close and the end of the stream in one go: a client may drop the connection at once."""
    session = Session(Connection(CLIENT), 0.0)
    session.close(1000, now=0.0)
    session.receive(bytes.fromhex("880203e8"), 0.0)
    session.receive(None, 0.0)
    assert session.next_message() is None
    assert session.must_drop
    assert session.next_deadline() is None
