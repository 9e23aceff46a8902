"""Sockets that listen, driven directly: several connections are taken at each turn of the event loop."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import trio

_HIGHEST_PORT = 0xFFFF

# Connections taken in one turn; in a storm of them the open ones must be served, too.
_MOST_AT_ONCE = 32

# A connection that ended while it waited to be accepted is no error of ours (accept(2): "treat them like EAGAIN").
_GONE = frozenset(
    {
        errno.ECONNABORTED, errno.EPERM, errno.EPROTO, errno.ENETDOWN, errno.ENOPROTOOPT, errno.EHOSTDOWN,
        errno.EHOSTUNREACH, errno.EOPNOTSUPP, errno.ENETUNREACH,
    }
)  # fmt: skip


class Listener:
    """A bound and listening stream socket; `close` gives it back.

    unix_path: of a Unix socket that is ours, None for others: it goes when the listener does.
    """

    def __init__(self, sock: socket.socket, unix_path: str | None = None) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.unix_path = unix_path
        self._inode = None if unix_path is None else _inode(unix_path)

    async def accept(self) -> list[tuple[socket.socket, Any]]:
        """The connections that have come, each with its address: at least one.

        Raises trio.ClosedResourceError once closed, and OSError where the process or the system has run out of
        something.
        """
        accepted: list[tuple[socket.socket, Any]] = []
        while not accepted:
            if self.sock.fileno() == -1:
                raise trio.ClosedResourceError("this listener has been closed")
            await trio.lowlevel.wait_readable(self.sock)
            if self.sock.fileno() == -1:
                # Closed in the turn in which somebody came.
                continue
            try:
                while len(accepted) < _MOST_AT_ONCE:
                    self._accept_one(accepted)
            except BlockingIOError:
                continue
            except OSError:
                # What has been taken is served first; the error comes again.
                if not accepted:
                    raise
        return accepted

    def _accept_one(self, accepted: list[tuple[socket.socket, Any]]) -> None:
        try:
            sock, address = self.sock.accept()
        except OSError as exc:
            if exc.errno in _GONE:
                return
            raise
        with contextlib.suppress(OSError):
            # A WebSocket writes what belongs together at once; what it writes apart shall not wait (a local socket has
            # no such option).
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        accepted.append((sock, address))

    def close(self) -> None:
        """Give the socket back and wake whoever waits in `accept`; safe to call twice."""
        if self.sock.fileno() != -1:
            trio.lowlevel.notify_closing(self.sock)
            # Another server may have taken the path over.
            if self.unix_path is not None and self._inode == _inode(self.unix_path):
                with contextlib.suppress(OSError):
                    Path(self.unix_path).unlink()
            self.sock.close()


def _inode(path: str) -> tuple[int, int] | None:
    """What tells a file from another one that takes its path; None where there is none."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


async def open_listeners(host: str | None, port: int) -> list[Listener]:
    """Listen on every address of `host`; None for every interface.

    Raises TypeError or ValueError, which name the argument, and OSError.
    """
    if host is not None and not isinstance(host, str):
        raise TypeError(f"host must be str or None, not {type(host).__name__}")
    if isinstance(port, bool) or not isinstance(port, int):
        raise TypeError(f"port must be an int, not {type(port).__name__}")
    if not 0 <= port <= _HIGHEST_PORT:
        # getaddrinfo would take it modulo 65536.
        raise ValueError(f"port must be from 0 to {_HIGHEST_PORT}, not {port}")
    listeners = []
    for listener in await trio.open_tcp_listeners(port, host=host):
        theirs = listener.socket
        family, kind, protocol = theirs.family, theirs.type, theirs.proto
        listeners.append(Listener(socket.socket(family, kind, protocol, fileno=theirs.detach())))
    return listeners


def given_listeners(sockets: Sequence[socket.socket], host: str | None, port: int) -> list[Listener]:
    """Sockets that somebody else has bound, ready to accept. Raises TypeError, ValueError or OSError."""
    if not isinstance(sockets, (list, tuple)):
        raise TypeError(f"sockets must be a list of sockets, not {type(sockets).__name__}")
    if host is not None or port:
        raise ValueError("where to listen is either host and port or sockets: with sockets, host is None and port 0")
    for sock in sockets:
        if not isinstance(sock, socket.socket):
            raise TypeError(f"sockets must be sockets, not {type(sock).__name__}")
        if sock.type is not socket.SOCK_STREAM:
            raise ValueError("sockets must be stream sockets")
    for sock in sockets:
        sock.listen()
    return [Listener(sock) for sock in sockets]


def open_unix_listener(
    path: str | os.PathLike[str], host: str | None, port: int, sockets: Sequence[socket.socket]
) -> Listener:
    """Listen on a Unix socket of this path, in place of one that a server has left behind.

    Raises TypeError or ValueError for wrong arguments, and OSError where it cannot listen, or somebody else does.
    """
    if host is not None or port or sockets:
        raise ValueError("with unix_path, host is None, port is 0, and there are no sockets")
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"unix_path must be a path, not {type(path).__name__}")
    where = os.fspath(path)
    if not where or "\0" in where:
        raise ValueError(f"unix_path is the path of a file, not {where!r}")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(where)
        sock.bind(where)
        sock.listen()
        return Listener(sock, where)
    except BaseException:
        sock.close()
        raise


def _remove_stale(path: str) -> None:
    """Remove a socket at which nobody listens any more; anything else stays, and makes `bind` fail."""
    if not Path(path).is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            Path(path).unlink()
        except OSError:
            # Somebody is there, or we may not know.
            return
