"""How do other implementations do? Each is a server, then a client, and the results become a page of the documentation.

`make compare`, or `python -m tests.conformance.compared.run [--rounds N] [--whole] [NAME ...]`. What is compared is
fetched with pip into a virtual environment under `.cache/compared/`, where the reports of all runs are, too.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rawws_conformance.reports.document import ReportError, merge, read
from rawws_conformance.reports.files import write_file
from rawws_conformance.reports.page import page

from tests.conformance.compared.document import Rounds, document
from tests.conformance.compared.peers import COMPARED, Compared
from tests.packages import ROOT, PackageError, virtual_environment

CACHE = ROOT / ".cache" / "compared"
PROGRAMS = Path(__file__).parent / "programs"
PAGE = ROOT / "docs" / "reference" / "conformance-compared.md"

#: Seconds for one run; the longest is that of a client that waits in vain in some cases.
DEADLINE = 3600


class NoResult(Exception):
    """A run came to no end; the text, for people, says what it printed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Play everything, write the page; 0 if every run came to its end, whatever the verdicts."""
    options = _options(arguments)
    found = {role: [Rounds(peer, []) for peer in options.chosen] for role in ("server", "client")}
    try:
        wanted = sorted({f"{peer.distribution}=={peer.version}" for peer in COMPARED if peer.distribution})
        python = virtual_environment(CACHE / "venv", wanted)
        for number in range(1, options.rounds + 1):
            for role, peers in found.items():
                for rounds in peers:
                    out = CACHE / "reports" / f"{rounds.peer.name}-{role}-{number}"
                    if not options.again:
                        _play(rounds.peer, role, python, options.what, out)
                    rounds.reports.append(read(out))
    except (PackageError, NoResult, ReportError) as exc:
        _say(str(exc))
        return 1
    options.to.write_text(document(found, quick="--quick" in options.what), encoding="utf-8")
    _say(f"{options.to}")
    for role, peers in found.items():
        path = CACHE / f"{role}s.html"
        write_file(path, page(merge([rounds.reports[0] for rounds in peers])).encode("utf-8", "replace"))
        _say(f"{path}: the first round side by side")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line, with what follows from it: the chosen peers, and the options that choose cases."""
    summary = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.compared.run", description=summary)
    names = [peer.name for peer in COMPARED]
    parser.add_argument("name", nargs="*", metavar="NAME", help=f"one of {', '.join(names)} (default: all)")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is played (default: 3)")
    parser.add_argument("--whole", action="store_true", help="all messages in groups 9, 12 and 13, not a quick run")
    parser.add_argument("--case", action="append", default=[], help="only these cases, as rawws-conformance takes them")
    parser.add_argument("--to", type=Path, default=PAGE, help="the page to write")
    parser.add_argument("--again", action="store_true", help="play nothing, write the page from the last reports")
    options = parser.parse_args(arguments)
    if unknown := set(options.name) - set(names):
        parser.error(f"no {', '.join(sorted(unknown))} in the table, which has {', '.join(names)}")
    options.chosen = [peer for peer in COMPARED if not options.name or peer.name in options.name]
    options.what = ([] if options.whole else ["--quick"]) + [word for case in options.case for word in ("--case", case)]
    return options


def _play(peer: Compared, role: str, python: Path, what: Sequence[str], out: Path) -> None:
    """One run, whose reports go to `out`. Raises NoResult."""
    place = ["{port}"] if role == "server" else ["{url}"]
    if role == "server" and not peer.server:
        serve = [str(Path(sys.executable).with_name("rawws")), "serve", "--max-message", "32MiB", "--port", *place]
    else:
        interpreter = str(python) if peer.distribution else sys.executable
        serve = [interpreter, str(PROGRAMS / (peer.server if role == "server" else peer.client)), *place]
    where = [] if role == "server" else ["--host", "127.0.0.1", "--port", "0"]
    command = [
        sys.executable, "-m", "rawws_conformance", role, "--run", shlex.join(serve), "--agent", peer.name,
        "--out", str(out), *where, *what,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False)
    if done.returncode not in {0, 1}:
        raise NoResult(f"{peer.name} as {role}: no result\n{done.stdout}{done.stderr}")
    (run,) = read(out)["runs"]
    failed = sum(case["failed"] for case in run["cases"].values())
    _say(f"{peer.name} as {role}: {len(run['cases'])} cases, {failed} failed")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
