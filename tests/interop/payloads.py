"""The messages that every pair of peers exchanges."""

from __future__ import annotations

import random

#: A little less than the limit of a message that `rawws` and `websockets` have by default: deflate makes what it cannot
#: compress a little longer, and `websockets` holds what comes to its limit before it inflates.
ALMOST_1_MIB = 1024 * 1024 - 4096


def octets(size: int) -> bytes:
    """As many octets, the same in every run, that deflate cannot make smaller."""
    return random.Random(size).randbytes(size)


#: The lengths on both sides of each form of a frame's length (RFC 6455 §5.2), and texts of every kind.
MESSAGES: dict[str, str | bytes] = {
    "ASCII": "hello",
    "one to four octets a character": "Grüße, κόσμε, 世界, 🌍",
    "empty text": "",
    "long text": "von 1 bis 🌍: " + "".join(f"{number} € · " for number in range(12_000)),
    "U+0000 and U+10FFFF": "\x00\U0010ffff",
    **{f"{size} octets": octets(size) for size in (0, 1, 125, 126, 65_535, 65_536, ALMOST_1_MIB)},
    "ASCII again": "hello",
}

#: Messages in fragments; characters are not cut, since some APIs take fragments as str.
FRAGMENTS: dict[str, list[str] | list[bytes]] = {
    "text": ["Grü", "ße, ", "", "κόσμε"],
    "binary": [b"", octets(125), octets(126), octets(70_000)],
    "many": [bytes([number % 256]) for number in range(300)],
}

#: Well compressed by deflate, and too long for a single read.
COMPRESSIBLE = "a text that says the same again, " * 8_000

#: Codes and reasons of a Close that applications may send (RFC 6455 §7.4); the last reason is as long as can be.
CLOSES = [(1000, ""), (1001, "going away"), (1011, "unexpected"), (3000, "Grüße 🌍"), (4999, "x" * 123)]
