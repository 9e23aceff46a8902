"""The page `docs/reference/conformance-compared.md`, out of the reports of several rounds."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rawws_conformance.cases import autobahn
from rawws_conformance.model import sort_key
from rawws_conformance.reports.document import Json
from rawws_conformance.reports.verdicts import Verdict

from tests.conformance.compared.peers import Compared

HEAD = """\
# How other implementations do

<!-- Written by `make compare`. -->

All {total} cases of Autobahn, put before implementations in Python with
[rawws-conformance](../../conformance/README.md): each as a server and as a client, over the loopback, {rounds}, on
{python}.{quick}
The programs are in `tests/conformance/compared/programs/`; each sends back what comes, and allows messages of 32 MiB,
since group 9 sends 16 MiB. What else was set:

| | version | |
|---|---|---|
"""

VERDICTS = """
A case is *not strict* where the peer does what it must, but later, or with less before it, than one could hope for. It
is *not implemented* where the peer does not agree to compression, or not with the parameters of the case. *Failed* are
wrong answers, and right ones behind which the connection ended wrongly. What that means to you depends: some limits are
there on purpose, and some failures are one wrong close code. *Connection lost* means that the peer ended TCP without a
word. Where rounds differ, timing decided: what one read of the peer's happened to hold, or how busy the machine was.
"""


@dataclass(frozen=True)
class Rounds:
    """What one implementation has shown in one role: the `report.json` of each round."""

    peer: Compared
    reports: list[Json]

    @property
    def cases(self) -> list[Mapping[str, Json]]:
        """The cases of each round, by id."""
        return [report["runs"][0]["cases"] for report in self.reports]


class Seen(NamedTuple):
    """What was seen in a case. rounds: in how many."""

    verdict: Verdict
    sentence: str
    rounds: int


def document(found: Mapping[str, Sequence[Rounds]], *, quick: bool) -> str:
    """The page. found: role to what every implementation has shown."""
    several = found["server"]
    rounds = len(several[0].reports)
    parts = [
        HEAD.format(
            total=len(autobahn()),
            rounds="once" if rounds == 1 else f"{rounds} times",
            python=f"{platform.python_implementation()} {platform.python_version()}",
            quick=" These are quick runs: fewer messages in groups 9, 12 and 13." if quick else "",
        )
    ]
    parts += [f"| {each.peer.name} | {each.peer.version} | {each.peer.remark} |\n" for each in several]
    parts.append(VERDICTS)
    for role, peers in found.items():
        parts.append(f"\n## As {role}s\n\n")
        parts += _table(peers)
        for each in peers:
            parts += _failures(each, role)
    return "".join(parts)


def _table(peers: Sequence[Rounds]) -> Iterator[str]:
    yield "| | OK | informational | not strict | not implemented | failed |\n|---|---|---|---|---|---|\n"
    for each in peers:
        counted = [Counter(_column(_verdict(case)) for case in cases.values()) for cases in each.cases]
        cells = [_range(counts[column] for counts in counted) for column in _COLUMNS]
        yield f"| {each.peer.name} | {' | '.join(cells)} |\n"


_COLUMNS = ("OK", "INFORMATIONAL", "NON-STRICT", "UNIMPLEMENTED", "FAILED")


def _column(verdict: Verdict) -> str:
    return "FAILED" if verdict.failed else verdict.behavior


def _range(numbers: Iterable[int]) -> str:
    """A number, or the least and the greatest where rounds differ."""
    listed = list(numbers)
    return f"{min(listed)}" if min(listed) == max(listed) else f"{min(listed)} to {max(listed)}"


def _verdict(case: Json) -> Verdict:
    return Verdict(case["behavior"], case["close_behavior"])


def _failures(each: Rounds, role: str) -> Iterator[str]:
    """What one implementation fails, cases of one verdict and one sentence together."""
    seen: dict[Seen, list[str]] = {}
    mild: dict[str, list[str]] = {"NON-STRICT": [], "UNIMPLEMENTED": []}
    total = len(each.reports)
    for case_id in sorted({case_id for cases in each.cases for case_id in cases}, key=sort_key):
        rounds = [cases[case_id] for cases in each.cases if case_id in cases]
        for verdict, count in Counter(map(_verdict, rounds)).items():
            case = next(case for case in rounds if _verdict(case) == verdict)
            if verdict.failed:
                seen.setdefault(Seen(verdict, _sentence(case), count), []).append(case_id)
            elif verdict.behavior in mild:
                mild[verdict.behavior].append(case_id)
    if not seen and not any(mild.values()):
        return
    yield f"\n### {each.peer.name}, as {role}\n\n"
    if mild["NON-STRICT"]:
        yield f"Not strict: {ranges(mild['NON-STRICT'])}.\n"
    if mild["UNIMPLEMENTED"]:
        yield f"Not implemented: {ranges(mild['UNIMPLEMENTED'])}.\n"
    if seen:
        gap = "\n" if any(mild.values()) else ""
        yield f"{gap}| failed cases | verdict | what was seen |\n|---|---|---|\n"
        for found, case_ids in seen.items():
            luck = "" if found.rounds == total else f" (in {found.rounds} of {total} rounds)"
            yield f"| {ranges(case_ids)} | {found.verdict}{luck} | {found.sentence} |\n"


def _sentence(case: Json) -> str:
    """Why, in a sentence or two; what the peer itself has said is not repeated."""
    close = case["close"]
    if not close["clean"] and close["remote_code"] is None and str(close["unclean_reason"]).startswith("TCP "):
        return "connection lost"
    sentences = [case["result"] if case["behavior"] == "FAILED" else case["close_result"]]
    sentences += [note for note in case["notes"] if note.startswith("The peer broke a rule: ")]
    return " ".join(sentences).replace("|", "\\|")


def ranges(case_ids: Sequence[str]) -> str:
    """Case ids in order, those that follow each other joined: 1.1.1 to 1.1.8, 5.9."""
    order = {case_id: place for place, case_id in enumerate(autobahn())}
    parts: list[str] = []
    run: list[str] = []
    for case_id in [*case_ids, None]:
        if case_id is not None and run and order[case_id] == order[run[-1]] + 1:
            run.append(case_id)
            continue
        if len(run) > 2:
            parts.append(f"{run[0]} to {run[-1]}")
        else:
            parts += run
        run = [] if case_id is None else [case_id]
    return ", ".join(parts)
