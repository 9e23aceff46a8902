"""The octets of the load: frames of a client, and of the replies that a right server gives (RFC 6455 §5.2)."""

from __future__ import annotations

import json
import random
import zlib

TEXT, BINARY, CLOSE = 0x1, 0x2, 0x8

#: An opening handshake as short as the RFC allows (§4.1).
NONCE = b"dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#: What Chrome, Firefox and Safari offer.
BROWSERS_OFFER = b"permessage-deflate; client_max_window_bits"


def request(extensions: bytes = b"") -> bytes:
    """The client's opening handshake."""
    lines = [
        b"GET / HTTP/1.1",
        b"Host: localhost",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Key: " + NONCE,
        b"Sec-WebSocket-Version: 13",
    ]
    if extensions:
        lines.append(b"Sec-WebSocket-Extensions: " + extensions)
    return b"\r\n".join([*lines, b"", b""])


def mask(payload: bytes, key: bytes) -> bytes:
    """XOR with the repeated key (§5.3)."""
    size = len(payload)
    repeated = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(repeated)).to_bytes(size)


def frame(opcode: int, payload: bytes, key: bytes | None = None, *, rsv1: bool = False) -> bytes:
    """One whole message as one frame; masked when there is a key, as a client's must be."""
    first = 0x80 | rsv1 << 6 | opcode
    masked = (key is not None) << 7
    size = len(payload)
    if size < 126:
        head = bytes([first, masked | size])
    elif size < 1 << 16:
        head = bytes([first, masked | 126]) + size.to_bytes(2)
    else:
        head = bytes([first, masked | 127]) + size.to_bytes(8)
    return head + payload if key is None else head + key + mask(payload, key)


#: The Close frame of a client that has no more to say (§5.5.1).
GOODBYE = frame(CLOSE, (1000).to_bytes(2), b"bye!")


def keys(seed: int) -> random.Random:
    """Where masking keys come from: the same ones in each run, so that runs can be compared."""
    return random.Random(seed)


def payloads(opcode: int, size: int, count: int) -> list[bytes]:
    """`count` payloads of `size` octets, all different, so that an echo of the wrong message is noticed."""
    source = random.Random(size)
    if opcode == TEXT:
        alphabet = b"abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,.".ljust(256, b"-")
        return [source.randbytes(size).translate(alphabet) for _ in range(count)]
    return [source.randbytes(size) for _ in range(count)]


_WORDS = """
a about after all an and are as at available been before blue but by can channel colour confirmed could day delivery did
each first for from green had has have he her his how if in into invoice is it its just like made may message more new
no not now of on one only or order other our out over payment people please price quantity red room said see session she
shipped so some status symbol than that the their them then there these they this time to two update user very was way
we were what when which who will with would yellow you your
"""


def json_payloads(size: int, count: int) -> list[bytes]:
    """`count` messages of JSON in exactly `size` octets, alike and different as those of an application are."""
    source = random.Random(size)
    words = _WORDS.split()
    found = []
    for number in range(count):
        record = {
            "id": number,
            "type": source.choice(["message", "update", "order"]),
            "user": {"id": source.randrange(10**6), "name": " ".join(source.sample(words, 2)).title()},
            "time": f"2025-06-{source.randrange(1, 31):02}T{source.randrange(24):02}:{source.randrange(60):02}:00Z",
            "price": round(source.uniform(1, 500), 2),
            "tags": source.sample(words, 4),
            "text": "",
        }
        room = size - len(json.dumps(record))
        text = " ".join(source.choice(words) for _ in range(max(room, 0) // 2))[: max(room, 0)]
        record["text"] = text.ljust(max(room, 0), ".")
        found.append(json.dumps(record).encode())
    return found


def compressed(messages: list[bytes], window_bits: int, *, takeover: bool = True) -> list[bytes]:
    """Messages under permessage-deflate, as a browser sends them (RFC 7692 §7.2.1). takeover: of the context."""
    compressor = zlib.compressobj(wbits=-window_bits)
    found = []
    for message in messages:
        if not takeover:
            compressor = zlib.compressobj(wbits=-window_bits)
        data = compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH)
        found.append(data.removesuffix(b"\x00\x00\xff\xff"))
    return found
