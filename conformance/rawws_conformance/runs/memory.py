"""Cases against a sans-IO implementation: no socket, no clock, every case at several cuts of the octets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping

from rawws_conformance.adapters import Adapter, MakeAdapter
from rawws_conformance.model import Behavior, Case, CloseBehavior, Role, Seconds
from rawws_conformance.octets import RandomOctets
from rawws_conformance.player import Player
from rawws_conformance.runs.cuts import CUTS, Cut
from rawws_conformance.slices import Library
from rawws_conformance.verdict import Result
from rawws_conformance.wirelog import LogBudget

#: Worst first.
_BEHAVIORS = (
    Behavior.FAILED, Behavior.UNIMPLEMENTED, Behavior.NON_STRICT, Behavior.INFORMATIONAL, Behavior.OK,
)  # fmt: skip
_CLOSES = (
    CloseBehavior.FAILED,
    CloseBehavior.UNCLEAN,
    CloseBehavior.WRONG_CODE,
    CloseBehavior.FAILED_BY_CLIENT,
    CloseBehavior.INFORMATIONAL,
    CloseBehavior.OK,
)


def play(
    case: Case,
    make: MakeAdapter,
    role: Role,
    library: Library,
    *,
    cut: Callable[[], Cut],
    quick: bool = False,
    seconds: Seconds = Seconds(),  # noqa: B008 - immutable
    random: RandomOctets = os.urandom,
) -> Result:
    """Play one case with one cut. Nothing waits: when nobody has anything to say, time goes on to the next deadline."""
    player = Player(case, role, library, quick=quick, seconds=seconds, random=random)
    now = 0.0
    player.start(now)
    # Only what the peer reads is cut: how the judge reads is not what is on trial.
    to_peer = cut()
    try:
        peer = make(role)
        out = peer.receive(b"") if role is Role.CLIENT else b""
        while not player.done:
            if out:
                player.receive(out, now)
                out = b""
            elif peer.closed:
                player.receive_end(now)
            elif writes := player.writes():
                out = _pass(writes, peer, to_peer)
            elif (deadline := player.deadline) is not None:
                now = deadline
                player.expire(now)
            else:
                player.stop(now)  # a script that waits for nothing
    except Exception as exc:  # noqa: BLE001 - whatever an implementation under test raises, the other cases go on
        player.notes.append(f"Connection lost: {type(exc).__name__}: {exc}"[:500])
        player.receive_end(now, reset=True)
    return player.result(now)


def _pass(writes: list[bytes], peer: Adapter, cut: Cut) -> bytes:
    """Give the peer what was written, cut; what it answers."""
    out = []
    for piece in cut(writes):
        out.append(peer.receive(piece))
        if peer.closed:
            break
    return b"".join(out)


def worst(results: Mapping[str, Result]) -> Result:
    """Of the results of one case at several cuts the worst, with a note where they differ."""
    found = min(
        results.values(), key=lambda each: (_BEHAVIORS.index(each.behavior), _CLOSES.index(each.close_behavior))
    )
    verdicts = {name: f"{each.behavior}/{each.close_behavior}" for name, each in results.items()}
    if len(set(verdicts.values())) > 1:
        listed = ", ".join(f"{name}: {verdict}" for name, verdict in verdicts.items())
        found.notes.append(f"The verdict depends on how the octets are cut: {listed}.")
    return found


def run(
    cases: Iterable[Case],
    make: MakeAdapter,
    role: Role,
    library: Library,
    *,
    cuts: Mapping[str, Callable[[], Cut]] = CUTS,
    quick: bool = False,
    seconds: Seconds = Seconds(),  # noqa: B008 - immutable
) -> Iterator[Result]:
    """Play cases one after the other, each at every cut, and give the worst result of each."""
    logs = LogBudget()
    for case in cases:
        if role in case.roles:
            result = worst(
                {
                    name: play(case, make, role, library, cut=cut, quick=quick, seconds=seconds)
                    for name, cut in cuts.items()
                }
            )
            result.log = logs.keep(result.log, whole=result.failed)
            yield result
