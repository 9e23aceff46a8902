"""Clients over TCP for the tests: right ones, faulty ones, and such as send whatever a test wants."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from tests.conformance.peers import Peer

#: Seconds that any answer may take on a busy machine.
DEADLINE = 30.0

Make = Callable[[str], Peer]

UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


@contextlib.contextmanager
def connected(port: int, host: str = "127.0.0.1") -> Iterator[socket.socket]:
    """A connected socket, with a deadline for everything that is done with it."""
    with socket.create_connection((host, port), timeout=DEADLINE) as sock:
        yield sock


def read_all(sock: socket.socket) -> bytes:
    """Everything until the end of TCP, a reset included."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := sock.recv(65536):
            parts.append(part)
    return b"".join(parts)


def exchange(port: int, octets: bytes) -> bytes:
    """Send octets, and read until the end of TCP."""
    with connected(port) as sock:
        sock.sendall(octets)
        return read_all(sock)


def request(target: str, headers: str = UPGRADE, *, method: str = "GET") -> bytes:
    """The head of a request."""
    return f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode("latin-1")


def masked(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """A short frame as a client sends it; its mask is zero, so that tests can be read."""
    assert len(payload) < 126
    return bytes(((0x80 if fin else 0) | opcode, 0x80 | len(payload), 0, 0, 0, 0)) + payload


def play(port: int, target: str, make: Make = Peer) -> None:
    """One connection of a sans-IO peer: it asks for `target` and does what it does until the end of TCP."""
    with connected(port) as sock:
        peer = make("client")
        out = peer.receive(b"").replace(b" / HTTP", f" {target} HTTP".encode("latin-1"), 1)
        with contextlib.suppress(ConnectionError):
            sock.sendall(out)
            while not peer.closed:
                data = sock.recv(1 << 18)
                out = peer.receive(data or None)
                if out:
                    sock.sendall(out)
                if not data:
                    return


def ask(port: int, target: str) -> list[str]:
    """The text messages that a path answers with, as a right client gets them."""
    texts: list[str] = []

    class Listening(Peer):
        def message(self, opcode: int, payload: bytes) -> None:
            texts.append(payload.decode())

    play(port, target, Listening)
    return texts


def run_case(port: int, case: int | str, agent: str, make: Make = Peer) -> None:
    """Play one case, by its number or by its id."""
    name = "case" if isinstance(case, int) else "casetuple"
    play(port, f"/runCase?{name}={case}&agent={quote(agent)}", make)


def drive(port: int, agent: str, make: Make = Peer) -> None:
    """What a driver does: ask how many cases there are, play all, ask for the reports."""
    (count,) = ask(port, "/getCaseCount")
    for number in range(1, json.loads(count) + 1):
        run_case(port, number, agent, make)
    ask(port, f"/updateReports?agent={quote(agent)}")


def frames(octets: bytes) -> list[tuple[int, bytes]]:
    """Opcode and payload of every frame that a server sent behind its response; all of them have to be whole."""
    head, found, rest = octets.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), head
    assert found
    listed: list[tuple[int, bytes]] = []
    while rest:
        length, start = rest[1], 2
        if length >= 126:
            form = "!H" if length == 126 else "!Q"
            start += struct.calcsize(form)
            (length,) = struct.unpack(form, rest[2:start])
        assert len(rest) >= start + length, "a frame is cut off"
        listed.append((rest[0], rest[start : start + length]))
        rest = rest[start + length :]
    return listed


def status(case: dict[str, Any]) -> tuple[str, str]:
    """Behavior and close behavior in an entry of `index.json`."""
    return case["behavior"], case["behaviorClose"]
