"""RFC 6455 §10.2: which origins a server lets in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from rawws.core.headers import Origin, parse_origin, same_origin


class OriginPolicy(Enum):
    """The two policies that need no list."""

    #: A page of the host that it connects to may connect, and whoever sends no Origin (which no browser can leave out).
    SAME = "same"

    #: Everybody may connect.
    ANY = "any"


SAME_ORIGIN = OriginPolicy.SAME
ANY_ORIGIN = OriginPolicy.ANY

#: Called with the |Origin| and the |Host| of a request that has both; says whether it may connect.
OriginCallback = Callable[[str, str], bool]

#: A policy, or the origins that may connect: each as text, such as "https://example.com" or "https://*.example.com"
#: (any name below example.com, but not that itself), or a compiled pattern that matches the whole of it; or a callback.
Origins = OriginPolicy | Sequence[str | re.Pattern[str]] | OriginCallback

# What stands for any name below a domain.
_BELOW = "*."


def check_origins(origins: Origins) -> None:
    """Raise ValueError or TypeError when `origins` is no policy, no callback and no sequence of origins."""
    if isinstance(origins, OriginPolicy) or callable(origins):
        return
    if isinstance(origins, (str, bytes, re.Pattern)) or not isinstance(origins, Iterable):
        raise TypeError(f"origins must be a sequence of origins, not one {type(origins).__name__}")
    for origin in origins:
        if isinstance(origin, re.Pattern):
            if not isinstance(origin.pattern, str):
                raise TypeError("origins: a pattern must be one of str, since an origin is one")
        elif not isinstance(origin, str):
            raise TypeError(f"origins: an origin must be str or a compiled pattern, not {type(origin).__name__}")
        else:
            _parse_allowed(origin)


def _parse_allowed(text: str) -> Origin:
    """An origin that may be one of a whole domain. Raises ValueError."""
    origin = parse_origin(text)
    if origin is None or "*" in origin.host.removeprefix(_BELOW):
        raise ValueError(f"origins: not an origin such as https://example.com or https://*.example.com: {text!r}")
    return origin


def origin_is_allowed(origin: str | None, host: str, policy: Origins, *, secure: bool) -> bool:
    """Whether a request with this |Origin| (None: absent) may be accepted on this |Host|.

    Raises what a callback raises.

    6455-10.2-1: "Servers that are not intended to process input from any web page but only for certain sites SHOULD
    verify the |Origin| field is an origin they expect."
    """
    if origin is None or policy is OriginPolicy.ANY:
        return True
    if policy is OriginPolicy.SAME:
        return same_origin(origin, host, secure=secure)
    if callable(policy):
        return bool(policy(origin, host))
    sent = parse_origin(origin)
    return sent is not None and any(_is_like(allowed, origin, sent) for allowed in policy)


def _is_like(allowed: str | re.Pattern[str], text: str, sent: Origin) -> bool:
    """Whether an origin that was sent, as text and in its parts, is one of those that `allowed` stands for."""
    if isinstance(allowed, re.Pattern):
        # RFC 6454 §4: scheme and host are in lower case in every origin that a browser sends.
        return allowed.fullmatch(text.lower()) is not None
    wanted = _parse_allowed(allowed)
    if not wanted.host.startswith(_BELOW):
        return wanted == sent
    domain = wanted.host.removeprefix("*")
    below = sent.host.removesuffix(domain)
    return (wanted.scheme, wanted.port) == (sent.scheme, sent.port) and below not in {"", sent.host}
