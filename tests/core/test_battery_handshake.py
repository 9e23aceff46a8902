"""Every row of the handshake battery, whole, byte by byte and at random cuts: one verdict, and nothing else."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator

import h11
import pytest

from rawws.core.connection import CLIENT, SERVER, Connection, ConnectionState
from rawws.core.events import AcceptConnection, Event, RejectConnection, RejectData, Request
from rawws.core.extensions import Extension, PerMessageDeflate
from rawws.core.failure import Fault
from rawws.core.handshake import H11Handshake
from rawws.core.limits import DEFAULT_LIMITS
from rawws.core.utilities import LocalProtocolError, RemoteProtocolError, generate_accept_token
from rawws.spec import REQUIREMENTS

from tests.core.battery.handshake import ROWS
from tests.core.battery.rows import Accepted, Ended, Outcome, Refused, Rejected, Requested, Row, Waiting

#: See pyproject.toml.
pytestmark = pytest.mark.battery

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.role}-{row.id}")


class Offering(Extension):
    """A foreign extension that agrees to everything."""

    def __init__(self, name: str) -> None:
        self.name = name

    def offer(self) -> bool | str:
        """Offer the name."""
        return True


class OfferingDeflate(PerMessageDeflate):
    """permessage-deflate with an offer of the test's choice."""

    def __init__(self, parameters: str) -> None:
        super().__init__()
        self.parameters = parameters

    def offer(self) -> bool | str:
        """Offer these parameters."""
        return self.parameters


def start(row: Row) -> tuple[H11Handshake, bytes]:
    """The handshake that reads the row, and the octets that it reads."""
    limits = dataclasses.replace(DEFAULT_LIMITS, **row.limits)
    if row.role == "server":
        return H11Handshake(SERVER, limits), row.octets
    handshake = H11Handshake(CLIENT, limits, skip_informational=row.skip)
    offers = [Offering(offer) if offer.startswith("x-") else OfferingDeflate(offer) for offer in row.offers]
    request = Request(host="h", target="/", subprotocols=list(row.subprotocols), extensions=offers)
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(handshake.send(request))
    read = reader.next_event()
    assert isinstance(read, h11.Request)
    token = generate_accept_token(dict(read.headers)[b"sec-websocket-key"])
    return handshake, row.octets.replace(b"{accept}", token).replace(b"{ACCEPT}", token.swapcase())


def feed(handshake: H11Handshake, pieces: Iterator[bytes], *, eof: bool) -> RemoteProtocolError | None:
    """Feed the pieces, those behind the 101 to the connection; the one error that comes of it."""
    errors = []
    for piece in pieces:
        try:
            if handshake.connection is not None:
                handshake.connection.receive_data(piece)
            else:
                handshake.receive_data(piece)
        except RemoteProtocolError as exc:
            errors.append(exc)
    for _ in range(2 if eof else 0):
        try:
            (handshake.connection or handshake).receive_data(None)
        except RemoteProtocolError as exc:
            errors.append(exc)
    assert len(errors) <= 1
    return errors[0] if errors else None


def observe(row: Row, cut: str) -> tuple[Outcome, list[Event]]:
    """What comes of the row when its octets are cut like that, and what the connection behind it then says."""
    handshake, octets = start(row)
    error = feed(handshake, cuts(octets, cut, row.id), eof=row.eof)
    events = list(handshake.events())
    if events and isinstance(events[0], RejectConnection):
        return rejected(handshake, events[0], events[1:], error), []
    if error is not None:
        # Only a request that somebody else kept from being answered may stand before an error.
        assert all(isinstance(event, Request) for event in events)
        assert handshake.failure is not None
        failure = handshake.failure
        return Refused(failure.requirement, failure.status_code, failure.limit), []
    if not events:
        return (Waiting() if handshake.state is ConnectionState.CONNECTING else Ended()), []
    assert len(events) == 1
    if isinstance(events[0], Request):
        outcome: Outcome = requested(row, handshake, events[0])
    else:
        assert isinstance(events[0], AcceptConnection)
        names = tuple(extension.name for extension in events[0].extensions)
        outcome = Accepted(events[0].subprotocol, names)
    assert handshake.state is ConnectionState.OPEN
    assert handshake.connection is not None
    return outcome, list(handshake.connection.events())


def requested(row: Row, handshake: H11Handshake, request: Request) -> Requested:
    """Accept the request, and see what the answer and the connection hold."""
    supported: list[Extension] = [PerMessageDeflate()] if row.deflate else []
    answer = handshake.send(AcceptConnection(extensions=supported))
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    assert not rest
    lines = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
    return Requested(
        host=request.host,
        target=request.target,
        subprotocols=tuple(request.subprotocols),
        extensions=tuple(str(extension) for extension in request.extensions),
        answer={name: value for name, _, value in lines}.get(b"Sec-WebSocket-Extensions", b"").decode(),
    )


