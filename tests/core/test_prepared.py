"""One message for many peers: the frames of it are right for each, whatever was agreed on."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.errors import LocalProtocolError
from rawws.core.events import BytesMessage, CloseConnection, TextMessage
from rawws.core.extensions import Extension, PerMessageDeflate
from rawws.core.prepared import PreparedMessage
from rawws.core.session import Session

#: Compresses well.
LONG = "every client gets the same words, " * 100


def deflate(**settings: Any) -> PerMessageDeflate:  # noqa: ANN401  as PerMessageDeflate has them
    """permessage-deflate as both ends have agreed on it."""
    extension = PerMessageDeflate(**settings)
    extension._enabled = True
    return extension


def pair(**settings: Any) -> tuple[Connection, Connection]:  # noqa: ANN401  (the same)
    """A server and a client with permessage-deflate; without it where `plain` is among the settings."""
    if settings.pop("plain", False):
        return Connection(SERVER), Connection(CLIENT)
    both = [deflate(**settings), deflate(**settings)]
    return Connection(SERVER, [both[0]]), Connection(CLIENT, [both[1]])


def receive(client: Connection, octets: bytes) -> list[str | bytes]:
    """The messages in the octets, put together."""
    client.receive_data(octets)
    messages: list[str | bytes] = []
    parts: list[Any] = []
    for event in client.events():
        assert isinstance(event, (TextMessage, BytesMessage)), event
        parts.append(event.data)
        if event.message_finished:
            messages.append("".join(parts) if isinstance(event, TextMessage) else b"".join(map(bytes, parts)))
            parts = []
    return messages


@pytest.mark.parametrize("message", ["", "a", "é" * 80, LONG, b"", b"\x00" * 5000, os.urandom(5000)], ids=range(7))
@pytest.mark.parametrize("compress", [None, True, False])
def test_it_is_the_message_that_was_meant(message: str | bytes, compress: bool | None) -> None:
    """Whatever was agreed on, the peer gets the message, as text or binary, between messages of its own."""
    prepared = PreparedMessage(message, compress)
    kinds: list[dict[str, Any]] = [
        {"plain": True}, {}, {"threshold": 256}, {"server_max_window_bits": 9}, {"server_max_window_bits": 12},
        {"server_no_context_takeover": True},
    ]  # fmt: skip
    for settings in kinds:
        server, client = pair(**settings)
        octets = server.send(TextMessage(LONG)) + server.send_prepared(prepared) + server.send(TextMessage(LONG))
        octets += server.send_prepared(prepared)
        assert receive(client, octets) == [LONG, message, LONG, message]


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_it_may_be_cut_anywhere(step: int) -> None:
    """Cut into pieces, it comes out the same, compressed or not."""
    prepared = PreparedMessage(LONG)
    for settings in ({"plain": True}, {}):
        server, client = pair(**settings)
        octets = server.send(TextMessage(LONG)) + server.send_prepared(prepared)
        parts: list[str] = []
        for start in range(0, len(octets), step):
            client.receive_data(octets[start : start + step])
            parts += [event.data for event in client.events() if isinstance(event, TextMessage)]
        assert "".join(parts) == LONG * 2


def test_it_is_encoded_once() -> None:
    """All peers get the same octets object, one for each window; what is incompressible goes out as it is."""
    prepared = PreparedMessage(LONG)
    frames = [pair(**settings)[0].send_prepared(prepared) for settings in ({}, {}, {"server_max_window_bits": 10})]
    assert frames[0] is frames[1]
    assert frames[0] is not frames[2]
    assert len(frames[0]) < len(LONG) / 10
    plain = [pair(plain=True)[0].send_prepared(prepared) for _ in range(2)]
    assert plain[0] is plain[1] is prepared.plain
    noise = PreparedMessage(os.urandom(1000))
    assert pair()[0].send_prepared(noise) is noise.plain


def test_what_would_be_as_long_is_sent_plain() -> None:
    """Compressed it has to be shorter, not as long."""
    differences = set()
    for count in range(1, 40):
        prepared = PreparedMessage(b"a" * count)
        difference = len(deflate().deflate_alone(prepared.payload)) - count
        assert (pair()[0].send_prepared(prepared) is prepared.plain) is (difference >= 0)
        differences.add(difference)
    # The case in question is among them.
    assert 0 in differences


def test_it_looks_no_further_back_than_a_server_may() -> None:
    """The window is the server's, however large the client's is: a peer with no more than that can inflate it."""
    noise = random.Random(1).randbytes(400)
    message = noise + bytes(5000) + noise
    server, client = pair(server_max_window_bits=9, client_max_window_bits=15)
    octets = server.send_prepared(PreparedMessage(message))
    assert octets == PreparedMessage(message).compressed(deflate(server_max_window_bits=9, client_max_window_bits=9))
    assert octets != PreparedMessage(message).compressed(deflate())
    assert receive(client, octets) == [message]


def test_thresholds_are_kept() -> None:
    """Below the threshold nothing is compressed, unless the message wants it; nothing that does not want it is."""
    for compress, compressed in ((None, False), (True, True), (False, False)):
        prepared = PreparedMessage("a" * 200, compress)
        server, _ = pair(threshold=256)
        assert (server.send_prepared(prepared) is not prepared.plain) is compressed
    prepared = PreparedMessage(LONG, compress=False)
    assert pair()[0].send_prepared(prepared) is prepared.plain


def test_what_goes_out_as_it_is_leaves_the_context() -> None:
    """Only a compressed frame that the compressor has not seen makes it begin anew: what noise follows is as short."""
    for prepared, context in ((PreparedMessage(os.urandom(1000)), True), (PreparedMessage(LONG), False)):
        server, client = pair()
        first = server.send(TextMessage(LONG))
        other = server.send_prepared(prepared)
        again = server.send(TextMessage(LONG))
        assert (len(again) < len(first) / 2) is context
        assert receive(client, first + other + again) == [LONG, prepared.message, LONG]


def test_a_client_masks_each_anew() -> None:
    """A client may send it, too, with a mask of its own."""
    prepared = PreparedMessage("hello")
    client, server = Connection(CLIENT), Connection(SERVER)
    one, other = client.send_prepared(prepared), client.send_prepared(prepared)
    assert one != prepared.plain
    assert receive(server, one + other) == ["hello", "hello"]


class Strange(Extension):
    """An extension that nobody knows, and that does nothing."""

    name = "x-strange"

    def enabled(self) -> bool:
        """Always."""
        return True

    def offer(self) -> bool | str:
        """Nothing to say of itself."""
        return True


def test_other_extensions_have_their_say() -> None:
    """Where another extension was agreed on, each message goes through it."""
    server, client = Connection(SERVER, [Strange()]), Connection(CLIENT)
    assert receive(client, server.send_prepared(PreparedMessage("hello"))) == ["hello"]


@pytest.mark.parametrize("settings", [{"plain": True}, {}])
@pytest.mark.parametrize("compress", [None, True, False])
def test_it_waits_for_nothing_and_breaks_nothing(settings: dict[str, Any], compress: bool | None) -> None:
    """Inside another message, and after a Close, it raises, and nothing has changed."""
    prepared = PreparedMessage("x" * 300, compress)
    server, client = pair(**settings)
    begun = server.send(TextMessage("begun ", message_finished=False))
    with pytest.raises(LocalProtocolError):
        server.send_prepared(prepared)
    assert receive(client, begun + server.send(TextMessage("and done"))) == ["begun and done"]
    server.send(CloseConnection(1000))
    with pytest.raises(LocalProtocolError):
        server.send_prepared(prepared)


@pytest.mark.parametrize("message", [None, 7, "\ud800", ["a"]])
def test_what_is_no_message(message: Any) -> None:  # noqa: ANN401  wrong on purpose
    """What cannot be sent is refused when it is prepared."""
    with pytest.raises((TypeError, ValueError)):
        PreparedMessage(message)


def test_sessions_count_it_and_keep_the_order() -> None:
    """A session sends it behind what it has to say already, and counts it."""
    server, client = pair(plain=True)
    session = Session(server)
    session.send("first")
    assert session.plain_below == 0
    assert receive(client, session.encode_prepared(PreparedMessage("second"))) == ["first", "second"]
    assert session.plain_below > 1 << 60
    assert (session.stats.messages_sent, session.stats.bytes_sent) == (2, 11)
    session.send_fragment("part", final=False)
    b"".join(session.data_to_send())
    assert session.plain_below == 0
    assert Session(client).plain_below == 0
