"""Hours in no time: keepalive, timeouts, and what happens to a process that was suspended."""

from rawws.core import Limits
from rawws.testing import SessionPair

pair = SessionPair(limits=Limits(ping_interval=20, ping_timeout=5, close_timeout=10))

# An hour of silence: pings go out when they are due, and are answered.
pair.advance(3600)
print(pair.client.stats.pings_sent, pair.client.latency, pair.client.ended)

# The network takes 2 seconds for each way.
handle = pair.client.ping(now=pair.clock())
pair.flush()
pair.clock.advance(2)
pair.deliver("server")
pair.clock.advance(2)
pair.deliver("client")
print(handle.rtt)

# From here on the server's octets get lost, and nobody says so.
pair.to_client.break_after(0, silently=True)
pair.advance(60)
print(pair.client.ended)
