"""`rawws connect URL --send TEXT --expect N`: say this, wait for so many answers, close."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import trio

from rawws.cli.problem import Interrupted
from rawws.cli.screen import Screen
from rawws.cli.show import ended_line
from rawws.trio import WebSocket

_NORMAL_CODES = frozenset({1000, 1001, 1005})


async def run_script(ws: WebSocket, texts: Sequence[str], expect: int, patience: float | None, screen: Screen) -> None:
    """Send `texts`, show `expect` messages, and close with 1000.

    patience: seconds that each message may take, None for as long as it likes. Where none are expected, the Close that
    answers ours tells whether everything has arrived: frames come in the order in which they were sent.

    Raises Interrupted where the connection ends before all that.
    """
    async with trio.open_nursery() as nursery:
        # Both at once: a server that answers while it reads may wait for us to read before it reads on.
        nursery.start_soon(_send, ws, texts)
        problem = await _receive(ws, expect, patience, screen)
        if problem is not None:
            nursery.cancel_scope.cancel()
    await ws.close()
    if problem is None and expect == 0 and not _ended_normally(ws):
        problem = _how(ws)
    if problem is not None:
        raise Interrupted(problem)


async def _receive(ws: WebSocket, expect: int, patience: float | None, screen: Screen) -> str | None:
    """Show `expect` messages; what came between, in a sentence, None if nothing did."""
    for received in range(expect):
        try:
            with trio.fail_after(float("inf") if patience is None else patience):
                message = await ws.receive()
        except trio.TooSlowError:
            return f"no message within {patience:g} seconds, after {received} of {expect}"
        except (trio.EndOfChannel, trio.BrokenResourceError):
            return f"{_how(ws)}, after {received} of {expect} messages"
        screen.message(message)
    return None


async def _send(ws: WebSocket, texts: Sequence[str]) -> None:
    # Where the connection has ended, who receives or closes says how.
    with contextlib.suppress(trio.BrokenResourceError):
        for text in texts:
            await ws.send(text)


def _ended_normally(ws: WebSocket) -> bool:
    return ws.ended is not None and ws.ended.clean and ws.ended.code in _NORMAL_CODES


def _how(ws: WebSocket) -> str:
    return "the connection is broken" if ws.ended is None else ended_line(ws.ended)
