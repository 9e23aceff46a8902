"""Sockets that are connected, for the transport to drive itself.

Finding an address that answers is trio's work: all that a name stands for, each a little after the one before, and the
first that connects is it ("Happy Eyeballs", RFC 8305). Of the stream that comes of it, the transport takes the socket.
"""

from __future__ import annotations

import socket

import trio

from rawws.trio.transport import SocketTransport


async def open_tcp(host: str, port: int) -> SocketTransport:
    """Connect to a host. Raises OSError, and ValueError for what no resolver can have the name of."""
    return take_socket(await trio.open_tcp_stream(host, port))


async def open_unix(path: str) -> SocketTransport:
    """Connect to a socket in the file system. Raises OSError."""
    return take_socket(await trio.open_unix_socket(path))


def take_socket(stream: trio.SocketStream) -> SocketTransport:
    """The socket of a stream, which must not be used any more."""
    theirs = stream.socket
    family, kind, protocol = theirs.family, theirs.type, theirs.proto
    return SocketTransport(socket.socket(family, kind, protocol, fileno=theirs.detach()))
