"""The floor of a program in Python: one epoll object, receive, send, and no event loop, task or WebSocket.

After a canned response to whatever its first octets are, it sends back what it gets.
"""

from __future__ import annotations

import select
import socket

from tests.benchmarks.servers.canned import RESPONSE
from tests.benchmarks.servers.common import begin, listening_socket, ready

_RECEIVE_BYTES = 64 * 1024


def turn(sock: socket.socket, *, answered: bool) -> bool:
    """Answer, or send back what has come; False at the end."""
    try:
        data = sock.recv(_RECEIVE_BYTES)
        if not data:
            return False
        if not answered:
            sock.send(RESPONSE)
            return True
        sent = sock.send(data)
        if sent < len(data):
            # As an answer to the peer's reading; the next to come waits as long.
            sock.setblocking(True)
            sock.sendall(memoryview(data)[sent:])
            sock.setblocking(False)
    except ConnectionError:
        return False
    return True


def main() -> None:
    """Serve until killed."""
    begin()
    listener = listening_socket()
    ready(listener.getsockname()[1])
    epoll = select.epoll()
    epoll.register(listener, select.EPOLLIN)
    connections: dict[int, socket.socket] = {}
    answered: set[int] = set()
    while True:
        for fileno, _events in epoll.poll():
            if fileno == listener.fileno():
                sock, _address = listener.accept()
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections[sock.fileno()] = sock
                epoll.register(sock, select.EPOLLIN)
            elif turn(connections[fileno], answered=fileno in answered):
                answered.add(fileno)
            else:
                answered.discard(fileno)
                epoll.unregister(fileno)
                connections.pop(fileno).close()


if __name__ == "__main__":
    main()
