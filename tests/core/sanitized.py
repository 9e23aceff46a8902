"""Runs the accelerator on a fixed corpus; a program, which test_speedups_build.py runs under the sanitizers.

    python sanitized.py _speedups.so compare     and compares it with its twins
    python sanitized.py _speedups.so run         whatever comes of it

The octets lie in arrays, which hold not one octet more than they say: whatever is read behind them is found.
"""

from __future__ import annotations

import array
import random
import sys
from collections.abc import Iterator
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader
from typing import Any

from rawws.core.encoding import encode
from rawws.core.events import BytesMessage, TextMessage
from rawws.core.masking import apply_mask, unmask_text
from rawws.core.payloads import take_payloads
from rawws.core.scan import scan

from tests.core import hostile


def load(path: str) -> Any:  # noqa: ANN401  a module has no type of its own
    """The accelerator in the file at `path`."""
    loader = ExtensionFileLoader("rawws.core._speedups", path)
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def scans(in_c: Any, call: hostile.Call) -> Iterator[bool]:  # noqa: ANN401  (the same)
    """One call of `scan`, bare and with events: whether it equals its twin."""
    _, position, most, max_bytes, masked = call
    for classes in ((None, None), (TextMessage, BytesMessage)):
        told: list[Any] = []
        expected: list[Any] = []
        stop = in_c.scan(array.array("B", call.octets), position, told, most, max_bytes, masked, *classes)
        twin = scan(call.octets, position, expected, most, max_bytes, masked, *classes)
        yield (stop, told) == (twin, expected)


def takes(in_c: Any, call: hostile.Call) -> Iterator[bool]:  # noqa: ANN401  (the same)
    """Calls of `take_payloads`, for what the first frame is and for fragments: whether each equals its twin."""
    octets, position, most, max_bytes, masked = call
    for first in {*octets[position : position + 1], 0x00}:
        told: list[bytes] = []
        expected: list[bytes] = []
        bounds = (first, most, max_bytes, max_bytes, masked)
        stop = in_c.take_payloads(array.array("B", octets), position, told, *bounds)
        twin = take_payloads(octets, position, expected, *bounds)
        yield (stop, told) == (twin, expected)


def masks(in_c: Any, rng: random.Random) -> Iterator[bool]:  # noqa: ANN401  (the same)
    """One call of `apply_mask`, a few of `unmask_text` and of `encode`: whether they equal their twins."""
    data, key, offset = rng.randbytes(rng.choice(hostile.SIZES)), rng.randbytes(4), rng.randrange(1 << 63)
    octets = array.array("B", data)
    yield in_c.apply_mask(octets, key, offset) == apply_mask(data, key, offset)
    for some in (data, bytes(len(data)), bytes(len(data)) + b"\x80"):
        hidden = apply_mask(some, key, offset)
        yield in_c.unmask_text(array.array("B", hidden), key, offset) == unmask_text(hidden, key, offset)
    for any_key in (None, key):
        yield in_c.encode(0x82, octets, any_key) == encode(0x82, data, any_key)
        text = rng.choice(hostile.TEXTS)
        yield in_c.encode(0x81, text, any_key) == encode(0x81, text, any_key)


def main() -> None:
    """Run it all; exit with 1 when something is not equal and was to be."""
    in_c = load(sys.argv[1])
    rng = random.Random(1)
    calls = [*hostile.headers(), *hostile.calls(1, 3000)]
    equal = [same for call in calls for judge in (scans, takes) for same in judge(in_c, call)]
    equal += [same for _ in range(500) for same in masks(in_c, rng)]
    print(f"{sum(equal)} of {len(equal)} are equal")
    sys.exit(sys.argv[2] == "compare" and not all(equal))


if __name__ == "__main__":
    main()
