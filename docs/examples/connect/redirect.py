import functools

import trio

import rawws.trio
from rawws.core import Limits


async def greet(ws):
    await ws.send(f"this is {ws.request.target}")


def move(request):
    if request.path == "/old":
        return rawws.trio.HTTPResponse(301, headers=[(b"Location", b"/new")])
    return None


async def main():
    async with trio.open_nursery() as nursery:
        server = await nursery.start(functools.partial(rawws.trio.serve, greet, "127.0.0.1", 0, on_request=move))
        url = f"ws://127.0.0.1:{server.port}/old"
        async with rawws.trio.connect(url) as ws:
            print(await ws.receive())
        try:
            async with rawws.trio.connect(url, limits=Limits(max_redirects=0)):
                pass
        except rawws.trio.Rejected as refusal:
            print(refusal.status_code, dict(refusal.headers)[b"location"])
        nursery.cancel_scope.cancel()


trio.run(main)
