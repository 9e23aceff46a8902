import functools

import trio

import rawws.trio


async def greet(ws):
    await ws.send("you are in")


async def main():
    async with trio.open_nursery() as nursery:
        check = rawws.trio.BasicAuth({"me": "p@ss"})
        server = await nursery.start(functools.partial(rawws.trio.serve, greet, "127.0.0.1", 0, on_request=check))
        async with rawws.trio.connect(f"ws://me:p%40ss@127.0.0.1:{server.port}/") as ws:
            print(await ws.receive())
            print(dict(ws.request.extra_headers)[b"Authorization"])
        try:
            async with rawws.trio.connect(f"ws://me:guess@127.0.0.1:{server.port}/"):
                pass
        except rawws.trio.Rejected as refusal:
            print(refusal.status_code)
        nursery.cancel_scope.cancel()


trio.run(main)
