"""Who handles the octets: five functions in C where they were built, else their twins in Python.

`apply_mask`, `unmask_text`, `scan`, `take_payloads` and `encode` are imported from here. Their twins, in `masking`,
`scan`, `payloads` and `encoding`, carry the rules and their sentences; `_speedups.c` does the same faster and nothing
else. RAWWS_SPEEDUPS=0 in the environment turns it off.
"""

from __future__ import annotations

import os
import warnings

from rawws.core import encoding, masking, payloads
from rawws.core import scan as scanning

__all__ = ["ACCELERATED", "apply_mask", "encode", "scan", "take_payloads", "unmask_text"]

#: What `_speedups.c` calls itself when it fits this rawws. To be raised whenever a function changes.
VERSION = 3


def _in_c() -> bool:
    """Whether the functions in C are there, fit, and are wanted."""
    if os.environ.get("RAWWS_SPEEDUPS") == "0":
        return False
    try:
        # Not `from rawws.core import …`: that would be any ImportError where the module is missing.
        import rawws.core._speedups as _speedups  # noqa: PLC0415, PLR0402  (it may be missing, or not be wanted)
    except ModuleNotFoundError:
        # Built without a compiler: slower, and otherwise the same.
        return False
    except ImportError as exc:
        problem = str(exc)
    else:
        if _speedups.VERSION == VERSION:
            return True
        problem = f"it is of version {_speedups.VERSION}, and not {VERSION}"
    warnings.warn(f"rawws.core._speedups does not fit, rawws goes on without: {problem}", RuntimeWarning, stacklevel=3)
    return False


#: Whether the functions here are those in C.
ACCELERATED = _in_c()

if ACCELERATED:
    from rawws.core._speedups import apply_mask, encode, scan, take_payloads, unmask_text
else:
    apply_mask, encode, scan = masking.apply_mask, encoding.encode, scanning.scan
    take_payloads, unmask_text = payloads.take_payloads, masking.unmask_text
