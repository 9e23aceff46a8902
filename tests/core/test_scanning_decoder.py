"""The quick ways through the octets take what the slow one would give, and no more of it at once than they are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rawws.core.events import TextMessage
from rawws.core.limits import Limits
from rawws.core.masking import apply_mask
from rawws.core.scanning_decoder import ScanningDecoder
from rawws.testing.deflate import Agreement, Deflater

from tests.core.cuts import run_session
from tests.core.octets import BINARY, FIN, KEY, RSV1, TEXT, Frame, Role, binary, last, more, ping, text
from tests.core.peak import kept
from tests.core.sessions import ROLES, end_of, octets, sent

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
    assert decoder.receive_messages(data[:40_000], out) is False
    assert decoder.process_buffer(whole=True) is None
    assert decoder.waits
    assert decoder.receive_messages(data[40_000:], out) is True
    assert out == ["a" * 50_000 if kind is text else b"a" * 50_000]
    assert not decoder.waits
    assert decoder.offset == len(data)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_made_of_text_may_be_an_event(role: Role) -> None:
    """`scan` makes of compressed text what it makes of plain text: what it is told."""
    decoder = ScanningDecoder(role == "client", [TAKEOVER.extension()])
    decoder.receive_bytes(compressed(role, [b"Hello"], opcode=TEXT))
    out: list[object] = []
    assert decoder.scan(out, TextMessage, None)
    assert out == [TextMessage("Hello")]


@pytest.mark.parametrize("role", ROLES)
def test_the_payload_of_a_control_frame_is_not_taken_for_frames(role: Role) -> None:
    """A ping whose header comes by itself, and whose payload is, as it comes, a whole message: it is answered."""
    message = octets(role, text("no"))
    payload = apply_mask(message, KEY) if role == "server" else message
    data = octets(role, ping(payload))
    assert data.endswith(message)
    end = end_of(role)
    for lot in (data[: -len(message)], message):
        end.receive(lot, 0.0)
        assert end.next_message() is None
    assert [frame.payload for frame in sent(end)] == [payload]
