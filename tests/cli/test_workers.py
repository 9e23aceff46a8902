"""`rawws serve --workers`: several processes on one port, as people run them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import trio
import trio.testing

from rawws.cli.workers import _Crew

from tests.cli.raw_client import CLOSE, RawClient, close_payload, frame
from tests.cli.running import COMMAND, DEADLINE, environment, run, serving

HERE = Path(__file__).parent


def worker_behind(port: int) -> int:
    """The process that one new connection is dealt to."""
    with RawClient(port) as client:
        client.open()
        _, payload = client.read_frame()
        assert client.read_close() == 1000
        client.send(frame(CLOSE, close_payload(1000)))
        client.read_to_end()
    return int(payload)


def workers_behind(port: int, count: int) -> set[int]:
    """Connect until so many processes have been met; the system deals connections out by chance."""
    met: set[int] = set()
    ends = time.monotonic() + DEADLINE
    while len(met) < count:
        assert time.monotonic() < ends, f"only {met} have been met"
        met.add(worker_behind(port))
    return met


def gone(process: int) -> bool:
    """Whether a process that is no child of ours has ended."""
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_until_gone(processes: set[int]) -> None:
    """Fails after the deadline."""
    ends = time.monotonic() + DEADLINE
    while not all(map(gone, processes)):
        assert time.monotonic() < ends, f"of {processes} some are still there"
        time.sleep(0.01)


def test_connections_are_dealt_out() -> None:
    """Three workers share one port, and end with their parent, which says 0."""
    with serving("--workers", "3", "--app", "apps:pid", cwd=HERE) as server:
        workers = workers_behind(server.port, 3)
        assert server.process.pid not in workers
        assert server.stop() == []
    wait_until_gone(workers)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port))


def test_a_worker_that_dies_is_replaced() -> None:
    """A worker that is killed is one line on stderr, and another one takes its place."""
    with serving("--workers", "2", "--app", "apps:pid", cwd=HERE) as server:
        before = workers_behind(server.port, 2)
        # One that ends at once would be given up.
        time.sleep(2.1)
        victim = before.pop()
        os.kill(victim, signal.SIGKILL)
        assert "ended with status -9; another one takes its place" in server.error()
        [survivor] = before
        new = workers_behind(server.port, 2) - {survivor}
        assert victim not in new
        server.stop()
    wait_until_gone(new | {survivor})


def test_workers_that_die_at_once_are_given_up(tmp_path: Path) -> None:
    """An application that ends each worker as it begins ends the command with a sentence and status 1."""
    (tmp_path / "dies.py").write_text(
        "import os, sys\nif '--leash' in sys.argv:\n    os._exit(7)\nasync def handler(ws): pass\n"
    )
    done = run("serve", "--port", "0", "--workers", "2", "--app", "dies:handler", cwd=tmp_path)
    assert done.returncode == 1
    assert "ended at once, with status 7" in done.stderr


def test_workers_end_when_their_parent_is_killed() -> None:
    """Whatever ends the parent ends its workers."""
    with serving("--workers", "2", "--app", "apps:pid", cwd=HERE) as server:
        workers = workers_behind(server.port, 2)
        server.kill()
        wait_until_gone(workers)


def test_connections_are_closed_in_good_order() -> None:
    """At a signal every worker closes its connections with 1001; a second signal cuts."""
    with serving("--workers", "2") as server, RawClient(server.port) as client:
        client.open()
        server.process.send_signal(signal.SIGTERM)
        assert client.read_close() == 1001
        server.process.send_signal(signal.SIGTERM)
        assert server.end() in {0, 128 + signal.SIGTERM}


def test_a_signal_while_a_worker_is_being_started() -> None:
    """A worker that begins as the end is asked for ends, too, instead of keeping its parent for ever."""

    async def main() -> None:
        crew = _Crew(["serve", "--port", "0"])
        with trio.fail_after(DEADLINE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(crew.keep, 1, [])
                # The process is made in a thread.
                await trio.testing.wait_all_tasks_blocked()
                assert not crew._processes
                crew.signal(signal.SIGTERM)
        assert crew.status == 0

    trio.run(main)


def test_an_inherited_socket() -> None:
    """--fd serves on a socket that somebody else has bound, here one without a port."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        command = [*COMMAND, "serve", "--fd", str(sock.fileno())]
        process = subprocess.Popen(
            command, pass_fds=[sock.fileno()], stdout=subprocess.PIPE, env=environment(), stdin=subprocess.DEVNULL
        )
        try:
            assert process.stdout is not None
            port = sock.getsockname()[1]
            assert process.stdout.readline().decode() == f"listening on ws://127.0.0.1:{port}/\n"
            with RawClient(port) as client:
                client.open()
        finally:
            process.terminate()
            assert process.wait(DEADLINE) == 0
            assert process.stdout is not None
            process.stdout.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--workers", "0"], "0 is not in the range"),
        (["--workers", "2", "--host", "no.such.host.invalid"], "cannot listen on no.such.host.invalid"),
        (["--workers", "2", "--host", "192.0.2.1"], "cannot listen on 192.0.2.1:8765: Cannot assign"),
        (["--fd", "99"], "file descriptor 99 is no socket: Bad file descriptor"),
        (["--fd", "0"], "file descriptor 0 is no socket"),
        (["--workers", "2", "--fd", "0"], "file descriptor 0 is no socket"),
    ],
)
def test_what_cannot_be_shared(options: list[str], words: str) -> None:
    """Wrong options are one sentence and status 2."""
    done = run("serve", *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_either_workers_or_inherited_sockets() -> None:
    """--workers binds its own sockets."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        done = subprocess.run(
            [*COMMAND, "serve", "--workers", "2", "--fd", str(sock.fileno())],
            pass_fds=[sock.fileno()],
            capture_output=True,
            env=environment(),
            stdin=subprocess.DEVNULL,
            timeout=DEADLINE,
            check=False,
        )
    assert done.returncode == 2
    assert b"it is either that or --fd" in done.stderr
