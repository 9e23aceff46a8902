"""Which rawws this is."""

from __future__ import annotations

import rawws
from rawws.core.accelerator import ACCELERATED


def version_line() -> str:
    """What `rawws --version` says: the version, and what handles the octets."""
    return f"rawws {rawws.__version__} ({'accelerated in C' if ACCELERATED else 'pure Python'})"
