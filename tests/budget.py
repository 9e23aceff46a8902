"""Budgets of work: counts of operations that are stored beside a test, so that it says when something got worse.

Seconds depend on the machine and on who else uses it; the number of lines run, functions called and system calls made
for one message does not. A test counts some work and holds it against the file:

    with counting() as counts:
        work()
    Budget(Path(__file__).with_name("budget_codec.json")).check("decode 16 B", counts.per(MESSAGES))

`make budget` stores what is counted now; read what it changes before you commit it.
"""

from __future__ import annotations

import json
import os
import platform
import select
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parent.parent

#: Set by `make budget`.
UPDATE = os.environ.get("RAWWS_UPDATE_BUDGET") == "1"

# A line more or less in the warm-up is nothing. Another Python calls other things calls, such as comprehensions.
_SLACK = 1.02
_SLACK_OF_OTHER_PYTHONS = 1.25

# What has become cheaper by more than this is to be stored, or the next one to make it dearer goes unnoticed.
_OUT_OF_DATE = 0.8

_SYSTEM_CALLS = {
    "recv": "receiving calls",
    "recv_into": "receiving calls",
    "send": "sending calls",
    "sendmsg": "sending calls",
    "poll": "waits of the event loop",
    "register": "changes of what is waited for",
    "modify": "changes of what is waited for",
    "unregister": "changes of what is waited for",
}
_OWNERS = (socket.socket, select.epoll) if sys.platform == "linux" else (socket.socket,)


class Counts(Counter[str]):
    """How many operations of each kind there were."""

    def per(self, times: int) -> dict[str, float]:
        """So many for one of `times`."""
        return {kind: round(count / times, 3) for kind, count in sorted(self.items())}


class Counting:
    """Counts lines and calls of Python in some folders, and system calls of sockets and of the event loop anywhere.

    What C code does inside is not seen: a loop in C is one call, or none.
    """

    def __init__(self, *folders: Path) -> None:
        self.counts = Counts()
        self._folders = tuple(f"{folder}{os.sep}" for folder in folders or (ROOT / "rawws",))
        self._before: tuple[Any, Any] = (None, None)
        self._ours: dict[str, bool] = {}

    def start(self) -> None:
        """Count from here on, in this thread. Functions that run already are counted where they call others."""
        self._before = (sys.gettrace(), sys.getprofile())
        sys.settrace(self._trace)
        sys.setprofile(self._profile)

    def stop(self) -> None:
        """Count no more."""
        trace, profile = self._before
        sys.setprofile(profile)
        sys.settrace(trace)

    def _trace(self, frame: FrameType, event: str, _arg: object) -> Callable[..., Any] | None:
        if event == "line":
            self.counts["lines of Python"] += 1
            return self._trace
        if event == "call":
            name = frame.f_code.co_filename
            ours = self._ours.get(name)
            if ours is None:
                ours = self._ours[name] = name.startswith(self._folders) and name != __file__
            if not ours:
                return None
            self.counts["calls of Python"] += 1
        return self._trace

    def _profile(self, _frame: FrameType, event: str, arg: Any) -> None:  # noqa: ANN401  anything
        if event == "c_call":
            kind = _SYSTEM_CALLS.get(arg.__name__)
            if kind is not None and isinstance(getattr(arg, "__self__", None), _OWNERS):
                self.counts[kind] += 1


@contextmanager
def counting(*folders: Path) -> Iterator[Counts]:
    """Count what is done inside. folders: whose Python counts; default: rawws/."""
    counter = Counting(*folders)
    counter.start()
    try:
        yield counter.counts
    finally:
        counter.stop()


class Budget:
    """A file of counts, by name and kind of operation."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self, name: str, counts: Mapping[str, float], *, update: bool = UPDATE) -> None:
        """Raise AssertionError where `counts` are not what the file has for `name`; update: store them instead."""
        version = ".".join(platform.python_version_tuple()[:2])
        if update:
            self._store(name, dict(counts), version)
            return
        stored = self._load().get(name)
        if stored is None:
            raise AssertionError(f"{self.path.name} has no budget for {name!r}: run `make budget`")
        slack = _SLACK if stored["python"] == version else _SLACK_OF_OTHER_PYTHONS
        complaints = [
            f"{kind}: {counts.get(kind, 0)} instead of {allowed}, which is {word}"
            for kind, allowed in _both(stored["counts"], counts)
            if (word := _judge(counts.get(kind, 0), allowed, slack))
        ]
        if complaints:
            listed = "\n  ".join(complaints)
            raise AssertionError(
                f"{name}:\n  {listed}\nIf that is as it should be, `make budget` stores it; say why in the commit."
            )

    def _load(self) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        budgets: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return budgets

    def _store(self, name: str, counts: dict[str, float], version: str) -> None:
        budgets = self._load()
        budgets[name] = {"counts": counts, "python": version}
        text = json.dumps(budgets, indent=2, sort_keys=True, ensure_ascii=False)
        self.path.write_text(f"{text}\n", encoding="utf-8")


def _both(stored: Mapping[str, float], counts: Mapping[str, float]) -> list[tuple[str, float]]:
    """Every kind of operation that is stored or was counted, with its budget."""
    return [(kind, stored.get(kind, 0)) for kind in sorted({*stored, *counts})]


def _judge(count: float, allowed: float, slack: float) -> str | None:
    """What is wrong with a count; None where nothing is."""
    if count > allowed * slack:
        return "worse"
    return "so much better that the budget is out of date" if count < allowed * _OUT_OF_DATE else None
