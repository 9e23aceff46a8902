"""The way to a server: a stream that is given, a Unix socket, a proxy, or TCP; and TLS over it."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import trio

from rawws.core.headers import is_host
from rawws.core.proxy import InvalidProxy, Proxy, parse_proxy, proxy_from_environment
from rawws.trio.names import to_ascii
from rawws.trio.opening import Stage
from rawws.trio.proxies import check_proxy, connect_through
from rawws.trio.sockets import open_tcp, open_unix
from rawws.trio.stream_transport import StreamTransport
from rawws.trio.transport import SocketTransport, TlsTransport, Transport

if TYPE_CHECKING:
    from rawws.core.limits import Limits
    from rawws.core.url import WebSocketURL


class _FromEnvironment:
    """The value of a keyword that was not given."""

    def __repr__(self) -> str:
        return "<from the environment>"


#: Take the proxy that the environment names, if any; None would mean "none".
FROM_ENVIRONMENT: Final = _FromEnvironment()

ProxyArgument = str | _FromEnvironment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to get to the server of a URL, and of those that it redirects to.

    home: the first URL; what was said of that server is not true of others. The rest as for `connect`.
    """

    home: WebSocketURL
    limits: Limits
    stream: trio.abc.Stream | None = None
    unix_path: str | os.PathLike[str] | None = None
    proxy: Proxy | _FromEnvironment | None = FROM_ENVIRONMENT
    ssl_context: ssl.SSLContext | None = None
    proxy_ssl_context: ssl.SSLContext | None = None
    server_hostname: str | None = None

    def leads_to(self, url: WebSocketURL) -> bool:
        """Whether a stream or a Unix socket that was given leads to the server of a URL, too."""
        return self.stream is None and (self.unix_path is None or url.origin == self.home.origin)

    async def open(self, url: WebSocketURL, stage: Stage) -> tuple[Transport, object]:
        """A connection to the server, and the address of the socket at its other end (None for a given stream).

        stage: is told what is being waited for.

        Raises what `rawws.trio.failures.FAILURES` lists, and ProxyError.
        """
        if self.stream is not None:
            return self._over_stream(self.stream, url), None
        transport: SocketTransport | TlsTransport
        transport, address = await self._reach(url, stage)
        if url.secure:
            stage.waiting_for = "TLS"
            try:
                tls = TlsTransport(transport, self._context(), server_hostname=self._name(url))
                await tls.handshake()
            except BaseException:
                transport.close()
                raise
            return tls, address
        return transport, address

    async def _reach(self, url: WebSocketURL, stage: Stage) -> tuple[SocketTransport | TlsTransport, object]:
        proxy = None if self.unix_path is not None else self.proxy_for(url)
        stage.waiting_for = "the network" if proxy is None else f"the proxy {proxy}"
        if proxy is not None:
            return await connect_through(proxy, url, self.proxy_ssl_context, self.limits)
        if self.unix_path is not None:
            raw = await open_unix(os.fspath(self.unix_path))
        else:
            raw = await open_tcp(url.host, url.port)
        try:
            return raw, raw.sock.getpeername()
        except OSError:
            raw.close()
            raise

    def proxy_for(self, url: WebSocketURL) -> Proxy | None:
        """The proxy for a server. Raises InvalidProxy and ImportError for what the environment says."""
        if not isinstance(self.proxy, _FromEnvironment):
            return self.proxy
        proxy = proxy_from_environment(url, os.environ, to_ascii)
        if proxy is not None:
            check_proxy(proxy)
        return proxy

    def _over_stream(self, stream: trio.abc.Stream, url: WebSocketURL) -> StreamTransport:
        if url.secure:
            stream = trio.SSLStream(stream, self._context(), server_hostname=self._name(url), https_compatible=True)
        transport = StreamTransport(stream)
        transport.start()
        return transport

    def _context(self) -> ssl.SSLContext:
        return self.ssl_context or ssl.create_default_context()

    def _name(self, url: WebSocketURL) -> str:
        """The name that the certificate must have."""
        if self.server_hostname is not None and url.origin == self.home.origin:
            return self.server_hostname
        return url.server_name


def make_proxy(proxy: ProxyArgument) -> Proxy | _FromEnvironment | None:
    """What the argument means. Raises InvalidProxy (a ValueError) and ImportError, which name it."""
    if proxy is None or isinstance(proxy, _FromEnvironment):
        return proxy
    try:
        parsed = parse_proxy(proxy, to_ascii)
    except InvalidProxy as exc:
        raise InvalidProxy(f"proxy: {exc}") from None
    check_proxy(parsed)
    return parsed


def check_way(way: Way) -> None:
    """Raise ValueError or TypeError, which names the argument, for what does not go together; before any packet."""
    given = [name for name in ("stream", "unix_path", "proxy") if _is_given(getattr(way, name))]
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} do not go together: each is a way of its own")
    if way.stream is not None and not isinstance(way.stream, trio.abc.Stream):
        raise TypeError(f"stream must be a trio.abc.Stream, not {type(way.stream).__name__}")
    if way.unix_path is not None:
        if not isinstance(way.unix_path, (str, os.PathLike)):
            raise TypeError(f"unix_path must be a path, not {type(way.unix_path).__name__}")
        if not os.fspath(way.unix_path) or "\0" in os.fspath(way.unix_path)[1:]:
            raise ValueError("unix_path must be the path of a socket")
    for name in ("ssl_context", "proxy_ssl_context"):
        context = getattr(way, name)
        if context is not None and not isinstance(context, ssl.SSLContext):
            raise TypeError(f"{name} must be an ssl.SSLContext, not {type(context).__name__}")
        if context is not None and context.protocol is ssl.PROTOCOL_TLS_SERVER:
            raise ValueError(f"{name} must be one for clients, as ssl.create_default_context() makes them")
    if not way.home.secure:
        for name in ("ssl_context", "server_hostname"):
            if getattr(way, name) is not None:
                raise ValueError(f"{name} is for wss:// URLs")
    if way.server_hostname is not None:
        if not isinstance(way.server_hostname, str):
            raise TypeError(f"server_hostname must be str, not {type(way.server_hostname).__name__}")
        if not is_host(way.server_hostname) and not is_host(f"[{way.server_hostname}]"):
            raise ValueError("server_hostname must be a name (as DNS knows it) or an address")
    if way.stream is None and way.unix_path is None:
        # What the environment says wrongly is found out here, too.
        way.proxy_for(way.home)
    if way.proxy_ssl_context is not None and isinstance(way.proxy, Proxy) and way.proxy.scheme != "https":
        raise ValueError("proxy_ssl_context is for proxies with https:// URLs")


def _is_given(value: object) -> bool:
    return value is not None and not isinstance(value, _FromEnvironment)
