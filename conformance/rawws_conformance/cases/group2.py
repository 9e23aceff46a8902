"""Pings and pongs."""

from __future__ import annotations

from rawws_conformance.cases.build import (
    CLEAN,
    NOTHING,
    echoes,
    fails,
    octets,
    ping,
    pong,
    repeated,
    send,
)
from rawws_conformance.model import Case, CloseAfter, Frame, Level, Pong, SendClose, Write

_GROUP = "pings and pongs"
_PONG_BACK = "A pong with the same payload, then a clean close."
_PINGED = ("6455-5.5.2-1", "6455-5.5.3-1")
_TEN = tuple(f"payload-{number}" for number in range(10))
_FULL = repeated(b"\xfe", 125)
_UNSOLICITED = octets("unsolicited pong payload")


def _pinged(number: int, sends: str, frame: Frame, *, write: Write | int = Write.TOGETHER, seconds: float = 1) -> Case:
    """One ping, one pong."""
    return echoes(
        f"2.{number}",
        _GROUP,
        sends,
        (send(frame, write=write),),
        Pong(frame.payload),
        requirements=_PINGED,
        limit=CloseAfter(seconds),
        expects=_PONG_BACK,
    )


def _unsolicited(number: int, sends: str, frame: Frame) -> Case:
    """A pong that nobody asked for, and a close."""
    return Case(
        id=f"2.{number}",
        group=_GROUP,
        sends=sends,
        expects="Nothing but the reply to the Close.",
        requirements=("6455-5.5.3-2",),
        level=Level.MUST,
        script=(send(frame), SendClose(1000), CloseAfter(1)),
        outcomes=NOTHING,
        closing=CLEAN,
    )


def _ten(number: int, sends: str, write: Write | int) -> Case:
    """Ten pings, ten pongs."""
    return echoes(
        f"2.{number}",
        _GROUP,
        sends,
        tuple(send(ping(payload), write=write) for payload in _TEN),
        *(Pong(octets(payload)) for payload in _TEN),
        requirements=_PINGED,
        level=Level.SHOULD,
        limit=CloseAfter(3),
        expects="Ten pongs in the same order, then a clean close. RFC 6455 §5.5.3 allows to answer only the last ping; nearly everybody answers all.",
    )


CASES = (
    _pinged(1, "A ping without payload.", ping()),
    _pinged(2, "A ping with a text of 13 octets.", ping("Hello, world!")),
    _pinged(3, "A ping with octets that are not UTF-8.", ping(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")),
    _pinged(4, "A ping with 125 octets, the most there may be.", ping(_FULL)),
    fails("2.5", _GROUP, "A ping with 126 octets.", (send(ping(repeated(b"\xfe", 126))),), requirements=("6455-5.5-1",)),
    _pinged(6, "A ping with 125 octets, one octet at a time.", ping(_FULL), write=1, seconds=2),
    _unsolicited(7, "An empty pong that nobody asked for, then Close 1000.", pong()),
    _unsolicited(8, "A pong with payload that nobody asked for, then Close 1000.", pong(_UNSOLICITED)),
    echoes(
        "2.9",
        _GROUP,
        "A pong that nobody asked for, then a ping.",
        (send(pong(_UNSOLICITED)), send(ping("ping payload"))),
        Pong(octets("ping payload")),
        requirements=("6455-5.5.3-2", *_PINGED),
        limit=CloseAfter(1),
        expects="One pong, for the ping, then a clean close.",
    ),
    _ten(10, "Ten pings with ten payloads.", Write.TOGETHER),
    _ten(11, "Ten pings with ten payloads, one octet at a time.", 1),
)
