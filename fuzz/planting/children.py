"""Processes in which mutants run: whatever they do there, they do it for a bounded while and to nobody else."""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import traceback
from collections.abc import Callable
from typing import NamedTuple

#: Octets of memory that a child may have. A mutant that goes round for ever takes all it gets.
_MEMORY = 4 << 30

#: What is said once a second to whoever waits: the name of a test that runs, and in the end what came of all.
Say = Callable[[str], None]


def in_child(function: Callable[[Say], None], seconds: float) -> tuple[list[str], bool]:
    """Run a function in a child process; what it has said, and whether it came to its end.

    It is ended when it has said nothing for so many seconds.
    """
    sys.stdout.flush()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be_a_child(function, writing)
    os.close(writing)
    said = _listen(reading, seconds)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.waitpid(pid, 0)
    lines = said.decode().splitlines()
    return [line for line in lines if line != "."], lines[-1:] == ["."]


def _be_a_child(function: Callable[[Say], None], writing: int) -> None:
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        function(lambda line: _write(writing, line))
        _write(writing, ".")
    except BaseException:  # noqa: BLE001  nobody else would hear of it
        _write(writing, "raises " + " | ".join(traceback.format_exc().splitlines()[-3:]))
    finally:
        os._exit(0)


def _write(descriptor: int, line: str) -> None:
    os.write(descriptor, f"{line}\n".encode())


def _listen(descriptor: int, seconds: float) -> bytes:
    said = b""
    with os.fdopen(descriptor, "rb", buffering=0) as pipe:
        while select.select([pipe], [], [], seconds)[0]:
            data = pipe.read(65536)
            if not data:
                break
            said += data
    return said


class Failed(NamedTuple):
    """A test that has failed.

    name: "(import)" where none could even be collected. examples: how many it has seen, where it is a property.
    ended: whether it came to its end, and did not die or wait for ever.
    """

    name: str
    examples: int = 0
    ended: bool = True


def read(said: list[str], *, ended: bool) -> Failed | None:
    """What a child that runs tests until one fails has said: `runs NAME`, `fails EXAMPLES NAME`, and `passes`."""
    failed = [line.split(" ", 2) for line in said if line.startswith("fails ")]
    if failed:
        return Failed(failed[0][2], int(failed[0][1]))
    if ended and said[-1:] == ["passes"]:
        return None
    running = [line.removeprefix("runs ") for line in said if line.startswith("runs ")]
    return Failed(running[-1], ended=False) if running and not ended else Failed("(import)")


def limit_cpu(seconds: float) -> None:
    """End this process when it has computed for so many seconds more."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
