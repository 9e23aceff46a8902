"""`rawws connect` on a terminal, as somebody sits at it: through a pty."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.cli.emulator import Emulator
from tests.cli.running import DEADLINE, Serve, environment, serving

HERE = Path(__file__).parent

# The command with the pty as its controlling terminal, so that Ctrl-C is a signal.
SCRIPT = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from rawws.cli import main
sys.exit(main())
"""

# The same, run by something that is at the terminal before and after it: what a shell would read is told.
SHELL = """
import fcntl, os, select, subprocess, sys, termios, tty
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
status = subprocess.call([sys.executable, "-m", "rawws.cli", *sys.argv[1:]])
tty.setcbreak(0, termios.TCSANOW)
print("left:", os.read(0, 100) if select.select([0], [], [], 0)[0] else None)
sys.exit(status)
"""

CTRL_C, CTRL_D = "\x03", "\x04"


class Session:
    """A command on a terminal of 100 columns and 30 rows. screen: what is to be seen there. raw: all that came."""

    def __init__(self, *arguments: str, script: str = SCRIPT) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 30, 100, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(),
            start_new_session=True,
        )
        os.close(slave)
        self.raw = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE)
        os.close(self._master)

    @property
    def screen(self) -> list[str]:
        """What is to be seen now."""
        return self._show().lines

    def _show(self) -> Emulator:
        emulator = Emulator(100, 30)
        emulator.feed(self.raw)
        return emulator

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._master, text.encode())

    def wait_for(self, *lines: str) -> None:
        """Until the last lines on the screen are these, and the cursor is in the last one."""
        self.read_until(lambda screen: screen[-len(lines) :] == list(lines) and self._cursor_is_in(lines[-1]))

    def _cursor_is_in(self, line: str) -> bool:
        return self._show().cursor_line.rstrip() == line

    def end(self) -> int:
        """Read to the end; the exit status."""
        deadline = time.monotonic() + DEADLINE
        while self._read(deadline):
            pass
        return self.process.wait(DEADLINE)

    def read_until(self, done: Callable[[list[str]], bool]) -> None:
        """Until what is on the screen is what is wanted."""
        deadline = time.monotonic() + DEADLINE
        while not done(self.screen):
            assert self._read(deadline), self.screen

    def _read(self, deadline: float) -> bool:
        """Read once; whether there was anything."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"nothing more came after {self.screen}"
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux says EIO where nobody has the terminal open any more
            return False
        self.raw += data.decode()
        return bool(data)


@pytest.fixture(scope="module")
def server() -> Iterator[Serve]:
    """An echo server with the defaults."""
    with serving() as running:
        yield running


def opened(server: Serve, script: str = SCRIPT) -> Session:
    """A conversation that waits for its first line."""
    session = Session("connect", server.url, script=script)
    session.wait_for(
        f"* connected to {server.url}, permessage-deflate", "* Ctrl-D closes, /help lists commands", ">"
    )
    return session


def test_a_conversation(server: Serve) -> None:
    """What is typed is sent, what comes is shown above the next prompt, and Ctrl-D closes with 1000."""
    with opened(server) as session:
        session.type("hello\n")
        session.wait_for("> hello", "< hello", ">")
        session.type("//slash\n")
        session.wait_for("> //slash", "< /slash", ">")
        session.type("\n")
        session.wait_for(">", "< (an empty message)", ">")
        session.type("Grüße 世界\n")
        session.wait_for("> Grüße 世界", "< Grüße 世界", ">")
        session.type(CTRL_D)
        assert session.end() == 0
        assert session.screen[-1] == "* closed; the server answered 1000 (normal closure)"


def test_commands(server: Serve) -> None:
    """/ping, /hex and /help do what they say; what is none, or wrong, is told and not sent."""
    with opened(server) as session:
        session.type("/hex 00 ff\n")
        session.wait_for("> /hex 00 ff", "< binary, 2 octets: 00 ff", ">")
        session.type("/hex nonsense\n")
        session.wait_for("* /hex takes octets as hexadecimal digits, such as /hex 00 ff", ">")
        session.type("/nonsense\n")
        session.wait_for("* there is no /nonsense; /help lists what there is, and //nonsense sends /nonsense", ">")
        session.type("/close 99\n")
        session.wait_for("* /close takes a code such as 1000 (normal closure), and then a reason", ">")
        session.type("/close 1006\n")
        session.wait_for("* close code 1006 must not be sent (RFC 6455 §7.4)", ">")
        session.type("/help\n")
        session.wait_for(
            "* /ping [TEXT]   /hex OCTETS   /close [CODE [REASON]]   //TEXT sends /TEXT   Ctrl-D closes", ">"
        )
        session.type("/ping are you there?\n")
        session.read_until(lambda screen: bool(re.fullmatch(r"\* pong after \d+\.\d\d ms", screen[-2])))
        session.type("/close 4000 enough\n")
        assert session.end() == 0
        assert session.screen[-1] == "* closed; the server answered 4000 (private)"


def test_a_peer_that_wants_the_terminal() -> None:
    """Octets and sequences of the server's are shown as escapes; nothing but our own sequences reaches the terminal."""
    with serving("--app", "apps:mutter", cwd=HERE) as server, Session("connect", server.url) as session:
        # The emulator behind the screen fails at every sequence that is not ours.
        session.wait_for(
            "< binary, 4 octets: 00 01 fe ff",
            "< (binary, 0 octets)",
            r"< \x1b[2J\u202e\x9b",
            "< (an empty message)",
            ">",
        )
        assert "\x1b[2J" not in session.raw
        session.type(CTRL_D)
        assert session.end() == 0


def test_the_server_leaves_while_somebody_types() -> None:
    """The half-typed line is taken away, and its letters do not stay behind for the shell to run."""
    with serving() as server, opened(server, SHELL) as session:
        session.type("rm -rf")
        session.wait_for("> rm -rf")
        server.process.terminate()
        assert session.end() == 0
        note = '* the server closed the connection: 1001 (going away): "the server is shutting down"'
        assert session.screen[-2:] == [note, "left: None"]
        assert "> rm -rf" not in session.screen


def test_ctrl_c(server: Serve) -> None:
    """Ctrl-C ends it without a traceback, with the exit status of an interrupted process."""
    with opened(server) as session:
        session.type(CTRL_C)
        assert session.end() == 130
        assert "Traceback" not in session.raw


def test_many_lines_at_once(server: Serve) -> None:
    """What is pasted is sent line by line, without a prompt for each."""
    with opened(server) as session:
        session.type("one\ntwo\nthree\n")
        session.read_until(lambda screen: [line for line in screen if "<" in line] == ["< one", "< two", "< three"])
        session.type(CTRL_D)
        assert session.end() == 0


def test_serve_on_a_terminal() -> None:
    """Ctrl-C ends a server gracefully."""
    with Session("serve", "--port", "0") as session:
        session.read_until(bool)
        session.type(CTRL_C)
        assert session.end() == 0
        assert "Traceback" not in session.raw


def test_the_demo_on_a_terminal() -> None:
    """On a terminal the demonstration is coloured, and obeys nothing but colours."""
    with Session("demo") as session:
        assert session.end() == 0
        assert "\x1b[1;32mok" in session.raw
        assert session.screen[-1] == "Every step was what it should be."
