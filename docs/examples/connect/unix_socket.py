import functools

import trio

import rawws.trio


async def greet(ws):
    await ws.send("hello")


async def main():
    async with trio.open_nursery() as nursery:
        await nursery.start(functools.partial(rawws.trio.serve, greet, None, 0, unix_path="greeter.socket"))
        async with rawws.trio.connect("ws://localhost/", unix_path="greeter.socket") as ws:
            print(await ws.receive())
        nursery.cancel_scope.cancel()


trio.run(main)
