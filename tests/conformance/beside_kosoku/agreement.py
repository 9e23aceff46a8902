"""Do rawws-conformance and kosoku judge alike? python -m tests.conformance.beside_kosoku.agreement, or make agreement.

Both play all 517 cases, whole, against the same servers. Where their verdicts differ, both play these cases again, one
after the other, so that no difference is owed to a busy machine. Writes docs/reference/conformance-kosoku.md, in which
every difference stands with what came over the wire and with its reason; one for which there is none is an error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rawws_conformance.api import check_server
from rawws_conformance.cases import autobahn
from rawws_conformance.endpoint import Wait
from rawws_conformance.model import Case, Send, Write
from rawws_conformance.octets import close_payload
from rawws_conformance.verdict import Result

from tests.conformance.beside_kosoku.tools import (
    CACHE,
    KOSOKU,
    RunFailed,
    environment,
    kosoku,
    peer,
    play,
    serving,
)
from tests.packages import ROOT, PackageError

PAGE = ROOT / "docs" / "reference" / "conformance-kosoku.md"

#: Another, "picows", is for whoever asks for it: see the page's head.
SERVERS = ("websockets", "aiohttp", "picows.websockets")

#: Cases of kosoku at the same time. Ours are more, and played again where that decided something.
PARALLELISM = 8

#: How often kosoku plays again what differs, one case after the other.
AGAIN = 3

#: Octets of what came that the page shows.
_SHOWN = 24

Verdict = tuple[str, str]


class Reason(NamedTuple):
    """Why verdicts differ. known: whether the issue with kosoku was known before anybody looked."""

    letter: str
    sentence: str
    known: bool = False


@dataclass(frozen=True)
class Difference:
    """A case on which the two do not agree, after both have played it again."""

    server: str
    case: Case
    ours: Result
    kosoku: tuple[Verdict, ...]

    @property
    def verdict(self) -> Verdict:
        """Our verdict."""
        return str(self.ours.behavior), str(self.ours.close_behavior)


ENCODED = Reason(
    "A",
    "kosoku encodes the text of 6.2.1 to 6.2.3 twice; the octets that Autobahn sends are its UTF-8.",
    known=True,
)
LAST = Reason(
    "B",
    "kosoku leaves out the empty last fragment that Autobahn sends where a payload is an exact multiple of the "
    "fragment size; a server that limits fragments gets one more here.",
    known=True,
)
GIVEN_UP = Reason(
    "C",
    "A time limit ran out. kosoku ends TCP without a Close and judges FAILED BY CLIENT. Autobahn sends Close "
    "1001, which is a close started by the tester, where the server was to start it: FAILED.",
)
INVALID = Reason(
    "D",
    "The server's Close has a code that must not be in a frame (RFC 6455 §7.4). kosoku takes every code for "
    "valid. Autobahn refuses such a Close, so that its code is not known, and no closing handshake has been done.",
)
VIOLATED = Reason(
    "E",
    "The server sent a frame that breaks a rule, such as a continuation of nothing. kosoku ends TCP. Autobahn "
    "sends Close 1002, which is a close started by the tester, and takes no message after it, so that none counts"
    " as an answer.",
)
READ_AT_ONCE = Reason(
    "F",
    "The script writes octet by octet or frame by frame. kosoku leaves no time between the writes, so that the "
    "server reads several at once and may fail before it has answered the first message: whether it does is luck.",
)


def reason(found: Difference) -> Reason | None:
    """Why the two differ, from what was seen; None where nothing explains it."""
    case, facts = found.case, found.ours.facts
    if case.id.startswith("6.2."):
        return ENCODED
    if case.id.startswith(("9.3.", "9.4.")):
        return LAST
    if facts.violation is not None:
        return INVALID if "close code" in facts.violation else VIOLATED
    paced = any(isinstance(step, Send) and step.write is not Write.TOGETHER for step in case.script)
    if paced and {found.verdict[0], *(verdict[0] for verdict in found.kosoku)} <= {"OK", "NON-STRICT"}:
        return READ_AT_ONCE
    if Wait.KILL_AFTER in facts.expired:
        return GIVEN_UP
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Play everything, write the page; 1 where a difference has no reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.beside_kosoku.agreement")
    parser.add_argument("server", nargs="*", metavar="SERVER", help=f"some of {', '.join(SERVERS)} (default: all)")
    parser.add_argument("--exclude", action="append", default=[], metavar="ID", help="leave out cases; * is anything")
    parser.add_argument("--to", type=Path, default=PAGE, help="the page to write")
    options = parser.parse_args(arguments)
    differences: list[Difference] = []
    totals: dict[str, int] = {}
    try:
        python = environment()
        for server in options.server or SERVERS:
            found, total = compare(server, python, options.exclude)
            differences += found
            totals[server] = total
            sys.stdout.write(f"{server}: {total} cases, {len(found)} differences\n")
            sys.stdout.flush()
    except (PackageError, RunFailed) as exc:
        sys.stdout.write(f"{exc}\n")
        return 1
    unexplained = [each for each in differences if reason(each) is None]
    for each in unexplained:
        line = f"no reason: {each.server} {each.case.id}: {each.verdict} and {each.kosoku}"
        sys.stdout.write(f"{line}; {came(each.ours)}\n")
    options.to.write_text(page(differences, totals, options.exclude), encoding="utf-8")
    sys.stdout.write(f"{options.to}\n")
    return 1 if unexplained else 0


def compare(server: str, python: Path, exclude: Sequence[str]) -> tuple[list[Difference], int]:
    """The differences that are left when both have played them again, and how many cases there were."""
    results = _ours(server, python, [], exclude)
    theirs = _kosoku(server, python, PARALLELISM, [], exclude)
    cases = autobahn()
    ids = [case_id for case_id, result in results.items() if _verdict(result) != theirs.get(case_id)]
    if not ids:
        return [], len(results)
    results |= _ours(server, python, ids, ())
    again = [_kosoku(server, python, 1, ids, ()) for _ in range(AGAIN)]
    found = []
    for case_id in ids:
        verdicts = tuple(each[case_id] for each in again)
        if any(verdict != _verdict(results[case_id]) for verdict in verdicts):
            found.append(Difference(server, cases[case_id], results[case_id], verdicts))
    return found, len(results)


def _verdict(result: Result) -> Verdict:
    return str(result.behavior), str(result.close_behavior)


def _ours(server: str, python: Path, cases: Sequence[str], exclude: Sequence[str]) -> dict[str, Result]:
    """Our results. Chosen cases are played one after the other."""
    with serving(peer(server), python) as (port, _process):
        url = f"ws://127.0.0.1:{port}/"
        return check_server(url, cases=cases, exclude=exclude, quick=False, jobs=1 if cases else 32).results


def _kosoku(
    server: str, python: Path, parallelism: int, cases: Sequence[str], exclude: Sequence[str]
) -> Mapping[str, Verdict]:
    out = CACHE / f"agreement-{server}"
    options = [word for case in cases for word in ("--include", case)]
    options += [word for case in exclude for word in ("--exclude", case)]
    play(peer(server), python, kosoku(out, parallelism, *options))
    (index,) = json.loads((out / "index.json").read_text(encoding="utf-8")).values()
    return {case_id: (case["behavior"], case["behaviorClose"]) for case_id, case in index.items()}


def came(result: Result) -> str:
    """The first octets that came from the server behind its response, as hex; of round trips, its Close."""
    octets = b"".join(entry.octets for entry in result.log if entry.kind == "received")
    _head, _, rest = octets.partition(b"\r\n\r\n")
    if result.messages != (0, 0) and result.facts.remote_code is not None:
        rest = close_payload(result.facts.remote_code, result.facts.remote_reason)
        rest = bytes((0x88, len(rest))) + rest
    return rest[:_SHOWN].hex(" ") + (" …" if len(rest) > _SHOWN else "") if rest else "nothing"


_HEAD = """\
# Verdict for verdict beside kosoku

