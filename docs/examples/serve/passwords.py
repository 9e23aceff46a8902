import functools

import trio

import rawws.trio
from rawws.core.basic_auth import parse_basic


async def greet(ws):
    credentials = parse_basic(ws.header("Authorization"))
    await ws.send("hello, " + (credentials.user if credentials else "stranger"))


async def main():
    auth = rawws.trio.BasicAuth({"alice": "correct horse"}, realm="the lounge")
    async with trio.open_nursery() as nursery:
        serve = functools.partial(rawws.trio.serve, greet, "127.0.0.1", 0, on_request=auth)
        server = await nursery.start(serve)
        async with rawws.trio.connect(f"ws://alice:correct%20horse@127.0.0.1:{server.port}/") as ws:
            print(await ws.receive())
        try:
            async with rawws.trio.connect(f"ws://alice:guess@127.0.0.1:{server.port}/"):
                pass
        except rawws.trio.Rejected as exc:
            print(exc.status_code)
        nursery.cancel_scope.cancel()


trio.run(main)
