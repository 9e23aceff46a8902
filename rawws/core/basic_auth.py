"""RFC 7617: the Basic authentication scheme, for a server.

It sends passwords as they are, so it is for wss. What is compared is compared in constant time: how long an answer
takes tells nobody how much of a guess was right, nor which users there are.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping

from rawws.core.credentials import Credentials
from rawws.core.headers import OWS, check_field


def parse_basic(value: str | None) -> Credentials | None:
    """The credentials of an |Authorization| field, None where it has none or is none of this scheme.

    "To receive authorization, the client … constructs the user-pass by concatenating the user-id, a single colon (":")
    character, and the password", and encodes the octets with Base64 (RFC 7617 §2); here they must be UTF-8.
    """
    scheme, _, token = (value or "").strip(OWS).partition(" ")
    # "Note that both scheme and parameter names are matched case-insensitively."
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(token.strip(OWS), validate=True).decode("utf-8")
    except ValueError:
        return None
    user, colon, password = text.partition(":")
    try:
        return Credentials(user, password) if colon else None
    except ValueError:
        return None


def challenge(realm: str) -> tuple[bytes, bytes]:
    """The |WWW-Authenticate| field of a 401. Raises TypeError or ValueError, which name `realm`.

    "The only allowed value for this parameter is "UTF-8"" (RFC 7617 §2.1): without it a client may encode otherwise.
    """
    if not isinstance(realm, str):
        raise TypeError(f"realm must be str, not {type(realm).__name__}")
    quoted = realm.replace("\\", "\\\\").replace('"', '\\"')
    try:
        return check_field("WWW-Authenticate", f'Basic realm="{quoted}", charset="UTF-8"')
    except ValueError as exc:
        raise ValueError(f"realm: {exc}") from None


class Passwords:
    """Users and their passwords, which are not kept themselves.

    passwords: by user. Raises TypeError or ValueError, which name `credentials`: an empty user, a colon in one,
    anything but str.
    """

    def __init__(self, passwords: Mapping[str, str]) -> None:
        # Nobody who reads this process's memory, or a repr, shall find the passwords in it.
        self._key = secrets.token_bytes(32)
        self._known: dict[str, bytes] = {}
        for user, password in passwords.items():
            if not isinstance(user, str) or not isinstance(password, str):
                raise TypeError("credentials: users and passwords must be str")
            # RFC 7617 §2: "a user-id containing a colon character is invalid".
            if not user or ":" in user:
                raise ValueError(f"credentials: a user must have a name without a colon, not {user!r}")
            self._known[user] = self._digest(password)
        self._nobody = secrets.token_bytes(32)

    def accept(self, user: str, password: str) -> bool:
        """Whether this is the user's password; takes as long for a wrong one, and for a user that there is not."""
        known = self._known.get(user)
        right = hmac.compare_digest(self._nobody if known is None else known, self._digest(password))
        return right and known is not None

    def _digest(self, password: str) -> bytes:
        # Of one length for all, so that not even the length is told.
        return hashlib.blake2b(password.encode("utf-8", "surrogatepass"), key=self._key, digest_size=32).digest()
