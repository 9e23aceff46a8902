"""The command as people run it: a process of its own, with deadlines."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "rawws.cli"]

#: Seconds that anything may take on a busy machine; an interpreter with its imports is the slowest.
DEADLINE = 40.0


def environment(**more: str) -> dict[str, str]:
    """This process's environment, without what would colour, size or flush the output, and with `more`."""
    names = ("PYTHONUNBUFFERED", "FORCE_COLOR", "NO_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
    variables = {name: value for name, value in os.environ.items() if name not in names}
    paths = [more.pop("PYTHONPATH", ""), str(ROOT), variables.get("PYTHONPATH", "")]
    return variables | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "TERM": "xterm-256color"} | more


def run(
    *arguments: str,
    stdin: str | bytes = b"",
    cwd: Path | None = None,
    variables: Mapping[str, str] | None = None,
    prefix: Sequence[str] = COMMAND,
) -> subprocess.CompletedProcess[str]:
    """Run `rawws` with these arguments to its end; what it wrote is text."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [*prefix, *arguments],
        input=data,
        capture_output=True,
        cwd=cwd,
        env=environment(**(variables or {})),
        timeout=DEADLINE,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


class Running:
    """A command that goes on while the test talks to it.

    process: its process. Its output is read by threads, so that it never waits for us.
    """

    def __init__(self, *arguments: str, cwd: Path | None = None, stdin: int | None = subprocess.DEVNULL) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=environment(),
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.output: queue.Queue[str] = queue.Queue()
        self.errors: queue.Queue[str] = queue.Queue()
        self._threads = [
            threading.Thread(target=_read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.output), (self.process.stderr, self.errors))
        ]
        for thread in self._threads:
            thread.start()

    def line(self) -> str:
        """The next line of output, "" at its end. Fails after the deadline."""
        return self.output.get(timeout=DEADLINE)

    def error(self) -> str:
        """The next line on stderr, "" at its end. Fails after the deadline."""
        return self.errors.get(timeout=DEADLINE)

    def end(self) -> int:
        """Wait until it ends; its exit status."""
        status = self.process.wait(DEADLINE)
        for thread in self._threads:
            thread.join(DEADLINE)
        return status

    def rest(self, lines: queue.Queue[str]) -> list[str]:
        """What is left of `output` or `errors`, once it has ended."""
        return list(iter(lambda: lines.get(timeout=DEADLINE), ""))

    def kill(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        self.end()
        for file in (self.process.stdin, self.process.stdout, self.process.stderr):
            if file is not None:
                with contextlib.suppress(OSError):
                    file.close()


def _read(file: IO[bytes], lines: queue.Queue[str]) -> None:
    for line in file:
        lines.put(line.decode())
    lines.put("")


class Serve(Running):
    """A running `rawws serve --port 0`. first_line: what it said first. url, port: where it listens."""

    def __init__(self, *arguments: str, cwd: Path | None = None) -> None:
        super().__init__("serve", "--port", "0", *arguments, cwd=cwd)
        try:
            self.first_line = self.line()
        except BaseException:
            self.kill()
            raise
        self.url = self.first_line.removeprefix("listening on ").strip()
        self.port = int(self.url.rstrip("/").rpartition(":")[2] or 0)

    def stop(self) -> list[str]:
        """End it as an operator would; what it has logged of connections. Fails unless that goes well."""
        self.process.send_signal(signal.SIGTERM)
        status = self.end()
        log = self.rest(self.errors)
        assert status == 0, log
        # Whose closing handshake has just been done may or may not be counted as connected.
        return [line for line in log if not line.startswith("closing ")]


@contextlib.contextmanager
def serving(*arguments: str, cwd: Path | None = None) -> Iterator[Serve]:
    """A running server, which has ended afterwards."""
    server = Serve(*arguments, cwd=cwd)
    try:
        yield server
    finally:
        server.kill()
