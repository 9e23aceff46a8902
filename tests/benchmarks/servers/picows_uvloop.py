"""picows on uvloop: a listener whose method is called with each frame.

No copy where it can be avoided: the payload goes back as a view of the buffer that it came in. picows has no
permessage-deflate and puts no fragments together.
"""

from __future__ import annotations

from typing import ClassVar

import picows
import uvloop

from tests.benchmarks.servers.common import BACKLOG, HOST, Options, begin, ready


class Echo(picows.WSListener):
    """Sends back what comes."""

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Echo a message, answer a Close."""
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        else:
            transport.send(frame.msg_type, frame.get_payload_as_memoryview())


class Everybody(picows.WSListener):
    """Sends what comes to everybody."""

    transports: ClassVar[dict[picows.WSTransport, None]] = {}

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """One more."""
        self.transports[transport] = None

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """One less."""
        self.transports.pop(transport, None)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Broadcast a message, answer a Close."""
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        else:
            kind, payload = frame.msg_type, frame.get_payload_as_bytes()
            for each in self.transports:
                each.send(kind, payload)


async def main(options: Options) -> None:
    """Serve until killed."""
    listener = Everybody if options.broadcast else Echo
    server = await picows.ws_create_server(
        lambda _request: listener(), HOST, 0, ssl=options.ssl_context(), backlog=BACKLOG
    )
    ready(server.sockets[0].getsockname()[1])
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(begin()))
