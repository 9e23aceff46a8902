import functools

import trio

import rawws.trio

routes = rawws.trio.Routes()
users: rawws.trio.Registry[str] = rawws.trio.Registry()


@routes.at("/{user}")
async def talk(ws, user):
    with users.entered(user, ws):
        await ws.send("welcome")
        async for message in ws:
            to, _, text = message.partition(": ")
            rawws.trio.broadcast(users[to], f"{user} says {text}")


async def main():
    async with trio.open_nursery() as nursery:
        server = await nursery.start(functools.partial(rawws.trio.serve, routes, "127.0.0.1", 0))
        url = f"ws://127.0.0.1:{server.port}"
        async with rawws.trio.connect(f"{url}/alice") as alice, rawws.trio.connect(f"{url}/bob") as bob:
            print(await alice.receive(), await bob.receive())
            await alice.send("bob: good morning")
            print(await bob.receive())
            print(len(server.connections), "connections,", server.counts.opened, "so far")
        nursery.cancel_scope.cancel()


trio.run(main)
