import functools

import trio

import rawws.trio


def choose(offered, request):
    """Of what the client offers, whatever this path speaks."""
    speaks = "chat.v2" if request.path == "/chat" else "feed"
    return speaks if speaks in offered else None


async def tell(ws):
    await ws.send(f"{ws.remote_address[0]} speaks {ws.subprotocol}")


async def main():
    async with trio.open_nursery() as nursery:
        serve = functools.partial(
            rawws.trio.serve,
            tell,
            "127.0.0.1",
            0,
            origins=["https://example.com", "https://*.example.com"],
            trusted_proxies=["127.0.0.1"],
            subprotocols=choose,
        )
        server = await nursery.start(serve)
        connect = functools.partial(
            rawws.trio.connect,
            f"ws://127.0.0.1:{server.port}/chat",
            subprotocols=["chat.v1", "chat.v2"],
            extra_headers={"X-Forwarded-For": "203.0.113.9"},
        )
        async with connect(origin="https://www.example.com") as ws:
            print(await ws.receive())
        try:
            async with connect(origin="https://example.com.evil.example"):
                pass
        except rawws.trio.Rejected as exc:
            print(exc.status_code, exc.body)
        nursery.cancel_scope.cancel()


trio.run(main)
