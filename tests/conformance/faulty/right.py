"""Peers that make use of what the RFCs leave to an endpoint: none of them is faulty."""

from __future__ import annotations

from tests.conformance.peers import Peer


class Fragments(Peer):
    """Sends every message in three fragments, the last one empty (RFC 6455 §5.4)."""

    def message(self, opcode: int, payload: bytes) -> None:
        rsv = 4 if self.deflating else 0
        octets = self.deflate(payload) if self.deflating else payload
        self.send(opcode, octets[:3], rsv=rsv, fin=False)
        self.send(0, octets[3:], fin=False)
        self.send(0, b"")


class NeverCompresses(Peer):
    """Agrees to permessage-deflate, and sends everything plain (RFC 7692 §6)."""

    def message(self, opcode: int, payload: bytes) -> None:
        self.send(opcode, payload)


class ClosesWithoutCode(Peer):
    """Replies to a Close with an empty one (RFC 6455 §5.5.1: the body is optional)."""

    def close_reply(self, payload: bytes) -> bytes:
        return b""


class GivesReasons(Peer):
    """Replies to a Close with a reason of its own (RFC 6455 §7.1.6)."""

    def close_reply(self, payload: bytes) -> bytes:
        return payload[:2] + "adiós".encode() if payload else b""


class FreshContext(Peer):
    """Compresses every message by itself, though it need not (RFC 7692 §7.1.1.1)."""

    def deflate(self, payload: bytes) -> bytes:
        self.own_keeps = False
        return super().deflate(payload)


RIGHT = (Fragments, NeverCompresses, ClosesWithoutCode, GivesReasons, FreshContext)
