import functools

import trio

import rawws.trio
from rawws.core.reconnect import ReconnectPolicy


async def echo(ws):
    async for message in ws:
        await ws.send(message)


async def start(nursery, port):
    serve = functools.partial(rawws.trio.serve, echo, "127.0.0.1", port, readiness_path="/readyz")
    return await nursery.start(serve)


async def main():
    async with trio.open_nursery() as nursery:
        server = await start(nursery, 0)
        port = server.port
        policy = ReconnectPolicy(first_delay=0.1)
        async with rawws.trio.reconnect(f"ws://127.0.0.1:{port}/", policy=policy) as sessions:
            ws = await anext(sessions)
            # Of many connections, each would have its own moment within these seconds.
            async with trio.open_nursery() as draining:
                draining.start_soon(functools.partial(server.drain, 0.5, retry_after=1))
                try:
                    await ws.receive()
                except trio.BrokenResourceError as exc:
                    print(exc)
            server = await start(nursery, port)
            ws = await anext(sessions)
            await ws.send("back again")
            print(await ws.receive())
        nursery.cancel_scope.cancel()


trio.run(main)
