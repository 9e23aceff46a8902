"""Two reports side by side: what got worse, what got better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from rawws_conformance.model import Behavior, CloseBehavior
from rawws_conformance.report import FORMAT
from rawws_conformance.reports.document import Json, ReportError, find, load_json, numbers, read

#: Best first.
_BEHAVIORS = [
    Behavior.OK, Behavior.INFORMATIONAL, Behavior.NON_STRICT, Behavior.UNIMPLEMENTED, Behavior.FAILED,
]  # fmt: skip
_CLOSES = [
    CloseBehavior.OK,
    CloseBehavior.INFORMATIONAL,
    CloseBehavior.FAILED_BY_CLIENT,
    CloseBehavior.WRONG_CODE,
    CloseBehavior.UNCLEAN,
    CloseBehavior.FAILED,
]


class Verdict(NamedTuple):
    """Behavior and close behavior of one case."""

    behavior: str
    close: str

    def __str__(self) -> str:
        return self.behavior if self.close in {"OK", self.behavior} else f"{self.behavior}, close {self.close}"

    @property
    def failed(self) -> bool:
        """Whether it makes the exit status 1."""
        return self.behavior == "FAILED" or self.close not in {"OK", "INFORMATIONAL"}


#: Agent to case id to verdict.
Verdicts = dict[str, dict[str, Verdict]]


class Change(NamedTuple):
    """A case that ended in two ways."""

    case_id: str
    before: Verdict
    after: Verdict

    def __str__(self) -> str:
        return f"{self.case_id}: {self.before} → {self.after}"


@dataclass
class Difference:
    """What lies between two results of one agent, or between two agents.

    only_before, only_after: cases that the other one does not have.
    """

    before: str
    after: str
    worse: list[Change] = field(default_factory=list)
    better: list[Change] = field(default_factory=list)
    other: list[Change] = field(default_factory=list)
    only_before: list[str] = field(default_factory=list)
    only_after: list[str] = field(default_factory=list)
    same: int = 0

    @property
    def changes(self) -> int:
        """How many cases ended otherwise."""
        return len(self.worse) + len(self.better) + len(self.other)


def _rank(verdict: Verdict) -> tuple[int, int]:
    """How bad each half of a verdict is; a word that nobody knows is the worst."""
    behavior = next((at for at, known in enumerate(_BEHAVIORS) if known == verdict.behavior), len(_BEHAVIORS))
    close = next((at for at, known in enumerate(_CLOSES) if known == verdict.close), len(_CLOSES))
    return behavior, close


def verdicts_of(document: Json) -> Verdicts:
    """The verdicts of a `report.json`."""
    return {
        run["agent"]: {
            case_id: Verdict(case["behavior"], case["close_behavior"]) for case_id, case in run["cases"].items()
        }
        for run in document["runs"]
    }


def load(path: Path) -> Verdicts:
    """The verdicts in a `report.json` or in Autobahn's `index.json`, or in a folder with one. Raises ReportError."""
    found = find(path)
    value = load_json(found)
    if isinstance(value, dict) and value.get("format") == FORMAT:
        return verdicts_of(read(found))
    try:
        return {
            str(agent): {str(case_id): _from_index(case) for case_id, case in cases.items()}
            for agent, cases in value.items()
        }
    except (AttributeError, KeyError, TypeError):
        raise ReportError(f"{found} is neither a report.json nor an index.json of Autobahn's") from None


def _from_index(case: Mapping[str, Any]) -> Verdict:
    return Verdict(str(case["behavior"]), str(case["behaviorClose"]))


def pairs(before: Verdicts, after: Verdicts) -> Iterator[tuple[str, str]]:
    """Which agents to compare: those of one name; where each side has one agent only, these two."""
    if len(before) == len(after) == 1:
        yield next(iter(before)), next(iter(after))
        return
    yield from ((agent, agent) for agent in before if agent in after)


def compare(before: Verdicts, after: Verdicts) -> list[Difference]:
    """What lies between two reports, an entry for each pair of agents."""
    return [_difference(old, new, before[old], after[new]) for old, new in pairs(before, after)]


def _difference(old: str, new: str, before: Mapping[str, Verdict], after: Mapping[str, Verdict]) -> Difference:
    found = Difference(old, new)
    for case_id in sorted(before.keys() | after.keys(), key=numbers):
        if case_id not in after:
            found.only_before.append(case_id)
        elif case_id not in before:
            found.only_after.append(case_id)
        elif before[case_id] == after[case_id]:
            found.same += 1
        else:
            change = Change(case_id, before[case_id], after[case_id])
            _list_for(found, change).append(change)
    return found


def _list_for(found: Difference, change: Change) -> list[Change]:
    """Worse where either half is; better where neither is and one got better."""
    old, new = _rank(change.before), _rank(change.after)
    if new[0] > old[0] or new[1] > old[1]:
        return found.worse
    return found.better if new != old else found.other


def regressions(baseline: Verdicts, now: Verdicts) -> list[tuple[str, str, str]]:
    """What is worse than a baseline: agent, case, and how, in words.

    A case, or an agent, that the baseline does not know is worse where it failed. What is not played any more is no
    regression.
    """
    found: list[tuple[str, str, str]] = []
    known = {new: old for old, new in pairs(baseline, now)}
    for agent, cases in now.items():
        before = baseline[known[agent]] if agent in known else {}
        difference = _difference(known.get(agent, agent), agent, before, cases)
        found += [(agent, change.case_id, f"{change.before} → {change.after}") for change in difference.worse]
        found += [
            (agent, case_id, f"{cases[case_id]}, and not in the baseline")
            for case_id in difference.only_after
            if cases[case_id].failed
        ]
    return sorted(found, key=lambda each: (each[0], numbers(each[1])))
