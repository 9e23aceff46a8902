"""Internationalized names of hosts, as browsers understand them."""

from __future__ import annotations

import idna


def to_ascii(name: str) -> str:
    """The name as DNS knows it: IDNA 2008, read as UTS 46 has it (`ToASCII` for `rawws.core.url`).

    The codec that Python brings speaks IDNA 2003, in which some names are other hosts than in a browser: for it
    "faß.example" is "fass.example". The package `idna` is there wherever trio is.

    Raises ValueError for what is no name.
    """
    return idna.encode(name, uts46=True).decode("ascii")
