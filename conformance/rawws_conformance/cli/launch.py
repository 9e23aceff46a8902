"""`--run` of `server`: the server under test, started for the run and stopped after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from rawws_conformance.cli.common import NoPeer, Stop, printable
from rawws_conformance.runs.peer import Peer, PeerFailed, fill_in, free_port
from rawws_conformance.runs.wire import BadUrl, Target, parse_url

_HOST = "127.0.0.1"


def target_of(url: str) -> Target:
    """Where a server is. Raises Stop."""
    try:
        return parse_url(url)
    except BadUrl as exc:
        raise Stop(str(exc)) from None


@contextmanager
def started(command: str | None, url: str | None, log: Path) -> Iterator[tuple[str, Target]]:
    """The URL of the server to test, and where that is; with a command, that server runs as long as the block.

    In the command and in the URL, {port} is a free port, {host} the host, and in the command {url} the URL.
    log: where the output of the command goes. Raises Stop for a URL that is none, NoPeer for a command that fails.
    """
    if command is None:
        if url is None:
            raise click.UsageError("there is neither a URL nor --run")
        yield url, target_of(url)
        return
    try:
        port = free_port(_HOST)
        filled = fill_in(url or "ws://{host}:{port}", host=_HOST, port=port)
        target = target_of(filled)
        host, port = target.address
        with Peer(fill_in(command, host=host, port=port, url=filled), log) as peer:
            peer.wait_until_listening(host, port)
            yield filled, target
    except PeerFailed as exc:
        raise NoPeer("\n".join(map(printable, str(exc).splitlines()))) from None
