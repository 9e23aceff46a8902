"""RFC 9110 §9.3.6: CONNECT, by which a client has an HTTP proxy open a connection to a server.

It asks so for ws as for wss: a proxy that is handed a handshake like any other request would not upgrade.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11

from rawws.core.authority import show_host
from rawws.core.head import HeadReader
from rawws.core.refused import refuse
from rawws.core.response import read_response

if TYPE_CHECKING:
    from rawws.core.credentials import Credentials
    from rawws.core.limits import Limits
    from rawws.core.typing import Headers


@dataclass(frozen=True, slots=True)
class TunnelAnswer:
    """What a proxy has answered: with a status of 2xx, what follows comes from the server."""

    status_code: int
    headers: Headers

    @property
    def is_open(self) -> bool:
        """Whether there is a way to the server now."""
        return 200 <= self.status_code < 300


class Tunnel:
    """One CONNECT. host: of the server, in ASCII, without brackets. credentials: for the proxy."""

    def __init__(self, host: str, port: int, credentials: Credentials | None, limits: Limits) -> None:
        self._limits = limits
        self._h11 = h11.Connection(h11.CLIENT)
        self._reader = HeadReader(limits, client=True)
        self._informational = 0
        # 9110-9.3.6-1: "There is no default port; a client MUST send the port number even if the CONNECT request is
        # based on a URI reference that contains an authority component with an elided port".
        authority = show_host(host, port).encode("ascii")
        headers = [(b"Host", authority)]
        if credentials is not None:
            headers.append((b"Proxy-Authorization", credentials.basic()))
        self._request = h11.Request(method=b"CONNECT", target=authority, headers=headers)

    def request(self) -> bytes:
        """The octets that ask for the connection."""
        octets = self._h11.send(self._request) or b""
        # It has no body, whose end would take octets; h11 wants to be told all the same.
        self._h11.send(h11.EndOfMessage())
        return octets

    def receive(self, data: bytes) -> TunnelAnswer | None:
        """Take octets from the proxy; its answer once that is whole. The body of a refusal is left alone.

        Raises RemoteProtocolError for what is no answer, and for octets behind a 2xx: a server of TLS or WebSocket
        waits to be spoken to, so that whatever comes before is somebody else's.
        """
        while (head := self._reader.feed(data)) is not None:
            answer = read_response(self._h11, head.octets)
            if isinstance(answer, h11.Response):
                # 9110-9.3.6-2: "A client MUST ignore any Content-Length or Transfer-Encoding header fields received in
                # a successful response to CONNECT." Nobody looks at them here, nor at the body of a refusal.
                found = TunnelAnswer(answer.status_code, list(answer.headers))
                if found.is_open and head.rest:
                    raise refuse("octets came from the server before it was asked", "6455-4.1-17")
                return found
            self._informational += 1
            if answer.status_code == 101 or self._informational > self._limits.max_informational:
                raise refuse("Bad HTTP message", "6455-4.1-17", message="no answer to CONNECT, but others")
            self._reader = HeadReader(self._limits, client=True)
            data = head.rest
        return None
