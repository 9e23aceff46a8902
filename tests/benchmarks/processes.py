"""The processes of a benchmark: servers that are measured, and the load client that measures them."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parent.parent.parent
_WITHOUT_ISAL = Path(__file__).with_name("without_isal")

#: Seconds for a process to start, and for one measurement; whatever takes longer is broken.
START_DEADLINE = 60.0
ANSWER_DEADLINE = 180.0


class BenchmarkError(Exception):
    """There is no figure, for a reason that the text tells."""


class _Process:
    """A Python process that says lines on its standard output.

    variables: of its environment. isal: whether it may find that; where it is installed, rawws takes it by itself.
    """

    def __init__(
        self, module: str, *arguments: str, variables: dict[str, str] | None = None, isal: bool = False
    ) -> None:
        path = str(ROOT) if isal else f"{_WITHOUT_ISAL}{os.pathsep}{ROOT}"
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0", **(variables or {})}
        self._name = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def end(self) -> None:
        """End the process; safe to call twice."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _line(self, deadline: float) -> str:
        """The next line that the process says. Raises BenchmarkError."""
        pipe = self._process.stdout
        assert pipe is not None
        if not select.select([pipe], [], [], deadline)[0]:
            raise BenchmarkError(f"{self._name} said nothing for {deadline:.0f} seconds")
        line = pipe.readline()
        if not line:
            raise BenchmarkError(f"{self._name} has ended, with {self._process.wait()}")
        return line.decode()


class ServerProcess(_Process):
    """A server program. port: where it listens, on loopback."""

    def __init__(self, module: str, *arguments: str, isal: bool = False) -> None:
        super().__init__(module, *arguments, isal=isal)
        try:
            self.port = int(self._line(START_DEADLINE))
        except BaseException:
            self.end()
            raise


class Worker(_Process):
    """A process that takes commands and answers them, JSON in lines: the load client is one."""

    def ask(self, command: Mapping[str, object]) -> dict[str, Any]:
        """What comes of one command. Raises BenchmarkError."""
        pipe = self._process.stdin
        assert pipe is not None
        try:
            pipe.write(json.dumps(dict(command)).encode() + b"\n")
            pipe.flush()
        except BrokenPipeError:
            raise BenchmarkError(f"{self._name} has ended, with {self._process.wait()}") from None
        answer: dict[str, Any] = json.loads(self._line(ANSWER_DEADLINE))
        if "error" in answer:
            raise BenchmarkError(answer["error"])
        return answer
