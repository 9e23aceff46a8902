"""A session whose text comes as octets, for who hands it on to a parser, a file or another connection."""

from __future__ import annotations

from rawws.core.assembly import OctetAssembly
from rawws.core.session import Session


class OctetSession(Session):
    """A `Session` whose text messages, and chunks of them, are bytes: the UTF-8 that came, and it has been checked.

    6455-8.1-1 holds as ever: "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is
    not, in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_." Text and binary then look
    alike, so this is for applications that get one kind, or do not care. `stats.bytes_received` counts octets of both.
    What is sent is as ever: str as text, bytes as binary.
    """

    __slots__ = ()
    _assembly = OctetAssembly

    def _count(self, before: int) -> None:
        messages = self.messages
        messages[before:] = [message.encode() if isinstance(message, str) else message for message in messages[before:]]
        super()._count(before)

    def _deliver(self, message: str | bytes) -> None:
        super()._deliver(message.encode() if isinstance(message, str) else message)
