"""Connections by name."""

from __future__ import annotations

import pytest

from rawws.trio import Registry

from tests.trio.running import in_trio, open_websocket


@in_trio()
async def test_connections_stand_under_their_keys() -> None:
    """A key has the connections that have entered, for as long as they stay, and nothing is kept of those that left."""
    registry: Registry[str] = Registry()
    async with open_websocket("server") as (one, _), open_websocket("server") as (other, _):
        with registry.entered("room", one), registry.entered("alice", one):
            with registry.entered("room", other):
                assert registry["room"] == {one, other}
                assert registry["alice"] == {one}
                assert sorted(registry) == ["alice", "room"]
            assert registry["room"] == {one}
            # The same one a second time, as where two devices are one user's.
            with registry.entered("room", one):
                pass
            assert registry["room"] == {one}
        assert "room" not in registry
        assert len(registry) == 0
        assert registry["room"] == frozenset()


@in_trio()
async def test_an_error_in_the_block() -> None:
    """Whatever ends the block, the connection stands there no more."""
    registry: Registry[int] = Registry()
    async with open_websocket("server") as (ws, _):
        with pytest.raises(KeyError), registry.entered(7, ws):
            for key in registry:
                assert key == 7
            raise KeyError
        assert list(registry) == []
