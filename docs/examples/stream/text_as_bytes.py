import functools
import json

import trio

import rawws.trio


async def add(ws):
    async for message in ws:  # bytes, which are valid UTF-8
        await ws.send(str(sum(json.loads(message))))


async def main():
    async with trio.open_nursery() as nursery:
        server = await nursery.start(functools.partial(rawws.trio.serve, add, "127.0.0.1", 0, text_as_bytes=True))
        async with rawws.trio.connect(f"ws://127.0.0.1:{server.port}/") as ws:
            await ws.send("[1, 2, 3]")
            print(await ws.receive())
        nursery.cancel_scope.cancel()


trio.run(main)
