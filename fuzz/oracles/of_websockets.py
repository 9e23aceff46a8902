"""`websockets`' sans-IO protocol as an oracle for frames, and every way in which rawws.core differs from it."""

from __future__ import annotations

from collections.abc import Callable

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame as TheirFrame
from websockets.frames import Opcode
from websockets.protocol import CLIENT, SERVER, Protocol

from rawws.core.events import Event, Ping, Pong
from rawws.testing.deflate import Agreement, Deflater, Style
from rawws.testing.frames import BINARY, CLOSE, FIN, RSV1, RSV2, TEXT, Frame, close, text
from rawws.testing.strategies import Stream

from fuzz.oracles.of_wsproto import stream_of
from fuzz.oracles.verdict import Case, Difference, Verdict, compressed_messages, frames_of, is_whole


def protocol_for(stream: Stream) -> Protocol:
    """Their end of a connection that is open."""
    server = stream.reader == "server"
    protocol = Protocol(SERVER if server else CLIENT, max_size=None)
    agreement = stream.agreement
    if agreement is not None:
        ours, peers = (agreement.server_no_context_takeover, agreement.client_no_context_takeover)
        our_bits, peer_bits = (agreement.server_max_window_bits, agreement.client_max_window_bits)
        if not server:
            ours, peers, our_bits, peer_bits = peers, ours, peer_bits, our_bits
        protocol.extensions = [PerMessageDeflate(peers, ours, peer_bits or 15, our_bits or 15)]
    return protocol


def verdict(stream: Stream) -> Verdict:
    """What `websockets` makes of a stream, fed at once. Text is decoded here, as its users' loop does it."""
    protocol = protocol_for(stream)
    protocol.receive_data(stream.octets)
    told: list[str | bytes | Event] = []
    begun: list[bytes] = []
    is_text = False
    for frame in protocol.events_received():
        if not isinstance(frame, TheirFrame):
            raise TypeError(f"{frame} behind the handshake")
        if frame.opcode is Opcode.PING or frame.opcode is Opcode.PONG:
            told.append((Ping if frame.opcode is Opcode.PING else Pong)(payload=bytes(frame.data)))
        elif frame.opcode is not Opcode.CLOSE:
            is_text = frame.opcode is Opcode.TEXT if frame.opcode is not Opcode.CONT else is_text
            begun.append(bytes(frame.data))
            if frame.fin:
                data = b"".join(begun)
                begun = []
                try:
                    told.append(data.decode() if is_text else data)
                except UnicodeDecodeError:
                    return Verdict(tuple(told), 1007)
    if protocol.close_rcvd is not None and protocol.parser_exc is None:
        return Verdict(tuple(told), int(protocol.close_rcvd.code), protocol.close_rcvd.reason)
    if protocol.close_sent is not None:
        return Verdict(tuple(told), int(protocol.close_sent.code))
    return Verdict(tuple(told), 1006 if stream.ends else None)


def _broken(requirement: str) -> Callable[[Case], bool]:
    def explains(case: Case) -> bool:
        return case.failure is not None and case.failure.requirement == requirement

    return explains


def _takes_a_longer_form(case: Case) -> bool:
    head = case.stream.octets[case.offset : case.offset + 10]
    short = head[1] & 0x7F if len(head) > 1 else 0
    size, least = (2, 126) if short == 126 else (8, 1 << 16)
    return short >= 126 and int.from_bytes(head[2 : 2 + size]) < least and case.failure is not None


def _comes_in_part(case: Case) -> bool:
    return case.failure is not None and not is_whole(case.stream, case.offset)


def _is_bad_text(case: Case) -> bool:
    # Theirs goes on to the end of the message, and tells the control frames on the way.
    goes_on = case.theirs.told[: len(case.ours.told)] == case.ours.told
    return case.failure is not None and case.failure.requirement == "6455-8.1-1" and goes_on


def _closes_inside_a_message(case: Case) -> bool:
    opened = False
    for frame in frames_of(case.stream):
        if frame.opcode == CLOSE:
            return opened and case.theirs.code == 1002
        if frame.opcode <= BINARY:
            opened = not frame.fin
    return False


def _has_two_faults_in_its_close(case: Case) -> bool:
    return (case.ours.code, case.theirs.code) == (1002, 1007) and any(
        frame.opcode == CLOSE and not _is_utf8(frame.payload[2:]) for frame in frames_of(case.stream)
    )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _has_final_blocks(case: Case) -> bool:
    return any(message.final_blocks for message in compressed_messages(case.stream))


def _has_empty_payload(case: Case) -> bool:
    return any(message.whole and not message.payload for message in compressed_messages(case.stream))


_HELLO = Deflater(Agreement(), client=True).message([b"Hello", b"Hello"])
_FINAL = Deflater(Agreement(), client=True).message([b"Hello"], Style(final=True))
_FIRST = FIN | RSV1 | TEXT

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "a violation shows at the octet that makes it one, not when the whole frame has come",
        "6455-5.2-2",
        stream_of(Frame(FIN | RSV2 | TEXT, announced=100)),
        _comes_in_part,
    ),
    Difference(
        "a length takes the shortest form",
        "6455-5.2-4",
        stream_of(Frame(FIN | TEXT, b"a", form=16)),
        _takes_a_longer_form,
    ),
    Difference(
        "text is judged as it comes, also that of a message that is never finished",
        "6455-8.1-1",
        stream_of(text(b"\xff", fin=False)),
        _is_bad_text,
    ),
    Difference(
        "a Close may come between the fragments of a message",
        "6455-5.4-3",
        stream_of(text("a", fin=False), close(1000)),
        _closes_inside_a_message,
    ),
    Difference(
        "of a Close frame whose code and whose reason are both wrong, the code is judged: it comes first",
        "6455-5.5.1-1",
        stream_of(close(999, b"\xff")),
        _has_two_faults_in_its_close,
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
        "what is no DEFLATE, or ends inside a block, does not fit its type: 1007 (§7.4.1), not 1002 or nothing",
        "7692-7.2.2-1",
        stream_of(Frame(_FIRST, _HELLO[:4]), text("behind"), agreement=Agreement()),
        _broken("7692-7.2.2-1"),
    ),
)
