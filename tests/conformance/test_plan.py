"""What load does to time limits: how late the event loop was, what that excuses, and how long clients are given."""

from __future__ import annotations

import threading
import time

import trio
import trio.testing

from rawws_conformance.cases import autobahn
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Seconds
from rawws_conformance.runs.client import ClientRun, listen
from rawws_conformance.runs.plan import LoadWatch
from rawws_conformance.slices import Library

from tests.conformance import clients
from tests.conformance.peers import Peer

#: Seconds that a test may take on a busy machine.
DEADLINE = 60


def test_patience_is_as_long_as_the_loop_was_late() -> None:
    """On an idle machine there is none; who was woken late gives others ten times that, and not for ever."""
    watch = LoadWatch()
    clock = trio.testing.MockClock(autojump_threshold=0.05)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch.look)
            await trio.sleep(1)
            assert watch.patience(0) == 0
            assert not watch.was_loaded(0, 1.0)
            clock.jump(0.6)  # as a machine does that has other things to do
            await trio.sleep(0.1)
            assert 5.5 < watch.patience(0) <= 6.0
            assert watch.was_loaded(0, 1.0)
            assert watch.patience(trio.current_time()) == 0
            clock.jump(60)
            await trio.sleep(0.1)
            assert watch.patience(0) == 10
            nursery.cancel_scope.cancel()

    trio.run(main, clock=clock)


class Late(Peer):
    """Takes longer for a message than a case allows."""

    def message(self, opcode: int, payload: bytes) -> None:
        """It goes back, late."""
        time.sleep(1.5)
        super().message(opcode, payload)


def test_a_busy_tester_gives_clients_time() -> None:
    """A client that is late while the tester itself is late passes."""
    run = ClientRun(cases=[autobahn()["1.1.1"]], library=Library(Corpora()), seconds=Seconds())

    async def keep_busy() -> None:
        while True:
            time.sleep(0.2)  # noqa: ASYNC251 - that is the point
            await trio.sleep(0.02)

    async def main() -> None:
        sockets = listen("127.0.0.1", 0)
        port = sockets[0].getsockname()[1]
        with trio.fail_after(DEADLINE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(run.serve, sockets)
                nursery.start_soon(keep_busy)
                thread = threading.Thread(target=clients.play, args=(port, "/runCase?case=1&agent=late", Late))
                thread.start()
                await trio.to_thread.run_sync(thread.join, DEADLINE)
                nursery.cancel_scope.cancel()

    trio.run(main)
    (found,) = run.runs()
    assert found.results["1.1.1"].behavior == "OK"
