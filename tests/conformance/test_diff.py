"""Two reports compared: `diff`, and what counts as worse than a baseline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rawws_conformance.cli import main
from rawws_conformance.reports.document import ReportError
from rawws_conformance.reports.verdicts import Verdict, Verdicts, compare, load, regressions

OK = Verdict("OK", "OK")
BAD = Verdict("FAILED", "FAILED")
STRICT_LESS = Verdict("NON-STRICT", "OK")
UNCLEAN = Verdict("OK", "UNCLEAN")


def invoke(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)


def write_index(path: Path, verdicts: Verdicts) -> Path:
    """Verdicts as Autobahn writes them."""
    index = {
        agent: {case_id: {"behavior": each.behavior, "behaviorClose": each.close} for case_id, each in cases.items()}
        for agent, cases in verdicts.items()
    }
    path.write_text(json.dumps(index), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (OK, BAD, "worse"),
        (OK, STRICT_LESS, "worse"),
        (OK, UNCLEAN, "worse"),
        (OK, Verdict("INFORMATIONAL", "INFORMATIONAL"), "worse"),
        (Verdict("UNIMPLEMENTED", "OK"), BAD, "worse"),
        (Verdict("FAILED", "OK"), UNCLEAN, "worse"),
        (Verdict("FAILED", "UNCLEAN"), Verdict("FAILED", "WRONG CODE"), "better"),
        (Verdict("OK", "UNCLEAN"), Verdict("OK", "FAILED BY CLIENT"), "better"),
        (BAD, OK, "better"),
        (STRICT_LESS, OK, "better"),
        (OK, Verdict("SOMETHING NEW", "OK"), "worse"),
        (OK, OK, "same"),
    ],
)
def test_what_is_worse(before: Verdict, after: Verdict, kind: str) -> None:
    """A verdict is worse where either half is, better where neither is and one got better."""
    (found,) = compare({"a": {"1.1.1": before}}, {"a": {"1.1.1": after}})
    lists = {"worse": found.worse, "better": found.better}
    assert (found.same, found.changes) == ((1, 0) if kind == "same" else (0, 1))
    assert [name for name, changes in lists.items() if changes] == ([] if kind == "same" else [kind])
    assert bool(regressions({"a": {"1.1.1": before}}, {"a": {"1.1.1": after}})) == (kind == "worse")


def test_cases_that_are_on_one_side_only() -> None:
    """Cases that only one report has are told, in the order of their numbers, and are neither worse nor better."""
    (found,) = compare({"a": {"9.1.10": OK, "9.1.9": OK}}, {"a": {"10.1.1": BAD}})
    assert (found.only_before, found.only_after, found.changes) == (["9.1.9", "9.1.10"], ["10.1.1"], 0)


def test_a_new_case_that_fails_is_a_regression() -> None:
    """What the baseline does not know is worse only where it failed; what is not played any more is not."""
    baseline = {"a": {"1.1.1": BAD, "1.1.2": OK}}
    now = {"a": {"1.1.1": BAD, "1.1.3": STRICT_LESS, "1.1.4": UNCLEAN}, "b": {"1.1.1": BAD, "1.1.2": OK}}
    assert [each[:2] for each in regressions(baseline, now)] == [("a", "1.1.4"), ("b", "1.1.1")]


def test_one_agent_each() -> None:
    """Where each report has one agent, these are compared, whatever they are called; otherwise those of one name."""
    assert [(each.before, each.after) for each in compare({"a": {}}, {"b": {}})] == [("a", "b")]
    assert [(each.before, each.after) for each in compare({"a": {}, "b": {}}, {"b": {}, "c": {}})] == [("b", "b")]


def test_diff_command(tmp_path: Path) -> None:
    """`diff` tells what changed, and its exit status is 1 only where something got worse."""
    old = write_index(tmp_path / "old.json", {"a": {"1.1.1": OK, "2.1": BAD}})
    new = write_index(tmp_path / "new.json", {"a": {"1.1.1": UNCLEAN, "2.1": OK}})
    done = invoke("diff", old, new)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "a: 1 worse, 1 better, 0 the same",
        "  worse    1.1.1: OK → OK, close UNCLEAN",
        "  better   2.1: FAILED → OK",
    ]
    assert invoke("diff", old, old).exit_code == 0
    new = write_index(tmp_path / "new.json", {"a": {"1.1.1": OK, "2.1": OK}})
    assert invoke("diff", old, new).exit_code == 0


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"a": []}', '{"a": {"1.1.1": {}}}', '{"a": {"1.1.1": 1}}', '{"format": "rawws-conformance/report"}'],
)
def test_what_is_no_index(content: str, tmp_path: Path) -> None:
    """A file that holds no verdicts is a sentence and exit status 2, for `diff` and as a baseline."""
    path = tmp_path / "index.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ReportError, match=r"index\.json"):
        load(tmp_path)
    done = invoke("diff", path, path)
    assert done.exit_code == 2
    assert str(path) in done.stderr
    done = invoke("memory", "rawws", "--case", "1.1.1", "--out", tmp_path / "out", "--baseline", path)
    assert done.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_agents_that_do_not_meet(tmp_path: Path) -> None:
    """Reports without an agent in common cannot be compared, and say so."""
    old = write_index(tmp_path / "old.json", {"a": {}, "b": {}})
    new = write_index(tmp_path / "new.json", {"c\x1b[2J": {}})
    done = invoke("diff", old, new)
    assert done.exit_code == 2
    assert "no agent in common: a, b and c" in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    ("known", "status", "line"),
    [
        ({"7.7.1": Verdict("FAILED", "WRONG CODE"), "1.1.1": Verdict("OK", "WRONG CODE")}, 0, "Nothing is worse"),
        ({"7.7.1": OK, "1.1.1": Verdict("OK", "WRONG CODE")}, 1, "7.7.1: OK → FAILED, close WRONG CODE"),
    ],
)
def test_baseline(known: dict[str, Verdict], status: int, line: str, tmp_path: Path) -> None:
    """With a baseline the exit status is 1 only where something got worse than in it; what failed before may fail."""
    baseline = write_index(tmp_path / "baseline.json", {"old name": known})
    cases = ["--case", "1.1.1", "--case", "7.7.1"]
    options: list[str | Path] = [*cases, "--baseline", baseline, "--out", tmp_path / "out"]
    done = invoke("memory", "tests.conformance.faulty.closing:WrongReplyCode", "--cut", "as written", *options)
    assert line in done.stdout
    assert done.exit_code == status
    # A report of one run is the baseline of the next.
    again: list[str | Path] = ["--case", "1.1.1", "--baseline", tmp_path / "out", "--out", tmp_path / "next"]
    done = invoke("memory", "tests.conformance.faulty.closing:WrongReplyCode", "--cut", "as written", *again)
    assert done.exit_code == 0


def test_html_command(tmp_path: Path) -> None:
    """`html` puts the agents of several reports on one page."""
    for name in ("rawws", "wsproto"):
        invoke("memory", name, "--case", "1.1.1", "--cut", "as written", "--out", tmp_path / name)
    done = invoke("html", tmp_path / "rawws", tmp_path / "wsproto" / "report.json", "--to", tmp_path / "all.html")
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'all.html'}: 2 agents\n")
    text = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert '<th scope="col" class="agent-head">rawws<th scope="col" class="agent-head">wsproto' in text
    assert invoke("html", tmp_path / "rawws" / "index.json", "--to", tmp_path / "x.html").exit_code == 2
    assert invoke("html", tmp_path / "rawws", "--to", tmp_path / "no" / "x.html").exit_code == 2
