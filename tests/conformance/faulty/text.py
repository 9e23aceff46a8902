"""Peers that are wrong about UTF-8 (RFC 6455 §8.1)."""

from __future__ import annotations

import re

from tests.conformance.peers import Failed, Peer


class TakesInvalidUtf8(Peer):
    """Never looks whether a text is UTF-8."""

    def judge_text(self, text: bytes, *, final: bool) -> None:
        pass


class TakesSurrogates(Peer):
    """Takes encoded surrogates for UTF-8, as some languages do."""

    def judge_text(self, text: bytes, *, final: bool) -> None:
        # The first two octets of each, be the third there or not, give way to two that are fine.
        super().judge_text(re.sub(rb"\xed[\xa0-\xbf]", b"\xe2\x80", text), final=final)


class RefusesNoncharacters(Peer):
    """Takes U+FFFE and U+FFFF for invalid."""

    def judge_text(self, text: bytes, *, final: bool) -> None:
        super().judge_text(text, final=final)
        if final and any(ord(char) & 0xFFFE == 0xFFFE for char in text.decode()):
            raise Failed(1007)


class FailsTextLate(Peer):
    """Looks at a text only when all of it is there."""

    def judge_text(self, text: bytes, *, final: bool) -> None:
        if final:
            super().judge_text(text, final=final)


class TakesEveryStructure(Peer):
    """Looks at leading and continuation octets only: overlong forms and surrogates pass."""

    def judge_text(self, text: bytes, *, final: bool) -> None:
        missing = 0
        for octet in text:
            if missing:
                if octet & 0xC0 != 0x80:
                    raise Failed(1007)
                missing -= 1
            elif octet >= 0xF8 or octet & 0xC0 == 0x80:
                raise Failed(1007)
            else:
                missing = (octet >= 0xC0) + (octet >= 0xE0) + (octet >= 0xF0)
        if final and missing:
            raise Failed(1007)


class TakesTruncatedText(Peer):
    """Does not mind when a text ends inside a character."""

    def judge_text(self, text: bytes, *, final: bool) -> None:
        super().judge_text(text, final=False)


class ReplacesInvalidText(Peer):
    """Puts U+FFFD in the place of what is no UTF-8, as some languages do without being asked."""

    def judge_text(self, text: bytes, *, final: bool) -> None:
        pass

    def message(self, opcode: int, payload: bytes) -> None:
        super().message(opcode, payload.decode("utf-8", "replace").encode() if opcode == 1 else payload)


class JudgesFragmentsAlone(Peer):
    """Wants every fragment of a text to be UTF-8 by itself."""

    def data(self, opcode: int, payload: bytes, *, fin: bool, rsv: int) -> None:
        if (opcode or self.opcode) == 1 and not self.deflating:
            super().judge_text(payload, final=True)
        super().data(opcode, payload, fin=fin, rsv=rsv)


class KnowsBasicPlaneOnly(Peer):
    """Takes characters above U+FFFF for invalid."""

    def judge_text(self, text: bytes, *, final: bool) -> None:
        super().judge_text(text, final=final)
        if any(octet >= 0xF0 for octet in text):
            raise Failed(1007)


class EndsTextAtNul(Peer):
    """Takes U+0000 for the end of a text."""

    def message(self, opcode: int, payload: bytes) -> None:
        super().message(opcode, payload.partition(b"\x00")[0] if opcode == 1 else payload)
