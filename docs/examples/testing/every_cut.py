"""The same octets at every cut: a network may join and cut them as it likes, and nothing may depend on it."""

from rawws.core.connection import SERVER, Connection
from rawws.testing.cuts import cuttings
from rawws.testing.frames import more, ping, text
from rawws.testing.outcome import run

frames = [text("hel", fin=False), ping(b"?"), more("lo €", fin=True), text(b"\xff")]
octets = [frame.to("server") for frame in frames]
borders = [sum(map(len, octets[:count])) for count in range(len(octets))]

outcomes = {run(Connection(SERVER), pieces) for pieces in cuttings(b"".join(octets), borders=borders)}

# `run` joins what one message was cut into, so that all outcomes are equal: events, failure, state and offset.
[outcome] = outcomes
print(outcome.messages)
print(outcome.failure)
