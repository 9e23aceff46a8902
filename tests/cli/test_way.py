"""`rawws connect` through what stands between: proxies, redirects, Unix sockets, certificates that are asked for."""

from __future__ import annotations

import base64
import functools
import ssl
import subprocess
from pathlib import Path
from typing import Any

import trio
import trustme

import rawws.trio
from rawws.trio import HTTPRequest, HTTPResponse, WebSocket

from tests.cli.running import DEADLINE, run
from tests.trio.peer import HOST
from tests.trio.proxies import http_proxy, socks_proxy
from tests.trio.running import in_trio, serving

BASIC = "Basic " + base64.b64encode(b"me:s3cret").decode()


async def whoami(ws: WebSocket) -> None:
    """Tell the client what it asked for, and as whom."""
    fields = {name.lower(): value for name, value in ws.request.extra_headers}
    await ws.send(f"{ws.request.target} {bytes(fields.get(b'authorization', b'-')).decode()}")


async def connect(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `rawws connect … --expect 1` beside this trio run."""
    call: Any = functools.partial(run, "connect", *arguments, "--expect", "1", variables=variables)
    return await trio.to_thread.run_sync(call)


def said(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    """What came of a command."""
    return done.returncode, done.stdout, done.stderr


@in_trio(DEADLINE)
async def test_through_proxies() -> None:
    """--proxy and the environment lead through a proxy; `none` leads past the environment's."""
    async with serving(whoami) as server, http_proxy(wants=BASIC.encode()) as http, socks_proxy() as socks:
        url = f"ws://server.example:{server.port}/x"
        proxy = f"http://me:s3cret@{HOST}:{http.port}"
        assert said(await connect(url, "--proxy", proxy)) == (0, "/x -\n", "")
        assert said(await connect(url, "--proxy", f"socks5h://{HOST}:{socks.port}")) == (0, "/x -\n", "")
        assert said(await connect(url, https_proxy=proxy)) == (0, "/x -\n", "")
        done = await connect(url, "--proxy", proxy.replace("s3cret", "s4cret"))
        where = f"http://{HOST}:{http.port}"
        assert said(done) == (2, "", f"rawws: the proxy {where} refused the connection with HTTP status 407\n")
        assert len(http.targets) == 3
        # This host, by an address that is not one of the loopback's.
        url = f"ws://0.0.0.0:{server.port}/y"
        assert said(await connect(url, "--proxy", "none", https_proxy=proxy)) == (0, "/y -\n", "")
        assert len(http.targets) == 3


@in_trio(DEADLINE)
async def test_credentials_and_redirects() -> None:
    """Credentials in the URL are sent; redirects are followed, as many as --max-redirects says."""

    def away(request: HTTPRequest) -> HTTPResponse | None:
        return HTTPResponse(302, b"", [(b"Location", b"/b")]) if request.path == "/a" else None

    async with serving(whoami, on_request=away) as server:
        url = f"ws://me:s3cret@{HOST}:{server.port}/a"
        assert said(await connect(url)) == (0, f"/b {BASIC}\n", "")
        done = await connect(url, "--max-redirects", "0")
        assert said(done) == (2, "", "rawws: the server refused the connection: 302 Found\n")


@in_trio(DEADLINE)
async def test_over_a_unix_socket(tmp_path: Path) -> None:
    """--unix goes over a Unix socket."""
    async with trio.open_nursery() as nursery:
        serve = functools.partial(rawws.trio.serve, whoami, None, 0, unix_path=tmp_path / "s")
        await nursery.start(serve)
        assert said(await connect("ws://localhost/x", "--unix", str(tmp_path / "s"))) == (0, "/x -\n", "")
        nursery.cancel_scope.cancel()


@in_trio(DEADLINE)
async def test_certificates_of_clients_and_other_names(tmp_path: Path) -> None:
    """--cert and --key show a certificate to a server that wants one; --server-name says what its own one says."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    authority.issue_cert("elsewhere.example").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    mine = authority.issue_cert("me@example.com")
    mine.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    mine.private_key_pem.write_to_path(tmp_path / "key.pem")
    mine.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    async with serving(whoami, ssl_context=context) as server:
        known = [f"wss://{HOST}:{server.port}/x", "--ca", str(tmp_path / "ca.pem")]
        known += ["--server-name", "elsewhere.example"]
        ways = [["--cert", "both.pem"], ["--cert", "cert.pem", "--key", "key.pem"]]
        for way in ways:
            files = [word if word.startswith("--") else str(tmp_path / word) for word in way]
            assert said(await connect(*known, *files)) == (0, "/x -\n", "")
        done = await connect(*known)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        done = await connect(*known[:-2], "--cert", str(tmp_path / "both.pem"))
        assert "is not trusted" in done.stderr
