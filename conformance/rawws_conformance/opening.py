"""The opening handshake, from both ends (RFC 6455 §4); h11 reads the HTTP."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

import h11

from rawws_conformance import __version__
from rawws_conformance.extensions import Agreement, OpeningError, answer, judge_response, offer
from rawws_conformance.heads import Head, Opening, read
from rawws_conformance.model import Case, DeflateWish, Write
from rawws_conformance.octets import RandomOctets

PRODUCT = f"rawws-conformance/{__version__}"

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

#: More than this is no head of a request or a response.
_HEAD_OCTETS = 64 * 1024

#: More interim responses (1xx) than this are no answer.
_INTERIM = 100


@dataclass(slots=True)
class Opened:
    """A finished opening handshake.

    early: octets that came behind the head. agreement: about permessage-deflate; None: not in use.
    """

    early: bytes
    agreement: Agreement | None
    product: str = ""
    head: bytes = field(default=b"", repr=False)


class Refusal(OpeningError):
    """A server has answered with another status than 101. head: its response, without what is behind it."""

    def __init__(self, status: int, head: bytes) -> None:
        super().__init__(f"the server refused with status {status}")
        self.status = status
        self.head = head


def accept_value(key: bytes) -> bytes:
    """What Sec-WebSocket-Accept has to be for this Sec-WebSocket-Key (§4.2.2)."""
    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())


def _values(headers: list[tuple[bytes, bytes]], name: bytes) -> list[str]:
    """The values of every header field of this name."""
    return [value.decode("latin-1") for field_name, value in headers if field_name == name]


def _elements(values: Iterable[str]) -> frozenset[str]:
    """What a comma-separated header holds."""
    return frozenset(element.strip() for element in ",".join(values).split(","))


def _has_token(headers: list[tuple[bytes, bytes]], name: bytes, token: str) -> bool:
    """Whether a comma-separated header holds a token, in any case."""
    elements = ",".join(_values(headers, name)).split(",")
    return any(element.strip().lower() == token for element in elements)


class ClientOpening:
    """The tester is the client.

    host: the value of Host. target: path and query. extra: header lines to add, such as Origin. head: what to send
    instead of the usual request. agrees: whether the server may then agree to permessage-deflate.
    """

    def __init__(
        self,
        *,
        host: str,
        target: str,
        wishes: tuple[DeflateWish, ...],
        random: RandomOctets,
        extra: tuple[tuple[str, str], ...] = (),
        head: Head | None = None,
        agrees: bool = False,
    ) -> None:
        self._wishes = (DeflateWish(),) if agrees else wishes
        self.write: Write | int = Write.TOGETHER if head is None else head.write
        self._key = base64.b64encode(random(16))
        headers = [
            ("Host", host),
            ("User-Agent", PRODUCT),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Pragma", "no-cache"),
            ("Cache-Control", "no-cache"),
            ("Sec-WebSocket-Key", self._key.decode()),
            ("Sec-WebSocket-Version", "13"),
            *extra,
        ]
        if wishes:
            headers.append(("Sec-WebSocket-Extensions", offer(wishes)))
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_OCTETS)
        request = h11.Request(method="GET", target=target, headers=headers)
        self.request = self._http.send(request) or b""
        self._http.send(h11.EndOfMessage())
        if head is not None:
            # h11 has seen a good request, which is all that it needs to read the response.
            self.request = head.octets({"target": target, "host": host, "key": self._key.decode()}, extra)
            keys = [value for name, value in read(self.request)[1] if name == "sec-websocket-key"]
            self._key = keys[0].encode("latin-1") if keys else self._key
        self._protocols = _elements(value for name, value in read(self.request)[1] if name == "sec-websocket-protocol")
        self._seen = bytearray()
        self._interim = 0

    @classmethod
    def of(
        cls, case: Case, *, host: str, target: str, extra: tuple[tuple[str, str], ...], random: RandomOctets
    ) -> Self:
        """As a case wants it."""
        own = case.opening or Opening()
        return cls(
            host=host,
            target=target,
            wishes=case.deflate,
            random=random,
            extra=extra,
            head=own.head,
            agrees=own.agrees,
        )

    def start(self) -> bytes:
        """The request."""
        return self.request

    def receive(self, data: bytes) -> Opened | None:
        """Take octets; None: more have to come. Raises OpeningError."""
        self._seen += data
        self._http.receive_data(data)
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as exc:
                raise OpeningError(f"what came is no HTTP response: {exc}") from None
            if event is h11.NEED_DATA:
                if len(self._seen) > _HEAD_OCTETS:
                    raise OpeningError(f"no end of the response after {len(self._seen)} octets")
                return None
            if isinstance(event, h11.InformationalResponse):
                if event.status_code == 101:
                    return self._switch(event)
                self._interim += 1
                if self._interim > _INTERIM:
                    raise OpeningError(f"{self._interim} interim responses came, and no other one")
            elif isinstance(event, h11.Response):
                raise Refusal(event.status_code, bytes(self._seen))
            else:
                raise OpeningError("the server ended the connection without a response")

    def _switch(self, response: h11.InformationalResponse) -> Opened:
        """Judge a 101 (§4.1)."""
        headers = [(name, value) for name, value in response.headers]
        if not _has_token(headers, b"upgrade", "websocket"):
            raise OpeningError("the response has no Upgrade: websocket (RFC 6455 §4.1)")
        if not _has_token(headers, b"connection", "upgrade"):
            raise OpeningError("the response has no Connection: Upgrade (RFC 6455 §4.1)")
        accepts = _values(headers, b"sec-websocket-accept")
        if accepts != [accept_value(self._key).decode()]:
            raise OpeningError(f"Sec-WebSocket-Accept is wrong, absent or there twice: {accepts} (RFC 6455 §4.1)")
        chosen = _values(headers, b"sec-websocket-protocol")
        if len(chosen) > 1 or not self._protocols.issuperset(chosen):
            raise OpeningError("the server chose a subprotocol that was not offered (RFC 6455 §4.1)")
        agreement = judge_response(_values(headers, b"sec-websocket-extensions"), self._wishes)
        early = self._http.trailing_data[0]
        head = bytes(self._seen[: len(self._seen) - len(early)])
        return Opened(early, agreement, "".join(_values(headers, b"server")[:1]), head)


class ServerOpening:
    """The tester is the server.

    protocols: the subprotocols to choose from, the preferred one first. head: what to answer a good request, instead of
    the usual response.
    """

    def __init__(
        self, *, wishes: tuple[DeflateWish, ...], protocols: tuple[str, ...] = (), head: Head | None = None
    ) -> None:
        self._wishes = wishes
        self._protocols = protocols
        self._head = head
        self.write: Write | int = Write.TOGETHER if head is None else head.write
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_OCTETS)
        self._seen = bytearray()
        self.response = b""

    @classmethod
    def of(cls, case: Case, protocols: tuple[str, ...]) -> Self:
        """As a case wants it."""
        return cls(wishes=case.deflate, protocols=protocols, head=(case.opening or Opening()).head)

    def start(self) -> bytes:
        """Nothing: the client begins."""
        return b""

    def receive(self, data: bytes) -> Opened | None:
        """Take octets; None: more have to come. `response` is then what to send. Raises OpeningError."""
        self._seen += data
        self._http.receive_data(data)
        try:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                return None
            if not isinstance(event, h11.Request):
                raise OpeningError("the client ended the connection without a request")
            self._http.next_event()
        except h11.RemoteProtocolError as exc:
            raise OpeningError(f"what came is no HTTP request: {exc}") from None
        return self._judge(event)

    def _judge(self, request: h11.Request) -> Opened:
        """Judge a request and write the answer (§4.2)."""
        headers = [(name, value) for name, value in request.headers]
        if request.method != b"GET" or not _has_token(headers, b"upgrade", "websocket"):
            raise OpeningError("the request asks for no WebSocket (RFC 6455 §4.2.1)")
        if not _has_token(headers, b"connection", "upgrade"):
            raise OpeningError("the request has no Connection: Upgrade (RFC 6455 §4.2.1)")
        if _values(headers, b"sec-websocket-version") != ["13"]:
            raise OpeningError("Sec-WebSocket-Version is not 13 (RFC 6455 §4.2.1)")
        keys = _values(headers, b"sec-websocket-key")
        if len(keys) != 1:
            raise OpeningError("Sec-WebSocket-Key is absent or there twice (RFC 6455 §4.2.1)")
        accept = accept_value(keys[0].encode("latin-1")).decode()
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            f"Server: {PRODUCT}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {accept}",
        ]
        offered = _elements(_values(headers, b"sec-websocket-protocol"))
        lines += [f"Sec-WebSocket-Protocol: {name}" for name in self._protocols if name in offered][:1]
        chosen = answer(_values(headers, b"sec-websocket-extensions"), self._wishes) if self._wishes else None
        if chosen is not None:
            lines.append(f"Sec-WebSocket-Extensions: {chosen[0]}")
        self.response = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if self._head is not None:
            self.response = self._head.octets({"accept": accept, "accept_swapped": accept.swapcase()})
        early = self._http.trailing_data[0]
        head = bytes(self._seen[: len(self._seen) - len(early)])
        product = "".join(_values(headers, b"user-agent")[:1])
        return Opened(early, None if chosen is None else chosen[1], product, head)
