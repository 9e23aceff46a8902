"""The load client, a process of its own: one line of JSON in says what to do, one line out what came of it."""

from __future__ import annotations

import dataclasses
import json
import resource
import sys
from collections.abc import Callable
from typing import Any

from tests.benchmarks.cpu import CpuClock
from tests.benchmarks.load.broadcast import broadcast
from tests.benchmarks.load.deflate import deflate
from tests.benchmarks.load.echo import echo
from tests.benchmarks.load.idle import idle
from tests.benchmarks.load.opening import WrongServer
from tests.benchmarks.load.storm import storm

_KINDS: dict[str, Callable[..., Any]] = {
    "broadcast": broadcast,
    "deflate": deflate,
    "echo": echo,
    "idle": idle,
    "storm": storm,
}


def main() -> None:
    """Take commands until the input ends."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for line in sys.stdin:
        command = json.loads(line)
        kind, port, pid = command.pop("kind"), command.pop("port"), command.pop("pid")
        try:
            answer = dataclasses.asdict(_KINDS[kind](port, CpuClock(pid), **command))
        except (WrongServer, OSError) as exc:
            answer = {"error": f"{type(exc).__name__}: {exc}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
