"""The arguments of `serve`, judged: what no connection could be served with is found out before anybody listens."""

from __future__ import annotations

import inspect
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rawws.core.forwarded import TrustedProxies
from rawws.core.origin_policy import Origins, check_origins
from rawws.core.outgoing import check_extra_fields, check_subprotocols
from rawws.core.routes import path_of
from rawws.trio.callbacks import OnMessage
from rawws.trio.compression import Compression, check_compression
from rawws.trio.http import HTTPRequest, OnRequest
from rawws.trio.settings import ExtraHeaders, check_flag, make_headers, make_subprotocols
from rawws.trio.websocket import WebSocket

if TYPE_CHECKING:
    from rawws.core.limits import Limits
    from rawws.core.typing import Headers

Handler = Callable[[WebSocket], Awaitable[None]]

#: Called with what a client offers, in its order, and with its request; gives one of them, or None.
ChooseSubprotocol = Callable[[Sequence[str], HTTPRequest], "str | None"]

#: What a server speaks, the most wanted first; or who chooses.
Subprotocols = Sequence[str] | ChooseSubprotocol

#: For all connections; or who gives one for each, so that certificates can be changed while a server runs.
Tls = ssl.SSLContext | Callable[[], ssl.SSLContext]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The arguments of `serve`, judged.

    make_context: gives the TLS context for the next connection; None where there is no TLS.
    """

    handler: Handler | None
    on_message: OnMessage | None
    on_request: tuple[OnRequest, ...]
    make_context: Callable[[], ssl.SSLContext] | None
    origins: Origins
    trusted_proxies: TrustedProxies
    readiness_path: str | None
    subprotocols: list[str] | ChooseSubprotocol
    extra_headers: Headers
    compression: Compression
    text_as_bytes: bool
    limits: Limits


def make_server_settings(
    handler: Handler | None,
    *,
    on_message: OnMessage | None,
    on_request: OnRequest | Sequence[OnRequest] | None,
    ssl_context: Tls | None,
    origins: Origins,
    trusted_proxies: Sequence[str],
    readiness_path: str | None,
    subprotocols: Subprotocols,
    extra_headers: ExtraHeaders,
    compression: Compression,
    text_as_bytes: bool,
    limits: Limits,
) -> ServerSettings:
    """Judge the arguments of `serve`. Raises TypeError or ValueError, which name the argument."""
    check_origins(origins)
    if (handler is None) == (on_message is None):
        raise TypeError("serve needs a handler or on_message, and not both")
    for name, function in (("handler", handler), ("on_message", on_message)):
        if function is not None and not callable(function):
            raise TypeError(f"{name} must be a function, not {type(function).__name__}")
    if inspect.iscoroutinefunction(on_message):
        raise TypeError("on_message is a plain function; a coroutine function is a handler")
    return ServerSettings(
        handler=handler,
        on_message=on_message,
        on_request=_functions(on_request),
        make_context=_context_maker(ssl_context),
        origins=origins,
        trusted_proxies=TrustedProxies(trusted_proxies),
        readiness_path=_check_path("readiness_path", readiness_path),
        # What cannot be sent is found out here, not at each connection.
        subprotocols=subprotocols if callable(subprotocols) else check_subprotocols(make_subprotocols(subprotocols)),
        extra_headers=check_extra_fields(make_headers(extra_headers)),
        compression=check_compression(compression),
        text_as_bytes=check_flag("text_as_bytes", text_as_bytes),
        limits=limits,
    )


def _check_path(name: str, path: str | None) -> str | None:
    """Raise TypeError or ValueError, which name the argument, for what is no path."""
    if path is None:
        return None
    if not isinstance(path, str):
        raise TypeError(f"{name} must be str, not {type(path).__name__}")
    if not path.startswith("/") or path_of(path) != path:
        raise ValueError(f"{name} must be a path such as /readyz, not {path!r}")
    return path


def _functions(on_request: OnRequest | Sequence[OnRequest] | None) -> tuple[OnRequest, ...]:
    """Who is asked about each request, one after the other. Raises TypeError."""
    if on_request is None:
        return ()
    functions = (on_request,) if callable(on_request) else on_request
    if not isinstance(functions, (list, tuple)) or not all(map(callable, functions)):
        raise TypeError("on_request must be a function, or a list of functions")
    return tuple(functions)


def _context_maker(given: Tls | None) -> Callable[[], ssl.SSLContext] | None:
    """Who gives the TLS context for each connection. Raises TypeError."""
    if given is None or isinstance(given, ssl.SSLContext):
        return None if given is None else lambda: given
    if not callable(given):
        raise TypeError(f"ssl_context must be an ssl.SSLContext, or give one when called, not {type(given).__name__}")
    return given
