"""What rawws promises about its speed, as data: which figure, at most what part of which other one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.benchmarks.figures import Figure, verdict
from tests.benchmarks.run import Result


@dataclass(frozen=True)
class Goal:
    """One promise.

    row: where its figures are. who: whose figure it is about. against: the contenders of which the best is the measure;
    none where `bound` is in the row's own unit. bound: at most so many times that. words: the promise, for people.
    """

    row: str
    who: str
    bound: float
    against: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class Judged:
    """How a promise came out.

    value: how many times the measure it was, or what it was in the row's unit. word: reached, tie, missed, or not
    measured.
    """

    goal: Goal
    value: float | None
    word: str


_AIOHTTP = ("aiohttp", "aiohttp-uvloop")
_WEBSOCKETS = ("websockets", "websockets-uvloop", "websockets-trio")
_PEERS = ("aiohttp", "picows", "websockets", "wsproto")

GOALS = (
    Goal("decode-text-16", "rawws", 1 / 60, ("wsproto",), "60 times as fast as wsproto, by wsproto's face"),
    Goal("decode-text-16", "rawws-session", 1 / 2.5, ("picows",), "2.5 times as fast as picows, in whole messages"),
    Goal("decode-text-16", "rawws-pure", 1 / 7, ("wsproto",), "in Python alone, 7 times as fast as wsproto"),
    Goal("decode-text-16", "rawws-pure", 1 / 2, ("websockets",), "in Python alone, twice as fast as websockets with C"),
    Goal("decode-binary-1MiB", "rawws-session", 1 / 1.7, _PEERS, "1.7 times as fast as the best other"),
    Goal("encode-text-16", "rawws-direct", 1 / 30, ("wsproto",), "30 times as fast as wsproto, by the direct send"),
    Goal("handshake", "rawws", 1.0, ("wsproto",), "at most wsproto's cost"),
    Goal("echo-64", "rawws", 1 / 3, ("picows-uvloop",), "a third of picows on uvloop"),
    Goal("echo-64", "rawws", 1 / 20, ("websockets-trio",), "a twentieth of websockets on trio"),
    Goal("echo-1", "rawws", 1.15, ("raw-trio",), "at most 1.15 times raw trio"),
    Goal("echo-100c", "rawws", 1.3, ("raw-trio",), "at most 1.3 times raw trio"),
    Goal("echo-100c", "rawws-callback", 1.0, ("picows-uvloop",), "by a callback, at most picows on uvloop"),
    Goal("echo-1000c", "rawws", 1.0, (*_WEBSOCKETS, *_AIOHTTP), "ahead of websockets and aiohttp, on any loop"),
    Goal("echo-1MiB", "rawws", 1.0, ("picows-uvloop",), "at most picows on uvloop"),
    Goal("echo-wss", "rawws", 1.0, _AIOHTTP, "ahead of aiohttp, on any loop"),
    Goal("echo-deflate", "rawws", 1.0, _AIOHTTP, "ahead of aiohttp, on any loop"),
    Goal("echo-deflate-size", "rawws", 1.0, _AIOHTTP, "replies no larger than aiohttp's"),
    Goal("broadcast-500", "rawws", 1.0, ("picows-uvloop",), "ahead of picows on uvloop, for each delivery"),
    Goal("storm-plain", "rawws", 1.0, _AIOHTTP, "ahead of aiohttp, on any loop"),
    Goal("storm-tls", "rawws", 1.0, _AIOHTTP, "ahead of aiohttp, on any loop"),
    Goal("idle-plain", "rawws", 6.0, (), "at most 6 KiB"),
    Goal("idle-deflate", "rawws", 35.0, (), "at most 35 KiB"),
    Goal("idle-wss", "rawws", 40.0, (), "at most 40 KiB"),
)


def judge(goal: Goal, results: Mapping[str, Result]) -> Judged:
    """How a promise came out. results: by name of the row."""
    result = results.get(goal.row)
    figures = {} if result is None else result.figures
    ours = figures.get(goal.who)
    others = [figures[name] for name in goal.against if name in figures]
    if ours is None or (goal.against and not others):
        return Judged(goal, None, "not measured")
    value = ours.least / min(map(_least, others)) if goal.against else ours.least
    return Judged(goal, value, verdict(value, goal.bound))


def _least(figure: Figure) -> float:
    return figure.least
