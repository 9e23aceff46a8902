"""The quick ways through the octets take what the slow one would give, and no more of it at once than they are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rawws.core.events import TextMessage
from rawws.core.frame_decoder import LARGE
from rawws.core.limits import Limits
from rawws.core.masking import apply_mask
from rawws.core.scanning_decoder import ScanningDecoder
from rawws.testing.deflate import Agreement, Deflater

from tests.core.cuts import at, run_session
from tests.core.octets import (
    BINARY,
    FIN,
    KEY,
    PING,
    RSV1,
    RSV2,
    TEXT,
    Frame,
    Role,
    binary,
    last,
    more,
    ping,
    text,
)
from tests.core.peak import kept
from tests.core.sessions import ROLES, end_of, frames_in, octets, sent

TAKEOVER = Agreement()
ALONE = Agreement(server_no_context_takeover=True, client_no_context_takeover=True)


def compressed(role: Role, messages: list[bytes], agreement: Agreement = TAKEOVER, opcode: int = BINARY) -> bytes:
    """Messages of the peer's, each compressed and in one frame."""
    deflater = Deflater(agreement, client=role == "server")
    return octets(role, *[Frame(FIN | RSV1 | opcode, deflater.message([message])) for message in messages])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("bound", ["max_fragments", "max_message_bytes"])
@pytest.mark.parametrize("most", range(1, 10))
def test_a_bound_holds_however_much_of_the_message_came_before(role: Role, bound: str, most: int) -> None:
    """Fragments of one octet that come in two lots, of any sizes: a bound is reached where the slow way reaches it."""
    limits = Limits(**{bound: most})
    frames = [binary(b"a", fin=False), *[more(b"a")] * 9, last(b"a")]
    for first in range(1, len(frames)):
        lots = [octets(role, *frames[:first]), octets(role, *frames[first:])]
        slow, quick = end_of(role, limits, quick=False), end_of(role, limits)
        assert run_session(quick, lots).messages == run_session(slow, lots).messages == []
        assert quick.failure == slow.failure
        assert quick.failure is not None
        assert (quick.failure.limit, quick.failure.offset) == (bound, len(octets(role, *frames[:most])))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("size", [0, 1, 5, 125, 126, 300])
def test_an_offset_counts_what_was_taken_in_any_lot(role: Role, size: int) -> None:
    """What fails behind messages that came one by one lies behind all of their octets."""
    message = octets(role, binary(bytes(size)))
    for count in range(6):
        end = end_of(role)
        run_session(end, [message] * count + [octets(role, Frame(0x83))])
        assert end.failure is not None
        assert end.failure.offset == len(message) * count


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("step", "at_once"), [(99, 2), (100, 2), (101, 3), (149, 3), (150, 3), (151, 4)])
def test_a_run_of_compressed_messages_ends_when_a_step_is_full(role: Role, step: int, at_once: int) -> None:
    """`max_inflate_step` bounds what few octets become at once: the message that fills it is the last of its run."""
    end = end_of(role, Limits(max_inflate_step=step), TAKEOVER)
    end.receive(compressed(role, [bytes(50)] * 9), 0.0)
    assert end.next_message() == bytes(50)
    assert len(end.messages) == at_once - 1
    assert [end.next_message() for _ in range(9)] == [bytes(50)] * 8 + [None]


@pytest.mark.parametrize("role", ROLES)
def test_a_run_of_compressed_messages_goes_behind_those_that_wait(role: Role) -> None:
    """Where its end falls does not depend on how many messages nobody has taken yet."""
    end = end_of(role, Limits(max_inflate_step=99), TAKEOVER)
    end.receive(octets(role, *[text("before")] * 3) + compressed(role, [bytes(50)] * 9), 0.0)
    assert end.read_ahead()
    assert end.messages == ["before"] * 3 + [bytes(50)] * 9
    assert end.failure is None


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("size", [49, 50, 51])
def test_the_longest_message_holds_for_what_is_inflated(role: Role, size: int) -> None:
    """`max_message_bytes` is the size of the longest message, compressed and in one frame, too."""
    end = end_of(role, Limits(max_message_bytes=50), TAKEOVER)
    messages = run_session(end, [compressed(role, [bytes(size)] * 3)]).messages
    assert messages == ([bytes(size)] * 3 if size <= 50 else [])
    assert (end.failure is None) == (size <= 50)


@pytest.mark.parametrize("role", ROLES)
def test_text_and_binary_are_told_apart_when_compressed(role: Role) -> None:
    """A run of compressed messages gives str for text and bytes for binary."""
    end = end_of(role, agreement=ALONE)
    lots = [compressed(role, [b"Hello"], ALONE, opcode) for opcode in (TEXT, BINARY, TEXT)]
    assert run_session(end, [b"".join(lots)]).messages == ["Hello", b"Hello", "Hello"]


@pytest.mark.parametrize("role", ROLES)
def test_a_window_that_is_not_taken_over_is_given_back(role: Role) -> None:
    """7692-7.1.1: behind a run of messages without context takeover nothing of them is kept."""

    def held(agreement: Agreement) -> int:
        end = end_of(role, agreement=agreement)
        data = compressed(role, [bytes(5000)] * 4, agreement)

        def read() -> None:
            end.receive(data, 0.0)
            assert [end.next_message() for _ in range(5)] == [bytes(5000)] * 4 + [None]

        return kept(read)

    assert held(ALONE) < 8 * 1024 < 32 * 1024 < held(TAKEOVER)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", [text, binary])
