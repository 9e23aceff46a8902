"""What is said of mutants: how many were noticed, which were not, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from fuzz.mutants.made import Mutant
from fuzz.mutants.results import Results
from fuzz.mutants.survivors import Kind, Reasons, named, quoted
from fuzz.planting.planted import ROOT

README = ROOT / "fuzz" / "README.md"
_BEGIN, _END = "<!-- mutants: begin -->\n", "<!-- mutants: end -->\n"

#: Survivors that are the same program, or of which nobody has said why they survive, at most: a share of all.
MOST = 0.03


@dataclass(frozen=True)
class Row:
    """A survivor. kind, reason: why nobody notices, "" where nobody has said so."""

    mutant: Mutant
    kind: Kind | str
    reason: str


def report(mutants: list[Mutant], results: Results, *, write: bool, old: bool = False) -> int:
    """Print it, and write it into the document where that is wanted; 1 where too many survive.

    old: by what came of them the last time, whatever has changed since.
    """
    total, run = Counter[str](), Counter[str]()
    rows = []
    reasons = Reasons()
    for mutant in mutants:
        total[mutant.path] += 1
        known = results.last(mutant) if old else results.known(mutant)
        run[mutant.path] += known is not None
        if known is not None and not known.killer:
            because = reasons.of(mutant)
            rows.append(Row(mutant, because.kind, because.reason) if because else Row(mutant, "", ""))
    rows.sort(key=lambda row: (row.reason, row.mutant.path, row.mutant.line))
    for row in rows:
        if not row.reason:
            print(f"# {row.mutant.path}:{row.mutant.line}\n    {quoted(named(row.mutant))},")
    for name in reasons.without_mutant(mutants):
        print(f"a reason without a mutant: {name}")
    said = _summary(total, run, rows)
    print(said)
    if write:
        _write(said, rows)
    bad = sum(row.kind in {"", "the same"} for row in rows)
    return int(bad > MOST * run.total())


def _summary(total: Counter[str], run: Counter[str], rows: list[Row]) -> str:
    kinds = Counter(row.kind or "unexplained" for row in rows)
    bad = kinds["the same"] + kinds["unexplained"]
    share = 100 * bad / max(run.total(), 1)
    listed = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    return (
        f"{run.total():,} of {total.total():,} mutants of {len(total)} modules were run, {len(rows):,} survived "
        f"({listed}). The same program, or unexplained: {share:.1f} %."
    )


def _write(said: str, rows: list[Row]) -> None:
    """Put the table into the document, between its two marks."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    behind = rest.partition(_END)[2]
    lines = [said, ""]
    reasons = sorted({(row.kind, row.reason) for row in rows}, key=str)
    for kind, reason in reasons:
        mine = [row for row in rows if row.reason == reason]
        lines += [f"**{kind or 'Unexplained'}** ({len(mine)}). {reason}", ""]
        lines += ["| in | was | became |", "|---|---|---|"]
        lines += [_line(row.mutant) for row in mine]
        lines.append("")
    README.write_text(before + _BEGIN + "\n".join(lines) + _END + behind, encoding="utf-8")


def _line(mutant: Mutant) -> str:
    where = f"{Path(mutant.path).name}:{mutant.line}"
    return f"| `{where}` | {_code(mutant.before)} | {_code(mutant.after)} |"


def _code(text: str) -> str:
    """As code in a cell of a table."""
    short = " ".join(text.split()).replace("|", "\\|")
    mark = "``" if "`" in short else "`"
    return f"{mark}{short}{mark}"
