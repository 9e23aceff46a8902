"""Servers that do not do what the benchmarks measure, so that the load client can be seen to notice."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.benchmarks.cpu import CpuClock
from tests.benchmarks.frames import TEXT, frame
from tests.benchmarks.servers.canned import RESPONSE
from tests.trio.frames import Frame, FrameReader

#: What to send for the so-and-so-manieth frame that came; None ends the connection.
Behaviour = Callable[[int, Frame], bytes | None]

#: The clock of the process in which these servers run.
HERE = CpuClock(os.getpid())


def right(_number: int, got: Frame) -> bytes:
    """The echo that a server owes, and the answer to a Close frame."""
    return frame(got.opcode, got.payload)


def one_octet_changed(number: int, got: Frame) -> bytes:
    """Wrong in one bit of the tenth message."""
    data = right(number, got)
    return data if number != 10 else data[:-1] + bytes([data[-1] ^ 1])


def always_the_same(number: int, got: Frame) -> bytes:
    """Right in its length, and it says what the first message said."""
    return frame(TEXT, b"x" * len(got.payload)) if number else right(number, got)


def one_message_lost(number: int, got: Frame) -> bytes:
    """Silent about the tenth message."""
    return b"" if number == 10 else right(number, got)


def one_message_twice(number: int, got: Frame) -> bytes:
    """Too much for the tenth message."""
    return right(number, got) * (2 if number == 10 else 1)


def end_in_between(number: int, got: Frame) -> bytes | None:
    """Gone after ten messages."""
    return right(number, got) if number < 10 else None


@contextmanager
def serving(behaviour: Behaviour, response: bytes = RESPONSE) -> Iterator[int]:
    """A server that behaves so, on the port that this gives."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        thread = threading.Thread(target=_accept, args=(listener, behaviour, response))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listener: socket.socket, behaviour: Behaviour, response: bytes) -> None:
    threads = []
    while True:
        try:
            sock, _address = listener.accept()
        except OSError:
            break
        threads.append(threading.Thread(target=_serve, args=(sock, behaviour, response)))
        threads[-1].start()
    for thread in threads:
        thread.join()


def _leave(sock: socket.socket) -> None:
    """End the sending direction, and take what still comes: a socket that is closed on it resets the connection."""
    sock.shutdown(socket.SHUT_WR)
    while sock.recv(65536):
        continue


def _serve(sock: socket.socket, behaviour: Behaviour, response: bytes) -> None:
    reader = FrameReader(masked=True)
    number = 0
    with sock:
        try:
            sock.recv(4096)
            sock.sendall(response)
            while data := sock.recv(65536):
                reader.feed(data)
                while (got := reader.next_frame()) is not None:
                    answer = behaviour(number, got)
                    number += 1
                    if answer is None:
                        _leave(sock)
                        return
                    sock.sendall(answer)
                    if got.opcode == 0x8:
                        return
        except OSError:
            return
