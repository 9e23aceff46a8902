"""Through a proxy to a server: HTTP CONNECT (RFC 9110 §9.3.6) and SOCKS5 (RFC 1928)."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, cast

from rawws.core.tunnel import Tunnel, TunnelAnswer
from rawws.trio.errors import ProxyError
from rawws.trio.failures import FAILURES, cause_of, reason
from rawws.trio.opening import EndOfStream, receive_some, send_all
from rawws.trio.sockets import open_tcp, take_socket
from rawws.trio.transport import SocketTransport, TlsTransport

if TYPE_CHECKING:
    import trio

    from rawws.core.limits import Limits
    from rawws.core.proxy import Proxy
    from rawws.core.url import WebSocketURL


def check_proxy(proxy: Proxy) -> None:
    """Raise ImportError, which names the extra, where a proxy needs what is not installed."""
    if proxy.is_socks:
        try:
            import python_socks.async_.trio.v2  # noqa: F401, PLC0415  of no use to those without such a proxy
        except ImportError as exc:
            raise ImportError(f"proxy: {proxy.scheme} needs python-socks: pip install rawws[socks]") from exc


async def connect_through(
    proxy: Proxy, url: WebSocketURL, context: ssl.SSLContext | None, limits: Limits
) -> tuple[SocketTransport | TlsTransport, object]:
    """A way to a server, and the address of the proxy's socket. context: for TLS with the proxy itself.

    Raises ProxyError.
    """
    transport: SocketTransport | TlsTransport | None = None
    try:
        transport = raw = await (_socks(proxy, url) if proxy.is_socks else open_tcp(proxy.host, proxy.port))
        # Raises OSError where the other end has gone already.
        address = raw.sock.getpeername()
        if proxy.scheme == "https":
            name = proxy.host.partition("%")[0].removesuffix(".")
            transport = tls = TlsTransport(raw, context or ssl.create_default_context(), server_hostname=name)
            await tls.handshake()
        if not proxy.is_socks:
            await _ask(transport, Tunnel(url.host, url.port, proxy.credentials, limits), proxy)
    except BaseException as exc:
        if transport is not None:
            transport.close()
        if isinstance(exc, FAILURES):
            raise ProxyError(f"no connection through the proxy {proxy}: {reason(exc)}") from cause_of(exc)
        raise
    return transport, address


async def _ask(transport: SocketTransport | TlsTransport, tunnel: Tunnel, proxy: Proxy) -> None:
    """Have the proxy connect. Raises ProxyError where it does not, OSError, EndOfStream and RemoteProtocolError."""
    await send_all(transport, tunnel.request())
    answer: TunnelAnswer | None = None
    while answer is None:
        data = await receive_some(transport)
        if not data:
            raise EndOfStream
        answer = tunnel.receive(data)
    if not answer.is_open:
        text = f"the proxy {proxy} refused the connection with HTTP status {answer.status_code}"
        raise ProxyError(text, answer.status_code, answer.headers)


async def _socks(proxy: Proxy, url: WebSocketURL) -> SocketTransport:
    # `check_proxy` has found it there.
    from python_socks import ProxyType  # noqa: PLC0415
    from python_socks.async_.trio.v2 import Proxy as Socks  # noqa: PLC0415

    credentials = proxy.credentials
    socks = Socks(
        ProxyType.SOCKS5,
        proxy.host,
        proxy.port,
        username=None if credentials is None else credentials.user,
        password=None if credentials is None else credentials.password,
        rdns=proxy.scheme == "socks5h",
    )
    try:
        # `open_timeout` is for the whole way, and counts already.
        stream = await socks.connect(url.host, url.port, timeout=float("inf"))
    except Exception as exc:  # noqa: BLE001  the library is not ours: whatever it raises, this is what it means
        raise ProxyError(f"no connection through the proxy {proxy}: {reason(exc)}") from cause_of(exc)
    # Over plain TCP, as it is here, that is what it has.
    return take_socket(cast("trio.SocketStream", stream.trio_stream))
