import functools

import trio

import rawws.trio
from rawws.core import Limits


async def measure(ws):
    async for message in ws:
        await ws.send(f"{len(message)} characters")


async def main():
    limits = Limits(max_message_bytes=1000, max_frame_bytes=600, max_fragments=3)
    async with trio.open_nursery() as nursery:
        server = await nursery.start(functools.partial(rawws.trio.serve, measure, "127.0.0.1", 0, limits=limits))
        for message in (["x" * 500, "x" * 500], ["x" * 601], ["x" * 501, "x" * 500], ["x", "x", "x", "x"]):
            async with rawws.trio.connect(f"ws://127.0.0.1:{server.port}/", compression=False) as ws:
                try:
                    await ws.send_stream(message)
                    print(await ws.receive())
                except trio.BrokenResourceError as error:
                    print(error)
        nursery.cancel_scope.cancel()


trio.run(main)
