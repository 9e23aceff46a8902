import functools
import ssl
import tempfile
from pathlib import Path

import trio
import trustme  # makes certificates to play with

import rawws.trio

authority = trustme.CA()


def issue(file, name):
    certificate = authority.issue_cert("127.0.0.1", organization_name=name)
    certificate.private_key_and_cert_chain_pem.write_to_path(file)


async def shown(port):
    """The name in the certificate that the server shows."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    stream = trio.SSLStream(await trio.open_tcp_stream("127.0.0.1", port), context, server_hostname="127.0.0.1")
    async with stream:
        await stream.do_handshake()
        return dict(part[0] for part in stream.getpeercert()["subject"])["organizationName"]


async def echo(ws):
    async for message in ws:
        await ws.send(message)


async def main():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "certificate-and-key.pem")
        issue(file, "the first")
        files = rawws.trio.CertificateFiles(file)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(files.watch, 60.0)  # looks once a minute whether somebody has renewed it
            server = await nursery.start(functools.partial(rawws.trio.serve, echo, "127.0.0.1", 0, ssl_context=files))
            print(await shown(server.port))
            issue(file, "the second")
            files.reload()  # at once, as for a signal
            print(await shown(server.port))
            nursery.cancel_scope.cancel()


trio.run(main)
