"""The command `rawws serve`, as people run it: a process of its own."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any, Self

from tests.interop.peer import DEADLINE

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

#: Seconds until the command listens: an interpreter and its imports, on a busy machine.
START_DEADLINE = 30.0


def rawws_command(*arguments: str) -> tuple[list[str], dict[str, str]]:
    """The command and the environment that run `rawws` from this tree, able to import the applications in `apps/`."""
    environment = dict(os.environ)
    folders = [str(ROOT), str(HERE / "apps"), environment.get("PYTHONPATH")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, folders))
    return [sys.executable, "-m", "rawws.cli", *arguments], environment


class Serve:
    """A running `rawws serve`.

    url: the one that its first line tells. Ends with SIGTERM, and then with exit code 0 and no traceback in its log.
    """

    def __init__(self, log: Path, *arguments: str) -> None:
        self._log = log
        self._lines: queue.Queue[str] = queue.Queue()
        self._ends: dict[str, tuple[int, str]] = {}
        command, environment = rawws_command("serve", "--host", "127.0.0.1", "--port", "0", *arguments)
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True)
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()
        try:
            line = self._lines.get(timeout=START_DEADLINE)
            words, _, self.url = line.strip().rpartition(" ")
            assert words == "listening on", f"{line!r}\n{log.read_text()}"
        except BaseException:
            self._kill()
            raise

    def _read(self, stdout: IO[str]) -> None:
        for line in stdout:
            self._lines.put(line)
        self._lines.put("")

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rstrip("/").rpartition(":")[2])

    def ended(self, target: str) -> tuple[int, str]:
        """How the connection with this request target ended: its peer's code and reason (`apps/steered.py` tells)."""
        while target not in self._ends:
            told: dict[str, Any] = json.loads(self._lines.get(timeout=DEADLINE))
            self._ends[told["target"]] = (told["code"], told["reason"])
        return self._ends.pop(target)

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        try:
            self._process.send_signal(signal.SIGTERM)
            assert self._process.wait(2 * DEADLINE) == 0, self._log.read_text()
        finally:
            self._kill()
        assert "Traceback" not in self._log.read_text(), self._log.read_text()
