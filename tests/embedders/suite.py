"""Run a project's tests in one of its two trees: as published, or redirected."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.embedders.environment import EmbedderError
from tests.embedders.projects import Project

_INSIDE = Path(__file__).parent / "inside"

#: Seconds that one test, and that all tests of a project, may take. The slowest project takes about 40 seconds.
TEST_DEADLINE = 60
SUITE_DEADLINE = 900

#: How often a test that failed is run again. Several of these tests race against threads and timeouts of a tenth of a
#: second, and fail now and then with wsproto too; what passes in the end is reported as "only when run again".
AGAIN = 2


@dataclass
class Report:
    """What came out of a project's tests with one core.

    outcomes: node id to "passed", "failed" or "skipped". A module that cannot be imported is "failed" under its name.
    texts: node id of what failed to what pytest says about it.
    made: core ("wsproto", "rawws.core") to how many connections and handshakes of it the project and its tests made.
    package_from_tree: whether the library that was imported is the one in the tree.
    unhandled: exceptions that nobody caught in a thread or a destructor, the last line of each. pytest warns of them.
    again: node id of each test that failed first and passed when run again, to what was wrong first, in a line.
    """

    outcomes: dict[str, str]
    texts: dict[str, str]
    made: dict[str, int]
    package_from_tree: bool
    unhandled: list[str]
    again: dict[str, str] = field(default_factory=dict)

    def count(self, outcome: str) -> int:
        """How many tests ended with `outcome`."""
        return Counter(self.outcomes.values())[outcome]


def run_suite(project: Project, python: Path, tree: Path) -> Report:
    """Run the tests of `project` in `tree`, and those that fail once or twice more. Raises EmbedderError."""
    report = _run(project, python, tree, project.paths)
    for _ in range(AGAIN):
        failed = [node for node, outcome in report.outcomes.items() if outcome == "failed" and "::" in node]
        if not failed:
            break
        second = _run(project, python, tree, failed)
        for node in failed:
            if second.outcomes.get(node) == "passed":
                report.outcomes[node] = "passed"
                report.again[node] = _reason(report.texts.pop(node))
    return report


def _reason(text: str) -> str:
    """The line of pytest's words about a failure that names the exception."""
    lines = [line.removeprefix("E").strip() for line in text.splitlines() if line.startswith("E ")]
    return lines[0] if lines else text.rpartition("\n")[2].strip()


def _run(project: Project, python: Path, tree: Path, tests: list[str] | tuple[str, ...]) -> Report:
    file = tree.parent / f"report-{tree.name}.json"
    file.unlink(missing_ok=True)
    command = [str(python), "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", "-p", "embedder_watch"]
    command += ["-o", "addopts=", f"--rootdir={tree}", "--continue-on-collection-errors"]
    command += [*project.options, *tests]
    try:
        result = subprocess.run(
            command,
            cwd=tree,
            env=_variables(project, tree, file),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SUITE_DEADLINE,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        text = f"the tests of {project.name} took longer than {SUITE_DEADLINE} seconds:\n{exc.stdout!r}"
        raise EmbedderError(text) from None
    if result.returncode not in {0, 1} or not file.exists():
        raise EmbedderError(f"pytest could not run the tests of {project.name}:\n{result.stdout}{result.stderr}")
    return Report(**json.loads(file.read_text(encoding="utf-8")))


def _variables(project: Project, tree: Path, file: Path) -> dict[str, str]:
    """The environment of the process: it inherits nothing from the pytest or the Python that may be running this."""
    ours = ("PYTEST_", "PYTHON", "COVERAGE_")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    variables["PYTHONPATH"] = os.pathsep.join([str((tree / project.source).resolve()), str(_INSIDE)])
    variables["PYTEST_TIMEOUT"] = str(TEST_DEADLINE)  # for pytest-timeout
    variables["EMBEDDER_WATCH"] = json.dumps({"package": project.package, "tree": str(tree), "report": str(file)})
    return variables
