"""A peer that breaks a rule on purpose, and a server of one's own that has to notice."""

from rawws.core import ConnectionType, WSConnection
from rawws.core.events import AcceptConnection, CloseConnection, Ping, Request, TextMessage
from rawws.testing import Expects, ExpectsClose, ExpectsEnd, Frame, Opens, ScriptedPeer, Sends, UnexpectedError, play
from rawws.testing.frames import ping, pong, text


class ShoutingServer:
    """What is tested: it answers every text in capitals. It is a transport without its socket."""

    def __init__(self):
        self.ws = WSConnection(ConnectionType.SERVER)
        self.out = []
        self.closed = False

    def receive(self, data):
        if self.closed:
            return
        self.ws.receive_data(data)
        for event in self.ws.events():
            if isinstance(event, Request):
                self.out.append(self.ws.send(AcceptConnection()))
            elif isinstance(event, TextMessage):
                self.out.append(self.ws.send(TextMessage(data=event.data.upper())))
            elif isinstance(event, Ping):
                self.out.append(self.ws.send(event.response()))
            elif isinstance(event, CloseConnection):
                self.out.append(self.ws.send(event.response()))
                self.closed = True

    def take(self):
        """What goes to the network: octets, b"" for nothing now, None at the end."""
        if self.out:
            return self.out.pop(0)
        return None if self.closed else b""


no_such_opcode = Frame(first=0x83)
script = [
    Opens(target=b"/shout"),
    Sends(text("hello"), ping(b"still there?")),
    Expects(text("HELLO"), pong(b"still there?")),
    Sends(no_such_opcode),
    ExpectsClose(1002),
    ExpectsEnd(),
]
server = ShoutingServer()
play(ScriptedPeer("client", script), receive=server.receive, take=server.take)
print("the script went through")

server = ShoutingServer()
try:
    play(
        ScriptedPeer("client", [Opens(), Sends(text("ß")), Expects(text("ß"))]),
        receive=server.receive,
        take=server.take,
    )
except UnexpectedError as exc:
    print(exc)
