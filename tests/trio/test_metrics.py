"""A server's numbers as OpenMetrics text."""

from __future__ import annotations

import pytest
import trio
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import rawws.trio
from rawws.trio import WebSocket
from rawws.trio.metrics import Metrics

from tests.trio.frames import TEXT, header
from tests.trio.peer import End, RawPeer, dial
from tests.trio.running import enter, eventually, in_trio, serving


async def echo(ws: WebSocket) -> None:
    """Answer every message with itself; the word is an error."""
    async for message in ws:
        if message == "raise":
            raise RuntimeError(message)
        await ws.send(message)


async def scrape(port: int, path: str = "/metrics") -> tuple[bytes, dict[str, float]]:
    """The head of the answer, and the samples in it, by name and labels."""
    async with RawPeer(await dial(port), client=True) as peer:
        await peer.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head, body = await peer.read_head(), peer.unread
        try:
            while True:
                body += await peer.read_octets()
        except End:
            pass
    samples = {}
    for family in text_string_to_metric_families(body.decode()):  # type: ignore[no-untyped-call]
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            samples[f"{sample.name}{{{labels}}}"] = sample.value
    return head, samples


@in_trio()
async def test_what_a_server_tells() -> None:
    """Connections, handshakes by status, ends by code, errors and traffic are told, in the format that was named."""
    metrics = Metrics()
    async with serving(echo, on_request=metrics) as server:
        metrics.add(server)
        async with await enter(server) as staying, await enter(server) as failing:
            await staying.send_text("four", "five!")
            await staying.expect(TEXT)
            await staying.expect(TEXT)
            rawws.trio.broadcast(server.connections, "all")
            await failing.send_text("raise")
            await eventually(lambda: server.counts.handler_errors)
            await failing.send_close(1011)
            await eventually(lambda: len(server.connections) == 1)
            with pytest.raises(ValueError, match="EOF"):
                await scrape(server.port, "/other/path")
            head, samples = await scrape(server.port)
            assert head.startswith(b"HTTP/1.1 200 ")
            assert header(head, b"content-type").startswith(b"application/openmetrics-text; version=1.0.0")
    # Of the scrape itself nothing is counted before it has been answered.
    assert samples == {
        "rawws_connections{}": 1,
        "rawws_ready{}": 1,
        "rawws_handshakes_total{status=101}": 2,
        "rawws_handshakes_total{status=400}": 1,
        "rawws_handshakes_total{status=none}": 0,
        "rawws_closed_total{code=1011}": 1,
        "rawws_handler_errors_total{}": 1,
        "rawws_messages_total{direction=received}": 3,
        "rawws_messages_total{direction=sent}": 4,
        "rawws_message_length_total{direction=received}": 14,
        "rawws_message_length_total{direction=sent}": 15,
        "rawws_pings_total{direction=received}": 0,
        "rawws_pings_total{direction=sent}": 0,
    }


@in_trio()
async def test_numbers_of_an_application_come_along() -> None:
    """In a registry of the application's, its own numbers are told with the server's; another path may be chosen."""
    registry = CollectorRegistry()
    Counter("chat_words", "Words", registry=registry).inc(5)
    metrics = Metrics("/numbers", registry=registry)
    with pytest.raises(ValueError, match="path"):
        Metrics("numbers", registry=registry)
    async with serving(echo, on_request=[metrics]) as server:
        metrics.add(server)
        _, samples = await scrape(server.port, "/numbers")
        assert samples["chat_words_total{}"] == 5
        assert samples["rawws_connections{}"] == 0


@in_trio()
async def test_a_draining_server_is_not_ready() -> None:
    """While a server drains it says so, and still tells its numbers."""
    metrics = Metrics()
    async with serving(echo, on_request=metrics) as server, await enter(server), await enter(server):
        metrics.add(server)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(server.drain, 1000.0)
            await eventually(lambda: not server.ready)
            _, samples = await scrape(server.port)
            assert samples["rawws_ready{}"] == 0
            nursery.cancel_scope.cancel()
