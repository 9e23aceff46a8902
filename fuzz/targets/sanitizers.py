"""The accelerator, compiled so that whatever it reads or writes outside of what is its own ends the process."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

from fuzz.planting.instead import Instead
from fuzz.planting.planted import ROOT

_SOURCE = "rawws/core/_speedups.c"
_MADE = ROOT / ".cache" / "fuzz" / "sanitized" / "_speedups.so"
_OPTIONS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"]

#: Set in the process that has begun with the sanitizers.
_AWAKE = "RAWWS_FUZZ_SANITIZED"


def begin_anew() -> None:
    """Compile it, and begin this program anew with the sanitizers loaded before all else; nothing the second time.

    Raises subprocess.CalledProcessError without a compiler that has sanitizers.
    """
    compiler = shlex.split(os.environ.get("CC", sysconfig.get_config_var("CC") or "cc"))[0]
    if _AWAKE not in os.environ:
        _MADE.parent.mkdir(parents=True, exist_ok=True)
        include = f"-I{sysconfig.get_path('include')}"
        command = [compiler, *_OPTIONS, include, "-O1", "-g", "-fPIC", "-shared", str(ROOT / _SOURCE), "-o", str(_MADE)]
        subprocess.run(command, check=True, timeout=300)
        libraries = [_library(compiler, name) for name in ("libasan.so", "libubsan.so")]
        environment = {
            **os.environ,
            _AWAKE: "1",
            "LD_PRELOAD": " ".join(libraries),
            # CPython keeps memory until its end, and says so to nobody.
            "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
        }
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606  ourselves
    sys.meta_path.insert(0, Instead(_SOURCE, str(_MADE)))


def _library(compiler: str, name: str) -> str:
    command = [compiler, f"-print-file-name={name}"]
    found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    return str(Path(found).resolve())
