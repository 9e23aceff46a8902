"""A driver with a client of `picows`: picows_client.py URL."""

from __future__ import annotations

import asyncio
import sys

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect
from picows_echo import LARGEST, Echo

AGENT = "picows"


class Answer(WSListener):
    """Keeps the text that a server says."""

    text = ""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One frame has come."""
        if frame.msg_type is WSMsgType.TEXT:
            self.text = frame.get_payload_as_utf8_text()
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.send_close()
            transport.disconnect()


async def ask(url: str) -> str:
    """What a path answers."""
    transport, listener = await ws_connect(Answer, url)
    await transport.wait_disconnected()
    assert isinstance(listener, Answer)
    return listener.text


async def main(url: str) -> None:
    """Play all cases, then ask for the reports."""
    count = int(await ask(f"{url}/getCaseCount"))
    for case in range(1, count + 1):
        try:
            target = f"{url}/runCase?case={case}&agent={AGENT}"
            transport, _listener = await ws_connect(Echo, target, max_frame_size=LARGEST)
            await transport.wait_disconnected()
        except (WSError, OSError):
            pass  # the tester has seen it
    await ask(f"{url}/updateReports?agent={AGENT}")


asyncio.run(main(sys.argv[1]))
