"""Over TCP a fault is judged as in memory: every planted peer is put before the cases that are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import trio

from rawws_conformance.api import FuzzingServer
from rawws_conformance.cases import autobahn
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Role, Seconds
from rawws_conformance.runs.tcp import ServerRun
from rawws_conformance.runs.wire import parse_url
from rawws_conformance.slices import Library

from tests.conformance import servers
from tests.conformance.clients import run_case
from tests.conformance.faults import FAULTS, Fault
from tests.conformance.faulty.opening import NeverAnswers, NoUpgrade
from tests.conformance.peers import Peer

LIBRARY = Library(Corpora())

#: Clients that name no case, or ask for no WebSocket: the server cannot know whose they are.
NAMELESS: frozenset[type[Peer]] = frozenset((NeverAnswers, NoUpgrade))

#: Peers at the same time: most of them wait for a time limit.
AT_ONCE = 16

#: Seconds for all of them, on a busy machine.
DEADLINE = 100


def named(fault: Fault) -> dict[str, str]:
    """The verdicts that are told of a fault, but for those of cases with many octets: TCP adds nothing to them."""
    return {case_id: verdict for case_id, verdict in fault.verdicts.items() if autobahn()[case_id].echo is None}


def of_role(role: Role) -> Sequence[Fault]:
    """The faults of one end of a connection."""
    return [
        fault
        for fault in FAULTS
        if role in fault.roles and named(fault) and (role is Role.SERVER or fault.as_client is None)
    ]


def test_servers() -> None:
    """Each faulty server gets the verdicts that are told of it."""
    found: dict[str, dict[str, str]] = {}

    async def play(fault: Fault, limit: trio.CapacityLimiter) -> None:
        async with limit, servers.serving(partial(servers.echo, peer_class=fault.peer)) as port:
            target = parse_url(f"ws://127.0.0.1:{port}/")
            playing = ServerRun(target=target, library=LIBRARY, quick=True, seconds=Seconds(opening=1))
            await playing.play([autobahn()[case_id] for case_id in named(fault)])
        found[fault.peer.__name__] = {
            case_id: f"{result.behavior}/{result.close_behavior}" for case_id, result in playing.results.items()
        }

    async def main() -> None:
        limit = trio.CapacityLimiter(AT_ONCE)
        with trio.fail_after(DEADLINE):
            async with trio.open_nursery() as nursery:
                for fault in of_role(Role.SERVER):
                    nursery.start_soon(play, fault, limit)

    trio.run(main)
    assert found == {fault.peer.__name__: named(fault) for fault in of_role(Role.SERVER)}
    assert len(found) > 60


def test_clients() -> None:
    """Each faulty client gets the verdicts that are told of it, all of them from one server."""
    faults = [fault for fault in of_role(Role.CLIENT) if fault.peer not in NAMELESS]
    ids = sorted({case_id for fault in faults for case_id in named(fault)})
    with FuzzingServer(cases=ids) as server, ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [
            pool.submit(run_case, server.port, case_id, fault.peer.__name__, fault.peer)
            for fault in faults
            for case_id in named(fault)
        ]:
            done.result(DEADLINE)
    found = {
        run.agent: {result.case_id: f"{result.behavior}/{result.close_behavior}" for result in run.in_order()}
        for run in server.runs
    }
    assert found == {fault.peer.__name__: named(fault) for fault in faults}
    assert len(found) > 50
