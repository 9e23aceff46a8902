"""Who is measured: each a server program of its own in `servers/`, with the settings that suit it best."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """A server.

    name: for tables and the command line. module: its program. settings: what was chosen for it, in words.
    needs: what must be installed. plain, deflate, tls: whether it takes part without permessage-deflate (some differ by
    nothing else), with it, and over TLS. broadcast: whether it can send what comes to everybody. raw: it gives back the
    octets that come, masked as they are: a floor, not a WebSocket.
    """

    name: str
    module: str
    settings: str
    needs: tuple[str, ...] = ()
    plain: bool = True
    deflate: bool = True
    tls: bool = True
    broadcast: bool = False
    raw: bool = False


CONTENDERS = (
    Contender("raw-trio", "raw_trio", "wait_readable, recv, send; echoes octets", deflate=False, tls=False, raw=True),
    Contender("raw-epoll", "raw_epoll", "epoll, recv, send; echoes octets", deflate=False, tls=False, raw=True),
    Contender("rawws", "rawws_handler", "defaults; compression off where the row is without; zlib", broadcast=True),
    Contender("rawws-callback", "rawws_callback", "the same, with on_message", broadcast=True),
    Contender("rawws-isal", "rawws_isal", "the same as rawws, with the extra `fast`: isal", ("isal",), plain=False),
    Contender(
        "raw-uvloop", "raw_uvloop", "asyncio.Protocol; echoes octets", ("uvloop",), deflate=False, tls=False, raw=True
    ),
    Contender(
        "picows-uvloop",
        "picows_uvloop",
        "payload as a memoryview; no assembly, no UTF-8 check, no keepalive; with aiofastnet, its default",
        ("picows", "uvloop"),
        deflate=False,
        broadcast=True,
    ),
    Contender("websockets", "websockets_asyncio", "no keepalive", ("websockets",), broadcast=True),
    Contender("websockets-uvloop", "websockets_uvloop", "no keepalive", ("websockets", "uvloop"), broadcast=True),
    Contender("websockets-trio", "websockets_trio", "no keepalive", ("websockets",), broadcast=True),
    Contender("trio-websocket", "trio_websocket", "reads of 64 KiB", ("trio_websocket",), deflate=False),
    Contender("aiohttp", "aiohttp_asyncio", "no access log", ("aiohttp",), broadcast=True),
    Contender("aiohttp-uvloop", "aiohttp_uvloop", "no access log", ("aiohttp", "uvloop"), broadcast=True),
    Contender(
        "aiohttp-uvloop-isal",
        "aiohttp_isal",
        "the same, with isal as its backend for zlib",
        ("aiohttp", "uvloop", "isal"),
        plain=False,
    ),
)

BY_NAME = {contender.name: contender for contender in CONTENDERS}
