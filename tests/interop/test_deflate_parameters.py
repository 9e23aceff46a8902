"""The parameters of permessage-deflate (RFC 7692 §7.1), agreed with `websockets` and put to use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

import rawws.trio

from tests.interop import with_websockets
from tests.interop.payloads import octets
from tests.interop.peer import DEADLINE, HOST, LoopThread, Options
from tests.interop.processes import Serve

#: Messages that show a wrong window or a context that was dropped at one end only: they repeat what came long ago,
#: within one message and across several, and are more than the smallest window and the largest (512 octets and 32 KiB).
MESSAGES: list[str | bytes] = [
    "hello " * 100,
    "hello " * 100,
    octets(40_000) * 2,
    octets(400) + octets(600) + octets(400) + octets(40_000) + octets(400),
    octets(40_000)[:30_000],
    "",
    "small",
    "hello " * 100,
    octets(2_000) * 50,
]

#: What is asked for, as `websockets` takes it, and the limits that the answer then has to tell.
PARAMETERS: list[tuple[dict[str, Any], set[str]]] = [
    ({"server_no_context_takeover": True}, {"server_no_context_takeover"}),
    ({"client_no_context_takeover": True}, {"client_no_context_takeover"}),
    (
        {"server_no_context_takeover": True, "client_no_context_takeover": True},
        {"server_no_context_takeover", "client_no_context_takeover"},
    ),
    ({"server_max_window_bits": 9}, {"server_max_window_bits=9"}),
    ({"server_max_window_bits": 12}, {"server_max_window_bits=12"}),
    ({"server_max_window_bits": 15}, set()),
    ({"client_max_window_bits": 9}, {"client_max_window_bits=9"}),
    ({"client_max_window_bits": 15}, set()),
    (
        {"server_max_window_bits": 10, "client_max_window_bits": 11},
        {"server_max_window_bits=10", "client_max_window_bits=11"},
    ),
]


IDS = ["-".join(f"{name}={value}" for name, value in asked.items()) for asked, _ in PARAMETERS]


def limits(extensions: str) -> set[str]:
    """The parameters that a |Sec-WebSocket-Extensions| header agrees to, but for windows of 15 bits: no limit."""
    name, *parameters = (part.strip() for part in extensions.split(";"))
    assert name == "permessage-deflate"
    return {parameter for parameter in parameters if not parameter.endswith("=15")}


@pytest.mark.parametrize(("asked", "wanted"), PARAMETERS, ids=IDS)
def test_asked_by_the_client(
    loop: LoopThread, rawws_serve: Callable[..., Serve], asked: dict[str, Any], wanted: set[str]
) -> None:
    """`rawws serve` agrees to what a client asks for, says so, and messages go both ways as agreed."""
    options = Options(deflate=True, deflate_parameters=asked)
    with with_websockets.connect(loop, rawws_serve().url, options) as peer:
        assert limits(peer.agreed.extensions) == wanted
        for message in MESSAGES:
            peer.send(message)
            assert peer.receive() == message


@pytest.mark.parametrize(("asked", "wanted"), PARAMETERS, ids=IDS)
def test_asked_by_the_server(loop: LoopThread, asked: dict[str, Any], wanted: set[str]) -> None:
    """`rawws.trio.connect` takes what a server asks for, and messages go both ways as agreed."""

    async def main(port: int) -> None:
        with trio.fail_after(2 * DEADLINE):
            async with rawws.trio.connect(f"ws://{HOST}:{port}/") as ws:
                peer = await trio.to_thread.run_sync(server.accepted)
                assert limits(ws.extensions) == wanted
                for message in MESSAGES:
                    await ws.send(message)
                    assert await trio.to_thread.run_sync(peer.receive) == message
                    await trio.to_thread.run_sync(peer.send, message)
                    assert await ws.receive() == message

    with with_websockets.serve(loop, Options(deflate=True, deflate_parameters=asked)) as server:
        trio.run(main, server.port)