<!-- Written by `make agreement`. -->

[kosoku](https://github.com/curioswitch/kosoku) {version} plays Autobahn's cases from Rust. It and
[rawws-conformance](../../conformance/README.md) have played {cases}, whole, against the same servers; where their
verdicts differed, both have played the case again, by itself, kosoku {again} times. The programs are in
`tests/conformance/compared/programs/`. `picows.websockets` is picows' face for whole messages. Its other one,
`WSListener`, hands out frames and leaves UTF-8, the order of fragments, reserved bits and close codes to its user, so
that a program over it is judged rather than picows (`make agreement` plays it when it is named; ninety-odd differences,
nearly all by reasons C and E below).
"""


def page(differences: Sequence[Difference], totals: Mapping[str, int], exclude: Sequence[str] = ()) -> str:
    """The page of results. exclude: what was left out."""
    cases = f"all of the 517 but {', '.join(exclude)}" if exclude else "all 517 cases"
    text = _HEAD.format(version=KOSOKU.partition("==")[2], again=AGAIN, cases=cases)
    text += "\n| server | cases | same verdict | differences | of these known before |\n|---|---|---|---|---|\n"
    text += "\n".join(_row(server, total, differences) for server, total in totals.items())
    used = sorted({found for each in differences if (found := reason(each)) is not None})
    text += "\n\n## Why they differ\n\n" + "\n".join(f"- **{each.letter}.** {each.sentence}" for each in used)
    text += "\n\n## Every difference\n\n*Came* is what the server sent behind its 101, from its first octet on.\n\n"
    text += "| case | server | sent | came | here | kosoku | why |\n|---|---|---|---|---|---|---|\n"
    text += "\n".join(_difference(each) for each in differences)
    return text + "\n"


def _row(server: str, total: int, differences: Sequence[Difference]) -> str:
    found = [each for each in differences if each.server == server]
    known = sum(bool((why := reason(each)) and why.known) for each in found)
    return f"| {server} {peer(server).version} | {total} | {total - len(found)} | {len(found)} | {known} |"


def _difference(found: Difference) -> str:
    why = reason(found)
    kosokus = ", then ".join(dict.fromkeys("/".join(verdict) for verdict in found.kosoku))
    cells: tuple[str, ...] = (
        found.case.id,
        found.server,
        found.case.sends.replace("|", "\\|"),
        f"`{came(found.ours)}`",
        "/".join(found.verdict),
        kosokus,
        why.letter if why else "?",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
