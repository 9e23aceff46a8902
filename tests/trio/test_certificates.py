"""A server's certificate is renewed while the server runs."""

from __future__ import annotations

import logging
import os
import ssl
from pathlib import Path

import pytest
import trio
import trustme

import rawws.trio
from rawws.trio import CertificateFiles
from rawws.trio.certificates import default_server_context

from tests.trio.peer import HOST
from tests.trio.running import echo, eventually, in_trio, serving


class Authority:
    """Issues certificates into two files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.certificate, self.key = folder / "certificate.pem", folder / "key.pem"
        self._authority = trustme.CA()
        self.client = ssl.create_default_context()
        self._authority.configure_trust(self.client)
        self._issued = 0
        self.issue()

    def issue(self) -> None:
        """Write a new certificate and its key in place of those before; as a careful tool does, each file at once."""
        self._issued += 1
        issued = self._authority.issue_cert(HOST, organization_name=f"number {self._issued}")
        for file, octets in (
            (self.certificate, issued.cert_chain_pems[0].bytes()),
            (self.key, issued.private_key_pem.bytes()),
        ):
            new = file.with_suffix(".new")
            new.write_bytes(octets)
            os.replace(new, file)  # noqa: PTH105  one step

    async def number(self, port: int) -> str:
        """Which certificate the server at `port` shows."""
        stream = trio.SSLStream(await trio.open_tcp_stream(HOST, port), self.client, server_hostname=HOST)
        async with stream:
            await stream.do_handshake()
            subject = dict(field[0] for field in stream.getpeercert()["subject"])
            return str(subject["organizationName"])


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority that has issued the first certificate."""
    return Authority(tmp_path)


@in_trio()
async def test_a_reload(authority: Authority) -> None:
    """New connections get the new certificate, and those that are open stay."""
    files = CertificateFiles(authority.certificate, authority.key)
    async with serving(echo, ssl_context=files) as server:
        assert server.secure
        url = f"wss://{HOST}:{server.port}/"
        async with rawws.trio.connect(url, ssl_context=authority.client) as ws:
            assert await authority.number(server.port) == "number 1"
            authority.issue()
            assert await authority.number(server.port) == "number 1"
            files.reload()
            assert await authority.number(server.port) == "number 2"
            await ws.send("still here")
            assert await ws.receive() == "still here"
            async with rawws.trio.connect(url, ssl_context=authority.client) as other:
                await other.send("new")
                assert await other.receive() == "new"


@pytest.mark.parametrize("wrong", ["rubbish", "foreign key", "nothing"])
@in_trio()
async def test_files_that_cannot_be_used(authority: Authority, wrong: str) -> None:
    """A reload of what cannot be used raises, and the certificate before stays."""
    files = CertificateFiles(authority.certificate, str(authority.key))
    async with serving(echo, ssl_context=files) as server:
        if wrong == "rubbish":
            authority.certificate.write_text("rubbish")
        elif wrong == "nothing":
            authority.key.unlink()
        else:
            authority.key.write_bytes(trustme.CA().issue_cert(HOST).private_key_pem.bytes())
        with pytest.raises((ssl.SSLError, OSError)):
            files.reload()
        assert await authority.number(server.port) == "number 1"


@in_trio(virtual=True)
async def test_watching(authority: Authority, caplog: pytest.LogCaptureFixture) -> None:
    """Files that have changed are read by themselves; what cannot be used is logged, and looked at again."""
    files = CertificateFiles(authority.certificate, authority.key)
    contexts = [files()]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(files.watch, 60.0)
        await trio.sleep(200)
        assert files() is contexts[0]
        authority.issue()
        await eventually(lambda: files() is not contexts[0])
        contexts.append(files())
        authority.certificate.write_text("rubbish")
        await eventually(lambda: [record for record in caplog.records if record.levelno == logging.ERROR])
        assert files() is contexts[1]
        authority.issue()
        await eventually(lambda: files() is not contexts[1])
        nursery.cancel_scope.cancel()
    assert "cannot be used" in caplog.text


def test_wrong_files_are_refused_at_the_call(authority: Authority, tmp_path: Path) -> None:
    """Files that are not there, hold nothing, or have a passphrase that nobody gave, raise where they are named."""
    with pytest.raises(OSError, match="No such file"):
        CertificateFiles(tmp_path / "nowhere")
    with pytest.raises(ssl.SSLError):
        CertificateFiles(authority.certificate)
    assert repr(CertificateFiles(authority.certificate, authority.key, password="s3cr3t")).count("s3cr3t") == 0
    assert isinstance(default_server_context(), ssl.SSLContext)


@in_trio()
async def test_a_callable_for_contexts() -> None:
    """Whatever gives a context when it is called is asked for each connection."""
    asked: list[int] = []
    context = default_server_context()
    trustme.CA().issue_cert(HOST).configure_cert(context)

    def give() -> ssl.SSLContext:
        asked.append(1)
        return context

    async with serving(echo, ssl_context=give) as server:
        stranger = ssl.create_default_context()
        stranger.check_hostname, stranger.verify_mode = False, ssl.CERT_NONE
        for _ in range(2):
            async with rawws.trio.connect(f"wss://{HOST}:{server.port}/", ssl_context=stranger):
                pass
    assert asked == [1, 1]
