"""Makes the package under test importable: it is a distribution of its own, beside rawws."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "conformance"))
