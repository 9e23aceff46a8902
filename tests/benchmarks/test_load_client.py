"""The load client measures right servers, and notices the others."""

from __future__ import annotations

import mmap
import socket
import time

import pytest

from tests.benchmarks import faulty
from tests.benchmarks.cpu import CpuClock, proportional_bytes
from tests.benchmarks.faulty import HERE, Behaviour, serving
from tests.benchmarks.frames import BINARY, TEXT
from tests.benchmarks.load import broadcast as broadcasting
from tests.benchmarks.load import echo as echoing
from tests.benchmarks.load.broadcast import broadcast
from tests.benchmarks.load.echo import Echoed, echo
from tests.benchmarks.load.idle import idle
from tests.benchmarks.load.opening import WrongServer
from tests.benchmarks.load.storm import WAVE, storm
from tests.benchmarks.servers.canned import RESPONSE
from tests.trio.frames import Frame


def run_echo(port: int, *, size: int = 16, in_flight: int = 4, connections: int = 2) -> Echoed:
    """A short exchange."""
    opcode = TEXT if size < 1000 else BINARY
    return echo(port, HERE, opcode=opcode, size=size, in_flight=in_flight, connections=connections, seconds=0.04)


@pytest.mark.parametrize("size", [16, 125, 126, 65535, 65536, 1 << 20])
def test_a_right_echo_is_counted(size: int) -> None:
    """Messages of every form of length come back, and count."""
    with serving(faulty.right) as port:
        found = run_echo(port, size=size)
    assert found.messages >= 4 * 2
    assert found.server_ns > 0
    assert found.seconds > 0


@pytest.mark.parametrize("apart", [True, False])
def test_messages_are_sent_together_or_apart(apart: bool) -> None:
    """What may be sent goes out with one `send`, or with one for each message."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        cycle = echoing.Cycle.make(TEXT, 16, 3, raw=False)
        echoing.Link(ours, cycle, apart=apart).allow(3)
        pieces = [len(theirs.recv(1000)) for _ in range(3 if apart else 1)]
    assert pieces == ([cycle.frame_bytes] * 3 if apart else [cycle.frame_bytes * 3])


@pytest.mark.parametrize(
    ("behaviour", "complaint"),
    [
        (faulty.one_octet_changed, "wrong octets after 1?[0-9] messages"),
        (faulty.always_the_same, "wrong octets after [0-9] messages"),
        (faulty.one_message_lost, "wrong octets after 1?[0-9] messages"),
        (faulty.one_message_twice, "wrong octets after 1?[0-9] messages"),
        (faulty.end_in_between, "the server ended the connection after [0-9]+ messages"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_wrong_echo_is_noticed(behaviour: Behaviour, complaint: str) -> None:
    """One bit, one message too few or too many, another message, or an early end: each fails the measurement."""
    with serving(behaviour) as port, pytest.raises(WrongServer, match=complaint):
        run_echo(port)


def test_more_than_was_sent_is_noticed() -> None:
    """A server that answers before it was asked has not echoed, even where the octets are those of the next message."""
    cycle = echoing.Cycle.make(TEXT, 16, 1, raw=False)

    def ahead(number: int, _got: Frame) -> bytes:
        start = cycle.reply_bytes * number * 2
        return cycle.back[start : start + cycle.reply_bytes * 2]

    with serving(ahead) as port, pytest.raises(WrongServer, match="more came back than was sent"):
        run_echo(port, in_flight=1)


def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that stops to echo ends the measurement, instead of stopping it for ever."""
    monkeypatch.setattr(echoing, "DEADLINE", 0.2)

    def silent(number: int, got: Frame) -> bytes:
        return faulty.right(number, got) if number < 10 else b""

    with serving(silent) as port, pytest.raises(TimeoutError, match="did not come back"):
        run_echo(port)


@pytest.mark.parametrize(
    "response",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", RESPONSE.replace(b"s3pP", b"S3pP"), RESPONSE + b"\x81\x00", b""],
)
def test_a_wrong_response_is_noticed(response: bytes) -> None:
    """A refusal, a wrong key, octets behind the response, and none at all."""
    behaviour = faulty.end_in_between
    with serving(behaviour, response or b"\r\n\r\n") as port, pytest.raises(WrongServer, match="did not accept"):
        run_echo(port)


@pytest.mark.parametrize(
    ("behaviour", "complaint"),
    [
        (faulty.one_octet_changed, "wrong octets after 1?[0-9] deliveries"),
        (faulty.always_the_same, "wrong octets after [0-9] deliveries"),
        (faulty.end_in_between, "the server ended a connection after [0-9]+ deliveries"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_wrong_broadcast_is_noticed(behaviour: Behaviour, complaint: str) -> None:
    """What does not come as it was sent fails the measurement; here to one connection, which an echo is right for."""
    with serving(faulty.right) as port:
        found = broadcast(port, HERE, opcode=TEXT, size=128, connections=1, seconds=0.04)
        assert found.deliveries > 0
        assert found.server_ns > 0
    with serving(behaviour) as port, pytest.raises(WrongServer, match=complaint):
        broadcast(port, HERE, opcode=TEXT, size=128, connections=1, seconds=0.04)


def test_a_missing_delivery_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends a message to one connection only has not broadcast it."""
    monkeypatch.setattr(broadcasting, "DEADLINE", 0.2)
    with serving(faulty.right) as port, pytest.raises(TimeoutError, match="did not come to 1 connections"):
        broadcast(port, HERE, opcode=TEXT, size=128, connections=2, seconds=0.04)


def test_a_storm_counts_connections() -> None:
    """Whole waves are counted, and that all of them ended in good order."""
    with serving(faulty.right) as port:
        found = storm(port, HERE, seconds=0.01)
    assert found.connections % WAVE == 0
    assert found.connections > 0
    assert found.unanswered == 0


def test_a_storm_tells_who_does_not_answer_a_close() -> None:
    """A server that ends connections without a Close frame is measured, but this is told."""
    with serving(lambda _number, _got: None) as port:
        found = storm(port, HERE, seconds=0.01)
    assert found.unanswered == found.connections


def test_a_storm_notices_what_is_no_close() -> None:
    """What comes in the place of a Close frame fails the measurement."""
    with serving(lambda _number, _got: b"\x81\x00") as port, pytest.raises(WrongServer, match="instead of a Close"):
        storm(port, HERE, seconds=0.01)


def test_memory_wants_the_extension() -> None:
    """A server without permessage-deflate has no memory after a compressed message."""
    with serving(faulty.right) as port, pytest.raises(WrongServer, match="did not agree to permessage-deflate"):
        idle(port, HERE, connections=1, message=True)


def test_the_clock_of_a_process_is_its_cpu_time() -> None:
    """The clock that reads other processes agrees with what a process knows of itself."""
    before = time.process_time_ns()
    read = HERE.read()
    after = time.process_time_ns()
    assert before <= read <= after


def test_the_clock_of_no_process() -> None:
    """Where there is no such process, there is no figure."""
    with pytest.raises(OSError, match="Invalid argument"):
        CpuClock((1 << 22) + 1).read()


def test_memory_is_read_in_octets() -> None:
    """A megabyte that is held shows."""
    before = proportional_bytes(HERE.pid)
    # New pages, and not what malloc has kept of what was here before.
    with mmap.mmap(-1, 1 << 24) as held:
        held.write(b"x" * (1 << 24))
        grown = proportional_bytes(HERE.pid) - before
    assert grown >= 15 << 20
