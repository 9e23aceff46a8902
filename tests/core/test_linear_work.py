"""Linear work and bounded memory, counted: lines of Python, octets that are copied, octets that zlib is given, peaks.

Each count is taken for a stream and for one of twice its length: the second may cost 2.5 times as much at most.
"""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import Any, SupportsIndex

import pytest

from rawws.core import frame_decoder
from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.events import BytesMessage, Message
from rawws.core.limits import Limits
from rawws.core.session import Session
from rawws.core.zlib_module import ZlibModule

from tests.core.battery.frame_row import compressed, deflated, final_block
from tests.core.cuts import bytewise
from tests.core.extending import agreed
from tests.core.lines_run import lines_run
from tests.core.octets import BINARY, FIN, TEXT, Frame, binary, close, last, more, ping, pong, text
from tests.core.peak import peak

#: See pyproject.toml.
pytestmark = pytest.mark.battery

MIB = 1024 * 1024
LIFTED = Limits(max_message_bytes=None, max_control_burst=None)
MOST = 2.5


def read(chunks: list[bytes], limits: Limits = LIFTED, zlib_module: ZlibModule = zlib) -> int:
    """Feed a client, drop its events, and give the number of octets and characters that they carried."""
    connection = Connection(CLIENT, [agreed(zlib_module=zlib_module)], limits=limits)
    carried = 0
    for chunk in chunks:
        connection.receive_data(chunk)
        for event in connection.events():
            carried += len(event.data) if isinstance(event, Message) else len(event.payload)  # type: ignore[attr-defined]
    assert connection.failure is None
    return carried


def read_session(chunks: list[bytes], limits: Limits = LIFTED) -> int:
    """The same through a session, whose answers are taken."""
    session = Session(Connection(CLIENT, [agreed()], limits=limits))
    carried = 0
    for chunk in chunks:
        session.receive(chunk, 0.0)
        while (message := session.next_message()) is not None:
            carried += len(message)
        session.data_to_send()
    assert session.failure is None
    return carried


def to_client(*frames: Frame) -> bytes:
    """The frames as octets."""
    return b"".join(frame.to("client") for frame in frames)


def one_octet_fragments(size: int) -> bytes:
    """A message in fragments of one octet."""
    return to_client(text("a", fin=False)) + more("b").to("client") * size + last("c").to("client")


def empty_fragments(size: int) -> bytes:
    """A message in fragments of none."""
    return to_client(binary(b"", fin=False)) + more().to("client") * size + last(b"c").to("client")


