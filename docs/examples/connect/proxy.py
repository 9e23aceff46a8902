import functools

import trio

import rawws.trio


async def proxy(client):
    """A proxy for CONNECT, as small as can be: what is asked for, it opens and passes on."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += await client.receive_some()
    print(head.split(b"\r\n")[0].decode().rpartition(":")[0])
    _, _, port = head.split(b" ")[1].decode().rpartition(":")
    async with await trio.open_tcp_stream("127.0.0.1", int(port)) as server, trio.open_nursery() as nursery:
        await client.send_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        nursery.start_soon(pass_on, server, client)
        await pass_on(client, server)
        nursery.cancel_scope.cancel()


async def pass_on(source, sink):
    async for data in source:
        await sink.send_all(data)


async def greet(ws):
    await ws.send("hello from behind the proxy")


async def main():
    async with trio.open_nursery() as nursery:
        server = await nursery.start(functools.partial(rawws.trio.serve, greet, "127.0.0.1", 0))
        [listener] = await nursery.start(functools.partial(trio.serve_tcp, proxy, 0, host="127.0.0.1"))
        where = listener.socket.getsockname()[1]
        url = f"ws://only-the-proxy-knows.example:{server.port}/"
        async with rawws.trio.connect(url, proxy=f"http://127.0.0.1:{where}") as ws:
            print(await ws.receive())
        nursery.cancel_scope.cancel()


trio.run(main)
