import functools
import ssl

import trio
import trustme  # makes certificates for tests

import rawws.trio

authority = trustme.CA()


def server_context():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED  # clients show certificates, too
    return context


def client_context():
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=authority.cert_pem.bytes().decode())  # or cafile="authority.pem"
    authority.issue_cert("me@example.com").configure_cert(context)  # or context.load_cert_chain("me.pem")
    return context


async def greet(ws):
    await ws.send("hello")


async def main():
    async with trio.open_nursery() as nursery:
        serve = functools.partial(rawws.trio.serve, greet, "127.0.0.1", 0, ssl_context=server_context())
        server = await nursery.start(serve)
        url = f"wss://127.0.0.1:{server.port}/"
        async with rawws.trio.connect(url, ssl_context=client_context()) as ws:
            print(await ws.receive())
        try:
            async with rawws.trio.connect(url):  # trusts the system's authorities, and shows no certificate
                pass
        except rawws.trio.ConnectError as error:
            print(type(error.__cause__).__name__)
        nursery.cancel_scope.cancel()


trio.run(main)
