"""The errors that leave the core: wsproto's two, and two refinements of the local one.

A wrong argument is a `LocalProtocolError` and, as in wsproto's frame protocol, a TypeError or a ValueError.
"""

from __future__ import annotations

from wsproto.utilities import LocalProtocolError, ProtocolError, RemoteProtocolError

__all__ = ["LocalProtocolError", "ProtocolError", "RemoteProtocolError", "WrongType", "WrongValue"]


class WrongType(LocalProtocolError, TypeError):
    """An argument is of a type that cannot be sent. Nothing was sent and nothing has changed."""


class WrongValue(LocalProtocolError, ValueError):
    """An argument has a value that must not be sent. Nothing was sent and nothing has changed."""
