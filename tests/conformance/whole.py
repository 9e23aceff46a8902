"""All cases, ours too, against rawws itself, over TCP, by the command that everybody uses.

Every run is a process of `rawws-conformance` that starts and stops its peer: `rawws serve`, or a driver with the client
of `rawws.trio`; each over ws and over wss. Nothing may be FAILED, UNCLEAN, WRONG CODE, UNIMPLEMENTED or NON-STRICT.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import trustme

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "conformance"
DRIVER = Path(__file__).parent / "rawws_driver.py"

#: Every run by its name: which end rawws is, and whether TLS is spoken.
RUNS = ("ws-server", "wss-server", "ws-client", "wss-client")

#: Runs at the same time. A run keeps little more than one core busy.
TOGETHER = 2

#: Seconds that one run may take.
DEADLINE = 3000

#: Its limits are those of the cases, not of `rawws serve`: the largest message has 16 MiB.
SERVE = [sys.executable, "-m", "rawws.cli", "serve", "--port", "{port}", "--max-message", "32MiB"]


class Certificates(NamedTuple):
    """An authority that nobody else knows, and a certificate of it for this machine; files in PEM."""

    authority: Path
    certificate: Path


def certificates(folder: Path) -> Certificates:
    """New ones, in this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(folder / "authority.pem", folder / "certificate.pem")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(made.authority))
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(made.certificate))
    return made


def command(run: str, out: Path, tls: Certificates, *options: str) -> list[str]:
    """The command line of a run."""
    scheme, _, role = run.partition("-")
    secure = scheme == "wss"
    tester = [sys.executable, "-m", "rawws_conformance", role, "--suite", "all", "--strict"]
    tester += ["--agent", "rawws", "--out", str(out)]
    if role == "server":
        serve = [*SERVE, "--tls-cert", str(tls.certificate)] if secure else SERVE
        trust = ["--ca", str(tls.authority)] if secure else []
        return [*tester, *options, "--run", shlex.join(serve), *trust, f"{scheme}://{{host}}:{{port}}"]
    drive = [sys.executable, str(DRIVER), "{url}", *([str(tls.authority)] if secure else [])]
    listen = ["--host", "127.0.0.1", "--port", "0", *(["--cert", str(tls.certificate)] if secure else [])]
    return [*tester, *options, *listen, "--run", shlex.join(drive)]


def play(run: str, out: Path, tls: Certificates, *options: str) -> subprocess.CompletedProcess[str]:
    """Play a run to its end."""
    words = command(run, out, tls, *options)
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play everything; 1 where one of the runs is not perfect."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.whole")
    parser.add_argument("run", nargs="*", metavar="RUN", help=f"some of {', '.join(RUNS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer messages in groups 9, 12 and 13")
    options = parser.parse_args(arguments)
    if unknown := set(options.run) - set(RUNS):
        parser.error(f"there is no run {', '.join(sorted(unknown))}")
    tls = certificates(CACHE)
    given = ["--quick"] if options.quick else []

    def one(run: str) -> bool:
        began = time.monotonic()
        done = play(run, CACHE / run, tls, *given)
        sys.stdout.write(f"{run}, after {time.monotonic() - began:.0f} s:\n{done.stdout}{done.stderr}\n")
        sys.stdout.flush()
        return done.returncode == 0

    with ThreadPoolExecutor(TOGETHER) as pool:
        right: Iterable[bool] = pool.map(one, options.run or RUNS)
        return 0 if all(list(right)) else 1


if __name__ == "__main__":
    sys.exit(main())
