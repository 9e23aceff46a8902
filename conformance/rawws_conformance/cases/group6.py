"""UTF-8, valid and invalid (RFC 6455 §5.6, §8.1).

The sequences are those of Markus Kuhn's well-known stress test for decoders, as far as they concern one text each.
"""

from __future__ import annotations

from rawws_conformance.cases.build import INVALID_PAYLOAD, TEXT, came, echoes, fails, more, octets, send, text
from rawws_conformance.model import (
    BeginFrame,
    Behavior,
    Case,
    CloseAfter,
    KillAfter,
    MoreOfFrame,
    Outcome,
    SendMessage,
    Step,
    Timeout,
    Wait,
)

_RULES = ("6455-5.6-1", "6455-8.1-1")
_LATIN = "Hello-µ@ßöäüàá-UTF-8!!".encode()
_GREEK = bytes.fromhex("cebae1bdb9cf83cebcceb5")  # kosme, with the accented omicron of the polytonic block
_SURROGATE = _GREEK + b"\xed\xa0\x80" + b"edited"
_EMPTY, _VALID, _INVALID, _FAST = (
    "UTF-8: empty fragments", "UTF-8: valid, fragmented", "UTF-8: invalid, fragmented", "UTF-8: fail fast",
)  # fmt: skip


def _good(case_id: str, group: str, sends: str, *steps: Step, back: bytes) -> Case:
    return echoes(case_id, group, sends, steps, came(back), requirements=_RULES, limit=CloseAfter(1))


def _bad(case_id: str, group: str, sends: str, *steps: Step, seconds: float = 1) -> Case:
    return fails(case_id, group, sends, steps, requirements=_RULES, closing=INVALID_PAYLOAD, seconds=seconds)


def _in_octets(payload: bytes) -> SendMessage:
    """Each octet a fragment, and the empty last one that a cut on the end brings."""
    return SendMessage(TEXT, octets(payload), fragment=1)


_FRAGMENTED = (
    _good("6.1.1", _EMPTY, "An empty text message.", send(text()), back=b""),
    _good("6.1.2", _EMPTY, "A text message of three empty fragments.", send(text(fin=False), more(fin=False), more()), back=b""),
    _good(
        "6.1.3", _EMPTY, "A text message of three fragments; the first and the last are empty.",
        send(text(fin=False), more("middle frame payload", fin=False), more()), back=b"middle frame payload",
    ),
    _good("6.2.1", _VALID, "A text with characters of two octets, in one frame.", SendMessage(TEXT, octets(_LATIN)), back=_LATIN),
    _good(
        "6.2.2", _VALID, "The same text in two fragments, cut between two characters.",
        send(text(_LATIN[:15], fin=False), more(_LATIN[15:])), back=_LATIN,
    ),
    _good("6.2.3", _VALID, "The same text in fragments of one octet.", _in_octets(_LATIN), back=_LATIN),
    _good("6.2.4", _VALID, "Greek, with characters of two and three octets, in fragments of one octet.", _in_octets(_GREEK), back=_GREEK),
    _bad("6.3.1", _INVALID, "A text that holds the encoding of a surrogate, in one frame.", SendMessage(TEXT, octets(_SURROGATE))),
    _bad("6.3.2", _INVALID, "The same text in fragments of one octet.", _in_octets(_SURROGATE)),
)  # fmt: skip


def _fail_fast(number: int, sends: str, *parts: bytes, in_frames: bool) -> Case:
    """Three parts a second apart; the second one makes the text invalid."""
    first, second, third = parts
    steps: tuple[Step, ...]
    if in_frames:
        steps = (send(text(first, fin=False)), Wait(1, "A"), send(more(second, fin=False)), Wait(1, "B"), send(more(third)))
    else:
        whole = sum(map(len, parts))
        steps = (BeginFrame(TEXT, whole, first), Wait(1, "A"), MoreOfFrame(second), Wait(1, "B"), MoreOfFrame(third))
    return fails(
        f"6.4.{number}",
        _FAST,
        sends,
        steps,
        requirements=_RULES,
        closing=INVALID_PAYLOAD,
        outcomes=(
            Outcome(Behavior.OK, (Timeout("A"),)),
            Outcome(Behavior.NON_STRICT, (Timeout("A"), Timeout("B"))),
        ),
        expects="The first part is accepted. The second makes the connection fail at once (OK), or the whole message does (NON-STRICT).",
    )


