"""What the tests with other projects' peers share: a loop for asyncio, certificates, running servers."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.interop.peer import LoopThread
from tests.interop.processes import Serve


@dataclass(frozen=True)
class Certificates:
    """A certificate for `localhost` and `127.0.0.1`, and an authority that vouches for it.

    server: for servers. client: for clients; trusts this authority alone, and verifies the host's name.
    foreign: for servers; from the same authority, but not for `127.0.0.1`.
    certificate, key, authority: `server` and `client` as files.
    """

    server: ssl.SSLContext
    client: ssl.SSLContext
    foreign: ssl.SSLContext
    certificate: Path
    key: Path
    authority: Path


@pytest.fixture(scope="session")
def loop() -> Iterator[LoopThread]:
    """The asyncio loop of the peers."""
    thread = LoopThread()
    yield thread
    thread.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Made anew for each run."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issued.configure_cert(server)
    foreign = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "elsewhere.example").configure_cert(foreign)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    folder = tmp_path_factory.mktemp("certificates")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    with (folder / "certificate.pem").open("wb") as chain:
        for blob in issued.cert_chain_pems:
            chain.write(blob.bytes())
    authority.cert_pem.write_to_path(folder / "authority.pem")
    files = (folder / "certificate.pem", folder / "key.pem", folder / "authority.pem")
    return Certificates(server, client, foreign, *files)


@pytest.fixture(scope="session")
def rawws_serve(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Serve]]:
    """A function that gives a running `rawws serve` with these options; one process for each set of them."""
    running: dict[tuple[str, ...], Serve] = {}
    folder = tmp_path_factory.mktemp("rawws_serve")
    tls = ("--tls-cert", str(certificates.certificate), "--tls-key", str(certificates.key))
    with contextlib.ExitStack() as stack:

        def serve(*options: str, secure: bool = False) -> Serve:
            arguments = (*options, *tls) if secure else options
            if arguments not in running:
                running[arguments] = stack.enter_context(Serve(folder / f"{len(running)}.log", *arguments))
            return running[arguments]

        yield serve
