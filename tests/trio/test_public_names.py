"""What `rawws.trio` offers to the world."""

from __future__ import annotations

import inspect

import pytest
import trio

import rawws.trio


@pytest.mark.parametrize("name", rawws.trio.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    """Every name in `__all__` exists; every class and function among them, and every method, says what it does."""
    thing = getattr(rawws.trio, name)
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        return
    assert inspect.getdoc(thing)
    for method, member in vars(thing).items():
        if not method.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
            assert inspect.getdoc(member), f"{name}.{method}"


def test_a_websocket_has_what_the_design_promises() -> None:
    """A WebSocket has the methods of a channel, and those beyond."""
    assert issubclass(rawws.trio.WebSocket, trio.abc.Channel)
    for name in ("send", "receive", "aclose", "ping", "close", "send_stream", "receive_stream", "send_nowait"):
        assert callable(getattr(rawws.trio.WebSocket, name))
    for name in ("close_code", "close_reason", "latency", "stats", "state", "ended"):
        assert isinstance(inspect.getattr_static(rawws.trio.WebSocket, name), property)


def test_errors_of_connecting_are_of_one_family() -> None:
    """ConnectError is caught for all ways in which connecting fails; a wrong URL is a wrong argument."""
    for error in (rawws.trio.Rejected, rawws.trio.OpenTimeout, rawws.trio.InvalidHandshake):
        assert issubclass(error, rawws.trio.ConnectError)
    assert issubclass(rawws.trio.InvalidURL, ValueError)
    assert not issubclass(rawws.trio.InvalidURL, rawws.trio.ConnectError)
