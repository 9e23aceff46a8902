"""Where and with what something was measured."""

from __future__ import annotations

import os
import platform
import ssl
import subprocess
import time
import zlib
from importlib import metadata
from pathlib import Path

from rawws.core.accelerator import ACCELERATED

from tests.benchmarks.processes import ROOT

PACKAGES = ("aiohttp", "h11", "picows", "trio", "trio-websocket", "uvloop", "websockets", "wsproto")


def describe() -> dict[str, str]:
    """Machine, kernel and versions, in the order in which one wants to read them."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} CPUs",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "OpenSSL": ssl.OPENSSL_VERSION,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "rawws": f"{_version('rawws')} at {_commit()}, codec in {'C' if ACCELERATED else 'Python'}",
        **{name: _version(name) for name in PACKAGES},
        "load of the machine": f"{os.getloadavg()[1]:.1f} over the last five minutes",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _commit() -> str:
    """The commit of this tree; a `+` says that the tree has more."""
    command = ("git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*")
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return "an unknown commit"
    return found.stdout.strip()
