"""`make fuzz MINUTES=n`: half of the time for the properties, with ever other examples; half for the targets.

python -m fuzz.long 30
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from fuzz.planting.planted import ROOT
from fuzz.targets.corpus import CORPUS, WORKING

#: The targets, and what each of them is worth of their half.
SHARES = {
    ("stream-to-server",): 2,
    ("stream-to-client",): 2,
    ("handshake",): 2,
    ("deflate",): 1,
    ("accelerator",): 1,
    ("accelerator", "--sanitized"): 1,
}

#: Examples of a property for each minute: all of them with 100 examples take about a minute.
_EXAMPLES = 50


def main() -> int:
    """Run it all, at most two things at a time; 1 where anything has been found."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    if not WORKING.exists():
        print(f"{_write_seeds()} seeds from the cases of the conformance suite", flush=True)
    seconds = minutes * 60 / sum(SHARES.values())
    with ThreadPoolExecutor(2) as workers:
        properties = workers.submit(_run_properties, minutes)
        targets = workers.submit(lambda: [_run_target(each, int(share * seconds)) for each, share in SHARES.items()])
        status = max(properties.result(), *targets.result())
    found = sorted(str(path.relative_to(ROOT)) for path in CORPUS.glob("*/*") if _is_new(path.name))
    print("\n".join(["found:", *found] if found else ["nothing was found"]))
    return int(status != 0)


def _is_new(name: str) -> bool:
    """Whether libFuzzer has given a file its name, and nobody has looked at it yet."""
    return name.startswith(("crash-", "timeout-", "oom-", "slow-unit-"))


def _write_seeds() -> int:
    from fuzz.targets.seeds import write  # noqa: PLC0415  it plays all cases

    return write(WORKING)


def _run_properties(minutes: float) -> int:
    count = str(max(int(_EXAMPLES * minutes), 1))
    environment = {**os.environ, "RAWWS_FUZZ_PROFILE": "long", "RAWWS_FUZZ_EXAMPLES": count}
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "fuzz"]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _run_target(target: tuple[str, ...], seconds: int) -> int:
    command = [sys.executable, "-m", "fuzz.targets", *target, "--seconds", str(max(seconds, 1))]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    output = done.stdout + done.stderr
    summary = [line for line in output.splitlines() if line.startswith(("Done ", "SUMMARY"))]
    print(f"{' '.join(target)}: {summary[-1] if summary else output[-2000:]}", flush=True)
    if done.returncode:
        print(output[-3000:])
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
