"""A scripted peer does what the script says, and says where the other end departs from it."""

from __future__ import annotations

import pytest

from rawws.core import ConnectionType, WSConnection
from rawws.core.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Message,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from rawws.testing import (
    Ends,
    Expects,
    ExpectsClose,
    ExpectsEnd,
    Frame,
    Opens,
    ScriptedPeer,
    Sends,
    Step,
    UnexpectedError,
    play,
)
from rawws.testing.cuts import bytewise
from rawws.testing.frames import close, last, ping, pong, text


class Echo:
    """What is tested: an endpoint that sends back what it gets, as a client or as a server."""

    def __init__(self, role: ConnectionType = ConnectionType.SERVER, *, status_code: int = 101) -> None:
        self.ws = WSConnection(role)
        self.out: list[bytes] = []
        self.ended = False
        self.status_code = status_code
        self.got: list[Event] = []
        if role is ConnectionType.CLIENT:
            self.out.append(self.ws.send(Request(host="h", target="/")))

    def receive(self, data: bytes | None) -> None:
        """From the network."""
        if self.ended:
            return
        self.ws.receive_data(data)
        for event in self.ws.events():
            self.got.append(event)
            if isinstance(event, Request) and self.status_code == 101:
                self.out.append(self.ws.send(AcceptConnection()))
            elif isinstance(event, Request):
                self.out.append(self.ws.send(RejectConnection(status_code=self.status_code)))
                self.ended = True
            elif isinstance(event, Message):
                self.out.append(self.ws.send(event))
            elif isinstance(event, Ping):
                self.out.append(self.ws.send(event.response()))
            elif isinstance(event, CloseConnection):
                if event.code != 1006:
                    self.out.append(self.ws.send(event.response()))
                self.ended = True

    def take(self) -> bytes | None:
        """To the network."""
        return self.out.pop(0) if self.out else None if self.ended else b""


def go(*steps: Step, role: ConnectionType = ConnectionType.SERVER, status_code: int = 101) -> Echo:
    """Play a script against an echo."""
    echo = Echo(role, status_code=status_code)
    peer = ScriptedPeer("client" if role is ConnectionType.SERVER else "server", steps)
    play(peer, receive=echo.receive, take=echo.take)
    return echo


def test_a_client_that_is_right() -> None:
    """Handshake, text, fragments and ping cut as the script says, close, and the end."""
    go(
        Opens(b"/chat", (b"X-Y: z",)),
        Sends(text("hello"), ping(b"1"), cut=bytewise),
        # An echo of what has come octet by octet comes in fragments.
        Expects(text("h", fin=False)),
        Expects(*[Frame(0x00, b"%c" % octet) for octet in b"ell"], Frame(0x80, b"o"), pong(b"1")),
        Sends(close(1000)),
        ExpectsClose(1000),
        ExpectsEnd(),
    )


def test_a_server_that_is_right() -> None:
    """The other way round: the tested end is a client, and masks."""
    echo = go(
        Opens(fields=(b"X-Y: z",)),
        Sends(text("a", fin=False), last("b")),
        Expects(text("a", fin=False), last("b")),
        Sends(close()),
        ExpectsClose(None),
        Ends(),
        role=ConnectionType.CLIENT,
    )
    assert isinstance(echo.got[0], AcceptConnection)
    assert (b"x-y", b"z") in echo.got[0].extra_headers


def test_octets_of_ones_own() -> None:
    """A refusal is expected by its status; octets that are no frames can be sent."""
    go(Opens(status_code=403), ExpectsEnd(), status_code=403)
    go(Opens(), Sends(), Sends(b"\x83\x00"), ExpectsClose(1002))


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((Opens(status_code=404),), r"b'HTTP/1.1 101 .* came at step 1, Opens"),
        ((Opens(), Sends(text("a")), Expects(text("b"))), r"a frame 0x81 b'a' \(1 octets\) came at step 3, Expects"),
        ((Opens(), Sends(text("a")), ExpectsClose()), r"a frame 0x81 b'a' .* came at step 3, ExpectsClose"),
        ((Opens(), Sends(text("a")), ExpectsEnd()), r"81 01 61 came at step 3, ExpectsEnd"),
        ((Opens(), Expects(text("b"))), "nothing more came at step 2, Expects"),
        ((Opens(), Ends(), Expects(text("b"))), "the stream ended at step 3, Expects"),
        ((Opens(), Sends(close(1000)), ExpectsClose(1001)), "came at step 3, ExpectsClose"),
        ((Opens(), Sends(close(1000)), ExpectsClose(), Expects(text("a"))), "the stream ended at step 4"),
        ((Opens(), Sends(text("x" * 99)), Expects(), ExpectsClose()), r"b'x{40}\.\.\.' \(99 octets\) came"),
    ],
)
def test_departures_are_told(steps: tuple[Step, ...], message: str) -> None:
    """Where the other end does something else, or nothing, the error names the step and what came."""
    with pytest.raises(UnexpectedError, match=message):
        go(*steps)


def test_masks_are_looked_at() -> None:
    """A server that masks and a client that does not are told (§5.1)."""
    peer = ScriptedPeer("client", [Expects(text("a"))])
    with pytest.raises(UnexpectedError, match="came, masked"):
        peer.receive(text("a").to("server"))
    peer = ScriptedPeer("server", [Expects(text("a"))])
    with pytest.raises(UnexpectedError, match="came, not masked"):
        peer.receive(text("a").to("client"))


def test_handshakes_that_are_none() -> None:
    """A request without a key, an answer to another key, an end in the middle."""
    peer = ScriptedPeer("server", [Opens()])
    with pytest.raises(UnexpectedError, match="without a Sec-WebSocket-Key"):
        peer.receive(b"GET / HTTP/1.1\r\n\r\n")
    peer = ScriptedPeer("client", [Opens()])
    with pytest.raises(UnexpectedError, match="wrong Sec-WebSocket-Accept"):
        peer.receive(b"HTTP/1.1 101 x\r\n\r\n")
    peer = ScriptedPeer("client", [Opens()])
    peer.receive(b"HTTP/1.1 101")
    with pytest.raises(UnexpectedError, match="the stream ended"):
        peer.receive(None)


def test_where_it_stands() -> None:
    """A peer says at which step it is, and that it is done once everything has been taken."""
    peer = ScriptedPeer("server", [Expects(text("a")), Sends(text("b")), Ends()])
    assert peer.step == "step 1, Expects(frames=(Frame(0x81, b'a'),))"
    peer.receive(text("a").to("server"))
    assert not peer.finished
    assert peer.data_to_send() == [text("b").to("client"), None]
    assert peer.finished
    assert peer.step == "the end of the script"
    peer.check_finished()


def test_the_core_on_its_own() -> None:
    """A script needs no more than two functions: here those of a connection and a list."""
    echo = Echo()
    play(
        ScriptedPeer("client", [Opens(), Sends(text("x")), Expects(text("x"))]),
        receive=echo.receive,
        take=lambda: echo.out.pop(0) if echo.out else b"",
    )
    assert [type(event) for event in echo.got] == [Request, TextMessage]
