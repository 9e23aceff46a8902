"""A peer that looks at everything: opening handshake, the smallest form of a length, the parameters of an extension.

`peers.Peer` knows the rules that Autobahn's cases see. This one knows the others, each under a name, so that a test can
have it skip one (`skips`), or refuse what nobody should (`refuses`).
"""

from __future__ import annotations

import base64
import binascii
import random
import re
import zlib
from collections.abc import Iterable

from tests.conformance.peers import Failed, Peer

_TAIL = b"\x00\x00\xff\xff"
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_KEY = b"b25lIGZvciB0aGUgdGVzdA=="

#: Name, and for each parameter its name and value.
Extension = tuple[str, list[tuple[str, str | None]]]


class Refused(Exception):
    """The opening handshake is refused with this status."""

    def __init__(self, status: str, *fields: str) -> None:
        super().__init__(status)
        self.lines = [f"HTTP/1.1 {status}", *fields, "Content-Length: 0", "Connection: close"]


class StrictPeer(Peer):
    """One connection of a peer to which nothing is to be said."""

    skips: frozenset[str] = frozenset()
    refuses: frozenset[str] = frozenset()
    #: What is to be replaced in its own head, and by what.
    says: tuple[tuple[bytes, bytes], ...] = ()

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.random = random.Random(7)
        self.history = b""
        self.inflaters_left = 0

    # -- the opening handshake ----------------------------------------------------------------------------------------

    def request(self) -> bytes:
        """What a client sends first."""
        return self.spoken(super().request().replace(b"AAAAAAAAAAAAAAAAAAAAAA==", _KEY))

    def response(self, key: bytes, extensions: str) -> bytes:
        """What a server answers."""
        return self.spoken(super().response(key, extensions))

    def spoken(self, head: bytes) -> bytes:
        """A head of its own, changed where it is to be."""
        for old, new in self.says:
            assert old in head
            head = head.replace(old, new)
        return head

    def handshake(self) -> bool:
        """Whether the opening handshake is complete now."""
        while True:
            data = bytes(self.buffer)
            if self.is_server and "leading lines" not in self.refuses:
                data = data.lstrip(b"\r\n")
            head, found, rest = data.partition(b"\r\n\r\n")
            if not found:
                self.closed = self.closed or (bool(self.buffer) and "parts of heads" in self.refuses)
                return False
            self.buffer = bytearray(rest)
            if self.is_server or "informational" in self.refuses or not re.match(rb"HTTP/1\.1 10[^1] ", head):
                break
        try:
            first, fields = self.read(head)
            self.is_open = True
            if self.is_server:
                self.judge_request(first, fields)
                extensions = ", ".join(self.values(fields, "sec-websocket-extensions"))
                self.out += self.response("".join(self.values(fields, "sec-websocket-key")[:1]).encode(),
                self.choose(extensions))
            else:
                self.judge_response(first, fields)
        except Refused as refused:
            if self.is_server:
                self.out += "\r\n".join([*refused.lines, "", ""]).encode()
            self.closed = True
            self.is_open = False
        return self.is_open

    def read(self, head: bytes) -> tuple[str, list[tuple[str, str]]]:
        """The first line and the fields, names in lower case."""
        text = head.decode("latin-1")
        if "NUL" not in self.skips and re.search(r"\0|\r(?!\n)|(?<!\r)\n", text):
            raise Refused("400 Bad Request")
        if "octets" in self.refuses and not text.isascii():
            raise Refused("400 Bad Request")
        first, *lines = text.split("\r\n")
        fields = []
        for line in lines:
            name, colon, value = line.partition(":")
            if "field names" not in self.skips and (not colon or not re.fullmatch(_TOKEN, name)):
                raise Refused("400 Bad Request")
            if ("small letters" in self.refuses and name.islower()) or ("capitals" in self.refuses and name.isupper()):
                raise Refused("400 Bad Request")
            if "spaces" in self.refuses and not re.fullmatch(r" \S.*(?<!\s)", value):
                raise Refused("400 Bad Request")
            fields.append((name.lower(), value.strip(" \t")))
        if "many fields" in self.refuses and (len(fields) > 30 or len(text) > 3000):
            raise Refused("431 Request Header Fields Too Large")
        return first, fields

    def values(self, fields: list[tuple[str, str]], name: str) -> list[str]:
        """The values of all fields with a name."""
        return [value for each, value in fields if each == name]

    def has_token(self, fields: list[tuple[str, str]], name: str, token: str) -> bool:
        """Whether one of the elements of a list is a token."""
        values = self.values(fields, name)
        if f"list of {name}" in self.refuses and (len(values) > 1 or "," in "".join(values)):
            return False
        elements = [element.strip(" \t") for element in ",".join(values).split(",")]
        if f"case of {name}" in self.refuses:
            return token in elements
        if f"prefix of {name}" in self.skips:
            return any(element.lower().startswith(token.lower()) for element in elements)
        return token.lower() in [element.lower() for element in elements]

    def need(self, rule: str, right: bool, status: str = "400 Bad Request", *fields: str) -> None:
        """Refuse where a rule is broken that is not to be skipped."""
        if rule not in self.skips and not right:
            raise Refused(status, *fields)

    def judge_request(self, first: str, fields: list[tuple[str, str]]) -> None:
        """RFC 6455 §4.2.1."""
        words = first.split(" ")
        method, target, version = (*words, "", "", "")[:3]
        self.need("method", method == "GET", "405 Method Not Allowed", "Allow: GET")
        self.need("HTTP version", version == "HTTP/1.1", "505 HTTP Version Not Supported")
        if "whole targets" in self.refuses and not target.startswith("/"):
            raise Refused("400 Bad Request")
        self.need("Host", len(self.values(fields, "host")) == 1)
        is_upgrade = self.has_token(fields, "upgrade", "websocket")
        self.need("Upgrade", is_upgrade, "426 Upgrade Required", "Upgrade: websocket")
        self.need("Connection", self.has_token(fields, "connection", "Upgrade"))
        known = () if "says versions" in self.refuses else ("Sec-WebSocket-Version: 13",)
        versions = self.values(fields, "sec-websocket-version")
        self.need("version", versions[:1] == ["13"], "426 Upgrade Required", *known)
        self.need("versions", len(versions) == 1)
        keys = self.values(fields, "sec-websocket-key")
        self.need("keys", len(keys) == 1)
        self.need("key", self.is_key("".join(keys[:1])))
        if "keys of ff" in self.refuses and keys[0].startswith("////"):
            raise Refused("400 Bad Request")
        extensions = self.extensions(", ".join(self.values(fields, "sec-websocket-extensions")))
        if "unknown extensions" in self.refuses and any(name != "permessage-deflate" for name, _ in extensions):
            raise Refused("400 Bad Request")

    def is_key(self, key: str) -> bool:
        """Whether this is base64 of 16 octets."""
        try:
            return len(base64.b64decode(key, validate=True)) == 16
        except (binascii.Error, ValueError):
            return False

    def judge_response(self, first: str, fields: list[tuple[str, str]]) -> None:
        """RFC 6455 §4.1."""
        reason = "( .*)?" if "reasons" not in self.refuses else " Switching Protocols"
        self.need("status line", bool(re.fullmatch(r"(HTTP/1\.. )?[0-9]{3,4}( .*)?", first)))
        self.need("status", "101" in first.split(" ")[:2])
        self.need("strict status", bool(re.fullmatch(rf"HTTP/1\.1 101{reason}", first)))
        self.need("Upgrade", self.has_token(fields, "upgrade", "websocket"))
        self.need("Connection", self.has_token(fields, "connection", "Upgrade"))
        accepts = self.values(fields, "sec-websocket-accept")
        right = self.accept_value(_KEY).decode()
        swapped = "case of accept" in self.skips and [each.lower() for each in accepts] == [right.lower()]
        self.need("accept", accepts[-1:] == [right] or swapped)
        self.need("accepts", len(accepts) == 1)
        self.need("protocol", not self.values(fields, "sec-websocket-protocol"))
        extensions = self.extensions(", ".join(self.values(fields, "sec-websocket-extensions")))
        self.need("extensions", len(extensions) <= 1)
        for name, parameters in extensions:
            self.need("extension", name == "permessage-deflate")
            self.need("parameters", self.is_answer(parameters))
            self.deflating = True
            text = "; ".join([name, *(key if value is None else f"{key}={value}" for key, value in parameters)])
            self.agree(text, own="client", theirs="server")

    # -- extensions ---------------------------------------------------------------------------------------------------

    def extensions(self, text: str) -> list[Extension]:
        """The elements of Sec-WebSocket-Extensions."""
        found: list[Extension] = []
        for element in re.findall(r'(?:"[^"]*"?|[^,"])+', text):
            name, *parts = (part.strip(" \t") for part in element.split(";"))
            if not name and not parts:
                continue
            parameters = []
            for part in parts:
                match = re.fullmatch(rf'({_TOKEN})(?:[ \t]*=[ \t]*(?:({_TOKEN})|"({_TOKEN})"))?', part)
                self.need("extension grammar", match is not None)
                if match is not None:
                    parameters.append((match[1], match[2] or match[3]))
            self.need("extension grammar", re.fullmatch(_TOKEN, name) is not None)
            found.append((name, parameters))
        return found

    def is_known(self, parameters: Iterable[tuple[str, str | None]]) -> bool:
        """Whether every parameter is one of RFC 7692, with a value that it may have, and none is there twice."""
        names = [name for name, _ in parameters]
        if "repeated parameters" not in self.skips and len(set(names)) < len(names):
            return False
        for name, value in parameters:
            if re.fullmatch("(server|client)_no_context_takeover", name):
                if value is not None and "values of flags" not in self.skips:
                    return False
            elif re.fullmatch("(server|client)_max_window_bits", name):
                if value is not None and "bits" not in self.skips and not re.fullmatch("8|9|1[0-5]", value):
                    return False
            elif "unknown parameters" not in self.skips:
                return False
        return True

    def is_answer(self, parameters: list[tuple[str, str | None]]) -> bool:
        """Whether a client may take this (§7.1)."""
        bare = any(name.endswith("_max_window_bits") and value is None for name, value in parameters)
        if "unasked parameters" in self.refuses and any(name.startswith("server_") for name, _ in parameters):
            return False
        return self.is_known(parameters) and ("bare bits" in self.skips or not bare)

    def choose(self, text: str) -> str:
        """The answer to the first offer that can be accepted, or nothing."""
        for name, parameters in self.extensions(text):
            bare = ("server_max_window_bits", None) in parameters and "bare bits" not in self.skips
            if name not in self.names() or not self.is_known(parameters) or bare:
                continue
            answer = ["permessage-deflate"]
            given = dict(parameters)
            answer += ["server_no_context_takeover"] if "server_no_context_takeover" in given else []
            bits = given.get("server_max_window_bits")
            if bits == "8" and "window of 8" not in self.skips:
                continue  # zlib has no such window
            bits = "9" if bits == "8" else bits
            answer += [f"server_max_window_bits={bits}"] if bits else []
            self.deflating = True
            self.agree("; ".join(self.forget(answer)), own="server", theirs="client")
            return "; ".join(self.forget(answer))
        return ""

    def names(self) -> tuple[str, ...]:
        """What the extension may be called."""
        return ("permessage-deflate", *(("permessage-deflate2",) if "names" in self.skips else ()))

    def forget(self, answer: list[str]) -> list[str]:
        """Leave out of an answer what is not to be said."""
        if "client bits" in self.skips:
            answer = [*answer, "client_max_window_bits=15"]
        return [part for part in answer if part.partition("=")[0] not in self.skips]

    def agree(self, answer: str, *, own: str, theirs: str) -> None:
        """Take over what an answer says. zlib deflates with no window of 8."""
        fields = dict(part.strip().partition("=")[::2] for part in answer.split(";")[1:])
        wanted = fields.get(f"{own}_max_window_bits") or "15"
        self.own_bits = max(9, min(15, int(wanted))) if wanted.isdigit() else 15
        self.own_keeps = f"{own}_no_context_takeover" not in fields
        self.their_keeps, self.their_bits = f"{theirs}_no_context_takeover" not in fields, 15
        self.compressor = zlib.compressobj(wbits=-self.own_bits)
        self.inflater = zlib.decompressobj(wbits=-15)

    def inflate(self, payload: bytes) -> bytes:
        """RFC 7692 §7.2.2, blocks with BFINAL included."""
        if not self.their_keeps:
            self.history = b""
            self.inflater = zlib.decompressobj(wbits=-15)
        data, out = payload + _TAIL, b""
        try:
            while data:
                out += self.inflater.decompress(data)
                data = b""
                if self.inflater.eof:
                    data = self.inflater.unused_data
                    if "BFINAL" in self.refuses:
                        raise Failed(1007)
                    window = (self.history + out)[-32768:]
                    self.inflater = zlib.decompressobj(wbits=-15, zdict=window) if window else zlib.decompressobj(-15)
        except zlib.error:
            if "inflating" in self.skips:
                return out
            raise Failed(1007) from None
        self.history = (self.history + out)[-32768:]
        return out

    # -- frames -------------------------------------------------------------------------------------------------------

    def judge_head(self, *, fin: bool, rsv: int, opcode: int, masked: bool, length: int) -> None:
        """All rules about a frame's head."""
        super().judge_head(fin=fin, rsv=rsv, opcode=opcode, masked=masked, length=length)
        short = self.buffer[1] & 0x7F
        too_long = (short == 126 and length < 126) or (short == 127 and length < 1 << 16)
        if too_long and "minimal lengths" not in self.skips:
            raise Failed(1002)
        if length >= 1 << 63 and "top bit" not in self.skips:
            raise Failed(1002)
        if "empty fragments" in self.refuses and not length and (opcode == 0 or not fin):
            raise Failed(1008)
        if "masks of zeros" in self.refuses and masked and not any(self.buffer[2:6]):
            raise Failed(1002)

    def judge_mask(self, masked: bool) -> None:
        """RFC 6455 §5.1."""
        if "masks" not in self.skips:
            super().judge_mask(masked)

    def judge_reserved_bits(self, rsv: int, opcode: int) -> None:
        """RFC 6455 §5.2, RFC 7692 §6.1."""
        if "bits of controls" in self.skips and opcode & 8:
            return
        if "RSV1 of continuations" in self.skips and self.deflating and opcode == 0 and rsv == 4:
            return
        if "bits of continuations" in self.skips and opcode == 0:
            return
        if "other bits of the compressed" in self.skips and self.deflating and rsv & 4:
            return
        super().judge_reserved_bits(rsv, opcode)

    def send(self, opcode: int, payload: bytes, *, rsv: int = 0, fin: bool = True) -> None:
        """A frame, masked with a key of its own."""
        if self.is_server:
            super().send(opcode, payload, rsv=rsv, fin=fin)
            return
        key = b"\x11\x22\x33\x44" if "fresh masks" in self.skips else self.random.randbytes(4)
        self.out += self.head(opcode, len(payload), rsv=rsv, fin=fin) + key + self.unmask(payload, key)

    def fail(self, code: int) -> None:
        """RFC 6455 §7.1.7."""
        if "a last word" in self.skips:
            self.closed = True
        else:
            super().fail(code)

    def judge_code(self, code: int) -> None:
        """RFC 6455 §7.4."""
        if code in {1, 1005, 1006, 1015} and "codes" in self.skips:
            return
        if "young codes" in self.refuses and 1012 <= code <= 1014:
            raise Failed(1002)
        super().judge_code(code)

    def judge_text(self, text: bytes, *, final: bool) -> None:
        """RFC 6455 §8.1."""
        if "UTF-8" not in self.skips:
            super().judge_text(text, final=final)

    def close_reply(self, payload: bytes) -> bytes:
        """The payload of the reply."""
        return b"\x03\xe8" if "codes of replies" in self.refuses else super().close_reply(payload)
