"""Why a connection could not be made. What happens to an open one is told by trio's own errors: `is_the_end_of`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from rawws.core.connection import ConnectionState

if TYPE_CHECKING:
    from rawws.core.reconnect import Why
    from rawws.core.typing import Headers
    from rawws.trio.link import Link


class ConnectError(Exception):
    """The connection could not be opened; `__cause__` says what happened (OSError, ssl.SSLError, …)."""


class OpenTimeout(ConnectError):
    """It took longer than `open_timeout`, from the first packet on; `__cause__` says what was being waited for."""


class InvalidHandshake(ConnectError):
    """The server's answer is none that the protocol allows; `__cause__` is the core's RemoteProtocolError."""


class Rejected(ConnectError):
    """The server answered the opening handshake with something else than 101.

    status_code: of the response. headers: of the response. body: its body, up to `Limits.max_refusal_bytes`.
    """

    def __init__(self, status_code: int, headers: Headers, body: bytes) -> None:
        super().__init__(f"the server refused the connection with HTTP status {status_code}")
        self.status_code = status_code
        self.headers = headers
        self.body = body


class RedirectRefused(Rejected):
    """The server's answer was a redirect that is not followed; the text says why.

    status_code, headers, body: of that answer.
    """

    def __init__(self, answer: Rejected, why: str) -> None:
        super().__init__(answer.status_code, answer.headers, answer.body)
        self.args = (f"the server's redirect ({answer.status_code}) is not followed: {why}",)


class ProxyError(ConnectError):
    """The proxy could not be reached, or did not connect; `__cause__` says what happened, where it was no refusal.

    status_code: of an HTTP proxy's answer, such as 407; None where there was none. headers: of that answer.
    """

    def __init__(self, text: str, status_code: int | None = None, headers: Headers | None = None) -> None:
        super().__init__(text)
        self.status_code = status_code
        self.headers: Headers = headers or []


class GaveUp(ConnectError):
    """`reconnect` will not try again; `__cause__` is the last error, where there was one.

    why: what happened last (rawws.core.reconnect.Why). failed: how many tries in a row have come to nothing.
    """

    def __init__(self, why: Why, failed: int) -> None:
        super().__init__(f"gave up after {failed} {'try' if failed == 1 else 'tries'}: {why}")
        self.why = why
        self.failed = failed


def is_the_end_of(link: Link, exc: Exception) -> bool:
    """Whether an exception says that this connection has ended; of a group, whether each one in it does.

    The same exception may come from another channel: then this connection is still open.
    """
    if isinstance(exc, ExceptionGroup):
        return all(is_the_end_of(link, inner) for inner in exc.exceptions)
    if isinstance(exc, (trio.BrokenResourceError, trio.ClosedResourceError, trio.EndOfChannel)):
        return link.state is not ConnectionState.OPEN or link.broken
    return False
