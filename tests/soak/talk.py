"""What is said in a soak: numbered messages of any size, each acknowledged by the application with its number."""

from __future__ import annotations

import random
import struct
import zlib
from collections import defaultdict

from rawws.trio import WebSocket

# Client, number, and a checksum of what follows.
_HEAD = struct.Struct("!III")
_ACK = struct.Struct("!I")

#: Sizes: mostly small, some large; 0 included.
_SIZES = ((0, 1), (1, 125), (126, 4096), (4096, 65_536), (65_536, 300_000))
_WEIGHTS = (5, 60, 25, 9, 1)


def make_message(client: int, number: int, chance: random.Random) -> bytes:
    """A message of a random size."""
    least, most = chance.choices(_SIZES, _WEIGHTS)[0]
    size = chance.randrange(least, most)
    # Half of it can be compressed.
    body = chance.randbytes(size // 2) + bytes(size - size // 2)
    return _HEAD.pack(client, number, zlib.crc32(body)) + body


def ack_number(ack: str | bytes) -> int:
    """The number that is acknowledged."""
    if not isinstance(ack, bytes):
        raise TypeError(f"not an acknowledgement: {ack!r}")
    (number,) = _ACK.unpack(ack)
    return int(number)


class Book:
    """The server's application: it books each message of each client once, and acknowledges it.

    booked: how many messages of each client; they were 0, 1, 2, … in this order. again: messages that a client has sent
    again, on another connection. wrong: what must not happen, in words.
    """

    def __init__(self) -> None:
        self.booked: defaultdict[int, int] = defaultdict(int)
        self.again = 0
        self.wrong: list[str] = []

    async def handler(self, ws: WebSocket) -> None:
        """One connection."""
        last = -1
        async for message in ws:
            assert isinstance(message, bytes)
            client, number, checksum = _HEAD.unpack_from(message)
            if zlib.crc32(message[_HEAD.size :]) != checksum:
                self.wrong.append(f"client {client}: message {number} came changed")
            if last >= 0 and number != last + 1:
                # On one connection nothing is lost, doubled, or overtaken.
                self.wrong.append(f"client {client}: {number} came after {last} on one connection")
            last = number
            if number == self.booked[client]:
                self.booked[client] += 1
            elif number < self.booked[client]:
                self.again += 1
            else:
                self.wrong.append(f"client {client}: {number} came, but {self.booked[client]} did not")
            await ws.send(_ACK.pack(number))
