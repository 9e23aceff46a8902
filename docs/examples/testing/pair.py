"""Both ends of a connection in memory: no socket, no port, no event loop."""

from rawws.core.events import AcceptConnection, Request, TextMessage
from rawws.testing import Pair, SessionPair, open_pair

# Message by message, as a transport sees it. `exchange` carries octets to and fro until nobody has any.
pair = SessionPair()
pair.client.send("hello")
pair.client.send(b"\x00\x01")
print(pair.exchange().server)

pair.server.close(1001, "going home", now=pair.clock())
pair.exchange()
print(pair.client.ended)

# Event by event, as an embedder of wsproto sees it; the opening handshake is part of the test.
ends = Pair()
ends.send("client", Request(host="example.com", target="/chat", subprotocols=["v1", "v2"]))
print(ends.receive("server")[0].subprotocols)
ends.send("server", AcceptConnection(subprotocol="v2"))
print(ends.receive("client")[0].subprotocol)

# Or behind an opening handshake that is of no concern here.
ends = open_pair()
ends.send("client", TextMessage(data="hello"))
print(ends.receive("server")[0].data)
