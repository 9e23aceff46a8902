import functools

import trio

import rawws.trio

routes = rawws.trio.Routes()


@routes.at("/rooms/{room}/{seat:int}")
async def join(ws, room, seat):
    await ws.send(f"{room}, seat {seat}; theme {ws.cookies.get('theme')}, language {ws.header('Accept-Language')}")


async def main():
    async with trio.open_nursery() as nursery:
        server = await nursery.start(functools.partial(rawws.trio.serve, routes, "127.0.0.1", 0))
        url = f"ws://127.0.0.1:{server.port}"
        headers = {"Cookie": "theme=dark", "Accept-Language": "de"}
        async with rawws.trio.connect(f"{url}/rooms/lounge/7", extra_headers=headers) as ws:
            print(await ws.receive())
        try:
            async with rawws.trio.connect(f"{url}/kitchen"):
                pass
        except rawws.trio.Rejected as exc:
            print(exc.status_code, exc.body)
        nursery.cancel_scope.cancel()


trio.run(main)
