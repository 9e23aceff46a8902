"""Compare the two runs of a project's tests."""

from __future__ import annotations

from dataclasses import dataclass

from tests.embedders.projects import Project
from tests.embedders.suite import Report


@dataclass(frozen=True)
class Verdict:
    """What the comparison says.

    regressions: node ids of tests that pass with wsproto, and do not with rawws.core, without a reason in the table.
    explained: those that have one. complaints: what else must not be, a sentence each.
    """

    regressions: list[str]
    explained: list[str]
    complaints: list[str]

    @property
    def good(self) -> bool:
        """Whether the project may replace wsproto by rawws.core."""
        return not self.regressions and not self.complaints


def compare(project: Project, wsproto: Report, rawws: Report) -> Verdict:
    """The verdict about `project`, from what its tests say with either core."""
    # A test that is skipped, or not even found, is not a test that passes.
    worse = [node for node, was in wsproto.outcomes.items() if was == "passed" and rawws.outcomes.get(node) != "passed"]
    explained = [node for node in worse if _function(node) in project.differences]
    regressions = [node for node in worse if _function(node) not in project.differences]
    complaints = [
        f"{node} is in the table of differences, but no test of that name fails with rawws.core alone"
        for node in project.differences
        if node not in map(_function, explained)
    ]
    if wsproto.count("passed") < project.least:
        complaints.append(f"only {wsproto.count('passed')} tests pass with wsproto, where {project.least} did")
    complaints += _check_use("wsproto", "rawws.core", wsproto)
    complaints += _check_use("rawws.core", "wsproto", rawws)
    return Verdict(regressions, explained, complaints)


def _function(node: str) -> str:
    """A node id without the parameters of the test."""
    return node.partition("[")[0]


def _check_use(core: str, other: str, report: Report) -> list[str]:
    """Complaints about a run in which the tests were not about `core`, and `core` only."""
    complaints = []
    if not report.package_from_tree:
        complaints.append(f"with {core}: the library that was imported is not the one that was unpacked")
    if not report.made[core]:
        complaints.append(f"with {core}: nothing of it was used")
    if report.made[other]:
        complaints.append(f"with {core}: {report.made[other]} connections or handshakes are of {other}")
    return complaints
