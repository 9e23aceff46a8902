"""One message for everybody who is there: encoded once, compressed once, sent to thousands.

    async def chat(ws):
        async for message in ws:
            rawws.trio.broadcast(server.connections, message)

`broadcast` sends at once to whoever takes it, and waits for nobody. A `Broadcaster` decides what becomes of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from rawws.core.prepared import PreparedMessage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rawws.trio.websocket import WebSocket


def broadcast(
    connections: Iterable[WebSocket], message: str | bytes | bytearray | memoryview, *, compress: bool | None = None
) -> list[WebSocket]:
    """Send one message to many connections, now; gives those that were left out, since too much waits for them already.

    connections: servers'; on a client's the frame is masked, and so made anew (6455-5.1-1). Those that have ended are
    passed over. compress: whether to compress, where that was agreed on; None: as permessage-deflate sees fit.

    Raises rawws.core.errors.WrongType or WrongValue (LocalProtocolError, too) for what cannot be sent.
    """
    prepared = PreparedMessage(message, compress)
    return deliver(connections, prepared)[0]


def deliver(connections: Iterable[WebSocket], prepared: PreparedMessage) -> tuple[list[WebSocket], list[WebSocket]]:
    """As `broadcast`, with a message that has been prepared; who was left out, and who has gone."""
    slow = []
    gone = []
    frame, size, length = prepared.plain, prepared.size, len(prepared.message)
    octets = len(frame)
    for websocket in connections:
        writer = websocket._writer  # noqa: SLF001  a property costs a call for each delivery
        express = writer.express
        if express is not None and size < writer.express_below:
            # The short way. Each object that is looked at is a cache miss here: the kernel has been at work in between.
            try:
                taken = express(frame)
            except BlockingIOError:
                taken = 0
            except OSError as exc:
                writer.fail(exc)
                gone.append(websocket)
                continue
            writer.taken += taken
            writer.express_messages += 1
            writer.express_length += length
            if taken < octets:
                writer.write_rest(frame, taken)
            continue
        try:
            if not websocket.offer(prepared):
                slow.append(websocket)
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            gone.append(websocket)
    return slow, gone
