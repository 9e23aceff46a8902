"""The client: from a URL to an open WebSocket."""

from __future__ import annotations

import contextlib
import logging
import os
import ssl
from typing import TYPE_CHECKING

import trio

import rawws
from rawws.core import Limits
from rawws.core.limits import DEFAULT_LIMITS
from rawws.core.redirect import Destination, RedirectRefusedError, location_of, next_destination
from rawws.core.url import parse_url
from rawws.trio.attempt import Attempt, Wishes
from rawws.trio.compression import Compression, check_compression
from rawws.trio.errors import OpenTimeout, RedirectRefused, Rejected
from rawws.trio.names import to_ascii
from rawws.trio.opening import Stage
from rawws.trio.settings import (
    FROM_LIMITS,
    ExtraHeaders,
    Seconds,
    ascii_bytes,
    check_flag,
    make_headers,
    make_limits,
    make_subprotocols,
)
from rawws.trio.way import FROM_ENVIRONMENT, ProxyArgument, Way, check_way, make_proxy
from rawws.trio.websocket import WebSocket

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rawws.core.typing import Headers
    from rawws.core.url import WebSocketURL

_logger = logging.getLogger("rawws.client")

_USER_AGENT = f"rawws/{rawws.__version__}"


class connect:  # noqa: N801  used like a function: `async with connect(url) as ws`
    """Connect to a WebSocket server; leaving the block closes the connection.

    url: ws://host[:port]/path or wss://…; name:password@ before the host are sent as HTTP Basic credentials.
    ssl_context: for wss; by default the system's authorities and the host's name are verified. The place for
    authorities of one's own, and for a client's certificate. server_hostname: the name in the server's certificate,
    where it is not the URL's host.
    subprotocols: what to offer, the most wanted first. extra_headers: more fields for the request, as (name, value).
    origin: the value of |Origin|, for servers that want one. user_agent: the value of |User-Agent|, None for none.
    proxy: the URL of a proxy, http://[name:password@]host:port, https://…, socks5://… or socks5h://… (these two need
    the extra `socks`); None for none; by default the one that the environment names (https_proxy, no_proxy and so on).
    proxy_ssl_context: for https proxies. unix_path: the path of a Unix socket to connect to, whatever the URL's host.
    stream: go over this stream instead of a new connection; for wss TLS is spoken on it. It is closed at the end.
    compression: whether to offer permessage-deflate, or a callable that makes the extension to offer.
    text_as_bytes: give text messages as bytes, which are valid UTF-8, and cannot be told from binary ones then.
    limits: what the connection may cost, and how many redirects are followed. ping_interval, ping_timeout,
    open_timeout, close_timeout: seconds or None for never, in place of those in `limits`. `open_timeout` is for all of
    it: names, proxy, TLS, redirects, handshake.

    A redirect is followed from ws to ws or wss, and from wss to wss. To another scheme, host or port neither the URL's
    credentials nor |Authorization| and |Cookie| of `extra_headers` go along.

    Raises, before anything is sent, rawws.trio.InvalidURL, TypeError, ValueError, ImportError or
    rawws.core.errors.LocalProtocolError for wrong arguments; then rawws.trio.ConnectError or one of its kinds. Leaving
    the block raises nothing of its own: an exception from the block comes out as itself, and makes the Close say 1011.
    """

    def __init__(
        self,
        url: str,
        *,
        ssl_context: ssl.SSLContext | None = None,
        server_hostname: str | None = None,
        subprotocols: Sequence[str] = (),
        extra_headers: ExtraHeaders = (),
        origin: str | None = None,
        user_agent: str | None = _USER_AGENT,
        proxy: ProxyArgument = FROM_ENVIRONMENT,
        proxy_ssl_context: ssl.SSLContext | None = None,
        unix_path: str | os.PathLike[str] | None = None,
        stream: trio.abc.Stream | None = None,
        compression: Compression = True,
        text_as_bytes: bool = False,
        limits: Limits = DEFAULT_LIMITS,
        ping_interval: Seconds = FROM_LIMITS,
        ping_timeout: Seconds = FROM_LIMITS,
        open_timeout: Seconds = FROM_LIMITS,
        close_timeout: Seconds = FROM_LIMITS,
    ) -> None:
        self._limits = make_limits(
            limits,
            ping_interval=ping_interval,
            ping_timeout=ping_timeout,
            open_timeout=open_timeout,
            close_timeout=close_timeout,
        )
        home = parse_url(url, to_ascii)
        self._way = Way(
            home=home,
            limits=self._limits,
            stream=stream,
            unix_path=unix_path,
            proxy=make_proxy(proxy),
            ssl_context=ssl_context,
            proxy_ssl_context=proxy_ssl_context,
            server_hostname=server_hostname,
        )
        check_way(self._way)
        self._destination = Destination(home, _make_fields(home, extra_headers, origin, user_agent))
        self._wishes = Wishes(
            check_compression(compression),
            make_subprotocols(subprotocols),
            self._limits,
            check_flag("text_as_bytes", text_as_bytes),
        )
        # What cannot be sent is found out here, before the first packet.
        self._attempt = Attempt(self._destination, self._wishes)
        self._entered = False
        self._websocket: WebSocket | None = None

    async def __aenter__(self) -> WebSocket:
        if self._entered:
            raise RuntimeError("a connect() can be entered once")
        self._entered = True
        timeout = self._limits.open_timeout
        stage = Stage()
        with trio.move_on_after(float("inf") if timeout is None else timeout):
            self._websocket = await self._open(stage)
            return self._websocket
        text = f"no connection to {self._destination.url.host_header} within {timeout} seconds"
        raise OpenTimeout(text) from TimeoutError(f"waited for {stage.waiting_for}")

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._websocket is not None:
            if isinstance(exc, Exception):
                # Cancelled, `close` has cut the connection; the block's own exception is what comes out.
                with contextlib.suppress(trio.Cancelled):
                    await self._websocket.close(1011)
            else:
                await self._websocket.aclose()

    async def _open(self, stage: Stage) -> WebSocket:
        """Go to the server, and to those that it redirects to. Raises ConnectError."""
        attempt, destination = self._attempt, self._destination
        followed = 0
        while True:
            try:
                websocket = await attempt.open(self._way, stage)
            except Rejected as answer:
                try:
                    destination = self._next(destination, answer, followed)
                except RedirectRefusedError as exc:
                    raise RedirectRefused(answer, str(exc)) from None
            else:
                _logger.debug("connected to %s", destination.url)
                return websocket
            followed += 1
            attempt = Attempt(destination, self._wishes)

    def _next(self, destination: Destination, answer: Rejected, followed: int) -> Destination:
        """Where a refusal leads, if it is a redirect, or else the refusal. Raises Rejected, RedirectRefusedError."""
        most = self._limits.max_redirects
        location = location_of(answer.status_code, answer.headers) if most and self._way.stream is None else None
        if location is None:
            raise answer
        if followed >= most:
            raise RedirectRefusedError(f"there were {most} before it")
        found = next_destination(destination, location, to_ascii)
        if not self._way.leads_to(found.url):
            raise RedirectRefusedError("it leads to another server, which the Unix socket does not")
        _logger.debug("redirected to %s", found.url)
        return found


def _make_fields(
    url: WebSocketURL, extra_headers: ExtraHeaders, origin: str | None, user_agent: str | None
) -> Headers:
    """The header fields that are the user's. Raises TypeError or ValueError."""
    fields = make_headers(extra_headers)
    names = {name.lower() for name, _ in fields}
    if url.credentials is not None and b"authorization" in names:
        raise ValueError("extra_headers has an Authorization, and the URL a name or a password: one of them is enough")
    if origin is not None:
        fields.append((b"Origin", ascii_bytes("origin", origin)))
    if user_agent is not None and b"user-agent" not in names:
        fields.append((b"User-Agent", ascii_bytes("user_agent", user_agent)))
    return fields
