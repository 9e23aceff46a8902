"""Clients of other projects, connected to the command `rawws serve`."""

from __future__ import annotations

import itertools
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.interop import with_aiohttp, with_tornado, with_websocket_client, with_websockets
from tests.interop.conftest import Certificates
from tests.interop.payloads import CLOSES, COMPRESSIBLE, FRAGMENTS, MESSAGES
from tests.interop.peer import HOST, LoopThread, Options, Peer, Refused
from tests.interop.processes import Serve
from tests.interop.relay import Relay
from tests.interop.rows import Row, every_row, named, on_and_off

LIBRARIES = [
    with_websockets.LIBRARY,
    with_websocket_client.LIBRARY,
    with_aiohttp.LIBRARY,
    with_tornado.LIBRARY,
]

#: The application that does what its peer says, and tells how connections end; nothing it is told is long.
STEERED = (
    *("--app", "steered:handler"),
    *("--max-message", "1000"),
    *("--subprotocol", "best.example", "--subprotocol", "good.example"),
)

_numbers = itertools.count()


ROWS = every_row(LIBRARIES)
ON_AND_OFF = on_and_off(ROWS)
WITH_FRAGMENTS = [row for row in ON_AND_OFF if row.library.fragments]


@dataclass(frozen=True)
class Meeting:
    """The means to bring a row's two ends together."""

    loop: LoopThread
    certificates: Certificates
    rawws_serve: Callable[..., Serve]

    def server(self, row: Row, *options: str) -> Serve:
        """The row's server; options: more for the command line."""
        compression = () if row.server_agrees else ("--no-compression",)
        return self.rawws_serve(*options, *compression, secure=row.secure)

    def client(
        self,
        row: Row,
        url: str,
        *,
        subprotocols: tuple[str, ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
        origin: str | None = None,
        shows_pongs: bool = False,
    ) -> Peer:
        """The row's client, connected to `url`."""
        options = Options(
            tls=self.certificates.client if row.secure else None,
            deflate=row.client_offers,
            subprotocols=subprotocols,
            headers=headers,
            origin=origin,
            shows_pongs=shows_pongs,
        )
        return row.library.connect(self.loop, url, options)


@pytest.fixture
def meeting(loop: LoopThread, certificates: Certificates, rawws_serve: Callable[..., Serve]) -> Meeting:
    """The means to bring both ends together."""
    return Meeting(loop, certificates, rawws_serve)


@pytest.fixture
def target() -> str:
    """A path that no other connection has."""
    return f"connection-{next(_numbers)}"


# -- messages ---------------------------------------------------------------------------------------------------------


@named(ON_AND_OFF)
def test_echo(meeting: Meeting, row: Row) -> None:
    """Every message that a peer sends comes back as it was, text as text and binary as binary."""
    with meeting.client(row, meeting.server(row).url) as peer:
        for name, message in MESSAGES.items():
            peer.send(message)
            assert peer.receive() == message, name


@named(ON_AND_OFF)
def test_many_in_flight(meeting: Meeting, row: Row) -> None:
    """Messages that are sent one after the other without waiting come back in their order."""
    messages = [f"message {number} " * (number % 50) for number in range(100)]
    with meeting.client(row, meeting.server(row).url) as peer:
        for message in messages:
            peer.send(message)
        assert [peer.receive() for _ in messages] == messages


@pytest.mark.parametrize("fragments", FRAGMENTS.values(), ids=FRAGMENTS)
@named(WITH_FRAGMENTS)
def test_fragments(meeting: Meeting, row: Row, fragments: list[str] | list[bytes]) -> None:
    """A message that a peer sends in fragments comes back whole, and the connection goes on."""
    empty = fragments[0][:0]
    with meeting.client(row, meeting.server(row).url) as peer:
        for _ in range(2):
            peer.send_fragments(fragments)
            assert peer.receive() == empty.join(fragments)  # type: ignore[arg-type]


# -- what is agreed ---------------------------------------------------------------------------------------------------


@named(ROWS)
def test_deflate_is_agreed_or_not(meeting: Meeting, row: Row) -> None:
    """permessage-deflate is agreed exactly when it is offered and taken, and both ends read the same answer."""
    with meeting.client(row, meeting.server(row, *STEERED).url) as peer:
        peer.send("!agreed")
        ours = json.loads(peer.receive())
    assert ours["extensions"] == peer.agreed.extensions
    assert peer.agreed.extensions.partition(";")[0] == ("permessage-deflate" if row.deflate else "")


@named(ROWS)
def test_size_on_the_wire(meeting: Meeting, row: Row) -> None:
    """With permessage-deflate a message is far smaller on the wire in both directions, without it it is not."""
    server = meeting.server(row)
    with Relay(meeting.loop, server.port) as relay:
        with meeting.client(row, server.url.replace(str(server.port), str(relay.port))) as peer:
            peer.send(COMPRESSIBLE)
            assert peer.receive() == COMPRESSIBLE
        for direction in (relay.up, relay.down):
            assert (direction < len(COMPRESSIBLE) // 10) if row.deflate else (direction > len(COMPRESSIBLE))


@named(ON_AND_OFF)
def test_subprotocol(meeting: Meeting, row: Row) -> None:
    """Of the subprotocols that the peer offers, both ends take the one that the server wants most."""
    server = meeting.server(row, *STEERED)
    for offered, chosen in [
        (("strange.example", "good.example", "best.example"), "best.example"),
        (("good.example",), "good.example"),
        ((), None),
    ]:
        with meeting.client(row, server.url, subprotocols=offered) as peer:
            peer.send("!agreed")
            assert json.loads(peer.receive())["subprotocol"] == chosen
            assert peer.agreed.subprotocol == chosen


@named(ON_AND_OFF)
def test_extra_headers(meeting: Meeting, row: Row) -> None:
    """The application sees the peer's own header fields, and the host with its port."""
    server = meeting.server(row, *STEERED)
    headers = (("X-Word", "some words, with a comma"), ("Cookie", "a=1; b=2"))
    with meeting.client(row, server.url, headers=headers) as peer:
        peer.send("!agreed")
        ours = json.loads(peer.receive())
    assert ours["host"] == f"{HOST}:{server.port}"
    assert ours["headers"]["x-word"] == "some words, with a comma"
    assert ours["headers"]["cookie"] == "a=1; b=2"


@pytest.mark.parametrize("row", [row for row in ON_AND_OFF if row.secure], ids=str)
def test_certificate_is_verified(meeting: Meeting, row: Row) -> None:
    """A client that does not know the authority goes away during TLS, and the server goes on serving."""
    server = meeting.server(row)
    with pytest.raises(row.library.no_tls):
        row.library.connect(meeting.loop, server.url, Options(tls=ssl.create_default_context()))
    with meeting.client(row, server.url.replace(HOST, "localhost")) as peer:
        peer.send("hello")
        assert peer.receive() == "hello"


@named(ON_AND_OFF)
def test_foreign_origin(meeting: Meeting, row: Row) -> None:
    """A page of another host gets 403, one of the same host gets in, and the server goes on serving."""
    server = meeting.server(row)
    with pytest.raises(Refused) as refused:
        meeting.client(row, server.url, origin="https://attacker.example")
    assert refused.value.status == 403
    with meeting.client(row, server.url, origin=f"{row.page_scheme}://{HOST}:{server.port}") as peer:
        peer.send("hello")
        assert peer.receive() == "hello"


# -- ping and pong ----------------------------------------------------------------------------------------------------


@named(ON_AND_OFF)
def test_ping_from_the_peer(meeting: Meeting, row: Row) -> None:
    """A peer's ping is answered with its payload, and messages around it are not disturbed."""
    with meeting.client(row, meeting.server(row).url, shows_pongs=True) as peer:
        peer.send("before")
        for payload in (b"payload", bytes(range(125)), b"\x80\xff"):
            peer.ping(payload)
        peer.send("after")
        assert [peer.receive(), peer.receive()] == ["before", "after"]


@named(ON_AND_OFF)
def test_ping_from_us(meeting: Meeting, row: Row) -> None:
    """A peer's pong ends our ping, and the round-trip time is no longer than the call took."""
    with meeting.client(row, meeting.server(row, *STEERED).url) as peer:
        for payload in ("payload", "x" * 125):
            peer.send(f"!ping {payload}")
            told = json.loads(peer.receive())
            assert 0 < told["seconds"] <= told["at most"]


# -- the closing handshake --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "reason"), CLOSES)
@named(ON_AND_OFF)
def test_close_by_the_peer(meeting: Meeting, row: Row, target: str, code: int, reason: str) -> None:
    """Our application sees code and reason of the peer's Close; the peer gets its code back."""
    server = meeting.server(row, *STEERED)
    with meeting.client(row, server.url + target) as peer:
        peer.send("hello")
        assert peer.receive() == "hello"
        peer.close(code, reason)
        answer = peer.closed()
    assert answer in {(code, ""), (code, None)}
    assert server.ended("/" + target) == (code, reason)


@pytest.mark.parametrize(("code", "reason"), CLOSES)
@named(ON_AND_OFF)
def test_close_by_us(meeting: Meeting, row: Row, target: str, code: int, reason: str) -> None:
    """The peer sees code and reason of our Close; our application sees what the peer answers."""
    server = meeting.server(row, *STEERED)
    with meeting.client(row, server.url + target) as peer:
        peer.send(f"!close {code} {reason}".rstrip())
        assert peer.closed() == (code, reason)
    assert server.ended("/" + target) == row.library.answer(code, reason)


@named(ON_AND_OFF)
def test_messages_before_a_close(meeting: Meeting, row: Row) -> None:
    """What was sent before our Close arrives before it does."""
    with meeting.client(row, meeting.server(row, *STEERED).url) as peer:
        for number in range(50):
            peer.send(f"message {number}")
        peer.send("!close 4001 done")
        assert [peer.receive() for _ in range(50)] == [f"message {number}" for number in range(50)]
        assert peer.closed() == (4001, "done")


@named(ON_AND_OFF)
def test_peer_that_vanishes(meeting: Meeting, row: Row, target: str) -> None:
    """A peer that goes without a Close is 1006 for our application, at once, and the server goes on serving."""
    server = meeting.server(row, *STEERED)
    peer = meeting.client(row, server.url + target)
    peer.abandon()
    assert server.ended("/" + target) == (1006, "")
    with meeting.client(row, server.url) as peer:
        peer.send("hello")
        assert peer.receive() == "hello"


@named(ON_AND_OFF)
def test_too_big_a_message(meeting: Meeting, row: Row) -> None:
    """A message over the limit is answered with 1009, compressed or not, and the server goes on serving."""
    server = meeting.server(row, *STEERED)
    with meeting.client(row, server.url) as peer:
        peer.send("x" * 1000)
        assert peer.receive() == "x" * 1000
        peer.send("x" * 1001)
        assert peer.closed()[0] == 1009
    with meeting.client(row, server.url) as peer:
        peer.send("hello")
        assert peer.receive() == "hello"
