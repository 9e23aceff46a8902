"""Make one file of rawws-conformance and all that it needs, which any Python 3.11 or newer runs: make_pyz.py [FILE].

`make pyz` runs it. pip brings the dependencies; none of them is compiled, and of rawws, whose accelerator is, the pure
Python is taken: the judge needs no speed of it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipapp
from pathlib import Path

HERE = Path(__file__).parent
DEFAULT = HERE.parent / "dist" / "rawws-conformance.pyz"

#: What runs nothing: scripts of the packages, compiled modules, and metadata but for versions and licences.
_LEFT_OUT = ("bin", "**/__pycache__", "**/*.so", "**/*.pyd", "*.dist-info/RECORD", "*.dist-info/direct_url.json")


def make(target: Path) -> None:
    """Write the file, or exit with what pip said."""
    with tempfile.TemporaryDirectory() as temporary:
        tree = Path(temporary) / "tree"
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--target", str(tree)]
        done = subprocess.run([*pip, str(HERE.parent), str(HERE)], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"pip brought nothing:\n{done.stdout}{done.stderr}")
        for pattern in _LEFT_OUT:
            for path in tree.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        target.parent.mkdir(parents=True, exist_ok=True)
        zipapp.create_archive(
            tree, target, interpreter="/usr/bin/env python3", main="rawws_conformance.cli:main", compressed=True
        )


if __name__ == "__main__":
    written = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    make(written)
    sys.stdout.write(f"{written}: {written.stat().st_size / 1024:.0f} KiB\n")