STREAMS: dict[str, Callable[[int], list[bytes]]] = {
    "one frame, octet by octet": lambda n: bytewise(binary(bytes(n)).to("client")),
    "text, octet by octet": lambda n: bytewise(text("€" * (n // 3)).to("client")),
    "small messages, octet by octet": lambda n: bytewise(text("a").to("client") * (n // 3)),
    "small messages at once": lambda n: [text("a").to("client") * n],
    "empty messages at once": lambda n: [text("").to("client") * n],
    "fragments of one octet, octet by octet": lambda n: bytewise(one_octet_fragments(n // 3)),
    "fragments of one octet at once": lambda n: [one_octet_fragments(n)],
    "empty fragments, octet by octet": lambda n: bytewise(empty_fragments(n // 2)),
    "empty fragments at once": lambda n: [empty_fragments(n)],
    "pings at once": lambda n: [ping(b"1").to("client") * n],
    "pongs, octet by octet": lambda n: bytewise(pong(b"1").to("client") * (n // 3)),
    "pings between fragments": lambda n: [
        to_client(text("a", fin=False)) + to_client(ping(b"1"), more("b")) * (n // 2) + to_client(last("c"))
    ],
    "compressed, octet by octet": lambda n: bytewise(
        compressed(BINARY, deflated(bytes(range(256)) * (n // 256))[0]).to("client")
    ),
    "compressed messages at once": lambda n: [
        b"".join(compressed(TEXT, payload).to("client") for payload in deflated(*[b"Hello"] * (n // 8)))
    ],
    "compressed fragments of one octet": lambda n: [_split(deflated(bytes(range(256)) * (n // 32), level=1)[0])],
    "a final block after the other": lambda n: [compressed(TEXT, final_block(b"a") * n).to("client")],
    "empty final blocks": lambda n: [compressed(TEXT, b"\x03\x00" * n).to("client")],
    "octets behind a final block": lambda n: [
        compressed(BINARY, final_block(b"a") + deflated(bytes(n * 8), level=0)[0]).to("client")
    ],
}  # fmt: skip


def _split(payload: bytes) -> bytes:
    """A compressed message in fragments of one octet."""
    parts = bytewise(payload)
    return to_client(compressed(BINARY, parts[0], fin=False), *[more(part) for part in parts[1:]], last())


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("reader", [read, read_session])
def test_lines(name: str, reader: Callable[[list[bytes]], int]) -> None:
    """Twice the octets run twice the lines of Python, and few for each octet."""
    size = 300
    once, twice = STREAMS[name](size), STREAMS[name](2 * size)
    first = lines_run(lambda: reader(once))
    second = lines_run(lambda: reader(twice))
    assert second < MOST * first
    octets = len(b"".join(twice))
    assert second < 250 * octets + 2000


# -- octets that are copied -------------------------------------------------------------------------------------------


class CountedBuffer(bytearray):
    """A bytearray that counts the octets that slicing and cutting have to move."""

    moved = 0

    def __init__(self, data: Any = b"") -> None:  # noqa: ANN401  as bytearray's own
        """Count what is copied into it."""
        super().__init__(data)
        CountedBuffer.moved += len(self)

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401  as bytearray's own
        """Count what a slice copies."""
        result = super().__getitem__(key)
        if isinstance(result, bytearray):
            CountedBuffer.moved += len(result)
            return CountedBuffer(result)
        return result

    def __delitem__(self, key: SupportsIndex | slice) -> None:
        """Count what moves down; the front of a bytearray is cut off without moving the rest."""
        if isinstance(key, slice) and key.start:
            CountedBuffer.moved += len(self) - key.start
        super().__delitem__(key)

    def __add__(self, other: Any) -> Any:  # noqa: ANN401  (the same)
        """Count both sides."""
        CountedBuffer.moved += len(self) + len(other)
        return CountedBuffer(super().__add__(other))


@pytest.mark.parametrize("name", STREAMS)
def test_octets_moved_within_the_buffer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits in the buffer is not copied again and again: with twice the octets no more than twice as many move."""
    monkeypatch.setattr(frame_decoder, "bytearray", CountedBuffer, raising=False)
    moved = []
    for size in (800, 1600):
        CountedBuffer.moved = 0
        chunks = STREAMS[name](size)
        read(chunks)
        moved.append(CountedBuffer.moved)
        assert CountedBuffer.moved <= 20 * len(b"".join(chunks))
    assert moved[1] <= MOST * moved[0] + 100


class CountedStream:
    """A decompressor that counts the octets that go in, and those that it hands back to be put in again."""

    octets = 0

    def __init__(self, stream: Any) -> None:  # noqa: ANN401  zlib does not name the type
        self.stream = stream

    def decompress(self, data: bytes, size: int = 0) -> bytes:
        """Count, and inflate."""
        output: bytes = self.stream.decompress(data, size)
        CountedStream.octets += len(data) + len(self.stream.unused_data) + len(self.stream.unconsumed_tail)
        return output

    def copy(self) -> CountedStream:
        """Another of the kind."""
        return CountedStream(self.stream.copy())

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (the same)
        return getattr(self.stream, name)


class CountedZlib:
    """zlib, with decompressors that count."""

    error = zlib.error
    compressobj = staticmethod(zlib.compressobj)
    Z_BEST_COMPRESSION = zlib.Z_BEST_COMPRESSION
    Z_SYNC_FLUSH = zlib.Z_SYNC_FLUSH

    @staticmethod
    def decompressobj(wbits: int = zlib.MAX_WBITS) -> CountedStream:
        """A decompressor that counts."""
        return CountedStream(zlib.decompressobj(wbits))


@pytest.mark.parametrize(
    "name",
    [
        "a final block after the other",
        "empty final blocks",
        "octets behind a final block",
        "compressed, octet by octet",
    ],
)
def test_octets_given_to_zlib(name: str) -> None:
    """7692-7.2.3.4: what stands behind a final block is handed over about once, not once for every such block."""
    counted = []
    for size in (3000, 6000):
        CountedStream.octets = 0
        chunks = STREAMS[name](size)
        read(chunks, zlib_module=CountedZlib())
        counted.append(CountedStream.octets)
        assert CountedStream.octets < 100 * len(b"".join(chunks))
    assert counted[1] < MOST * counted[0]


def test_a_bomb_is_given_to_zlib_in_small_slices() -> None:
    """What is left of a slice when a step is full goes in again; with slices of 16 KiB that is linear in the output."""
    counted = []
    for size in (32 * MIB, 64 * MIB):
        CountedStream.octets = 0
        data = compressed(BINARY, deflated(bytes(size))[0]).to("client")
        assert read([data], zlib_module=CountedZlib()) == size
        counted.append(CountedStream.octets)
    assert counted[1] < MOST * counted[0]
    assert counted[1] < 32 * MIB


# -- memory -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", [read, read_session])
def test_empty_fragments_hold_no_memory(reader: Callable[[list[bytes]], int]) -> None:
    """A message of 12,000 fragments, each in a chunk of its own, holds no more than one of a few."""
    chunks = [binary(b"", fin=False).to("client"), *[more().to("client")] * 12_000, last(b"c").to("client")]
    assert peak(lambda: reader(chunks)) < 64 * 1024


def test_fragments_of_one_octet_are_held_as_octets() -> None:
    """A session holds a message of 12,000 one-octet fragments as so many octets, not as so many objects."""
    chunks = [binary(b"a", fin=False).to("client"), *[more(b"b").to("client")] * 12_000, last(b"c").to("client")]
    assert peak(lambda: read_session(chunks)) < 12_000 * 4 + 64 * 1024


def test_tiny_messages_become_objects_one_run_at_a_time() -> None:
    """50,000 empty messages in one chunk are 100,000 octets; taking them one by one holds not much more than that."""
    data = text("").to("client") * 50_000
    for reader in (read, read_session):
        assert peak(lambda reader=reader: reader([data])) < len(data) + 300 * 1024  # type: ignore[misc]


def test_a_flood_of_pings_holds_no_memory() -> None:
    """10,000 pings whose pongs nobody takes leave a bounded queue."""
    session = Session(Connection(CLIENT, limits=LIFTED))
    data = ping(b"x" * 100).to("client") * 1000

    def flood() -> None:
        for _ in range(10):
            session.receive(data, 0.0)
            assert session.next_message() is None

    assert peak(flood) < len(data) * 2 + 256 * 1024
    assert len(session.data_to_send()) <= 64


def test_a_bomb_is_inflated_step_by_step() -> None:
    """64 MiB of zeros in 64 KiB of octets, with the limits lifted: a few steps are held at a time, not the whole."""
    data = compressed(BINARY, deflated(bytes(64 * MIB))[0]).to("client")
    assert len(data) < 80 * 1024
    assert peak(lambda: read([data])) < 8 * 64 * 1024 + 2 * len(data)


def test_a_bomb_is_stopped_at_the_limit() -> None:
    """Under a limit no more is inflated than the limit and one step, in a session too."""
    data = compressed(BINARY, deflated(bytes(64 * MIB))[0]).to("client")
    session = Session(Connection(CLIENT, [agreed()], limits=Limits(max_message_bytes=MIB)))

    def inflate_it() -> None:
        session.receive(data, 0.0)
        assert session.next_message() is None

    assert peak(inflate_it) < 3 * MIB
    assert session.failure is not None
    assert session.failure.limit == "max_message_bytes"


def test_a_length_that_is_only_announced_costs_nothing() -> None:
    """A header that announces 2⁶²-1 octets, under lifted limits, allocates none of them."""
    assert peak(lambda: read([Frame(FIN | BINARY, b"abc", (1 << 62) - 1).to("client")])) < 64 * 1024


def _frame_of(size: int, chunk: bytes) -> Iterator[bytes]:
    """One frame's octets in chunks, the same chunk again and again; masked with zeros."""
    yield bytes((FIN | BINARY, 0xFF)) + size.to_bytes(8, "big") + bytes(4)
    for _ in range(size // len(chunk)):
        yield chunk


def test_one_gib_streams_through() -> None:
    """A frame of 1 GiB passes chunk by chunk through a server: an event for each, no more held than a few chunks."""
    size, chunk = 1 << 30, bytes(MIB)
    connection = Connection(SERVER, limits=LIFTED)
    carried = events = 0
    finished = []

    def stream() -> None:
        nonlocal carried, events
        for data in _frame_of(size, chunk):
            connection.receive_data(data)
            for event in connection.events():
                assert type(event) is BytesMessage
                carried += len(event.data)
                events += 1
                finished.append(event.message_finished)

    assert peak(stream) < 6 * MIB
    assert carried == size
    assert events == size // MIB
    assert finished == [False] * (events - 1) + [True]
    assert connection.offset == size + 14


ENDS: dict[str, Callable[[Session], None]] = {
    "violation": lambda session: session.receive(Frame(FIN | 0x3).to("client"), 0.0),
    "too big": lambda session: session.receive(more(bytes(MIB)).to("client"), 0.0),
    "close": lambda session: session.receive(close(1000).to("client"), 0.0),
    "end of stream": lambda session: session.receive(None, 0.0),
    "failure of ours": lambda session: session.fail(1011, ""),
}


@pytest.mark.parametrize("end", ENDS)
def test_an_unfinished_message_is_let_go_at_the_end(end: str) -> None:
    """However a session ends, it holds no longer what has come of a message that will never be whole."""
    session = Session(Connection(CLIENT, limits=Limits(max_message_bytes=2 * MIB)))
    begun = [binary(bytes(MIB), fin=False).to("client"), more(b"x").to("client")]
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for chunk in begun:
            session.receive(chunk, 0.0)
            assert session.next_message() is None
        assert tracemalloc.get_traced_memory()[0] - before > MIB
        ENDS[end](session)
        assert session.next_message() is None
        session.data_to_send()
        assert session.ended is not None
        assert tracemalloc.get_traced_memory()[0] - before < 20_000
    finally:
        tracemalloc.stop()
