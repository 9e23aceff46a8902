"""The quick way through frames that begin alike says what the slow one says, on anything: here, fragments."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core.accelerator import take_payloads
from rawws.core.limits import Limits
from rawws.core.session import Session
from rawws.testing.deflate import Agreement
from rawws.testing.outcome import Received

from tests.core.battery.frame_row import compressed
from tests.core.cuts import at, bytewise, finest, randomly, run_session
from tests.core.lines_run import lines_run
from tests.core.octets import BINARY, TEXT, Frame, Role, binary, close, last, more, ping, pong, text
from tests.core.sessions import ROLES, end_of, frames_in, octets

LIFTED = Limits(max_message_bytes=None)
MANY = (1 << 62, 1 << 62)
EURO = "€".encode()
INSIDE = 0x00


def runs_of(end: Session) -> list[int]:
    """Where the sizes of the runs that this session takes the quick way are written down."""
    runs: list[int] = []
    next_fragments = end._connection._proto.next_fragments

    def counted() -> tuple[str | bytes, int] | None:
        run = next_fragments()
        if run is not None:
            runs.append(run[1])
        return run

    end._connection._proto.next_fragments = counted  # type: ignore[method-assign]
    return runs


def comparable(received: Received) -> tuple[object, ...]:
    """What a session made of a stream."""
    return received.messages, received.ended, frames_in(received.sent), received.must_drop


_pieces = (
    st.binary(max_size=5)
    | st.text(max_size=3).map(str.encode)
    | st.sampled_from([EURO[:1], EURO[1:2], EURO[2:], EURO, b"\xff", b"\xed", b"\xa0", b"\xed\xa0"])
    | st.sampled_from([20, 21, 125, 126, 300]).map(bytes)
)
_frames = (
    st.builds(more, _pieces)
    | st.builds(last, _pieces)
    | st.builds(text, _pieces, fin=st.booleans())
    | st.builds(binary, _pieces, fin=st.booleans())
    | st.binary(max_size=3).map(ping)
    | st.sampled_from([
        pong(b""),
        close(1000),
        binary(b"a" * 65_536, fin=False),
        more(b"b" * 65_536),
        Frame(0x00, b"a", form=16),
        Frame(0x00, b"a" * 126, form=64),
        Frame(0x40, b"rsv1"),
        Frame(0x20, b"rsv2"),
        Frame(0x03, b"opcode"),
        compressed(TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00"),
    ])
)
_limits = st.sampled_from([
    LIFTED,
    Limits(),
    Limits(max_message_bytes=40),
    Limits(max_frame_bytes=20),
    Limits(max_fragments=3),
    Limits(max_fragments=0),
    Limits(max_message_bytes=0),
    Limits(max_control_burst=1, control_frames_per_second=0),
])


@settings(derandomize=True, deadline=None, max_examples=400)
@given(
    role=st.sampled_from(ROLES),
    start=st.sampled_from([text, binary]),
    first=_pieces,
    frames=st.lists(_frames, max_size=12),
    limits=_limits,
    deflate=st.booleans(),
    cut=st.integers(0, 20),
    places=st.lists(st.integers(0, 400), max_size=6),
)
def test_the_quick_way_says_what_the_slow_one_says(  # noqa: PLR0917  hypothesis names them
    role: Role,
    start: Callable[..., Frame],
    first: bytes,
    frames: list[Frame],
    limits: Limits,
    deflate: bool,
    cut: int,
    places: list[int],
) -> None:
    """Whole, cut anywhere and octet by octet: the same messages, answers, failure, offset, counts and end."""
    data = octets(role, start(first, fin=False), *frames)[: -cut or None]
    slow = end_of(role, limits, Agreement() if deflate else None, quick=False)
    expected = comparable(run_session(slow, [data, None]))
    for chunks in ([data], at(data, places), finest([data])(data)):
        quick = end_of(role, limits, Agreement() if deflate else None)
        assert comparable(run_session(quick, [*chunks, None])) == expected
        assert (quick.failure, quick.stats) == (slow.failure, slow.stats)
        assert quick._connection.offset == slow._connection.offset
        assert quick._frames_received == slow._frames_received


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", [text, binary])
def test_fragments_are_taken_in_one_go(role: Role, kind: Callable[..., Frame]) -> None:
    """All that is inside a message is one run; its first frame, its last and a ping between are not of it."""
    frames = [kind(b"a", fin=False), *[more("é")] * 50, ping(b"!"), *[more("b" * 200)] * 7, last("c")]
    end = end_of(role, LIFTED)
    runs = runs_of(end)
    whole = "a" + "é" * 50 + "b" * 1400 + "c"
    assert run_session(end, [octets(role, *frames)]).messages == [whole if kind is text else whole.encode()]
    assert runs == [50, 7]


@pytest.mark.parametrize("role", ROLES)
def test_characters_may_be_cut_by_fragments(role: Role) -> None:
    """A character whose octets lie in three fragments, at the borders of runs and inside them, is one."""
    pieces = [bytes([octet]) for octet in ("€𝄞é" * 9).encode()]
    frames = [text(pieces[0], fin=False), *map(more, pieces[1:-1]), last(pieces[-1])]
    data = octets(role, *frames)
    rng = random.Random(6455)
    for chunks in [[data], bytewise(data), *(randomly(data, rng) for _ in range(50))]:
        assert run_session(end_of(role, LIFTED), chunks).messages == ["€𝄞é" * 9]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("fault", [b"\xff", b"\xed\xa0"])
def test_the_fragment_at_fault_is_named(role: Role, fault: bytes) -> None:
    """A run with invalid UTF-8 fails at the frame that has it; what came before is delivered to who takes chunks."""
    frames = [text("a", fin=False), *[more("bc")] * 20]
    before = octets(role, *frames)
    data = before + octets(role, more(b"d" + fault))
    end = end_of(role, LIFTED)
    end.receive(data, 0.0)
    taken = ""
    while (chunk := end.next_chunk()) is not None:
        taken += str(chunk[0])
    assert taken == "a" + "bc" * 20 + "d"
    assert end.failure is not None
    assert (end.failure.close_code, end.failure.requirement, end.failure.offset) == (1007, "6455-8.1-1", len(before))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("limits", "limit", "most"),
    [
        (Limits(max_fragments=11), "max_fragments", 10),
        (Limits(max_message_bytes=31), "max_message_bytes", 10),
        (Limits(max_frame_bytes=3), None, 30),
    ],
)
def test_a_limit_holds_inside_a_run(role: Role, limits: Limits, limit: str | None, most: int) -> None:
    """What a limit allows is taken to the last fragment; the one beyond it is the one that fails."""
    inside = octets(role, binary(b"a", fin=False), *[more("bcd")] * 10)
    end = end_of(role, limits)
    runs = runs_of(end)
    run_session(end, [inside + octets(role, *[more("bcd")] * 20)])
    assert sum(runs) == most
    if limit is None:
        assert end.failure is None
    else:
        assert end.failure is not None
        assert (end.failure.limit, end.failure.close_code, end.failure.offset) == (limit, 1009, len(inside))


@pytest.mark.parametrize("role", ROLES)
def test_a_fragment_of_the_largest_size_is_taken_and_one_octet_more_is_not(role: Role) -> None:
    """`max_frame_bytes` is the longest payload that a run takes."""
    end = end_of(role, Limits(max_frame_bytes=3))
    runs = runs_of(end)
    before = octets(role, binary(b"a", fin=False), more("bcd"))
    run_session(end, [before + octets(role, more("bcde"), more("b"))])
    assert runs == [1]
    assert end.failure is not None
    assert (end.failure.limit, end.failure.offset) == ("max_frame_bytes", len(before))


@pytest.mark.parametrize("role", ROLES)
def test_compressed_messages_are_left_alone(role: Role) -> None:
    """The fragments of a compressed message hold no octets of the message, so no run is made of them."""
    payload = b"\xf2\x48\xcd\xc9\xc9\x07\x00"
    end = end_of(role, LIFTED, Agreement())
    runs = runs_of(end)
    first = compressed(BINARY, payload[:1], fin=False)
    frames = [first, *[more(payload[at : at + 1]) for at in range(1, 6)], last(payload[6:])]
    assert run_session(end, [octets(role, *frames)]).messages == [b"Hello"]
    assert runs == []


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_whole_fragments_are_taken_at_every_length_of_the_length(masked: bool, size: int) -> None:
    """A frame is taken when its last octet has come, and not before."""
    payload = bytes(index % 251 for index in range(size))
    data = more(payload).to("server" if masked else "client")
    out: list[bytes] = []
    for cut in {1, 2, 3, len(data) - size, len(data) - 1}.intersection(range(len(data))):
        short = data[:cut]
        assert take_payloads(short, 0, out, INSIDE, 9, size, size, masked) == 0
    assert out == []
    stop = take_payloads(b"." + data, 1, out, INSIDE, 9, size, size, masked)
    assert (stop, out) == (1 + len(data), [payload])


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    "frame",
    [
        last("a"),
        text("a"),
        text("a", fin=False),
        binary(b"a", fin=False),
        ping(b""),
        close(1000),
        Frame(0x40, b"a"),
        Frame(0x10, b"a"),
        Frame(0x00, b"a", form=16),
        Frame(0x00, b"a", form=64),
        Frame(0x00, b"a" * 126, form=64),
        Frame(0x00, b"", announced=1 << 63),
    ],
)
def test_everything_else_is_left_alone(masked: bool, frame: Frame) -> None:
    """Ends, control frames, reserved bits and lengths that say too much stop a run in front of them."""
    role: Role = "server" if masked else "client"
    inside = more("b").to(role)
    out: list[bytes] = []
    stop = take_payloads(inside + frame.to(role) + inside, 0, out, INSIDE, 9, MANY[0], MANY[1], masked)
    assert (stop, out) == (len(inside), [b"b"])


@pytest.mark.parametrize("masked", [False, True])
def test_a_mask_that_must_not_be_or_that_is_missing_stops_a_run(masked: bool) -> None:
    """6455-5.1: who must mask and does not, and who must not and does, is left to the decoder, which fails."""
    wrong = more("a").to("client" if masked else "server")
    assert take_payloads(wrong, 0, [], INSIDE, 9, 9, 9, masked) == 0


def test_a_run_takes_no_more_than_it_is_told() -> None:
    """most and max_bytes are upper bounds, and reached."""
    data = more("abc").to("client") * 10
    for most, max_bytes, taken in ((3, 99, 3), (0, 99, 0), (99, 9, 3), (99, 11, 3), (99, 2, 0)):
        out: list[bytes] = []
        stop = take_payloads(data, 0, out, INSIDE, most, max_bytes, 3, False)
        assert (len(out), stop) == (taken, taken * 5)


@pytest.mark.parametrize("inside", [b"c", b"\xff"])
def test_work_is_linear_in_the_fragments(inside: bytes) -> None:
    """Twice the fragments cost twice the lines of Python, with text that is right and with text that is not."""

    def work(size: int) -> int:
        data = octets("client", text("a", fin=False)) + more("b").to("client") * size + more(inside).to("client")
        reader = end_of("client", LIFTED)
        return lines_run(lambda: run_session(reader, [data]))

    assert work(20_000) < 2.5 * work(10_000)