def expected(row: Row) -> tuple[Outcome, list[Event]]:
    """The row's outcome, and what a connection says that reads the octets behind the handshake, and its end."""
    if not isinstance(row.expected, (Requested, Accepted)):
        return row.expected, []
    connection = Connection(SERVER if row.role == "server" else CLIENT, [], row.expected.early)
    if row.eof:
        connection.receive_data(None)
    return dataclasses.replace(row.expected, early=b""), list(connection.events())


def rejected(
    handshake: H11Handshake, first: RejectConnection, rest: list[Event], error: RemoteProtocolError | None
) -> Rejected:
    """What a refusal held."""
    data = [event for event in rest if isinstance(event, RejectData)]
    assert len(data) == len(rest)
    finished = [event.body_finished for event in data]
    assert not any(finished[:-1])
    done = bool(finished) and finished[-1]
    assert handshake.state is (
        ConnectionState.CLOSED if done or error or not first.has_body else ConnectionState.REJECTING
    )
    requirement = handshake.failure.requirement if handshake.failure else ""
    assert bool(requirement) == (error is not None)
    return Rejected(first.status_code, b"".join(event.data for event in data), done, first.has_body, requirement)


def cuts(octets: bytes, cut: str, seed: str) -> Iterator[bytes]:
    """The octets in pieces, none of them empty."""
    if cut == "whole":
        yield from [octets] if octets else []
        return
    chooser = random.Random(f"{seed} {cut}")
    at = 0
    while at < len(octets):
        size = 1 if cut == "bytes" else chooser.choice([1, 2, 3, 7, 40, 400])
        yield octets[at : at + size]
        at += size


@each_row
@pytest.mark.parametrize("cut", ["whole", "bytes", "random 1", "random 2"])
def test_a_row_has_its_outcome_however_it_is_cut(row: Row, cut: str) -> None:
    """The outcome is the row's, and the same for every cut of its octets."""
    assert observe(row, cut) == expected(row)


@each_row
def test_a_refusal_is_final(row: Row) -> None:
    """Behind a refusal nothing is read, kept or said any more, and its hint can be sent, once."""
    if not isinstance(row.expected, Refused):
        return
    assert row.expected.requirement in REQUIREMENTS
    handshake, octets = start(row)
    error = feed(handshake, cuts(octets, "whole", ""), eof=row.eof)
    assert error is not None
    assert handshake.failure is not None
    assert handshake.failure.fault is Fault.REMOTE
    assert handshake.failure.message.isascii()
    pending = list(handshake.events())
    for more in (octets or b"x", b"GET / HTTP/1.1\r\n\r\n", None, None):
        handshake.receive_data(more)
    assert list(handshake.events()) == []
    assert handshake.connection is None
    for event in (AcceptConnection(), RejectData(data=b"x"), Request(host="h", target="/")):
        with pytest.raises(LocalProtocolError):
            handshake.send(event)
    hint = error.event_hint
    assert isinstance(hint, RejectConnection)
    sent = handshake.send(hint)
    if row.role == "server":
        assert answer_to(sent) == (row.expected.status, {name.lower(): value for name, value in hint.headers})
    else:
        assert sent == b""
    assert handshake.state is ConnectionState.CLOSED
    with pytest.raises(LocalProtocolError):
        handshake.send(hint)
    assert all(isinstance(event, Request) for event in pending)


def answer_to(sent: bytes) -> tuple[int, dict[bytes, bytes]]:
    """The status of a refusal, and the fields that its hint asked for; it says that the connection ends."""
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="GET", target="/", headers=[("Host", "h")]))
    reader.receive_data(sent)
    head = reader.next_event()
    assert isinstance(head, h11.Response)
    assert isinstance(reader.next_event(), h11.EndOfMessage)
    assert reader.trailing_data[0] == b""
    fields = dict(head.headers)
    assert b"close" in fields[b"connection"].lower()
    if head.status_code == 426:
        assert fields[b"upgrade"] == b"websocket"
    owned = {b"connection", b"content-length", b"upgrade"}
    return head.status_code, {name: value for name, value in fields.items() if name not in owned}


@pytest.mark.parametrize("row", [row for row in ROWS if isinstance(row.expected, Requested)], ids=lambda row: row.id)
def test_h11_reads_a_good_request_as_we_do(row: Row) -> None:
    """What is accepted here, h11's own reader reads in the same way: nobody in between sees another request."""
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    reader.receive_data(row.octets.removeprefix(b"\r\n"))
    theirs = reader.next_event()
    handshake, octets = start(row)
    feed(handshake, cuts(octets, "whole", ""), eof=False)
    ours = handshake.http_request
    assert isinstance(theirs, h11.Request)
    assert ours == theirs


def test_the_battery_is_whole() -> None:
    """Every row has an id of its own, and there are as many as were promised."""
    ids = [(row.role, row.id) for row in ROWS]
    assert len(set(ids)) == len(ids) >= 150
