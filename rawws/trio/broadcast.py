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
    from collections.abc import Callable, Iterable

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
    # Each once: what is left of a frame that the kernel took in part is queued behind all of them.
    unique = connections if isinstance(connections, (frozenset, set)) else dict.fromkeys(connections)
    return deliver(unique, prepared)[0]


def deliver(
    connections: Iterable[WebSocket], prepared: PreparedMessage
) -> tuple[list[WebSocket], list[WebSocket]]:
    """As `broadcast`, with a message that has been prepared; who was left out, and who has gone.

    connections: each only once.
    """
    slow: list[WebSocket] = []
    gone: list[WebSocket] = []
    express: list[WebSocket] = []
    sends: list[Callable[[bytes], int]] = []
    size = prepared.size
    for websocket in connections:
        writer = websocket._writer  # noqa: SLF001  a property costs a call for each delivery
        send = writer.express
        if send is not None and size < writer.express_below:
            express.append(websocket)
            sends.append(send)
            continue
        try:
            if not websocket.offer(prepared):
                slow.append(websocket)
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            gone.append(websocket)
    if sends:
        _send_express(express, sends, prepared, gone)
    return slow, gone


def _send_express(
    websockets: list[WebSocket], sends: list[Callable[[bytes], int]], prepared: PreparedMessage, gone: list[WebSocket]
) -> None:
    """Write the plain frame straight to sockets that have nothing else to write.

    The kernel empties the caches at each turn of the loop, so nothing is looked at there but what sends: what is to be
    known of a connection was gathered before, and what came of it is noted behind.
    """
    frame, length = prepared.plain, len(prepared.message)
    octets = len(frame)
    odd: dict[int, int | OSError] = {}
    for number, send in enumerate(sends):
        try:
            taken = send(frame)
        except BlockingIOError:
            odd[number] = 0
        except OSError as exc:
            odd[number] = exc
        else:
            if taken != octets:
                odd[number] = taken
    for websocket in websockets:
        writer = websocket._writer  # noqa: SLF001  (see above)
        writer.taken += octets
        writer.express_messages += 1
        writer.express_length += length
    for number, outcome in odd.items():
        writer = websockets[number]._writer  # noqa: SLF001  (see above)
        if isinstance(outcome, OSError):
            writer.fail(outcome)
            gone.append(websockets[number])
        else:
            writer.taken -= octets - outcome
            writer.write_rest(frame, outcome)
