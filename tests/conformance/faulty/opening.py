"""Peers whose opening handshake is wrong (RFC 6455 §4)."""

from __future__ import annotations

from tests.conformance.peers import Peer


class WrongAccept(Peer):
    """Answers with the accept value of another key."""

    def accept_value(self, key: bytes) -> bytes:
        return super().accept_value(key + b"=")


class UnofferedExtension(Peer):
    """Chooses an extension that nobody offered."""

    def accept_offers(self, offers: str) -> str:
        return "x-unknown"


class WrongStatus(Peer):
    """Answers 200, and goes on as if it had been 101."""

    def response(self, key: bytes, extensions: str) -> bytes:
        return super().response(key, extensions).replace(b"101 Switching Protocols", b"200 OK")


class NoUpgrade(Peer):
    """Leaves out the Upgrade header."""

    def response(self, key: bytes, extensions: str) -> bytes:
        return super().response(key, extensions).replace(b"Upgrade: websocket\r\n", b"")

    def request(self) -> bytes:
        return super().request().replace(b"Upgrade: websocket\r\n", b"")


class NoConnection(Peer):
    """Leaves out the Connection header."""

    def response(self, key: bytes, extensions: str) -> bytes:
        return super().response(key, extensions).replace(b"Connection: Upgrade\r\n", b"")

    def request(self) -> bytes:
        return super().request().replace(b"Connection: Upgrade\r\n", b"")


class AcceptTwice(Peer):
    """Answers with Sec-WebSocket-Accept twice."""

    def response(self, key: bytes, extensions: str) -> bytes:
        line = b"Sec-WebSocket-Accept: " + self.accept_value(key) + b"\r\n"
        return super().response(key, extensions).replace(line, line * 2)


class UnofferedSubprotocol(Peer):
    """Chooses a subprotocol that nobody offered."""

    def response(self, key: bytes, extensions: str) -> bytes:
        head = super().response(key, extensions)
        return head.replace(b"Upgrade: ", b"Sec-WebSocket-Protocol: chat\r\nUpgrade: ", 1)


class NeverAnswers(Peer):
    """Accepts the connection, or opens it, and says nothing."""

    def response(self, key: bytes, extensions: str) -> bytes:
        return b""

    def request(self) -> bytes:
        return b""


class OldVersion(Peer):
    """A client that asks for version 8."""

    def request(self) -> bytes:
        return super().request().replace(b"Version: 13", b"Version: 8")


class NoKey(Peer):
    """A client without Sec-WebSocket-Key."""

    def request(self) -> bytes:
        return super().request().replace(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", b"")


class Posts(Peer):
    """A client whose request is a POST."""

    def request(self) -> bytes:
        return super().request().replace(b"GET ", b"POST ")
