"""What has to hold for any octets at all: one function for each target, which raises where it does not.

The first octets of an input choose the setting, the others are what comes from the network. So one file is one case, in
`make fuzz`, in the corpus, and by hand: `python -m fuzz.targets stream-to-server < FILE`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from rawws.core import WSConnection
from rawws.core.connection import CLIENT, SERVER
from rawws.core.events import RejectData, Request
from rawws.core.inflate import EMPTY_BLOCK_TAIL
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.masking import apply_mask, unmask_text
from rawws.core.payloads import take_payloads
from rawws.core.scan import scan
from rawws.core.session import Session
from rawws.testing.cuts import Cut, bytewise, bytewise_ends, randomly, whole
from rawws.testing.deflate import Agreement
from rawws.testing.frames import BINARY, FIN, RSV1, Frame, Role, take_apart
from rawws.testing.handshake import accept_token, header
from rawws.testing.outcome import Outcome, Received, join, run, run_session
from rawws.testing.strategies.handshake import ACCEPT
from rawws.testing.strategies.streams import Stream

from fuzz.opening import feed
from fuzz.oracles.grammar import request_errors, response_errors
from fuzz.twins import in_c, in_python

#: The octets that choose a setting.
SETTING = 2

AGREEMENTS = (
    None,
    Agreement(),
    Agreement(server_no_context_takeover=True, client_no_context_takeover=True),
    Agreement(server_max_window_bits=9, client_max_window_bits=9),
)
LIMITS = (
    DEFAULT_LIMITS,
    Limits(max_message_bytes=None, max_control_burst=None),
    Limits(max_message_bytes=10, max_inflate_step=7),
    Limits(max_frame_bytes=125, max_fragments=3, max_control_burst=2, max_inflate_step=64),
)


def stream_to_server(data: bytes) -> None:
    """What a client sends behind its handshake: no cut changes what comes of it, nor does who handles the octets."""
    _stream("server", data)


def stream_to_client(data: bytes) -> None:
    """What a server sends behind its handshake: likewise."""
    _stream("client", data)


def _stream(reader: Role, data: bytes) -> None:
    first, second = _setting(data)
    stream = Stream(reader, data[SETTING:], bool(first & 0x80), AGREEMENTS[first & 3])
    bounds = LIMITS[second & 3]

    def events(pieces: list[bytes | None]) -> Outcome:
        return run(stream.connection(bounds), pieces)

    def messages(pieces: list[bytes | None]) -> tuple[Received, list[tuple[int, bytes]]]:
        received = run_session(Session(stream.connection(bounds)), pieces)
        return received._replace(sent=b""), [(frame.first, frame.payload) for frame in take_apart(received.sent)]

    ways = [stream.chunks(cut) for cut in (_bytewise, lambda octets: randomly(octets, second))]
    for look in (events, messages):
        expected = look(stream.chunks(whole))
        for pieces in ways:
            assert look(pieces) == expected, pieces
        with in_python():
            assert look(stream.chunks(whole)) == expected


def handshake(data: bytes) -> None:
    """A head and what follows: no cut changes the verdict, and whatever is accepted the grammar accepts."""
    first, second = _setting(data)
    look = _by_client if first & 1 else _by_server
    expected = look(data[SETTING:], whole)
    for cut in (_bytewise, lambda octets: randomly(octets, second)):
        assert look(data[SETTING:], cut) == expected


def _by_server(octets: bytes, cut: Cut) -> str:
    """What a server makes of a request."""
    server = WSConnection(SERVER)
    told = _answered(server, octets, cut)
    assert server.connection is None or request_errors(_head(octets)) == []
    return told


def _by_client(octets: bytes, cut: Cut) -> str:
    """What a client makes of a response; the token of its request is put where the input leaves a place."""
    client = WSConnection(CLIENT)
    request = client.send(Request(host="h", target="/", subprotocols=["a"]))
    token = accept_token(header(request, b"sec-websocket-key"))
    octets = octets.replace(ACCEPT, token, 1)
    told = _answered(client, octets, cut)
    assert client.connection is None or response_errors(_head(octets), token, [b"a"], set()) == []
    return told.replace(token.decode(), "TOKEN")


def _answered(ws: WSConnection, octets: bytes, cut: Cut) -> str:
    """All that was told, as text; a server accepts as soon as it may."""
    told, error = feed(ws, cut(octets), ends=False)
    bodies = b"".join(event.data for event in told if isinstance(event, RejectData))
    rest = join(event for event in told if not isinstance(event, RejectData))
    return repr((bodies, rest, ws.failure, ws.state, error))


def _head(octets: bytes) -> bytes:
    """As far as the empty line; an empty line before it is none."""
    end = octets.find(b"\r\n\r\n", 2)
    return octets[: end + 4] if end >= 0 else octets


def deflate(data: bytes) -> None:
    """A compressed message: no cut changes what comes of it, and where zlib understands it, it is what zlib says.

    Octets and no `Inflater` are compared: zlib finds a distance that is too large the later, the more it inflates at
    once, and so the core decides itself how much that is.
    """
    first, second = _setting(data)
    payload = data[SETTING:]
    stream = Stream("client", Frame(FIN | RSV1 | BINARY, payload).to("client"), agreement=AGREEMENTS[1 + first % 3])
    bounds = LIMITS[second & 1]
    expected = run(stream.connection(bounds), stream.chunks(whole))
    for cut in (_bytewise, lambda octets: randomly(octets, second)):
        assert run(stream.connection(bounds), stream.chunks(cut)) == expected
    reference = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        output = reference.decompress(payload + EMPTY_BLOCK_TAIL, _MOST_INFLATED)
    except zlib.error:
        # Also of what stands behind a final block (RFC 7692 §7.2.3.4), which zlib does not look at again.
        return
    if expected.failure is None and not reference.eof and not reference.unconsumed_tail:
        assert expected.messages == [output]


#: zlib is not asked for more; nor is it compared where there is more.
_MOST_INFLATED = 1 << 20


def accelerator(data: bytes) -> None:
    """The functions in C say what their twins say; under the sanitizers, they read nothing that is not theirs.

    The octets lie in arrays that hold not one more, so whatever is read behind them is found.
    """
    if in_c is None:
        return
    first, second = _setting(data)
    octets = bytearray(data[SETTING:])
    masked, most = bool(first & 1), (first >> 1) % 5
    max_bytes = (0, 1, 125, 65535, (1 << 63) - 1)[second % 5]
    position = min(second >> 4, len(octets))
    begins = octets[position] if position < len(octets) else 0
    for functions, rest in (
        ((in_c.scan, scan), (most, max_bytes, masked, None, None)),
        ((in_c.take_payloads, take_payloads), (begins, most, max_bytes, max_bytes, masked)),
    ):
        told: list[list[object]] = [[], []]
        stops = [function(octets, position, out, *rest) for function, out in zip(functions, told, strict=True)]
        assert stops[0] == stops[1]
        assert told[0] == told[1]
    key = bytes(octets[:4]).ljust(4, b"k")
    assert in_c.apply_mask(octets, key, second) == apply_mask(bytes(octets), key, second)
    assert in_c.unmask_text(octets, key, second) == unmask_text(bytes(octets), key, second)


def _setting(data: bytes) -> tuple[int, int]:
    first, second = data[:SETTING].ljust(SETTING, b"\0")
    return first, second


def _bytewise(octets: bytes) -> list[bytes]:
    return bytewise(octets) if len(octets) < 2000 else bytewise_ends(octets)


#: By the names that files and commands have.
TARGETS: dict[str, Callable[[bytes], None]] = {
    "stream-to-server": stream_to_server,
    "stream-to-client": stream_to_client,
    "handshake": handshake,
    "deflate": deflate,
    "accelerator": accelerator,
}