def test_nothing_is_awaited_behind_a_message_that_has_landed(role: Role, kind: Callable[..., Frame]) -> None:
    """A large message is awaited whole while parts of it are missing, and not any more when it is there."""
    decoder = ScanningDecoder(role == "client")
    data = octets(role, kind(b"a" * 50_000))
    out: list[str | bytes] = []
    assert decoder.receive_messages(data[:40_000], out) is True
    assert decoder.process_buffer(whole=True) is None
    assert decoder.waits
    assert decoder.receive_messages(data[40_000:], out) is True
    assert out == ["a" * 50_000 if kind is text else b"a" * 50_000]
    assert not decoder.waits
    assert decoder.offset == len(data)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", [text, binary])
@pytest.mark.parametrize("size", [LARGE - 1, LARGE, 0xFFFF, 0x10000, 100_000])
@pytest.mark.parametrize("front", ["nothing", "small", "landed"])
def test_a_large_message_is_awaited_from_its_header_on(
    role: Role, kind: Callable[..., Frame], size: int, front: str
) -> None:
    """The read that brings its header leaves nothing to be looked at until all of it is there, whatever came before."""
    data = octets(role, kind(b"a" * size))
    header = len(data) - size
    for come in (1, 2, header - 1, header, header + 40, len(data) - 1):
        session = end_of(role)
        before = b""
        expected: list[str | bytes] = []
        if front == "small":
            before, expected = octets(role, text("small")), ["small"]
        elif front == "landed":
            landed = octets(role, binary(b"a" * 70_000))
            session.receive(landed[:60_000], 0.0)
            before, expected = landed[60_000:], [b"a" * 70_000]
        session.receive(before + data[:come], 0.0)
        awaited = size >= LARGE and come >= header
        assert (session.at_rest, session._connection._decoder.waits) == (awaited, awaited)
        assert session.messages == expected
        session.receive(data[come:], 0.0)
        message = b"a" * size if kind is binary else "a" * size
        assert [session.next_message() for _ in range(len(expected) + 2)] == [*expected, message, None]
        assert session._connection.offset == len(before + data) + (60_000 if front == "landed" else 0)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", [text, binary])
@pytest.mark.parametrize("behind", [[], ["behind"]])
def test_a_large_message_that_has_come_whole_does_not_land(
    role: Role, kind: Callable[..., Frame], behind: list[str]
) -> None:
    """Behind as many messages as are made in one go, it waits where it is, and so does what stands behind it."""
    session = end_of(role)
    message = b"a" * LARGE if kind is binary else "a" * LARGE
    session.receive(octets(role, *[text("")] * 256, kind(message), *map(text, behind)), 0.0)
    assert [session.next_message() for _ in range(257)] == [""] * 256 + [message]
    assert [session.next_message() for _ in range(2)] == [*behind, None, None][:2]


LONG = b"a" * 40_000


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("cut", [1, 20, 20_000])
@pytest.mark.parametrize(
    "front",
    [
        [binary(LONG, fin=False), last(LONG)],
        [text(LONG, fin=False), text(LONG)],
        [text("a", fin=False), ping(b"1"), last(LONG)],
        [Frame(FIN | RSV1 | BINARY, LONG)],
        [Frame(FIN | RSV2 | TEXT, LONG)],
        [Frame(FIN | PING, LONG)],
        [Frame(FIN | 3, LONG)],
        [Frame(FIN | BINARY, LONG, form=64)],
        [Frame(FIN | BINARY, LONG, announced=1 << 63 | 1)],
        [Frame(FIN | BINARY, LONG, wrong_mask=True)],
        [binary(bytes(60_001))],
        [text(b"\xff" + LONG)],
        [text(LONG + b"\xff")],
        [text(LONG + b"\xc3"), text("a")],
    ],
)
def test_large_frames_that_are_no_plain_messages(role: Role, deflate: bool, cut: int, front: list[Frame]) -> None:
    """Fragments, reserved bits, wrong headers and bad text, in large frames: what the slow way says of them."""
    limits = Limits(max_message_bytes=60_000)
    agreement = TAKEOVER if deflate else None
    data = octets(role, *front, text("behind"))
    slow, quick = end_of(role, limits, agreement, quick=False), end_of(role, limits, agreement)
    expected = run_session(slow, [data])
    found = run_session(quick, at(data, range(cut, len(data), 30_000)))
    assert found.messages == expected.messages
    assert (quick.failure, quick.ended, quick._connection.offset) == (
        slow.failure, slow.ended, slow._connection.offset
    )
    assert frames_in(found.sent) == frames_in(expected.sent)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_made_of_text_may_be_an_event(role: Role) -> None:
    """`scan` makes of compressed text what it makes of plain text: what it is told."""
    decoder = ScanningDecoder(role == "client", [TAKEOVER.extension()])
    decoder.receive_bytes(compressed(role, [b"Hello"], opcode=TEXT))
    out: list[object] = []
    assert decoder.scan(out, TextMessage, None)
    assert out == [TextMessage("Hello")]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("inside", [text("no"), binary(b"no" * LARGE)])
def test_the_payload_of_a_control_frame_is_not_taken_for_frames(role: Role, inside: Frame) -> None:
    """A ping whose header comes by itself, and whose payload is, as it comes, a message or its front, is answered."""
    message = octets(role, inside)[:125]
    payload = apply_mask(message, KEY) if role == "server" else message
    data = octets(role, ping(payload))
    assert data.endswith(message)
    end = end_of(role)
    for lot in (data[: -len(message)], message):
        end.receive(lot, 0.0)
        assert end.next_message() is None
    assert [frame.payload for frame in sent(end)] == [payload]
