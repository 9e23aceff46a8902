"""aiohttp on asyncio; without an access log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import WSMsgType, web

from tests.benchmarks.servers.common import BACKLOG, HOST, Options, begin, ready

DEFLATE = web.AppKey("DEFLATE", bool)
CONNECTIONS = web.AppKey("CONNECTIONS", set[web.WebSocketResponse])


async def echo(request: web.Request) -> web.WebSocketResponse:
    """Send back what comes."""
    ws = web.WebSocketResponse(compress=request.app[DEFLATE])
    await ws.prepare(request)
    async for message in ws:
        if message.type is WSMsgType.TEXT:
            await ws.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await ws.send_bytes(message.data)
    return ws


async def everybody(request: web.Request) -> web.WebSocketResponse:
    """Send what comes to everybody."""
    ws = web.WebSocketResponse(compress=request.app[DEFLATE])
    await ws.prepare(request)
    connections = request.app[CONNECTIONS]
    connections.add(ws)
    try:
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                for each in tuple(connections):
                    await each.send_str(message.data)
    finally:
        connections.discard(ws)
    return ws


async def main(options: Options) -> None:
    """Serve until killed."""
    app = web.Application()
    app[DEFLATE] = options.deflate
    app[CONNECTIONS] = set()
    app.router.add_get("/", everybody if options.broadcast else echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0, ssl_context=options.ssl_context(), backlog=BACKLOG)
    await site.start()
    ready(runner.addresses[0][1])
    await asyncio.Event().wait()


def run(runner: Callable[[Coroutine[Any, Any, None]], None]) -> None:
    """Run on the event loop of `runner`."""
    runner(main(begin()))


if __name__ == "__main__":
    run(asyncio.run)
