"""How a file is written."""

from __future__ import annotations

import os
from pathlib import Path


def write_file(path: Path, octets: bytes) -> None:
    """Write a file that is whole or not there. Raises OSError."""
    temporary = path.parent / f".{path.name}.{os.getpid()}"
    try:
        temporary.write_bytes(octets)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
