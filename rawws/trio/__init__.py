"""WebSocket on trio, over raw non-blocking sockets.

    async with rawws.trio.connect("ws://localhost:8765/") as ws:
        await ws.send("hello")
        print(await ws.receive())

    async def echo(ws):
        async for message in ws:
            await ws.send(message)

    trio.run(rawws.trio.serve, echo, "127.0.0.1", 8765)
"""

from __future__ import annotations

try:
    import trio as _trio  # noqa: F401  is it there?
except ImportError as exc:  # pragma: no cover - shown by the test that installs the bare package
    raise ImportError("rawws.trio needs trio: pip install rawws[trio]") from exc

from rawws.core.origin_policy import ANY_ORIGIN, SAME_ORIGIN
from rawws.core.proxy import InvalidProxy
from rawws.core.url import InvalidURL
from rawws.trio.basic_auth import BasicAuth
from rawws.trio.broadcast import broadcast
from rawws.trio.broadcaster import Broadcaster, Slow
from rawws.trio.callbacks import OnMessage
from rawws.trio.certificates import CertificateFiles
from rawws.trio.connect import connect
from rawws.trio.errors import (
    ConnectError,
    GaveUp,
    InvalidHandshake,
    OpenTimeout,
    ProxyError,
    RedirectRefused,
    Rejected,
)
from rawws.trio.http import HTTPRequest, HTTPResponse
from rawws.trio.reconnect import OnOpen, Phase, Sessions, State, reconnect
from rawws.trio.registry import Registry
from rawws.trio.routes import Routes
from rawws.trio.serve import serve, serve_stream
from rawws.trio.server import Server
from rawws.trio.websocket import WebSocket

__all__ = [
    "ANY_ORIGIN",
    "SAME_ORIGIN",
    "BasicAuth",
    "Broadcaster",
    "CertificateFiles",
    "ConnectError",
    "GaveUp",
    "HTTPRequest",
    "HTTPResponse",
    "InvalidHandshake",
    "InvalidProxy",
    "InvalidURL",
    "OnMessage",
    "OnOpen",
    "OpenTimeout",
    "Phase",
    "ProxyError",
    "RedirectRefused",
    "Registry",
    "Rejected",
    "Routes",
    "Server",
    "Sessions",
    "Slow",
    "State",
    "WebSocket",
    "broadcast",
    "connect",
    "reconnect",
    "serve",
    "serve_stream",
]
