"""The peer under test as a process: started for a run, stopped after it."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

#: Seconds until the peer listens: an interpreter and its imports, or a virtual machine, on a busy machine.
START_SECONDS = 30.0

#: Seconds between two looks whether it does.
_LOOK = 0.02

#: Seconds that it may take to stop when asked to.
_STOP_SECONDS = 5.0

#: Octets of its output that an error shows.
_SHOWN = 2000


#: What moves cursors and colours a terminal.
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class PeerFailed(Exception):
    """The peer did not start, or ended too early; the text says why."""


def free_port(host: str) -> int:
    """A port on which nobody listens. Raises PeerFailed."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as sock:
            sock.bind(address)
            port: int = sock.getsockname()[1]
            return port
    except OSError as exc:
        raise PeerFailed(f"there is no free port on {host}: {exc.strerror}") from None


def fill_in(text: str, *, host: str, port: int, url: str = "") -> str:
    """A command or a URL with what belongs in the place of {host}, {port} and {url}."""
    return text.replace("{port}", str(port)).replace("{host}", host).replace("{url}", url)


class Peer:
    """A running command; leaving the block stops it, with all that it has started.

    command: split as a shell would do it, but run without one. log: where its output goes.
    """

    def __init__(self, command: str, log: Path) -> None:
        self._log = log
        try:
            words = shlex.split(command)
        except ValueError as exc:
            raise PeerFailed(f"{command!r} is no command: {exc}") from None
        if not words:
            raise PeerFailed("the command is empty")
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("wb") as output:
                self._process = subprocess.Popen(  # noqa: S603 - running the user's command is the task
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # so that all it starts can be stopped, and Ctrl-C reaches us alone
                )
        except OSError as exc:
            raise PeerFailed(f"{words[0]} cannot be started: {exc.strerror}") from None

    def wait_until_listening(self, host: str, port: int, seconds: float = START_SECONDS) -> None:
        """Return when it accepts connections. Raises PeerFailed."""
        deadline = time.monotonic() + seconds
        while True:
            status = self._process.poll()
            if status is not None:
                raise PeerFailed(f"the peer ended with status {status} before it listened{self.last_words()}")
            try:
                socket.create_connection((host, port), timeout=1).close()
            except OSError:
                if time.monotonic() > deadline:
                    raise PeerFailed(
                        f"the peer does not listen on {host} port {port} after {seconds:g} s{self.last_words()}"
                    ) from None
                time.sleep(_LOOK)
            else:
                return

    def wait(self) -> int:
        """Return its exit status when it has ended by itself."""
        return self._process.wait()

    def last_words(self) -> str:
        """The end of its output, for people."""
        try:
            text = _CONTROLS.sub("", self._log.read_bytes()[-_SHOWN:].decode("utf-8", "replace")).strip()
        except OSError:
            return ""
        if not text:
            return ""
        lines = "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)
        return f"; its output ({self._log}):\n{lines}"

    def stop(self) -> None:
        """End it, and all that it has started: with SIGTERM, and with SIGKILL if that is not enough."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
            except (ProcessLookupError, PermissionError):
                pass  # nobody is left in its group
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
