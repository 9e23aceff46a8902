"""A network that breaks in the middle of a message."""

from rawws.testing import SessionPair

pair = SessionPair()
pair.client.send("arrives")
pair.client.send("is lost on the way")
pair.flush()

# Three octets at a time, and only so many of them.
pair.to_server.break_after(20)
received = []
while not pair.to_server.quiet:
    received += pair.deliver("server", 3)
print(received)
print(pair.server.ended)
