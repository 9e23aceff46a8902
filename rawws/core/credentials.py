"""RFC 7617: a name and a password, and how they are sent; and how what is secret stays out of logs.

Nothing here shows a secret by `repr`, `str` or a message of an error: those end up in logs.
"""

from __future__ import annotations

import base64
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from rawws.core.typing import Headers

#: Fields whose values say who somebody is, or prove it (RFC 9110 §11.6.2, §11.7.2; RFC 6265 §5.4).
SECRET_FIELDS = frozenset({b"authorization", b"cookie", b"proxy-authorization"})

# RFC 3986 §3.2.1: "userinfo = *( unreserved / pct-encoded / sub-delims / ":" )".
_userinfo = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*", re.ASCII).fullmatch

# RFC 7617 §2: "The user-id and password MUST NOT contain any control characters".
_control = re.compile(r"[\x00-\x1f\x7f]").search


class Secret(bytes):
    """Octets that are sent like any others, and that `repr` and `str` do not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "b'…'"

    def __str__(self) -> str:
        return "b'…'"


class Credentials:
    """Who somebody is, and the proof: a name and a password of str, comparable by value.

    Raises ValueError, which repeats neither, for control characters and a colon in the name (RFC 7617 §2).
    """

    __slots__ = ("password", "user")

    def __init__(self, user: str, password: str = "") -> None:
        # "a user-id containing a colon character is invalid, as the first colon in a user-pass string separates user-id
        # and password from one another" (RFC 7617 §2).
        if ":" in user:
            raise ValueError("the name of a user has no colon (RFC 7617 §2)")
        if _control(user) or _control(password):
            raise ValueError("neither the name of a user nor a password has control characters (RFC 7617 §2)")
        self.user = user
        self.password = password

    def basic(self) -> Secret:
        """The value of |Authorization| or |Proxy-Authorization|, by the scheme "Basic" in UTF-8 (RFC 7617 §2)."""
        return Secret(b"Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Credentials):
            return NotImplemented
        # In constant time, like every comparison of a secret: nobody has to think about where this is called from.
        return hmac.compare_digest(self.basic(), other.basic())

    def __hash__(self) -> int:
        return hash((self.user, self.password))

    def __repr__(self) -> str:
        return "Credentials(…)"


def parse_userinfo(text: str) -> Credentials | None:
    """The credentials in the user information of a URL, `name:password`, percent-encoded; None where it is empty.

    Raises ValueError, which repeats nothing of it.
    """
    if not _userinfo(text):
        raise ValueError("name and password in a URL are percent-encoded where they are more than letters and digits")
    name, _, password = text.partition(":")
    try:
        user, proof = unquote(name, errors="strict"), unquote(password, errors="strict")
    except UnicodeDecodeError:
        # `from None`: the error would hold what could not be decoded.
        raise ValueError("name and password in a URL are UTF-8 before they are percent-encoded") from None
    return Credentials(user, proof) if user or proof else None


def hide_secrets(headers: Headers) -> Headers:
    """The same fields, with values that do not show where they are secrets; the same list where none is."""
    if not any(name.lower() in SECRET_FIELDS for name, _ in headers):
        return headers
    return [(name, Secret(value) if name.lower() in SECRET_FIELDS else value) for name, value in headers]
