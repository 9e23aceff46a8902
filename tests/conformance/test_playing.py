"""What a command does while cases are played: the files of those that are through."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from rawws_conformance.cases import autobahn
from rawws_conformance.cli.common import Suite
from rawws_conformance.cli.playing import Meanwhile, play_cases
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Role, Seconds
from rawws_conformance.report import UNKNOWN, Run
from rawws_conformance.reports import CaseFiles
from rawws_conformance.runs.tcp import ServerRun
from rawws_conformance.runs.wire import parse_url
from rawws_conformance.slices import Library

from tests.conformance import servers

#: One that is through at once, and one that lasts a second by its script.
IDS = ("1.1.1", "5.19")


def played(out: Path, agent: str | None) -> tuple[Run, bool]:
    """Play two cases against an echo server, with files to be written into a folder; and whether all were played."""
    cases = {case_id: autobahn()[case_id] for case_id in IDS}
    run = Run(agent=agent or UNKNOWN, target="", role=Role.SERVER)

    async def main() -> bool:
        with trio.fail_after(60):
            async with servers.serving(servers.echo) as port:
                target, library = parse_url(f"ws://127.0.0.1:{port}/"), Library(Corpora())
                playing = ServerRun(target=target, library=library, results=run.results, again=run.again)
                suite = Suite("autobahn", list(cases.values()), Corpora(), Seconds())
                complete, _ = await play_cases(playing, suite, Meanwhile(run, CaseFiles(out, cases), agent))
                return complete

    return run, trio.run(main)


@pytest.mark.parametrize("agent", ["given", None])
def test_files_of_cases_that_are_through(tmp_path: Path, agent: str | None) -> None:
    """While a long case lasts, the files of a short one are written, under the name of the peer: given, or its own."""
    run, complete = played(tmp_path / "new", agent)
    assert complete
    assert set(run.results) == set(IDS)
    stem = "peer_of_the_tests" if agent is None else agent
    files = {f"{stem}_case_1_1_1.json", f"{stem}_case_1_1_1.html"}
    assert {path.name for path in (tmp_path / "new").iterdir()} >= files


def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    """Where nothing can be written, all cases are played nevertheless: the end of the run says what is wrong."""
    (tmp_path / "file").write_bytes(b"")
    run, complete = played(tmp_path / "file", "given")
    assert complete
    assert set(run.results) == set(IDS)
