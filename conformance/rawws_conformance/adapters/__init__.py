"""Sans-IO implementations as peers for `runs.memory`.

An adapter is a class. Made with the role of the peer ("server" or "client"), an instance is one connection that sends
every message back as it came, text as text and binary as binary:

    class MyAdapter:
        closed = False                              # True: end TCP, behind what `receive` returned

        def __init__(self, role: str) -> None: ...

        def receive(self, data: bytes | None) -> bytes:
            '''Octets from the tester (None: TCP has ended; b"" at the very start) to octets for it.'''

`rawws-conformance memory package.module:MyAdapter` runs all cases against it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Protocol

from rawws_conformance.model import Role


class Adapter(Protocol):
    """One connection of an implementation under test."""

    @property
    def closed(self) -> bool:
        """Whether TCP is to end, behind what `receive` has returned."""

    def receive(self, data: bytes | None) -> bytes:
        """Octets in (None: TCP has ended; b"": before the first), octets out. Raising loses the connection."""


MakeAdapter = Callable[[Role], Adapter]

#: Names for `memory`, and where the adapters are.
KNOWN = {
    "rawws": "rawws_conformance.adapters.of_rawws:RawwsAdapter",
    "wsproto": "rawws_conformance.adapters.of_wsproto:WsprotoAdapter",
    "websockets": "rawws_conformance.adapters.of_websockets:WebsocketsAdapter",
}


class AdapterError(Exception):
    """There is no such adapter; the text says what is missing."""


def find(name: str) -> MakeAdapter:
    """The adapter that `name` stands for: one of `KNOWN`, or `module:Class`. Raises AdapterError."""
    module_name, colon, class_name = KNOWN.get(name, name).partition(":")
    if not colon or not module_name or not class_name:
        raise AdapterError(f"{name!r} is neither one of {', '.join(KNOWN)} nor of the form module:Class")
    try:
        module = importlib.import_module(module_name)
    except ImportError as exc:
        raise AdapterError(f"{module_name} cannot be imported: {exc}") from exc
    found = getattr(module, class_name, None)
    if not callable(found):
        raise AdapterError(f"{module_name} has no class {class_name}")
    make: MakeAdapter = found
    return make
