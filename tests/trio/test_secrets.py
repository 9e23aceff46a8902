"""What proves who somebody is stands in no log and no repr, at either end."""

from __future__ import annotations

import logging

import pytest
import trio

import rawws.trio
from rawws.core.reconnect import ReconnectPolicy
from rawws.trio import GaveUp, HTTPRequest, HTTPResponse, WebSocket

from tests.trio.peer import HOST
from tests.trio.running import in_trio, serving

SECRETS = ("s3cret", "czNjcmV0")  # as it is, and inside of base64
FIELDS = {"Authorization": "Bearer s3cret", "Cookie": "session=s3cret", "X-Shown": "shown"}


def shows_nothing(*texts: str) -> bool:
    """Whether none of these holds a secret."""
    return not any(secret in text for secret in SECRETS for text in texts)


@in_trio()
async def test_requests_do_not_show_them(caplog: pytest.LogCaptureFixture) -> None:
    """The request of a connection, and the one that `on_request` sees, hold secrets without showing them."""
    caplog.set_level(logging.DEBUG)
    texts: list[str] = []

    def look(request: HTTPRequest) -> None:
        assert request.header("authorization") == "Bearer s3cret"
        assert request.header("cookie") == "session=s3cret"
        texts.append(f"{request!r} {request} {request.headers}")

    async def handler(ws: WebSocket) -> None:
        assert dict(ws.request.extra_headers)[b"cookie"] == b"session=s3cret"
        texts.append(f"{ws!r} {ws.request!r} {ws.request.extra_headers}")
        raise RuntimeError("planted")

    async with (
        serving(handler, on_request=look) as server,
        rawws.trio.connect(f"ws://{HOST}:{server.port}/", extra_headers=FIELDS) as ws,
    ):
        texts.append(f"{ws!r} {ws.request!r}")
        with pytest.raises(trio.BrokenResourceError):
            await ws.receive()
    assert len(texts) == 3
    assert all("shown" in text for text in texts)
    assert shows_nothing(*texts, caplog.text)
    assert "planted" in caplog.text


@in_trio()
async def test_reconnect_does_not_log_them(caplog: pytest.LogCaptureFixture) -> None:
    """Where a server refuses again and again, the log names it, without credentials and query."""
    caplog.set_level(logging.DEBUG)

    def refuse(request: HTTPRequest) -> HTTPResponse:
        return HTTPResponse(503, b"s3cret\n", [(b"Set-Cookie", b"s3cret")])

    policy = ReconnectPolicy(first_delay=0, attempts=2)
    async with serving(None, on_message=lambda ws, message: None, on_request=refuse) as server:
        url = f"ws://me:s3cret@{HOST}:{server.port}/feed?token=s3cret"
        async with rawws.trio.reconnect(url, policy=policy, extra_headers=[("Cookie", "s3cret")]) as sessions:
            with pytest.raises(GaveUp) as caught:
                await anext(sessions)
            assert shows_nothing(repr(sessions), repr(caught.value), repr(sessions.state), repr(caught.value.__cause__))
    assert f"ws://{HOST}:{server.port}/feed?…" in caplog.text
    assert shows_nothing(caplog.text)
