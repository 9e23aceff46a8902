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

    It protects every path: what is to be open to all, such as a health check, is answered by a function that is asked
    before it, or by `readiness_path`.

    Raises TypeError or ValueError, which name the argument. The user that has come in is
    `rawws.core.basic_auth.parse_basic(ws.header("Authorization")).user`.
    """

    def __init__(
        self, credentials: Mapping[str, str] | CheckCredentials, *, realm: str = "WebSocket"
    ) -> None:
        if isinstance(credentials, Mapping):
            self._check: CheckCredentials = Passwords(credentials).accept
        elif callable(credentials):
            self._check = credentials
        else:
            raise TypeError(f"credentials must be a mapping or a function, not {type(credentials).__name__}")
        self._challenge = challenge(realm)

    async def __call__(self, request: HTTPRequest) -> HTTPResponse | None:
        """The 401, or None for who may come in."""
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
