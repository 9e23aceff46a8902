"""What `connect` and `serve` have in common: durations, extra headers, subprotocols."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rawws.core.limits import Limits

if TYPE_CHECKING:
    from rawws.core.typing import Headers


class _FromLimits:
    """The value of a keyword that was not given."""

    def __repr__(self) -> str:
        return "<as in limits>"


#: Take the value from `limits`; None would mean "never".
FROM_LIMITS: Final = _FromLimits()

Seconds = float | None | _FromLimits
ExtraHeaders = Mapping[str, str] | Sequence[tuple[str | bytes, str | bytes]]


def make_limits(limits: Limits, **seconds: Seconds) -> Limits:
    """`limits` with the durations that were given. Raises ValueError or TypeError, naming the argument."""
    if not isinstance(limits, Limits):
        raise TypeError(f"limits must be a rawws.core.Limits, not {type(limits).__name__}")
    given: dict[str, float | None] = {}
    for name, value in seconds.items():
        if isinstance(value, _FromLimits):
            continue
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise TypeError(f"{name} must be a number of seconds or None, not {type(value).__name__}")
        given[name] = value
    return dataclasses.replace(limits, **given) if given else limits  # type: ignore[arg-type]


def make_headers(extra: ExtraHeaders) -> Headers:
    """Header fields as pairs of bytes. Raises TypeError or ValueError, naming the argument, for what is none."""
    if isinstance(extra, (str, bytes)) or not isinstance(extra, Iterable):
        raise TypeError(f"extra_headers must be a mapping or a sequence of pairs, not {type(extra).__name__}")
    pairs: Iterable[tuple[str | bytes, str | bytes]] = extra.items() if isinstance(extra, Mapping) else extra
    headers: Headers = []
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("extra_headers must be a mapping or a sequence of (name, value)")
        name, value = pair
        headers.append((ascii_bytes("extra_headers", name), ascii_bytes("extra_headers", value)))
    return headers


def ascii_bytes(argument: str, text: str | bytes) -> bytes:
    """What goes into a header. Raises TypeError or ValueError, naming the argument and not repeating the text."""
    if isinstance(text, bytes):
        return text
    if not isinstance(text, str):
        raise TypeError(f"{argument}: a header is made of str or bytes, not {type(text).__name__}")
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise ValueError(f"{argument}: a header that is str must be ASCII; give bytes for anything else") from None


def check_flag(argument: str, value: object) -> bool:
    """Raise TypeError, naming the argument, for what is neither True nor False."""
    if not isinstance(value, bool):
        raise TypeError(f"{argument} must be True or False, not {type(value).__name__}")
    return value


def make_subprotocols(subprotocols: Sequence[str]) -> list[str]:
    """Subprotocols as a list. Raises TypeError for what is no sequence, or one str instead of one."""
    if isinstance(subprotocols, (str, bytes)) or not isinstance(subprotocols, Iterable):
        raise TypeError(f"subprotocols must be a sequence of str, not one {type(subprotocols).__name__}")
    return list(subprotocols)
