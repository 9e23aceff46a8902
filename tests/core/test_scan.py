"""The quick way through plain frames says what the slow one says, on anything.

These tests run twice in `make test`: with `scan` in C, and in Python. That the two are equal is in test_speedups.py.
"""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core.accelerator import scan
from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.events import BytesMessage, CloseConnection, TextMessage
from rawws.core.limits import Limits
from rawws.core.scan import find_payload, make_event
from rawws.core.scan import scan as scan_in_python
from rawws.core.session import Session

from tests.core.battery.frame_row import compressed, deflated, final_block
from tests.core.cuts import Outcome, at, run, run_session
from tests.core.extending import agreed
from tests.core.octets import BINARY, PING, TEXT, Frame, Role, binary, close, last, more, ping, pong, text
from tests.core.sessions import ROLES, octets

LIMITS = [
    Limits(),
    Limits(max_message_bytes=20),
    Limits(max_frame_bytes=20),
    Limits(max_fragments=1),
    Limits(max_fragments=0),
    Limits(max_message_bytes=0),
    Limits(max_message_bytes=None),
    Limits(max_message_bytes=130),
    Limits(max_inflate_step=7),
    Limits(max_inflate_step=300, max_message_bytes=400),
]

LONG = binary(b"a" * 70_000)

_texts = st.text(max_size=8) | st.sampled_from(["", "a" * 20, "a" * 21, "€" * 7, "a" * 125, "a" * 126, "a" * 131])
_octets = st.binary(max_size=8) | st.sampled_from([b"a" * 20, b"a" * 21, b"\xff" * 126, b"a" * 65536])
_right = (
    _texts.map(text)
    | _octets.map(binary)
    | st.builds(text, _texts, fin=st.just(False))
    | st.builds(more, _octets, fin=st.booleans())
    | st.binary(max_size=4).map(ping)
    | st.binary(max_size=4).map(pong)
    | st.sampled_from([close(1000), close(), last(), compressed(TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00")])
)
_compressed = st.sampled_from([
    *[compressed(TEXT, payload) for data in (b"", b"a", b"a" * 21, b"a" * 500) for payload in deflated(data)],
    compressed(TEXT, deflated(("€" * 100).encode())[0]),
    compressed(TEXT, deflated(b"a" * 50 + b"\xff")[0]),
    compressed(TEXT, deflated(b"\xe2\x82")[0]),
    compressed(TEXT, b""),
    compressed(BINARY, deflated(bytes(300))[0]),
    compressed(BINARY, deflated(bytes(70_000))[0]),
    compressed(BINARY, deflated(bytes(range(256)), level=0)[0]),
    compressed(BINARY, deflated(bytes(range(256)) * 70, level=0)[0]),
    compressed(BINARY, final_block(b"a" * 10)),
    compressed(BINARY, final_block(b"a" * 10) + deflated(b"b")[0]),
    compressed(BINARY, b"\x06"),
    compressed(BINARY, b"\xf2\x48"),
    compressed(BINARY, deflated(b"a" * 10)[0], fin=False),
    compressed(PING, b""),
])
_wrong = st.builds(
    Frame,
    first=st.integers(0, 255),
    payload=st.binary(max_size=6),
    announced=st.none() | st.sampled_from([0, 5, 125, 126, 127, 65535, 65536, 1 << 63]),
    form=st.none() | st.sampled_from([16, 64]),
    wrong_mask=st.booleans(),
    key=st.binary(min_size=4, max_size=4),
    come=st.none() | st.integers(0, 12),
).filter(lambda frame: frame.form != 16 or (frame.announced or 0) < 1 << 16)
_runs = _texts.map(text).flatmap(lambda frame: st.integers(1, 5).map(lambda count: [frame] * count))
_streams = st.lists(_runs | (_right | _compressed | _wrong).map(lambda frame: [frame]), max_size=6)


def connection(role: Role, limits: Limits, *, deflate: bool, quick: bool) -> Connection:
    """A connection that scans, or one that never does."""
    result = Connection(SERVER if role == "server" else CLIENT, [agreed()] if deflate else [], limits=limits)
    if not quick:
        result._proto.frame_decoder.stop_scanning()
    return result


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    role=st.sampled_from(ROLES),
    frames=_streams,
    junk=st.binary(max_size=10),
    limits=st.sampled_from(LIMITS),
    deflate=st.booleans(),
    places=st.lists(st.integers(0, 400), max_size=4),
    closing=st.booleans(),
)
def test_scan_equals_the_slow_path(  # noqa: PLR0917  hypothesis names them
    role: Role,
    frames: list[list[Frame]],
    junk: bytes,
    limits: Limits,
    deflate: bool,
    places: list[int],
    closing: bool,
) -> None:
    """Frames right and wrong, cut anywhere, under any limits: same events, failure, offset and state, either way."""
    data = b"".join(frame.to(role) for part in frames for frame in part) + junk
    outcomes: list[Outcome] = []
    sessions: list[Any] = []
    for quick in (True, False):
        for chunks in ([data], at(data, places)):
            end = connection(role, limits, deflate=deflate, quick=quick)
            if closing:
                end.send(CloseConnection(1000))
            outcomes.append(run(end, chunks))
            session = Session(connection(role, limits, deflate=deflate, quick=quick))
            told = run_session(session, [*chunks, None])
            sessions.append((told.messages, told.ended, session.stats))
    assert outcomes[1:] == outcomes[:1] * 3
    assert sessions[1:] == sessions[:1] * 3


def take(data: bytes, *, masked: bool, max_bytes: int = 1 << 20, most: int = 256) -> tuple[int, list[str | bytes]]:
    """What one call of `scan` takes, from octets that may change and from octets that may not; and so does its twin."""
    out: list[str | bytes] = []
    buffer = bytearray(data)
    consumed = scan(buffer, 0, out, most, max_bytes, masked, None, None)
    assert buffer == data  # taking is the caller's business
    for scans in (scan, scan_in_python):
        again: list[str | bytes] = []
        assert scans(b"before" + data, 6, again, most, max_bytes, masked, None, None) == consumed + 6
        assert again == out
        assert [type(message) for message in out] == [type(message) for message in again]
    return consumed, out


@pytest.mark.parametrize("role", ROLES)
def test_it_takes_whole_plain_messages(role: Role) -> None:
    """Text and binary of each form of length, empty ones too, all in one call and to the last octet."""
    masked = role == "server"
    payloads: list[str | bytes] = ["é", b"\xff", "", b"", *[b"a" * size for size in (125, 126, 65535, 65536, 1 << 20)]]
    frames = [text(payload) if isinstance(payload, str) else binary(payload) for payload in payloads]
    data = octets(role, *frames)
    consumed, out = take(data, masked=masked)
    assert consumed == len(data)
    assert out == payloads


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "frame",
    [
        ping(),
        pong(b"1"),
        close(1000),
        last("a"),
        more("a"),
        text("a", fin=False),
        binary(b"a", fin=False),
        text(b"\xff"),
        text(b"\xe2\x82"),
        text("a")._replace(wrong_mask=True),
        text("")._replace(wrong_mask=True),
        text("a", fin=True)._replace(first=0x83),
        binary(b"a" * 101),
        binary(b"a" * 100)._replace(form=16),
        binary(b"a" * 100)._replace(form=64),
        binary(b"a")._replace(announced=1 << 31),
        binary(b"a")._replace(announced=(1 << 63) - 1),
        binary(b"a")._replace(announced=1 << 63),
        binary(b"a")._replace(announced=(1 << 64) - 1),
        compressed(BINARY, b"\x00"),
        Frame(0x91, b"a"),
        Frame(0xA2, b"a"),
    ],
)
def test_it_stops_in_front_of_everything_else(role: Role, frame: Frame) -> None:
    """What is not whole, plain, valid and of allowed size is left where it is, and so is all that follows."""
    masked = role == "server"
    before, behind = text("Hello").to(role), binary(b"later").to(role)
    assert take(frame.to(role) + behind, masked=masked, max_bytes=100) == (0, [])
    assert take(before + frame.to(role) + behind, masked=masked, max_bytes=100) == (len(before), ["Hello"])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("frame", [text("Hello"), text(""), binary(b"a" * 126), binary(b"a" * 300), LONG])
def test_it_stops_in_front_of_what_has_not_come_whole(role: Role, frame: Frame) -> None:
    """Every beginning of a frame is left for later, with whole messages before it or none."""
    masked = role == "server"
    before, data = text("a").to(role), frame.to(role)
    for come in sorted({*range(min(len(data), 400)), len(data) - 1}):
        assert take(data[:come], masked=masked) == (0, [])
        assert take(before + data[:come], masked=masked) == (len(before), ["a"])


def test_the_largest_message_is_taken_and_a_larger_one_left() -> None:
    """`max_bytes` is the longest payload to take."""
    data = binary(b"a" * 99).to("client") + binary(b"a" * 100).to("client") + binary(b"a" * 101).to("client")
    assert take(data, masked=False, max_bytes=100)[1] == [b"a" * 99, b"a" * 100]


def test_one_call_makes_no_more_than_so_many_objects() -> None:
    """A million octets of tiny frames become objects as they are asked for: 256 in one go, in their order."""
    frames = [binary(index.to_bytes(2, "big")) for index in range(1000)]
    data = b"".join(frame.to("client") for frame in frames)
    consumed, out = take(data, masked=False, most=3)
    assert out == [index.to_bytes(2, "big") for index in range(3)]
    assert consumed == 3 * 4
    assert take(data, masked=False, most=0) == (0, [])
    reader = Connection(CLIENT)
    reader.receive_data(data)
    first = next(reader.events())
    assert first.data == b"\x00\x00"  # type: ignore[attr-defined]
    assert len(reader._events) == 255
    assert len(list(reader.events())) == 999


def test_events_are_those_that_wsproto_makes() -> None:
    """What `scan` makes of a class equals what the class makes of itself, and is exactly of that class."""
    out: list[Any] = []
    data = text("a").to("client") + binary(b"b").to("client")
    assert scan(data, 0, out, 9, 100, False, TextMessage, BytesMessage) == len(data)
    assert out == [TextMessage("a"), BytesMessage(b"b")]
    assert [type(event) for event in out] == [TextMessage, BytesMessage]
    assert {hash(event) for event in out} == {hash(TextMessage("a")), hash(BytesMessage(b"b"))}
    assert [repr(event) for event in out] == [repr(TextMessage("a")), repr(BytesMessage(b"b"))]
    assert [(event.frame_finished, event.message_finished) for event in out] == [(True, True)] * 2
    with pytest.raises(FrozenInstanceError):
        out[0].data = "c"
    assert pickle.loads(pickle.dumps(out)) == copy.deepcopy(out) == out


def test_an_event_of_a_part_is_what_wsproto_makes() -> None:
    """A part of a message is told like wsproto's own, with its frame finished unless it is said otherwise."""
    for flags in ({}, {"message_finished": False}, {"frame_finished": False, "message_finished": False}):
        assert make_event(TextMessage, "a", **flags) == TextMessage("a", **flags)
    with pytest.raises(TypeError):
        make_event(TextMessage, "a", False)  # type: ignore[call-arg]  # which of the two flags would it be?


def test_either_message_may_stay_bare() -> None:
    """Without a class for one of the two, its messages are bare."""
    data = text("a").to("client") + binary(b"b").to("client")
    out: list[Any] = []
    assert scan(data, 0, out, 9, 100, False, TextMessage, None) == len(data)
    assert scan(data, 0, out, 9, 100, False, None, BytesMessage) == len(data)
    assert out == [TextMessage("a"), b"b", "a", BytesMessage(b"b")]


@pytest.mark.parametrize("wrong", [int, str, tuple, bytes])
def test_only_plain_classes_are_filled_behind_their_back(wrong: type) -> None:
    """A class whose instances need its own `__new__` is refused."""
    with pytest.raises(TypeError):
        scan(text("a").to("client"), 0, [], 9, 100, False, wrong, wrong)


def test_an_unsuitable_connection_is_not_scanned() -> None:
    """Inside a message, inside a frame, and after a Close of ours nothing is taken the quick way."""
    plain = text("x").to("client")
    out: list[str | bytes] = []
    reader = Connection(CLIENT)
    reader.receive_data(text("a", fin=False).to("client") + plain)
    assert len(list(reader.events())) == 2
    assert reader.failure is not None  # the slow path has judged the order of frames
    reader = Connection(CLIENT)
    reader.receive_data(binary(plain * 3).to("client")[:-1])
    next(reader.events())
    assert not reader.scan_messages(out)
    reader.receive_data(plain)
    assert not reader.scan_messages(out)
    reader = Connection(CLIENT)
    reader.receive_data(plain)
    reader.send(CloseConnection(1000))
    assert not reader.scan_messages(out)
    assert out == []


def test_a_compressed_message_is_taken_with_the_others() -> None:
    """Small compressed messages come out between the others, as events or bare, and the context goes on."""
    payloads = deflated(b"Hello" * 20, b"Hello" * 20, "é".encode())
    frames = [text("a"), compressed(TEXT, payloads[0]), binary(b"b"), compressed(BINARY, payloads[1])]
    data = b"".join(frame.to("server") for frame in [*frames, compressed(TEXT, payloads[2])])
    expected: list[str | bytes] = ["a", "Hello" * 20, b"b", b"Hello" * 20, "é"]
    end = connection("server", Limits(), deflate=True, quick=True)
    end.receive_data(data)
    taken: list[str | bytes] = []
    while end.scan_messages(taken):
        pass
    assert taken == expected
    assert end.at_rest
    end = connection("server", Limits(), deflate=True, quick=True)
    end.receive_data(data)
    events: list[Any] = list(end.events())
    assert [event.data for event in events] == expected
    assert [type(event) for event in events] == [TextMessage, TextMessage, BytesMessage, BytesMessage, TextMessage]
    assert end.offset == len(data)


def test_a_run_of_compressed_messages_ends_when_it_has_become_large() -> None:
    """Messages of 20 KiB in 40 octets come out a few at a time, and none is made before it is asked for."""
    payload = deflated(bytes(20_000))[0]
    stream = [compressed(BINARY, payload)] * 50
    server = Session(connection("server", Limits(max_inflate_step=65536), deflate=True, quick=True))
    server.receive(b"".join(frame.to("server") for frame in stream), 0.0)
    most = 0
    for _ in stream:
        assert server.next_message() == bytes(20_000)
        most = max(most, len(server.messages))
    assert most == 3
    assert server.next_message() is None


def test_a_wrong_message_behind_a_run_of_compressed_ones() -> None:
    """What came before it is delivered, and the failure names the octet at which its frame begins."""
    good = [compressed(TEXT, payload) for payload in deflated(b"one", b"two")]
    before = octets("server", *good)
    for wrong in (compressed(TEXT, deflated(b"\xff")[0]), compressed(TEXT, b"\x06"), compressed(BINARY, b"\xf2\x48")):
        for buffered in (False, True):
            server = Session(connection("server", Limits(), deflate=True, quick=True))
            data = before + wrong.to("server") + text("never").to("server")
            if buffered:
                server.receive(data[:1], 0.0)
                assert server.next_message() is None
                data = data[1:]
            assert run_session(server, [data]).messages == ["one", "two"]
            assert server.failure is not None
            assert (server.failure.close_code, server.failure.offset) == (1007, len(before))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("wrong", [binary(b"b" * 21), Frame(0xA1, b"b"), compressed(PING, b"")])
def test_every_header_is_judged(role: Role, wrong: Frame) -> None:
    """A header that was looked at in part before its frame was taken the quick way is no excuse for the next one."""
    first, second = text("a").to(role), wrong.to(role)
    for place in range(len(first) + 1):
        end = connection(role, Limits(max_frame_bytes=20), deflate=True, quick=True)
        outcome = run(end, [first[:place], first[place:] + second])
        assert end.failure is not None
        assert end.failure.offset == len(first)
        assert len(outcome.events) == 2


@pytest.mark.parametrize("role", ROLES)
def test_a_failure_in_a_part_is_told_at_once(role: Role) -> None:
    """Text that is wrong before all of its frame has come: the characters before, and in the same turn the failure."""
    end = connection(role, Limits(), deflate=False, quick=True)
    end.receive_data(text(b"ab\xff" + b"c" * 10).to(role)[:-8])
    events = list(end.events())
    assert events[0] == TextMessage("ab", frame_finished=False, message_finished=False)
    assert isinstance(events[1], CloseConnection)
    assert events[1].code == 1007


# -- one frame --------------------------------------------------------------------------------------------------------

LENGTHS = (0, 1, 125, 126, 127, 255, 256, 65535, 65536, 70_000)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("position", [0, 1, 2, 5])
def test_where_a_payload_is_found(role: Role, length: int, position: int) -> None:
    """Behind a header of any length, from any place on, and only when all of it has come."""
    payload = bytes(index & 0x7F for index in range(length))
    masked = role == "server"
    data = b"x" * position + binary(payload).to(role)
    for behind in (b"", b"behind"):
        assert find_payload(data + behind, position, masked=masked) == (len(data) - length, len(data))
    for missing in (1, length, length + 1, length + 4):
        if 0 < missing < len(data) - position:
            assert find_payload(data[: len(data) - missing], position, masked=masked) is None
    with pytest.raises(TypeError):
        find_payload(data, position, masked)  # type: ignore[call-arg]  # a flag has a name
    for scans in (scan, scan_in_python):
        out: list[Any] = []
        assert scans(data, position, out, 256, 1 << 20, masked, None, None) == len(data)
        assert out == [payload]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("length", "form"), [(0, 16), (125, 16), (125, 64), (126, 64), (65535, 64)])
