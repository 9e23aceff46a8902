"""Sizes as people write them: `64MiB`."""

from __future__ import annotations

import re

#: Binary units (IEC 80000-13) and decimal ones. A bare `K` or `M` means either to somebody, so it means nothing here.
UNITS = {
    "": 1,
    "B": 1,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "TiB": 1024**4,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
}

_BY_LOWER_CASE = {unit.lower(): factor for unit, factor in UNITS.items()}

# No more than 15 digits: the number of octets that anybody can have, and nothing that takes long to read.
_size = re.compile(r"([0-9]{1,15}) ?([A-Za-z]*)").fullmatch


def parse_size(text: str) -> int:
    """The octets that `text` stands for, such as 65536, 64KiB or 2 MB. Raises ValueError, which says what is wrong."""
    match = _size(text.strip(" "))
    if match is None:
        raise ValueError(f"{text!r} is not a size such as 65536, 64KiB or 1GiB")
    number, unit = match.groups()
    if unit.lower() not in _BY_LOWER_CASE:
        units = ", ".join(unit for unit in UNITS if unit)
        raise ValueError(f"{text!r} has a unit that is none of {units}")
    return int(number) * _BY_LOWER_CASE[unit.lower()]
