"""A right echo peer, small and slow, whose every rule is a method of its own: so that a test can break one.

It is written from RFC 6455 and RFC 7692, without a look at the package under test, as a sans-IO adapter.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TAIL = b"\x00\x00\xff\xff"


class Failed(Exception):
    """The connection has to be failed with this close code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Peer:
    """One connection. `receive` takes octets (None: the end of TCP) and gives octets; `closed`: end TCP."""

    def __init__(self, role: str) -> None:
        self.is_server = role == "server"
        self.closed = False
        self.buffer = bytearray()
        self.out = bytearray()
        self.is_open = False
        self.close_sent = False
        self.started = self.is_server
        self.opcode = 0
        self.parts: list[bytes] = []
        self.compressed = False
        self.deflating = False
        self.own_bits, self.own_keeps, self.their_bits, self.their_keeps = 15, True, 15, True

    # -- octets ---------------------------------------------------------------------------------------------------

    def receive(self, data: bytes | None) -> bytes:
        """Octets in, octets out."""
        self.out.clear()
        if not self.started:
            self.started = True
            self.out += self.request()
        if data is None:
            self.on_end()
            return bytes(self.out)
        self.buffer += data
        try:
            if self.is_open or self.handshake():
                while not self.closed and self.next_frame():
                    pass
        except Failed as failed:
            self.fail(failed.code)
        return bytes(self.out)

    def on_end(self) -> None:
        """TCP has ended."""
        self.closed = True

    # -- the opening handshake ----------------------------------------------------------------------------------------

    def request(self) -> bytes:
        """What a client sends first."""
        return (
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: "
            b"permessage-deflate; client_no_context_takeover; client_max_window_bits\r\n\r\n"
        )

    def handshake(self) -> bool:
        """Whether the opening handshake is complete now."""
        head, found, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        if not found:
            return False
        self.buffer = bytearray(rest)
        lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
        headers = {name.strip().lower(): value.strip() for name, _, value in lines}
        extensions = headers.get(b"sec-websocket-extensions", b"").decode()
        if self.is_server:
            self.out += self.response(headers[b"sec-websocket-key"], self.accept_offers(extensions))
        elif extensions:
            self.deflating = True
            self.agree(extensions, own="client", theirs="server")
        self.is_open = True
        return True

    def accept_value(self, key: bytes) -> bytes:
        """Sec-WebSocket-Accept."""
        return base64.b64encode(hashlib.sha1(key + _GUID).digest())

    def response(self, key: bytes, extensions: str) -> bytes:
        """What a server answers."""
        lines = [
            b"HTTP/1.1 101 Switching Protocols", b"Server: peer of the tests", b"Upgrade: websocket",
            b"Connection: Upgrade", b"Sec-WebSocket-Accept: " + self.accept_value(key),
        ]  # fmt: skip
        if extensions:
            lines.append(b"Sec-WebSocket-Extensions: " + extensions.encode())
        return b"\r\n".join([*lines, b"", b""])

    def accept_offers(self, offers: str) -> str:
        """The answer to the first offer, or nothing."""
        first = offers.split(",", maxsplit=1)[0].strip()
        if not first.startswith("permessage-deflate"):
            return ""
        answer = ["permessage-deflate"]
        answer += [part for part in map(str.strip, first.split(";")) if part.startswith("server_")]
        self.deflating = True
        self.agree("; ".join(answer), own="server", theirs="client")
        return "; ".join(answer)

    def agree(self, answer: str, *, own: str, theirs: str) -> None:
        """Take over what an answer says."""
        fields = dict(part.strip().partition("=")[::2] for part in answer.split(";")[1:])
        self.own_keeps = f"{own}_no_context_takeover" not in fields
        self.their_keeps = f"{theirs}_no_context_takeover" not in fields
        self.own_bits = int(fields.get(f"{own}_max_window_bits") or 15)
        self.their_bits = int(fields.get(f"{theirs}_max_window_bits") or 15)
        self.compressor = zlib.compressobj(wbits=-self.own_bits)
        self.inflater = zlib.decompressobj(wbits=-self.their_bits)

    # -- frames -------------------------------------------------------------------------------------------------------

    def next_frame(self) -> bool:
        """Take a frame from the buffer; whether there was a whole one."""
        data = self.buffer
        if len(data) < 2:
            return False
        length, start = data[1] & 0x7F, 2
        if length >= 126:
            size = 2 if length == 126 else 8
            if len(data) < 2 + size:
                return False
            length, start = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
        masked = bool(data[1] & 0x80)
        key = bytes(data[start : start + 4]) if masked else bytes(4)
        start += 4 if masked else 0
        if len(data) < start:
            return False
        fin, rsv, opcode = bool(data[0] & 0x80), data[0] >> 4 & 7, data[0] & 0x0F
        self.judge_head(fin=fin, rsv=rsv, opcode=opcode, masked=masked, length=length)
        if len(data) < start + length:
            if length < 4096:
                self.judge_part(opcode, self.unmask(bytes(data[start:]), key))
            return False
        payload = self.unmask(bytes(data[start : start + length]), key)
        del data[: start + length]
        if opcode & 0x08:
            self.control(opcode, payload)
        else:
            self.data(opcode, payload, fin=fin, rsv=rsv)
        return True

    def unmask(self, payload: bytes, key: bytes) -> bytes:
        """XOR with the key."""
        stream = (key * (len(payload) // 4 + 1))[: len(payload)]
        return (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(payload), "big")

    def judge_head(self, *, fin: bool, rsv: int, opcode: int, masked: bool, length: int) -> None:
        """All rules about a frame's head."""
        self.judge_reserved_bits(rsv, opcode)
        self.judge_opcode(opcode)
        self.judge_mask(masked)
        if opcode & 0x08:
            self.judge_control(fin=fin, length=length)
        else:
            self.judge_sequence(opcode)

    def judge_reserved_bits(self, rsv: int, opcode: int) -> None:
        """RFC 6455 §5.2, RFC 7692 §6.1."""
        if rsv and not (rsv == 4 and self.deflating and opcode in {1, 2}):
            raise Failed(1002)

    def judge_opcode(self, opcode: int) -> None:
        """RFC 6455 §5.2."""
        if opcode not in {0, 1, 2, 8, 9, 10}:
            raise Failed(1002)

    def judge_mask(self, masked: bool) -> None:
        """RFC 6455 §5.1."""
        if masked != self.is_server:
            raise Failed(1002)

    def judge_control(self, *, fin: bool, length: int) -> None:
        """RFC 6455 §5.5."""
        if not fin or length > 125:
            raise Failed(1002)

    def judge_sequence(self, opcode: int) -> None:
        """RFC 6455 §5.4."""
        if (opcode == 0) != bool(self.opcode):
            raise Failed(1002)

    def judge_part(self, opcode: int, payload: bytes) -> None:
        """A part of a frame is there: text that is wrong already need not be waited for."""
        if (opcode or self.opcode) == 1 and not self.deflating:
            self.judge_text(b"".join(self.parts) + payload, final=False)

    # -- messages -----------------------------------------------------------------------------------------------------

    def data(self, opcode: int, payload: bytes, *, fin: bool, rsv: int) -> None:
        """A data frame."""
        if self.close_sent:
            return
        if opcode:
            self.opcode, self.parts, self.compressed = opcode, [], bool(rsv & 4) and self.deflating
        self.parts.append(payload)
        if not fin:
            # Only short texts are looked at early: this peer is no example of how to do it quickly.
            if self.opcode == 1 and not self.compressed and len(self.parts) < 100 and len(payload) < 4096:
                self.judge_text(b"".join(self.parts), final=False)
            return
        whole = b"".join(self.parts)
        if self.compressed:
            whole = self.inflate(whole)
        kind, self.opcode, self.parts = self.opcode, 0, []
        if kind == 1:
            self.judge_text(whole, final=True)
        self.message(kind, whole)

    def judge_text(self, text: bytes, *, final: bool) -> None:
        """RFC 6455 §8.1."""
        try:
            text.decode()
        except UnicodeDecodeError as exc:
            if final or exc.reason != "unexpected end of data":
                raise Failed(1007) from None

    def message(self, opcode: int, payload: bytes) -> None:
        """A whole message: it goes back."""
        if self.deflating:
            self.send(opcode, self.deflate(payload), rsv=4)
        else:
            self.send(opcode, payload)

    def inflate(self, payload: bytes) -> bytes:
        """RFC 7692 §7.2.2."""
        if not self.their_keeps:
            self.inflater = zlib.decompressobj(wbits=-self.their_bits)
        try:
            return self.inflater.decompress(payload + _TAIL)
        except zlib.error:
            raise Failed(1007) from None

    def deflate(self, payload: bytes) -> bytes:
        """RFC 7692 §7.2.1."""
        if not self.own_keeps:
            self.compressor = zlib.compressobj(wbits=-self.own_bits)
        return (self.compressor.compress(payload) + self.compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]

    # -- control frames and closing -----------------------------------------------------------------------------------

    def control(self, opcode: int, payload: bytes) -> None:
        """A control frame."""
        if opcode == 9:
            self.ping(payload)
        elif opcode == 8:
            self.close(payload)

    def ping(self, payload: bytes) -> None:
        """RFC 6455 §5.5.2."""
        if not self.close_sent:
            self.send(10, payload)

    def close(self, payload: bytes) -> None:
        """RFC 6455 §5.5.1."""
        self.judge_close(payload)
        if not self.close_sent:
            self.send_close(self.close_reply(payload))
        self.end_tcp()

    def judge_close(self, payload: bytes) -> None:
        """RFC 6455 §5.5.1, §7.4."""
        if len(payload) == 1:
            raise Failed(1002)
        if payload:
            self.judge_code(int.from_bytes(payload[:2], "big"))
            self.judge_text(payload[2:], final=True)

    def judge_code(self, code: int) -> None:
        """RFC 6455 §7.4."""
        if code not in {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, *range(3000, 5000)}:
            raise Failed(1002)

    def close_reply(self, payload: bytes) -> bytes:
        """The payload of the reply: the same code."""
        return payload[:2]

    def fail(self, code: int) -> None:
        """RFC 6455 §7.1.7: Close, and the end of TCP."""
        if not self.close_sent:
            self.send_close(struct.pack("!H", code))
        self.end_tcp()

    def end_tcp(self) -> None:
        """RFC 6455 §7.1.1: the server ends TCP."""
        self.closed = self.closed or self.is_server

    def send_close(self, payload: bytes) -> None:
        """A Close."""
        self.send(8, payload)
        self.close_sent = True

    def send(self, opcode: int, payload: bytes, *, rsv: int = 0, fin: bool = True) -> None:
        """A frame."""
        self.out += self.head(opcode, len(payload), rsv=rsv, fin=fin)
        if self.is_server:
            self.out += payload
        else:
            self.out += b"\x11\x22\x33\x44" + self.unmask(payload, b"\x11\x22\x33\x44")

    def head(self, opcode: int, length: int, *, rsv: int, fin: bool) -> bytes:
        """RFC 6455 §5.2."""
        first, mask = (0x80 if fin else 0) | rsv << 4 | opcode, 0 if self.is_server else 0x80
        if length < 126:
            return struct.pack("!BB", first, mask | length)
        if length < 1 << 16:
            return struct.pack("!BBH", first, mask | 126, length)
        return struct.pack("!BBQ", first, mask | 127, length)
