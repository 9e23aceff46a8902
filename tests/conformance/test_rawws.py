"""All cases, quick, against rawws: in memory at three cuts, and over TCP. `make conformance` plays them whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rawws_conformance.cases import suite
from rawws_conformance.runs.cuts import CUTS

from tests.conformance.whole import ROOT, RUNS, Certificates, certificates, play

#: Seconds for one run: twenty where a machine has nothing else to do, and others may want it too.
DEADLINE = 220


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates for wss."""
    return certificates(tmp_path_factory.mktemp("tls"))


def judge(done: subprocess.CompletedProcess[str], out: Path) -> None:
    """Nothing may be FAILED, UNCLEAN, WRONG CODE, UNIMPLEMENTED or NON-STRICT, and no case may be missing."""
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = json.loads((out / "report.json").read_text(encoding="utf-8"))["runs"]
    assert run["complete"]
    cases = [case for case in suite("all").values() if run["role"] in case.roles]
    seen = sum(case.informational for case in cases)
    assert run["counts"] == {"INFORMATIONAL": {"INFORMATIONAL": seen}, "OK": {"OK": len(cases) - seen}}


def play_in_memory(adapter: str, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Have the judge play cases in memory, in a process of its own."""
    command = [sys.executable, "-m", "rawws_conformance", "memory", adapter, *options]
    command += ["--quick", "--strict", "--out", str(out)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False)


@pytest.mark.battery
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("role", ["server", "client"])
def test_the_core_in_memory(role: str, cut: str, tmp_path: Path) -> None:
    """`rawws.core` passes every case at every cut of the octets, as a server and as a client."""
    judge(play_in_memory("rawws", tmp_path, "--role", role, "--cut", cut, "--suite", "all"), tmp_path)


@pytest.mark.battery
@pytest.mark.parametrize("role", ["server", "client"])
def test_the_core_in_memory_with_zlib(role: str, tmp_path: Path) -> None:
    """With the standard library's zlib, unused above where isal is installed, nothing is different."""
    adapter = "rawws_conformance.adapters.of_rawws:RawwsZlibAdapter"
    options = ["--role", role, "--cut", "at random", "--case", "12.*", "--case", "13.*"]
    done = play_in_memory(adapter, tmp_path, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["runs"]
    assert run["complete"]
    assert run["counts"] == {"OK": {"OK": 216}}


@pytest.mark.battery
@pytest.mark.parametrize("run", RUNS)
def test_the_transport_over_tcp(run: str, tls: Certificates, tmp_path: Path) -> None:
    """`rawws serve` and `rawws.trio.connect` pass every case, over ws and over wss."""
    judge(play(run, tmp_path, tls, "--quick"), tmp_path)
