"""RFC 6455 §10.2: which origins a server lets in."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from rawws.core.headers import parse_origin, same_origin


class OriginPolicy(Enum):
    """The two policies that need no list."""

    #: A page of the host that it connects to may connect, and whoever sends no Origin (which no browser can leave out).
    SAME = "same"

    #: Everybody may connect.
    ANY = "any"


SAME_ORIGIN = OriginPolicy.SAME
ANY_ORIGIN = OriginPolicy.ANY

Origins = OriginPolicy | Sequence[str]


def check_origins(origins: Origins) -> None:
    """Raise ValueError or TypeError when `origins` is no policy and no sequence of origins."""
    if isinstance(origins, OriginPolicy):
        return
    if isinstance(origins, (str, bytes)):
        raise TypeError("origins must be a sequence of origins, not one str")
    for origin in origins:
        if not isinstance(origin, str):
            raise TypeError(f"an origin must be str, not {type(origin).__name__}")
        if parse_origin(origin) is None:
            raise ValueError(f"not an origin such as https://example.com: {origin!r}")


def origin_is_allowed(origin: str | None, host: str, policy: Origins, *, secure: bool) -> bool:
    """Whether a request with this |Origin| (None: absent) may be accepted on this |Host|.

    6455-10.2-1: "Servers that are not intended to process input from any web page but only for certain sites SHOULD
    verify the |Origin| field is an origin they expect."
    """
    if origin is None or policy is OriginPolicy.ANY:
        return True
    if policy is OriginPolicy.SAME:
        return same_origin(origin, host, secure=secure)
    wanted = parse_origin(origin)
    return wanted is not None and any(parse_origin(allowed) == wanted for allowed in policy)
