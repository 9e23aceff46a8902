"""Strategies for hypothesis: whatever a peer can send, right or wrong, and whatever a network can make of it.

| module      | what it makes                                                                              |
|-------------|--------------------------------------------------------------------------------------------|
| `cuts`      | ways of cutting a stream                                                                    |
| `frames`    | single frames: right, wrong, wrong in one point; payloads at the borders of the lengths    |
| `streams`   | whole streams of frames, and what must come of the right ones                              |
| `utf8`      | text, and octets that are UTF-8 or almost: truncated, overlong, surrogates                 |
| `deflate`   | agreements, ways of compressing, corrupt payloads, bombs                                   |
| `offers`    | values of |Sec-WebSocket-Extensions|                                                       |
| `handshake` | requests and responses: by the grammar, and spoiled                                        |
| `limits`    | `Limits` that short streams run into                                                       |

They need hypothesis: `pip install 'rawws[testing]'`.
"""

from __future__ import annotations

try:
    import hypothesis as _hypothesis  # noqa: F401  is it there?
except ImportError as exc:  # pragma: no cover - shown by the test that installs the bare package
    raise ImportError("rawws.testing.strategies needs hypothesis: pip install rawws[testing]") from exc

from rawws.testing.deflate import Agreement
from rawws.testing.strategies.cuts import carriers, cuts
from rawws.testing.strategies.deflate import agreements, bombs, corrupted, styles
from rawws.testing.strategies.frames import (
    close_frames,
    control_frames,
    data_frames,
    frames,
    payloads,
    right_frames,
    roles,
    wrong_frames,
)
from rawws.testing.strategies.handshake import (
    Head,
    refusals,
    requests,
    responses,
    right_requests,
    right_responses,
    spoiled,
)
from rawws.testing.strategies.limits import limits
from rawws.testing.strategies.offers import declined_offers, deflate_offers, header_values, offers, tokens
from rawws.testing.strategies.streams import Stream, right_streams, spoiled_streams, streams, wild_streams
from rawws.testing.strategies.utf8 import not_utf8, octets, surrogates, texts, truncated

__all__ = [
    "Agreement",
    "Head",
    "Stream",
    "agreements",
    "bombs",
    "carriers",
    "close_frames",
    "control_frames",
    "corrupted",
    "cuts",
    "data_frames",
    "declined_offers",
    "deflate_offers",
    "frames",
    "header_values",
    "limits",
    "not_utf8",
    "octets",
    "offers",
    "payloads",
    "refusals",
    "requests",
    "responses",
    "right_frames",
    "right_requests",
    "right_responses",
    "right_streams",
    "roles",
    "spoiled",
    "spoiled_streams",
    "streams",
    "styles",
    "surrogates",
    "texts",
    "tokens",
    "truncated",
    "wild_streams",
    "wrong_frames",
]
