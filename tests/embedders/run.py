"""Do projects that embed wsproto pass their own tests with `rawws.core` in its place?

`make embedders`, or `python -m tests.embedders.run [NAME ...]` from the root of the repository. For each project of the
table in `tests/embedders/projects.py`, its source distribution is fetched with pip and unpacked twice, under
`.cache/embedders/`: as it is, and with the imports of wsproto redirected to rawws.core, in the library as in its tests.
Both run in a virtual environment with what the project asks for. What passes with wsproto must pass with rawws.core.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from tests.embedders.environment import EmbedderError, prepare
from tests.embedders.projects import PROJECTS, Project
from tests.embedders.suite import Report, run_suite
from tests.embedders.verdict import Verdict, compare

#: Lines of what pytest says about a failed test that are shown.
_SHOWN = 25


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the projects named in `arguments` (default: all), one after the other; 0 if all is well, else 1."""
    summary = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m tests.embedders.run", description=summary)
    names = [project.name for project in PROJECTS]
    parser.add_argument("project", nargs="*", metavar="NAME", help=f"one of {', '.join(names)} (default: all)")
    chosen = parser.parse_args(arguments).project
    for name in chosen:
        if name not in names:
            parser.error(f"no project {name!r} in the table, which has {', '.join(names)}")
    good = [_judge(project) for project in PROJECTS if not chosen or project.name in chosen]
    _say(f"{sum(good)} of {len(good)} projects pass with rawws.core what they pass with wsproto.")
    return 0 if all(good) else 1


def _judge(project: Project) -> bool:
    _say(f"{project.name} {project.version}")
    try:
        environment = prepare(project)
        _say(f"  imports redirected      {environment.in_library} in the library, {environment.elsewhere} in its tests")
        wsproto = run_suite(project, environment.python, environment.original)
        _say(f"  with wsproto            {_summary(wsproto)}")
        rawws = run_suite(project, environment.python, environment.redirected)
        _say(f"  with rawws.core         {_summary(rawws)}")
    except EmbedderError as exc:
        _say(f"  no verdict: {exc}")
        return False
    verdict = compare(project, wsproto, rawws)
    _tell(project, wsproto, rawws, verdict)
    return verdict.good


def _summary(report: Report) -> str:
    parts = [f"{report.count(outcome)} {outcome}" for outcome in ("passed", "failed", "skipped")]
    return ", ".join(parts) + (f" ({len(report.again)} of them passed only when run again)" if report.again else "")


def _tell(project: Project, wsproto: Report, rawws: Report, verdict: Verdict) -> None:
    """What the reader should know beyond the figures."""
    for core, report in (("wsproto", wsproto), ("rawws.core", rawws)):
        for node, reason in report.again.items():
            _say(f"  only when run again, with {core}: {node}\n    {reason}")
        for text, count in Counter(report.unhandled).items():
            _say(f"  nobody caught in a thread, with {core}: {text} ({count} ×)")
    for node, outcome in wsproto.outcomes.items():
        if outcome == "failed":
            where = "only" if rawws.outcomes.get(node) == "passed" else "as well"
            _say(f"  fails with wsproto {where}: {node}")
    for node in verdict.explained:
        difference = project.differences[node.partition("[")[0]]
        _say(f"  differs, and should: {node}\n    {difference.reason} [{difference.requirement}]")
    lost = Counter(node.partition("::")[0] for node in verdict.regressions if node not in rawws.outcomes)
    for module, count in lost.items():
        _say(f"  passes with wsproto only (not found): {count} tests of {module}")
    for node in verdict.regressions:
        if node in rawws.outcomes:
            _say(f"  passes with wsproto only ({rawws.outcomes[node]}): {node}")
    # What explains them: the tests' own words, or those of a module that could not be imported.
    for node, text in rawws.texts.items():
        if node in verdict.regressions or "::" not in node:
            _say(f"  {node}:")
            _say("\n".join(f"    {line}" for line in text.splitlines()[-_SHOWN:]))
    for complaint in verdict.complaints:
        _say(f"  {complaint}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
