import functools
import tempfile
from pathlib import Path

import trio

import rawws.trio


async def echo(ws):
    async for message in ws:
        await ws.send(message)


async def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "echo.socket")
        async with trio.open_nursery() as nursery:
            await nursery.start(functools.partial(rawws.trio.serve, echo, None, 0, unix_path=path))
            async with rawws.trio.connect("ws://localhost/", unix_path=path) as ws:
                await ws.send("over a file")
                print(await ws.receive())
            nursery.cancel_scope.cancel()


trio.run(main)
