"""One target: under libFuzzer, which follows the branches that an input takes, or one input after the other.

python -m fuzz.targets deflate --seconds 60      look for inputs that break the promise
python -m fuzz.targets deflate FILE …            replay these

With --sanitized the accelerator runs under the address and undefined-behaviour sanitizers. Their library has functions
of the same names as those by which libFuzzer follows branches, so this looks without following any; what it changes are
the inputs that the other way has found, in which C and its twin in Python take the same branches.

What is found is written to fuzz/corpus/deflate/, where `make test` replays it from then on.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fuzz.targets.corpus import CORPUS, WORKING, replay
from fuzz.targets.sanitizers import begin_anew

#: Octets of an input at most: what is longer is slow, and shows nothing more.
_LONGEST = 4096


def main() -> int:
    """Look for inputs, or replay them."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.targets", description="one target of `make fuzz`")
    parser.add_argument("target")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--sanitized", action="store_true", help="the accelerator under the sanitizers, unguided")
    arguments = parser.parse_args()
    if arguments.sanitized:
        begin_anew()
    if not arguments.files:
        return _look(arguments.target, arguments.seconds)
    for file in arguments.files:
        replay(arguments.target, file)
        print(f"{file} keeps the promise")
    return 0


def _look(target: str, seconds: int) -> int:
    """Look for so many seconds. libFuzzer ends the process: with a status that is not 0 where something was found."""
    import atheris  # noqa: PLC0415  only `make fuzz` has it

    with atheris.instrument_imports(include=["rawws.core"]):
        from fuzz.targets.promises import TARGETS  # noqa: PLC0415  instrumented as it is imported

    working, kept = WORKING / target, CORPUS / target
    working.mkdir(parents=True, exist_ok=True)
    kept.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", f"-max_len={_LONGEST}", "-timeout=20", "-rss_limit_mb=4096"]
    options += [f"-artifact_prefix={kept}/", "-print_final_stats=1", "-verbosity=1"]
    atheris.Setup([sys.argv[0], *options, str(working), str(kept)], TARGETS[target])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
