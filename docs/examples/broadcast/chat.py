import functools

import trio

import rawws.trio


async def main():
    async with trio.open_nursery() as nursery, rawws.trio.Broadcaster(slow=rawws.trio.Slow.DROP_OLDEST) as audience:

        async def chat(ws):
            with audience.joined(ws):
                await ws.send("welcome")
                async for message in ws:
                    await audience.send(message)

        server = await nursery.start(functools.partial(rawws.trio.serve, chat, "127.0.0.1", 0))
        url = f"ws://127.0.0.1:{server.port}/"
        async with rawws.trio.connect(url) as one, rawws.trio.connect(url) as other:
            print(await one.receive(), await other.receive())
            await one.send("hello, everybody")
            print("one:", await one.receive())
            print("other:", await other.receive())
        nursery.cancel_scope.cancel()


trio.run(main)
