"""Tools to test what is built on rawws: without a socket, without a clock, at every cut.

| module       | what it gives                                                                             |
|--------------|-------------------------------------------------------------------------------------------|
| `pair`       | both ends of a connection in memory, event by event or message by message                 |
| `peer`       | a peer that plays a script, right or wrong, and says where the other end departs from it  |
| `cuts`       | ways of cutting a stream of octets                                                        |
| `outcome`    | what an endpoint made of a stream, as far as no cut may change it                         |
| `clock`      | time that passes when a test says so                                                      |
| `wire`       | a network connection in memory that holds back, cuts, loses and ends                      |
| `frames`     | frames as octets, right and wrong ones, without the core's help                           |
| `handshake`  | the opening handshake as octets, likewise                                                 |
| `strategies` | what hypothesis can make of all this (extra `testing`); it is not imported here           |

docs/how-to/test-your-application.md shows each of them at work.
"""

from __future__ import annotations

from rawws.testing.clock import VirtualClock
from rawws.testing.cuts import Chunk, Cut
from rawws.testing.frames import Frame, FrameReader, Role, Sent
from rawws.testing.outcome import Outcome, Part, Received
from rawws.testing.pair import Exchanged, Pair, SessionPair, open_pair
from rawws.testing.peer import (
    Ends,
    Expects,
    ExpectsClose,
    ExpectsEnd,
    Opens,
    ScriptedPeer,
    Sends,
    Step,
    UnexpectedError,
    play,
)
from rawws.testing.wire import Wire

__all__ = [
    "Chunk",
    "Cut",
    "Ends",
    "Exchanged",
    "Expects",
    "ExpectsClose",
    "ExpectsEnd",
    "Frame",
    "FrameReader",
    "Opens",
    "Outcome",
    "Pair",
    "Part",
    "Received",
    "Role",
    "ScriptedPeer",
    "Sends",
    "Sent",
    "SessionPair",
    "Step",
    "UnexpectedError",
    "VirtualClock",
    "Wire",
    "open_pair",
    "play",
]
