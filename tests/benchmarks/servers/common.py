"""What every server program of the benchmarks has in common: its options, and how it says that it listens."""

from __future__ import annotations

import argparse
import ctypes
import logging
import resource
import signal
import socket
import ssl
import sys
from dataclasses import dataclass

HOST = "127.0.0.1"

#: Connections that may wait to be accepted: the storms open many at once.
BACKLOG = 1024

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Options:
    """What the harness asks of a server program.

    deflate: accept permessage-deflate as the library does by default. certificate: a PEM file with chain and key, for
    wss. broadcast: send what comes to everybody, not only back.
    """

    deflate: bool
    certificate: str | None
    broadcast: bool

    def ssl_context(self) -> ssl.SSLContext | None:
        """The same TLS for everybody: Python's defaults for a server."""
        if self.certificate is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate)
        return context


def begin() -> Options:
    """Read the command line, and end with the harness whatever happens to it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--deflate", action="store_true")
    parser.add_argument("--certificate")
    parser.add_argument("--broadcast", action="store_true")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)  # a server that says how full its buffers are measures its terminal
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return Options(arguments.deflate, arguments.certificate, arguments.broadcast)


def listening_socket() -> socket.socket:
    """A socket that listens on a free port, non-blocking."""
    sock = socket.create_server((HOST, 0), backlog=BACKLOG)
    sock.setblocking(False)
    return sock


def ready(port: int) -> None:
    """Tell the harness where to connect."""
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
