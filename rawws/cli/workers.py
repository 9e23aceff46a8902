"""`rawws serve --workers N`: several processes on one port.

Each has a listening socket of its own, bound to the same port with SO_REUSEPORT, so that the system deals connections
out to them. The parent binds all of the sockets and only watches: a worker that dies is replaced, and finds in its
socket who has been waiting meanwhile. Workers end when their parent is told to, or has gone.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence

import trio

from rawws.cli.log import address, say_where
from rawws.cli.problem import Problem, sentence_of
from rawws.cli.show import print_error

END_SIGNALS = (signal.SIGINT, signal.SIGTERM)

# A process that a signal has ended has this and the signal's number as its exit status, as shells tell it.
ENDED_BY_SIGNAL = 128

# A worker that ends sooner than this after its beginning would end again and again.
_TOO_SOON = 2.0

# A worker that is being started knows no signals yet, and SIGHUP would end it: it is ignored until then.
_WITHOUT_HANGUPS = ("/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh")


def inherited_sockets(descriptors: Sequence[int]) -> list[socket.socket]:
    """The sockets behind file descriptors. Raises Problem."""
    sockets = []
    for descriptor in descriptors:
        try:
            sock = socket.socket(fileno=descriptor)
        except OSError as exc:
            raise Problem(f"file descriptor {descriptor} is no socket: {sentence_of(exc)}") from exc
        sockets.append(sock)
        if sock.type is not socket.SOCK_STREAM:
            raise Problem(f"file descriptor {descriptor} is no stream socket")
    return sockets


async def follow_leash() -> None:
    """Ask this process to end once its standard input has ended: whoever started it has gone."""
    stdin = trio.lowlevel.FdStream(os.dup(0))
    async with stdin:
        while await stdin.receive_some(1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


async def run_workers(arguments: Sequence[str], count: int, host: str, port: int, *, secure: bool) -> int:
    """Run so many workers until a signal comes; the exit status. Raises Problem where the port cannot be shared.

    arguments: of this command, which are the workers' as well.
    """
    sockets = await _bind_all(count, host, port)
    with trio.open_signal_receiver(*END_SIGNALS, signal.SIGHUP) as signals:
        async with trio.open_nursery() as nursery:
            crew = _Crew(arguments)
            async with trio.open_nursery() as workers:
                for number, mine in enumerate(sockets, 1):
                    workers.start_soon(crew.keep, number, mine)
                for sock in sockets[0]:
                    say_where(*sock.getsockname()[:2], secure=secure)
                nursery.start_soon(_pass_on, signals, crew)
            nursery.cancel_scope.cancel()
    return crew.status


async def _pass_on(signals: AsyncIterator[int], crew: _Crew) -> None:
    """Every worker gets the signals that the parent gets: to reload, to end, and, the second time, to cut."""
    async for number in signals:
        crew.signal(number)


async def _bind_all(count: int, host: str, port: int) -> list[list[socket.socket]]:
    """For each worker a socket for each address of `host`, all on one port. Raises Problem."""
    if not hasattr(socket, "SO_REUSEPORT"):
        raise Problem("--workers needs SO_REUSEPORT, which this system does not have")
    sets: list[list[socket.socket]] = []
    try:
        infos = await trio.socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for _ in range(count):
            mine: list[socket.socket] = []
            sets.append(mine)
            for family, kind, protocol, _, where in dict.fromkeys(infos):
                sock = socket.socket(family, kind, protocol)
                mine.append(sock)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                if family == socket.AF_INET6:
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                sock.bind((where[0], port, *where[2:]))
                port = sock.getsockname()[1]
                sock.listen()
    except (OSError, UnicodeError) as exc:
        for mine in sets:
            for sock in mine:
                sock.close()
        raise Problem(f"cannot listen on {address(host, port)}: {sentence_of(exc)}") from exc
    return sets


class _Crew:
    """The workers. status: the exit status for all of them."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = arguments
        self._processes: set[trio.Process] = set()
        self._ending = False
        self.status = 0

    def signal(self, number: int) -> None:
        """Pass a signal on; after one that asks for the end no worker is replaced any more."""
        self._ending = self._ending or number in END_SIGNALS
        for process in self._processes:
            process.send_signal(number)

    async def keep(self, number: int, sockets: list[socket.socket]) -> None:
        """Run one worker, and another one in its place when it dies, until the end is asked for."""
        try:
            while not self._ending:
                begun = trio.current_time()
                status = await self._run(sockets)
                self._judge(number, status, lived=trio.current_time() - begun)
        finally:
            for sock in sockets:
                sock.close()

    async def _run(self, sockets: list[socket.socket]) -> int:
        """One worker, from its beginning to its end; its exit status."""
        descriptors = [sock.fileno() for sock in sockets]
        mine = ["--workers", "1", "--leash", *(f"--fd={descriptor}" for descriptor in descriptors)]
        process = await trio.lowlevel.open_process(
            [*_WITHOUT_HANGUPS, sys.executable, "-m", "rawws.cli", *self._arguments, *mine],
            stdin=subprocess.PIPE,  # the leash: it ends with this process, however that ends
            pass_fds=descriptors,
            start_new_session=True,  # Ctrl-C is for the parent, which passes it on, once
        )
        self._processes.add(process)
        try:
            if self._ending:
                # The signal came while this one was being started, and has been passed on to the others only.
                process.kill()
                await process.wait()
                return 0
            return await process.wait()
        finally:
            self._processes.discard(process)
            if process.stdin is not None:
                await trio.aclose_forcefully(process.stdin)

    def _judge(self, number: int, status: int, *, lived: float) -> None:
        """Say what has happened to a worker that has ended."""
        if self._ending:
            self.status = self.status or (ENDED_BY_SIGNAL - status if status < 0 else status)
        elif lived < _TOO_SOON:
            print_error(f"worker {number} ended at once, with status {status}")
            self.status = 1
            self.signal(signal.SIGTERM)
        else:
            print_error(f"worker {number} ended with status {status}; another one takes its place")
