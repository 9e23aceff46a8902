import trio
import trio.testing

import rawws.trio


async def greet(ws):
    await ws.send("hello")


async def main():
    # Any trio.abc.Stream: a tunnel, a process's standard input and output, or, as here, memory.
    here, there = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rawws.trio.serve_stream, greet, there)
        async with rawws.trio.connect("ws://localhost/", stream=here) as ws:
            print(await ws.receive())


trio.run(main)
