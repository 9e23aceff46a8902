"""`OctetSession`: text as octets, checked like any text."""

from __future__ import annotations

import pytest

from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.octet_session import OctetSession

from tests.core.cuts import cuttings
from tests.core.extending import agreed
from tests.core.octets import Frame, binary, last, more, ping, text

EURO = "€".encode()

#: Frames, and the messages that they are: small and large, whole and in pieces, cut inside a character.
FRAMES = [
    text("hällo €"), binary(b"\xff\x00"), text(""),
    text(EURO[:1], fin=False), more(EURO[1:] + b"x" * 3000), ping(b"p"), last(b"end"),
    text("y" * 5000), binary(bytes(5000)),
]  # fmt: skip
MESSAGES = ["hällo €".encode(), b"\xff\x00", b"", EURO + b"x" * 3000 + b"end", b"y" * 5000, bytes(5000)]


@pytest.mark.parametrize("role", ["client", "server"])
def test_text_comes_as_octets(role: str) -> None:
    """However the stream is cut, text and binary are bytes and nothing else, and counted in octets."""
    stream = b"".join(frame.to(role) for frame in FRAMES)  # type: ignore[arg-type]
    for pieces in cuttings(stream):
        session = OctetSession(Connection(CLIENT if role == "client" else SERVER))
        received = []
        for piece in pieces:
            session.receive(piece, 0.0)
            while (message := session.next_message()) is not None:
                received.append(message)
        assert received == MESSAGES
        assert {type(message) for message in received} == {bytes}
        assert session.stats.bytes_received == sum(map(len, MESSAGES))
        assert session.stats.pings_received == 1


def test_chunks_come_as_octets() -> None:
    """Taken chunk by chunk, text is bytes, too; the chunks of a message are its octets."""
    stream = b"".join(frame.to("server") for frame in FRAMES)
    for pieces in cuttings(stream):
        session = OctetSession(Connection(SERVER))
        received = [b""]
        for piece in pieces:
            session.receive(piece, 0.0)
            while (found := session.next_chunk()) is not None:
                chunk, final = found
                assert type(chunk) is bytes
                received[-1] += chunk
                if final:
                    received.append(b"")
        assert received == [*MESSAGES, b""]


def test_compressed_text_comes_as_octets() -> None:
    """What was inflated is bytes, too, whether it was small or large."""
    sender = Connection(CLIENT, [agreed()])
    messages = ["ü" * 300, "ü" * 30_000, "small"]
    stream = b"".join(sender.send_data(message) for message in messages)
    for pieces in cuttings(stream, times=2):
        session = OctetSession(Connection(SERVER, [agreed()]))
        received = []
        for piece in pieces:
            session.receive(piece, 0.0)
            while (message := session.next_message()) is not None:
                received.append(message)
        assert received == [message.encode() for message in messages]


@pytest.mark.parametrize(
    "frames", [[text(b"\xff")], [text(b"a" * 3000 + b"\xff")], [text(EURO[:1], fin=False), last(b"a")]]
)
def test_text_is_checked_as_ever(frames: list[Frame]) -> None:
    """What is not UTF-8 fails the connection with 1007, at every cut, and no octet of it is given as a message."""
    for pieces in cuttings(b"".join(frame.to("server") for frame in frames)):
        session = OctetSession(Connection(SERVER))
        for piece in pieces:
            session.receive(piece, 0.0)
            assert session.next_message() is None
        assert session.ended is not None
        assert session.ended.code == 1007


def test_what_is_sent_is_as_ever() -> None:
    """str is sent as text and bytes as binary."""
    session = OctetSession(Connection(SERVER))
    session.send("a")
    session.send(b"b")
    assert b"".join(session.data_to_send()) == b"\x81\x01a\x82\x01b"
