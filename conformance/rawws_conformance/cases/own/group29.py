"""Compressed messages, well-formed and not, octet by octet (RFC 7692 §6, §7.2); most of the good ones are its examples."""

from __future__ import annotations

from dataclasses import replace

from rawws_conformance.cases.build import CONTINUATION, PONG, TEXT, came, ping, send, text
from rawws_conformance.cases.own.build import played
from rawws_conformance.model import Behavior, Case, Closing, DeflateWish, Event, Frame, Octets, Outcome, Pong

_GROUP = "permessage-deflate: messages"

#: RSV1.
_COMPRESSED = 4

#: What cannot be inflated is either a wrong payload or a broken rule, as one looks at it.
_INVALID = Closing(by_tester=False, codes=(1007, 1002, 1003), clean=False, wrong_closer_fails=True)
_BROKEN = Closing(by_tester=False, codes=(1002,), clean=False, wrong_closer_fails=True)
_NO_UTF8 = Closing(by_tester=False, codes=(1007,), clean=False, wrong_closer_fails=True)

_HELLO = "f2 48 cd c9 c9 07 00"

#: The octets of RFC 7692 §7.2.3, and others by hand: blocks without compression, with fixed Huffman codes.
_STORED = "00 05 00 fa ff 48 65 6c 6c 6f 00"
_FINAL = "f3 48 cd c9 c9 07 00 00"
_TWO_BLOCKS = "f2 48 05 00 00 00 ff ff ca c9 c9 07 00"


def _frame(octets: str, *, fin: bool = True, opcode: int = TEXT, rsv: int = _COMPRESSED) -> Frame:
    return Frame(opcode, Octets(bytes.fromhex(octets)), fin, rsv)


def _more(octets: str, *, fin: bool = True, rsv: int = 0) -> Frame:
    return _frame(octets, fin=fin, opcode=CONTINUATION, rsv=rsv)


def _deflate(case: Case) -> Case:
    return replace(case, deflate=(DeflateWish(),))


def _good(number: int, sends: str, *frames: Frame, events: tuple[Event, ...] = (came("Hello"),), rule: str = "7692-7.2.2-1") -> Case:
    expects = "What is in it comes back, compressed or not."
    return _deflate(played(f"29.1.{number}", _GROUP, sends, expects, (send(*frames),), *events, rules=(rule,)))


def _bad(number: str, sends: str, *frames: Frame, closing: Closing = _INVALID, rule: str = "7692-7.2.2-1") -> Case:
    expects = "The connection is failed; nothing comes back."
    return _deflate(played(f"29.{number}", _GROUP, sends, expects, (send(*frames),), rules=(rule,), closing=closing))


_BIT = "7692-6.1-1"

CASES = (
    _good(1, "A compressed text message.", _frame(_HELLO)),
    _good(2, "A compressed text message in two fragments, RSV1 in the first only.", _frame("f2 48 cd", fin=False), _more("c9 c9 07 00")),
    _good(3, "A text message in a block without compression.", _frame(_STORED)),
    _good(4, "A text message in a block with BFINAL.", _frame(_FINAL), rule="7692-7.2.3.4-1"),
    _good(5, "A text message in two blocks.", _frame(_TWO_BLOCKS)),
    _good(6, "Two text messages, each in a block with BFINAL.", _frame(_FINAL), _frame(_FINAL), events=(came("Hello"), came("Hello")), rule="7692-7.2.3.4-1"),
    _good(7, "An empty compressed text message.", _frame("00"), events=(came(""),)),
    _good(8, "An empty compressed text message, with an empty fragment before its one octet.", _frame("", fin=False), _more("00"), events=(came(""),)),
    _good(9, "A text message that is not compressed, though it might be.", text("Hello"), rule=_BIT),
    _good(10, "A compressed message, one that is not, and a compressed one.", _frame(_HELLO), text("in between"), _frame(_HELLO), events=(came("Hello"), came("in between"), came("Hello")), rule=_BIT),
    _good(11, "A compressed text message in two fragments, a ping between them.", _frame("f2 48 cd", fin=False), ping("ping"), _more("c9 c9 07 00"), events=(Pong(Octets(b"ping")), came("Hello")), rule="6455-5.4-3"),
    _good(12, "A compressed text message in fragments of one octet, empty ones at its beginning and its end.", _frame("", fin=False), *(_more(octet, fin=False) for octet in _HELLO.split()), _more("")),
    _good(13, "A compressed binary message.", _frame(_HELLO, opcode=2), events=(came("Hello", is_binary=True),)),
    _good(14, "A message that was not compressed in fragments, and a compressed one.", text("Hel", fin=False), _more("6c 6f"), _frame(_HELLO), events=(came("Hello"), came("Hello")), rule=_BIT),
    _bad("2.1", "A block of the reserved type 3.", _frame("07")),
    _bad("2.2", "A block without compression, whose length and its complement do not agree.", _frame("00 05 00 fa fe 48 65 6c 6c 6f 00")),
    _bad("2.3", "A distance that goes back behind the beginning of all.", _frame("02 02 00 00")),
    _bad("2.4", "A block whose code lengths make no code.", _frame("04 00 fe ff")),
    _bad("2.5", "A fixed Huffman code that stands for nothing: length 286.", _frame("1a 03 00")),
    _bad("2.6", "A compressed text message that is no deflate data: Hello, as it is.", _frame("48 65 6c 6c 6f")),
    _bad("2.7", "A compressed fragment, and a continuation that cannot be inflated.", _frame("00 05 00", fin=False), _more("fa fe 48 65 6c 6c 6f 00")),
    _bad("3.1", "A compressed text message that is not UTF-8 when it is inflated.", _frame("fa 0f 00"), closing=_NO_UTF8, rule="6455-8.1-1"),
    _bad("3.2", "A compressed text message whose last character is not whole.", _frame("00 02 00 fd ff e2 82 00"), closing=_NO_UTF8, rule="6455-8.1-1"),
    _bad("4.1", "A compressed message in two fragments, with RSV1 in the second one, too.", _frame("f2 48 cd", fin=False), _more("c9 c9 07 00", rsv=_COMPRESSED), closing=_BROKEN, rule=_BIT),
    _bad("4.2", "A message that is not compressed, and RSV1 in its second fragment.", text("Hel", fin=False), _more("6c 6f", rsv=_COMPRESSED), closing=_BROKEN, rule=_BIT),
    _bad("4.3", "A ping with RSV1.", Frame(9, Octets(b"ping"), rsv=_COMPRESSED), closing=_BROKEN, rule=_BIT),
    _bad("4.4", "A pong with RSV1.", Frame(PONG, Octets(b"pong"), rsv=_COMPRESSED), closing=_BROKEN, rule=_BIT),
    _bad("4.5", "A Close with RSV1: it is not answered with its code.", Frame(8, Octets(b"\x03\xe8"), rsv=_COMPRESSED), closing=_BROKEN, rule=_BIT),
    _bad("4.6", "A compressed text message with RSV2.", _frame(_HELLO, rsv=6), closing=_BROKEN, rule="6455-5.2-1"),
    _bad("4.7", "A compressed text message with RSV3.", _frame(_HELLO, rsv=5), closing=_BROKEN, rule="6455-5.2-1"),
    replace(
        _deflate(played(
            "29.5.1", _GROUP, "A compressed text message that ends in the middle of a block.",
            "What becomes of it, no sentence says; seen is whether it is failed, answered or waited for.",
            (send(_frame("f2 48")),), rules=("7692-7.2.2-1",), informational=True,
        )),
        outcomes=(Outcome(Behavior.OK),),
    ),
)  # fmt: skip
