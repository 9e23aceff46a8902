"""RFC 7617: let in only who knows a password."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping

from rawws.core.basic_auth import Passwords, challenge, parse_basic
from rawws.trio.http import HTTPRequest, HTTPResponse

#: Called with a user and a password; says whether they belong together.
CheckCredentials = Callable[[str, str], Awaitable[bool] | bool]


class BasicAuth:
    """For `serve(on_request=…)`: who does not know a password is answered with 401, before there is a connection.

    credentials: passwords by user, of which only digests are kept; or a function that decides, plain or not, which has
        to compare in constant time itself. realm: what is protected, for people: browsers may show it.
    open_to_all: paths, such as that of a health check, that are not protected.

    Raises TypeError or ValueError, which name the argument. The user that has come in is
    `rawws.core.basic_auth.parse_basic(ws.header("Authorization")).user`.
    """

    def __init__(
        self,
        credentials: Mapping[str, str] | CheckCredentials,
        *,
        realm: str = "WebSocket",
        open_to_all: tuple[str, ...] = (),
    ) -> None:
        if isinstance(credentials, Mapping):
            self._check: CheckCredentials = Passwords(credentials).accept
        elif callable(credentials):
            self._check = credentials
        else:
            raise TypeError(f"credentials must be a mapping or a function, not {type(credentials).__name__}")
        if isinstance(open_to_all, str):
            raise TypeError("open_to_all must be a tuple of paths, not one str")
        self._challenge = challenge(realm)
        self._open_to_all = frozenset(open_to_all)

    async def __call__(self, request: HTTPRequest) -> HTTPResponse | None:
        """The 401, or None for who may come in."""
        if request.path in self._open_to_all:
            return None
        sent = parse_basic(request.header("authorization"))
        if sent is not None:
            right = self._check(sent.user, sent.password)
            if inspect.isawaitable(right):
                right = await right
            if right is True:
                return None
        # RFC 9110 §15.5.2: "The server generating a 401 response MUST send a WWW-Authenticate header field".
        response = HTTPResponse(401, b"a user and a password are needed\n")
        response.headers.append(self._challenge)
        return response
