import functools
import http.client
import logging
import sys

import trio

import rawws.trio
from rawws.trio.metrics import Metrics


class Fields(logging.Formatter):
    def format(self, record):
        return f"log: {record.event} {record.status}"


async def echo(ws):
    async for message in ws:
        await ws.send(message)


def read(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


async def main():
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Fields())
    logging.getLogger("rawws.server").addHandler(handler)
    logging.getLogger("rawws.server").setLevel(logging.INFO)
    metrics = Metrics()
    async with trio.open_nursery() as nursery:
        serve = functools.partial(rawws.trio.serve, echo, "127.0.0.1", 0, on_request=metrics, readiness_path="/readyz")
        server = await nursery.start(serve)
        metrics.add(server)
        url = f"ws://127.0.0.1:{server.port}/"
        async with rawws.trio.connect(url) as ws:
            await ws.send("hello")
            await ws.receive()
            try:
                async with rawws.trio.connect(url, origin="https://elsewhere.example"):
                    pass
            except rawws.trio.Rejected:
                pass
            text = await trio.to_thread.run_sync(read, server.port, "/metrics")
            print(*(line for line in text.splitlines() if line.startswith("rawws_handshakes")), sep="\n")
            print(await trio.to_thread.run_sync(read, server.port, "/readyz"), end="")
        nursery.cancel_scope.cancel()


trio.run(main)
