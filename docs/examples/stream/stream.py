import functools

import trio

import rawws.trio
from rawws.core import Limits

LIMITS = Limits(max_message_bytes=None)


async def count(ws):
    total = 0
    async for chunk in ws.receive_stream():  # bytes for binary, str for text
        total += len(chunk)
    await ws.send(f"{total:,} octets in one message")


async def chunks():
    for _ in range(1000):
        yield b"x" * 10_000


async def main():
    async with trio.open_nursery() as nursery:
        server = await nursery.start(functools.partial(rawws.trio.serve, count, "127.0.0.1", 0, limits=LIMITS))
        async with rawws.trio.connect(f"ws://127.0.0.1:{server.port}/") as ws:
            await ws.send_stream(chunks())
            print(await ws.receive())
        nursery.cancel_scope.cancel()


trio.run(main)
