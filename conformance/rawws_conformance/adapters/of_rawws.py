"""rawws.core before the judge: the only module here that imports more of rawws than its facts."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, cast

from rawws.core import Limits, WSConnection
from rawws.core.connection import ConnectionType
from rawws.core.errors import RemoteProtocolError
from rawws.core.events import AcceptConnection, Request
from rawws.core.extensions import PerMessageDeflate
from rawws.core.session import Session

if TYPE_CHECKING:
    from rawws.core.zlib_module import ZlibModule

try:
    from isal import isal_zlib
except ImportError:
    _FASTEST: ZlibModule = zlib
else:
    _FASTEST = cast("ZlibModule", isal_zlib)

#: The largest message of any case has 16 MiB.
_LIMITS = Limits(max_message_bytes=64 << 20, ping_interval=None)


class RawwsAdapter:
    """`rawws.core.session.Session` as an echo, with what deflates fastest of all that is installed."""

    zlib_module = _FASTEST

    def __init__(self, role: str) -> None:
        self._is_server = role == "server"
        end = ConnectionType.SERVER if self._is_server else ConnectionType.CLIENT
        self._ws = WSConnection(end, limits=_LIMITS, skip_informational=not self._is_server)
        self._session: Session | None = None
        self._started = self._is_server
        self.closed = False

    def receive(self, data: bytes | None) -> bytes:
        """Octets in, octets out."""
        if self._session is None:
            out = self._handshake(data)
            if self._session is None:
                return out
        else:
            self._session.receive(data, 0.0)
            out = b""
        session = self._session
        while (message := session.next_message()) is not None:
            session.send(message)
        self.closed = session.must_drop
        return out + b"".join(session.data_to_send())

    def _handshake(self, data: bytes | None) -> bytes:
        ws = self._ws
        if not self._started:
            self._started = True
            return ws.send(Request(host="localhost", target="/", extensions=[self._deflate()]))
        try:
            ws.receive_data(data)
            out = b""
            if self._is_server:
                for event in ws.handshake.events():
                    if isinstance(event, Request):
                        out = ws.send(AcceptConnection(extensions=[self._deflate()]))
        except RemoteProtocolError as exc:
            self.closed = True
            return ws.send(exc.event_hint) if self._is_server and exc.event_hint is not None else b""
        if ws.connection is not None:
            self._session = Session(ws.connection)
        return out

    def _deflate(self) -> PerMessageDeflate:
        """As rawws' own transports set it up: small messages go out uncompressed, the window is small.

        The level is the quickest one: what is judged is what is said, not how small it gets. A client offers to give up
        its context, too: a server cannot ask for what is not offered, and 13.2, 13.5, 13.6 do.
        """
        return PerMessageDeflate(
            threshold=256,
            window_bits=12,
            memory_level=5,
            level=1,
            zlib_module=self.zlib_module,
            client_no_context_takeover=not self._is_server,
        )


class RawwsZlibAdapter(RawwsAdapter):
    """The same with the standard library's zlib, whatever else is installed."""

    zlib_module = zlib
