"""A codec in a process of its own: `python -m tests.benchmarks.codec MODULE`; a line of JSON for each measurement."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable

from tests.benchmarks.codec.cases import CannotDo, Case, Codec
from tests.benchmarks.codec.judge import check


def measure(codec: Codec, messages: int, seconds: float) -> dict[str, int]:
    """Pass after pass, each of so many messages, for so many seconds of CPU: how many messages, and nanoseconds."""
    passes = 0
    started = time.process_time_ns()
    until = started + int(seconds * 1e9)
    now = started
    while now < until:
        codec.run()
        passes += 1
        now = time.process_time_ns()
    return {"messages": messages * passes, "ns": now - started}


def main(module: str) -> None:
    """Take commands until the input ends."""
    make: Callable[[Case], Codec] = importlib.import_module(f"tests.benchmarks.codec.{module}").make
    ready: dict[Case, tuple[Codec, int]] = {}
    for line in sys.stdin:
        command = json.loads(line)
        case = Case(**command["case"])
        try:
            if case not in ready:
                codec = make(case)
                ready[case] = codec, check(case, codec)
            answer: dict[str, int | str] = {**measure(*ready[case], command["seconds"])}
        except CannotDo as exc:
            answer = {"error": str(exc)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