def test_a_longer_form_is_left_alone(role: Role, length: int, form: int) -> None:
    """A length in more octets than it needs is for the decoder to judge."""
    data = Frame(0x82, bytes(length), form=form).to(role)
    assert find_payload(data, 0, masked=role == "server") is None
    for scans in (scan, scan_in_python):
        out: list[Any] = []
        assert scans(data, 0, out, 256, 1 << 20, role == "server", None, None) == 0
        assert out == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("length", LENGTHS)
def test_a_mask_that_must_not_be_and_one_that_is_missing(role: Role, length: int) -> None:
    """6455-5.1-2 and -4: however much has come, the frame is left to the decoder, to be judged."""
    masked = role == "server"
    # What follows the first two octets could be a length in eight, and its payload.
    data = Frame(0x82, bytes(length), wrong_mask=True).to(role)[:2] + (70_000).to_bytes(8, "big") + bytes(80_000)
    assert find_payload(data, 0, masked=masked) is None
    assert take(data, masked=masked) == (0, [])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("bit", [17, 31, 32, 55, 56, 62, 63])
def test_every_bit_of_a_length_counts(role: Role, bit: int) -> None:
    """A payload as long as the lower bits say is not all of it: none of the eight octets of a length is left out."""
    masked = role == "server"
    data = binary(bytes(70_000))._replace(announced=70_000 | 1 << bit).to(role)
    assert find_payload(data, 0, masked=masked) is None
    assert take(data, masked=masked, max_bytes=(1 << 63) - 1) == (0, [])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("length", [10, 200, 66_000])
def test_a_header_that_has_come_in_part(role: Role, length: int) -> None:
    """Cut at every octet of its header, a frame is not there yet, and nothing behind the buffer is read."""
    data = binary(b"\x00" * length).to(role)
    for stop in range(len(data) - length + 1):
        assert find_payload(data[:stop], 0, masked=role == "server") is None
        for scans in (scan, scan_in_python):
            assert scans(data[:stop], 0, [], 256, 1 << 20, role == "server", None, None) == 0
