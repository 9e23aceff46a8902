"""The table: whose peer, over what, and what both ends do about permessage-deflate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.interop.peer import Library

#: Whether the client offers permessage-deflate, and whether the server takes it.
_AGREEMENTS = [(True, True), (True, False), (False, True)]


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    library: Library
    scheme: str
    client_offers: bool
    server_agrees: bool

    @property
    def secure(self) -> bool:
        """Whether it goes over TLS."""
        return self.scheme == "wss"

    @property
    def page_scheme(self) -> str:
        """The scheme in the origin of a page from the same server."""
        return "https" if self.secure else "http"

    @property
    def deflate(self) -> bool:
        """Whether messages are compressed."""
        return self.client_offers and self.server_agrees

    def __str__(self) -> str:
        agreement = "deflate" if self.deflate else "declined" if self.client_offers else "not-offered"
        return f"{self.library}-{self.scheme}-{agreement}"


def every_row(libraries: Sequence[Library]) -> list[Row]:
    """Each library, over ws and wss, with every way to agree or not that it has."""
    return [
        Row(library, scheme, client_offers, server_agrees)
        for library in libraries
        for scheme in ("ws", "wss")
        for client_offers, server_agrees in _AGREEMENTS
        if library.deflates or not client_offers
    ]


def on_and_off(rows: Sequence[Row]) -> list[Row]:
    """Each library with and without permessage-deflate; how it came to "without" makes no difference to messages."""
    return [row for row in rows if row.client_offers or not row.library.deflates]


def named(rows: Sequence[Row]) -> pytest.MarkDecorator:
    """Run a test with each of these rows."""
    return pytest.mark.parametrize("row", rows, ids=str)
