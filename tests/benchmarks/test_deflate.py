"""What the load client says of servers that compress."""

from __future__ import annotations

import zlib

import pytest

from tests.benchmarks import faulty
from tests.benchmarks.faulty import HERE, serving
from tests.benchmarks.frames import TEXT, compressed, frame, json_payloads
from tests.benchmarks.load import deflate as deflating
from tests.benchmarks.load.deflate import Agreement, Inflating, deflate
from tests.benchmarks.load.opening import WrongServer
from tests.benchmarks.servers.canned import RESPONSE
from tests.trio.frames import Frame

MESSAGES = json_payloads(1024, 5)
AGREED = RESPONSE.removesuffix(b"\r\n") + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"


def replies(*, takeover: bool = True) -> list[bytes]:
    """The frames that a right server sends."""
    return [frame(TEXT, data, rsv1=True) for data in compressed(MESSAGES, 15, takeover=takeover)]


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_right_replies_are_counted(takeover: bool, step: int) -> None:
    """Replies that inflate to the messages are counted with their octets, however they are cut."""
    stream = b"".join(replies(takeover=takeover))
    incoming = Inflating(MESSAGES, takeover=takeover)
    for at in range(0, len(stream), step):
        incoming.take(stream[at : at + step])
    assert (incoming.done, incoming.octets) == (5, len(stream))


def test_uncompressed_replies_are_right_too() -> None:
    """A server may leave a message as it is (RFC 7692 §6)."""
    incoming = Inflating(MESSAGES, takeover=True)
    incoming.take(frame(TEXT, MESSAGES[0]))
    assert incoming.done == 1


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (replies()[0] + replies()[0], "message 1 came back wrong"),
        (replies()[1], "message 0 cannot be inflated|message 0 came back wrong"),
        (frame(TEXT, b"\xff" * 200, rsv1=True), "message 0 cannot be inflated"),
        (frame(TEXT, MESSAGES[0][:-1] + b" "), "message 0 came back wrong"),
        (b"".join(replies()) + frame(TEXT, MESSAGES[0]), "message 5 came back wrong"),
        (b"", "ended the connection after 0 messages"),
    ],
)
def test_wrong_replies_are_noticed(data: bytes, complaint: str) -> None:
    """Another message, broken compression, one octet that differs, one message too many, and the end."""
    with pytest.raises(WrongServer, match=complaint):
        Inflating(MESSAGES, takeover=True).take(data)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (b"", Agreement(15, client_takeover=True, server_takeover=True)),
        (b"; client_max_window_bits=12", Agreement(12, client_takeover=True, server_takeover=True)),
        (
            b"; client_no_context_takeover; server_no_context_takeover",
            Agreement(15, client_takeover=False, server_takeover=False),
        ),
    ],
)
def test_agreement(parameters: bytes, expected: Agreement) -> None:
    """The client keeps to what the server has agreed to."""
    response = AGREED.replace(b"permessage-deflate", b"permessage-deflate" + parameters)
    assert Agreement.of(response) == expected


def test_measuring_and_a_server_that_does_not_inflate(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes back in an uncompressed frame must be the message, not what it was compressed to."""
    monkeypatch.setattr(deflating, "MESSAGES", 300)
    inflater = zlib.decompressobj(wbits=-15)

    def echo(_number: int, got: Frame) -> bytes:
        if got.opcode != TEXT:
            return frame(got.opcode, got.payload)
        return frame(TEXT, inflater.decompress(got.payload + b"\x00\x00\xff\xff"))

    with serving(echo, AGREED) as port:
        found = deflate(port, HERE, size=1024, in_flight=2, seconds=0.04)
    assert found.messages > 0
    assert found.octets == found.messages * (1024 + 4)
    with serving(faulty.right, AGREED) as port, pytest.raises(WrongServer, match="came back wrong"):
        deflate(port, HERE, size=1024, in_flight=2, seconds=0.04)
