"""A wire between two streams that cuts what it carries, takes its time, and ends where it likes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain, repeat

import trio
import trio.testing
from hypothesis import strategies as st

_LARGE = 65536

#: Octets of a handshake at most. It goes through: breaks before its end are for the tests of `connect` and `serve`.
_HEAD = 500


@dataclass(frozen=True)
class Direction:
    """How octets go one way.

    sizes: of the first pieces; those behind them are large. pause: seconds of the virtual clock between two pieces.
    breaks_after: so many octets, and then the stream ends; what comes behind them is lost. None: never.
    """

    sizes: tuple[int, ...] = ()
    pause: float = 0.0
    breaks_after: int | None = None


@dataclass(frozen=True)
class Relay:
    """Both directions. Each may end by itself: a connection that is half closed."""

    to_server: Direction
    to_client: Direction

    @property
    def breaks(self) -> bool:
        """Whether anything may be lost on it."""
        return self.to_server.breaks_after is not None or self.to_client.breaks_after is not None

    def connect(self, nursery: trio.Nursery) -> tuple[trio.abc.HalfCloseableStream, trio.abc.HalfCloseableStream]:
        """The client's end and the server's; what is between runs in the nursery."""
        ends = []
        for direction in (self.to_server, self.to_client):
            sending, taken = trio.testing.memory_stream_one_way_pair()
            given, receiving = trio.testing.memory_stream_one_way_pair()
            nursery.start_soon(_carry, direction, taken, given)
            ends.append((sending, receiving))
        (to_server, at_server), (to_client, at_client) = ends
        return trio.StapledStream(to_server, at_client), trio.StapledStream(to_client, at_server)


async def _carry(direction: Direction, source: trio.abc.ReceiveStream, target: trio.abc.SendStream) -> None:
    """Carry octets until the stream ends, or is to break."""
    left = math.inf if direction.breaks_after is None else direction.breaks_after
    sizes = chain(direction.sizes, repeat(_LARGE))
    try:
        while data := await source.receive_some(next(sizes)):
            through = bytes(data) if len(data) <= left else bytes(data[: int(left)])
            if through:
                left -= len(through)
                await target.send_all(through)
                if not left:
                    await target.aclose()
            await trio.sleep(direction.pause)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        # An end that has gone takes nothing any more; to whoever sends, that looks like a reset.
        pass
    finally:
        await trio.aclose_forcefully(source)
        await trio.aclose_forcefully(target)


_SIZES = st.lists(st.sampled_from([1, 1, 2, 7, 125, 1000]), max_size=12).map(tuple)
_DIRECTIONS = st.builds(
    Direction,
    _SIZES,
    st.sampled_from([0.0, 0.0, 0.001]),
    st.one_of(st.none(), st.none(), st.integers(_HEAD, 2 * _HEAD), st.integers(_HEAD, 80_000)),
)

RELAYS = st.builds(Relay, _DIRECTIONS, _DIRECTIONS)
