"""wsproto as an oracle for frames, and every way in which rawws.core is known to differ from it."""

from __future__ import annotations

from dataclasses import replace

from wsproto.connection import CLIENT, SERVER, Connection
from wsproto.events import CloseConnection, Event, Message
from wsproto.extensions import Extension, PerMessageDeflate

from rawws.testing.deflate import Agreement, Deflater, Style
from rawws.testing.frames import CLOSE, FIN, RSV1, TEXT, Frame, close, last, ping, text
from rawws.testing.strategies import Stream

from fuzz.oracles.verdict import Case, Difference, Verdict, compressed_messages, frames_of, is_whole, judge


def verdict(stream: Stream) -> Verdict:
    """What wsproto makes of a stream, fed at once: events up to the first end that it tells."""
    extensions: list[Extension] = []
    if stream.agreement is not None:
        deflate = PerMessageDeflate()
        deflate.finalize(str(stream.agreement))
        extensions.append(deflate)
    connection = Connection(SERVER if stream.reader == "server" else CLIENT, extensions)
    connection.receive_data(stream.octets)
    told: list[str | bytes | Event] = []
    begun: list[str | bytes] = []
    for event in connection.events():
        if isinstance(event, CloseConnection):
            by_peer = connection.state.name == "REMOTE_CLOSING"
            return Verdict(tuple(told), int(event.code), event.reason if by_peer else None)
        if isinstance(event, Message):
            begun.append(event.data)
            if event.message_finished:
                empty: str | bytes = "" if isinstance(event.data, str) else b""
                told.append(empty.join(begun))  # type: ignore[arg-type]  # pieces of one message are of one type
                begun = []
        else:
            told.append(event)
    return Verdict(tuple(told), 1006 if stream.ends else None)


def stream_of(*frames: Frame, agreement: Agreement | None = None, come: int | None = None) -> Stream:
    """A stream for a server; `come` octets of it, where not all."""
    return Stream("server", b"".join(frame.to("server") for frame in frames)[:come], agreement=agreement)


def _padded(case: Case) -> Verdict:
    """What wsproto says once a few octets more have come."""
    return verdict(replace(case.stream, octets=case.stream.octets + bytes(16), ends=False))


def _shows_later(case: Case) -> bool:
    return case.failure is not None and case.theirs.code in {None, 1006} and _padded(case).code == case.ours.code


def _shows_earlier(case: Case) -> bool:
    # The frame that has come in part is brought to its end: then both say the same.
    if case.failure is not None or case.theirs.code != 1007 or is_whole(case.stream, case.offset):
        return False
    return judge(replace(case.stream, octets=case.stream.octets + bytes(1 << 16)), verdict).ours.code == 1007


def _is_1014(case: Case) -> bool:
    closes = [frame.payload[:2] for frame in frames_of(case.stream) if frame.opcode == CLOSE]
    return closes[:1] == [(1014).to_bytes(2)] and case.theirs.code == 1002


def _has_controls_between(case: Case) -> bool:
    return any(message.controls for message in compressed_messages(case.stream))


def _has_final_blocks(case: Case) -> bool:
    return any(message.final_blocks for message in compressed_messages(case.stream))


def _has_empty_payload(case: Case) -> bool:
    return any(message.whole and not message.payload for message in compressed_messages(case.stream))


def _is_no_deflate(case: Case) -> bool:
    return case.failure is not None and case.failure.requirement == "7692-7.2.2-1"


_HELLO = Deflater(Agreement(), client=True).message([b"Hello", b"Hello"])
_FINAL = Deflater(Agreement(), client=True).message([b"Hello"], Style(final=True))
_FIRST = FIN | RSV1 | TEXT

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "a violation shows at the octet that makes it one, not when the header or the character is complete",
        "6455-5.2-2",
        stream_of(Frame(0x83), come=1),
        _shows_later,
    ),
    Difference(
        "corrupt DEFLATE shows when the frame, or 16 KiB of it, have come: so that no cut shows in what came before",
        "7692-7.2.2-1",
        stream_of(Frame(_FIRST, b"\xff\xff", announced=3), agreement=Agreement()),
        _shows_earlier,
    ),
    Difference(
        "1014 is a registered code",
        "6455-7.4.2-2",
        stream_of(close(1014, "gateway")),
        _is_1014,
    ),
    Difference(
        "a control frame between the fragments of a compressed message leaves the message as it is",
        "6455-5.4-3",
        stream_of(Frame(RSV1 | TEXT, _HELLO[:3]), ping(), last(_HELLO[3:]), agreement=Agreement()),
        _has_controls_between,
    ),
    Difference(
        "what follows a block with BFINAL set is still inflated, in this message and in the next",
        "7692-7.2.3.4-1",
        stream_of(Frame(_FIRST, _FINAL), Frame(_FIRST, _FINAL), agreement=Agreement()),
        _has_final_blocks,
    ),
    Difference(
        "a compressed message without a single octet is the empty message",
        "7692-7.2.2-1",
        stream_of(Frame(_FIRST, b""), Frame(_FIRST, b""), agreement=Agreement()),
        _has_empty_payload,
    ),
    Difference(
        "a message that ends inside a DEFLATE block is no DEFLATE",
        "7692-7.2.2-1",
        stream_of(Frame(_FIRST, _HELLO[:4]), text("behind"), agreement=Agreement()),
        _is_no_deflate,
    ),
)