_BEYOND = (_GREEK, b"\xf4\x90\x80\x80", b"edited")
_BEYOND_EARLY = (_GREEK + b"\xf4", b"\x90", b"\x80\x80edited")
_FAIL_FAST = (
    _fail_fast(1, "A text in three fragments, a second apart: valid, U+110000, ASCII.", *_BEYOND, in_frames=True),
    _fail_fast(2, "The same text; the second fragment is just the octet that makes it invalid.", *_BEYOND_EARLY, in_frames=True),
    _fail_fast(3, "The text of 6.4.1 in one frame, its parts a second apart.", *_BEYOND, in_frames=False),
    _fail_fast(4, "The text of 6.4.2 in one frame, its parts a second apart.", *_BEYOND_EARLY, in_frames=False),
)


def _hex(values: str) -> tuple[bytes, ...]:
    return tuple(map(bytes.fromhex, values.split()))


_INCOMPLETE = _hex("c0 e080 f08080 f8808080 fc80808080 df efbf f7bfbf fbbfbfbf fdbfbfbfbf")


def _starts(first: int, last: int) -> bytes:
    """Octets that begin a sequence, each followed by a space."""
    return b"".join(bytes((octet, 0x20)) for octet in range(first, last))


#: U+nFFFE and U+nFFFF of all 17 planes: valid UTF-8, and no characters.
_NONCHARACTERS = tuple(chr(plane << 16 | low).encode() for plane in range(17) for low in (0xFFFE, 0xFFFF))

#: Minor numbers from 5 on: what the texts have in common, and the texts.
_SEQUENCES: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("valid samples", (*(b"hello" + char.encode() + b"world" for char in "$¢€𤭢"), _GREEK)),
    ("prefixes of a valid string", tuple(_GREEK[:end] for end in range(1, len(_GREEK) + 1))),
    ("shortest of each length", _hex("00 c280 e0a080 f0908080")),
    ("shortest of length 5 and 6", _hex("f888808080 fc8480808080")),
    ("longest of each length", _hex("7f dfbf efbfbf f48fbfbf")),
    ("longest of length 4, 5, 6", _hex("f7bfbfbf fbbfbfbfbf fdbfbfbfbfbf")),
    ("other boundaries", _hex("ed9fbf ee8080 efbfbd f48fbfbf f4908080")),
    ("stray continuation octets", (*_hex("80 bf 80bf 80bf80 80bf80bf 80bf80bf80 80bf80bf80bf"), bytes(range(0x80, 0xBF)))),
    ("lonely start octets", (_starts(0xC0, 0xDF), _starts(0xE0, 0xEF), _starts(0xF0, 0xF7), _starts(0xF8, 0xFB), _starts(0xFC, 0xFD))),
    ("last octet missing", _INCOMPLETE),
    ("incomplete sequences joined", (b"".join(_INCOMPLETE),)),
    ("impossible octets", _hex("fe ff fefeffff")),
    ("overlong '/'", _hex("c0af e080af f08080af f8808080af fc80808080af")),
    ("largest overlongs", _hex("c1bf e09fbf f08fbfbf f887bfbfbf fc83bfbfbfbf")),
    ("overlong NUL", _hex("c080 e08080 f0808080 f880808080 fc8080808080")),
    ("single surrogates", _hex("eda080 edadbf edae80 edafbf edb080 edbe80 edbfbf")),
    ("surrogate pairs", tuple(high + low for high in _hex("eda080 edadbf edae80 edafbf") for low in _hex("edb080 edbfbf"))),
    ("noncharacters (valid)", _NONCHARACTERS),
    ("specials (valid)", _hex("efbfb9 efbfba efbfbb efbfbc efbfbd efbfbe efbfbf")),
)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _sequence(minor: int, number: int, common: str, data: bytes) -> Case:
    case_id, group = f"6.{minor}.{number}", f"UTF-8: {common}"
    step = SendMessage(TEXT, octets(data))
    if _is_utf8(data):
        return echoes(
            case_id, group, f"The text {data.hex()}, which is valid.", (step,), came(data), requirements=_RULES, limit=KillAfter(0.5)
        )
    return _bad(case_id, group, f"The text {data.hex()}, which is not UTF-8.", step, seconds=0.5)


CASES = (
    *_FRAGMENTED,
    *_FAIL_FAST,
    *(
        _sequence(minor, number, common, data)
        for minor, (common, sequences) in enumerate(_SEQUENCES, 5)
        for number, data in enumerate(sequences, 1)
    ),
)
