"""What the codec costs for one message: lines and calls of Python, and what an event holds.

What C does is not seen here: test_speedups_build.py says that its masking goes by vectors, and test_linear_work.py that
nothing is done again and again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rawws.core import masking
from rawws.core.accelerator import ACCELERATED
from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.events import TextMessage
from rawws.core.session import Session

from tests.budget import Budget, counting
from tests.core.battery.frame_row import compressed, deflated
from tests.core.extending import agreed
from tests.core.octets import BINARY, TEXT, binary, last, more, ping, text
from tests.core.peak import kept

BUDGET = Budget(Path(__file__).with_name("budget_codec.json"))
CODEC = "codec in C" if ACCELERATED else "codec in Python"
MESSAGE = "sixteen octets.."
SMALL = text(MESSAGE).to("server")
FRAGMENTS = text("a", fin=False).to("server") + more("b").to("server") * 8 + last("c").to("server")
LARGE = binary(bytes(1 << 20)).to("server")
# As long as a read each, so that each comes in two pieces.
ACROSS_READS = {kind: kind(b"x" * 65536).to("server") * 10 for kind in (binary, text)}
READ = 65536

Work = Callable[[], int]


def connection(*, client: bool = False, deflate: bool = False) -> Connection:
    """An open connection."""
    return Connection(CLIENT if client else SERVER, [agreed(threshold=100)] if deflate else [])


def events(chunks: list[bytes], *, deflate: bool = False) -> Work:
    """Read chunks, and take the events; gives the number of events."""
    end = connection(deflate=deflate)

    def work() -> int:
        count = 0
        for chunk in chunks:
            end.receive_data(chunk)
            for _ in end.events():
                count += 1
        return count

    return work


def messages(data: bytes, *, in_place: bool = False) -> Work:
    """Read octets as a transport around a session does, and take the messages; gives their number."""
    session = Session(connection())

    def work() -> int:
        count = position = 0
        while position < len(data):
            room = session.receive_buffer(READ) if in_place else None
            chunk = data[position : position + (READ if room is None else min(READ, len(room)))]
            position += len(chunk)
            if room is None:
                session.receive(chunk, 0.0)
            else:
                room[: len(chunk)] = chunk
                session.buffer_received(len(chunk), 0.0)
            while session.next_message() is not None:
                count += 1
        return count

    return work


def sends(send: Callable[[Any], object], message: object) -> Work:
    """Send a message a hundred times."""

    def work() -> int:
        for _ in range(100):
            send(message)
        return 100

    return work


def chunks_of(data: bytes) -> list[bytes]:
    """As they are read from a network."""
    return [data[start : start + READ] for start in range(0, len(data), READ)]


def deflated_frames(count: int) -> list[bytes]:
    """Compressed messages, each in a chunk of its own."""
    return [compressed(TEXT, payload).to("server") for payload in deflated(*[MESSAGE.encode() * 20] * count)]


WORK: dict[str, Callable[[], Work]] = {
    "events, many at once": lambda: events([SMALL * 1000]),
    "events, one by one": lambda: events([SMALL] * 100),
    "events, parts of a large message": lambda: events(chunks_of(LARGE)),
    "events, fragments": lambda: events([FRAGMENTS * 10]),
    "events, pings": lambda: events([ping(b"1").to("server") * 100]),
    "events, compressed": lambda: events(deflated_frames(50), deflate=True),
    "messages, a large one": lambda: messages(LARGE),
    "messages, binary across two reads": lambda: messages(ACROSS_READS[binary]),
    "messages, text across two reads": lambda: messages(ACROSS_READS[text]),
    "messages, a large one in place": lambda: messages(LARGE, in_place=True),
    "sending by event": lambda: sends(connection().send, TextMessage(MESSAGE)),
    "sending, server": lambda: sends(connection().send_data, MESSAGE),
    "sending, client": lambda: sends(connection(client=True).send_data, MESSAGE),
    "sending, small under deflate": lambda: sends(connection(deflate=True).send_data, MESSAGE),
    "sending, compressed": lambda: sends(connection(deflate=True).send_data, MESSAGE * 20),
    "sending, large": lambda: sends(connection().send_buffers, LARGE),
}  # fmt: skip


@pytest.mark.parametrize("name", WORK)
def test_work(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way through the codec costs no more than it did, and is counted anew when it has become cheaper."""
    work = WORK[name]()
    work()  # what is made once: decompressors, a place to land
    # Masking keys are made in blocks; whether one is due just now depends on who has sent before.
    monkeypatch.setattr(masking, "_pool", [b"\x01\x02\x03\x04"] * 100_000)
    with counting() as counts:
        done = work()
    BUDGET.check(f"{name}, {CODEC}", counts.per(done))


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_octets_held_by_an_event(opcode: int) -> None:
    """An event holds its message and no dictionary of its own: no more than one that its class has made."""
    data = (text(MESSAGE) if opcode == TEXT else binary(MESSAGE.encode())).to("server")

    def ours(count: int) -> list[object]:
        end = connection()
        end.receive_data(data * count)
        return list(end.events())

    def theirs(count: int) -> list[object]:
        return [TextMessage(data=f"sixteen octets{index % 100:02}") for index in range(count)]

    def each(make: Callable[[int], list[object]]) -> float:
        """What one more of them holds."""
        make(1000)
        return (kept(lambda: make(3000)) - kept(lambda: make(1000))) / 2000

    assert each(ours) <= each(theirs) + 1
