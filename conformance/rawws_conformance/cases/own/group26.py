"""UTF-8 in text messages, where fragments and control frames come between (RFC 6455 §8.1)."""

from __future__ import annotations

from rawws_conformance.cases.build import INVALID_PAYLOAD, came, more, ping, send, text
from rawws_conformance.cases.own.build import played
from rawws_conformance.model import Case, Closing, Frame, Octets, Pong, Write

_GROUP = "UTF-8"

#: Characters of one, two, three and four octets.
_TEXT = "aé€𝄞"
_OCTETS = _TEXT.encode()

_ALOUD = Closing(by_tester=False, codes=(1007,), clean=False, wrong_closer_fails=True, lenient_codes=(None,))


def _one_by_one() -> tuple[Frame, ...]:
    """The text in fragments of an octet, with a ping between any two of them."""
    frames: list[Frame] = []
    for at in range(len(_OCTETS)):
        last = at == len(_OCTETS) - 1
        frames.append(Frame(0 if at else 1, Octets(_OCTETS[at : at + 1]), fin=last))
        if not last:
            frames.append(ping(str(at)))
    return tuple(frames)


def _bad(number: str, sends: str, *frames: Frame, closing: Closing = INVALID_PAYLOAD) -> Case:
    expects = "The connection is failed because of the payload; nothing comes back."
    return played(f"26.{number}", _GROUP, sends, expects, (send(*frames),), rules=("6455-8.1-1",), closing=closing)


CASES = (
    played("26.1.1", _GROUP, "A text with characters of one to four octets, in fragments of an octet with a ping behind each.", "A pong for each ping, then the text.", (send(*_one_by_one()),), *(Pong(Octets(str(at).encode())) for at in range(len(_OCTETS) - 1)), came(_TEXT), rules=("6455-5.6-1", "6455-5.4-3")),
    played("26.1.2", _GROUP, "The same without pings, each fragment in a write of its own.", "The text comes back.", (send(*(frame for frame in _one_by_one() if frame.opcode < 8), write=Write.FRAME),), came(_TEXT), rules=("6455-5.6-1",)),
    played("26.1.3", _GROUP, "A text of NUL, a byte order mark and U+10FFFF.", "It comes back as it was, byte order mark and all.", (send(text("\x00\ufeff\U0010ffff")),), came("\x00\ufeff\U0010ffff"), rules=("6455-5.6-1",)),
    played("26.1.4", _GROUP, "A binary message that is no UTF-8, and a text.", "Both come back.", (send(Frame(2, Octets(b"\xff\xfe\x80")), text("Hello")),), came(b"\xff\xfe\x80", is_binary=True), came("Hello"), rules=("6455-5.6-1",)),
    played("26.1.5", _GROUP, "Two texts in one write, the second of which begins with a character of four octets.", "Both come back.", (send(text("Hello"), text("𝄞")),), came("Hello"), came("𝄞"), rules=("6455-5.6-1",)),
    _bad("2.1", "A text whose last fragment is empty, and whose last character is not whole.", text(b"a\xe2\x82", fin=False), more()),
    _bad("2.2", "A text of which a character begins in one fragment and does not go on in the next.", text(b"a\xe2\x82", fin=False), more("a")),
    _bad("2.3", "A text of two fragments that ends in the middle of a character.", text(b"a\xf0\x9d", fin=False), more(b"\x84")),
    _bad("2.4", "A text that is not UTF-8, to see how the connection is failed.", text(b"\xff"), closing=_ALOUD),
)  # fmt: skip
