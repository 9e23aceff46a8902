"""permessage-deflate under every kind of agreement about the peer's compressor (RFC 7692 §7.1)."""

from __future__ import annotations

from rawws_conformance.cases.group12 import SIZES, deflate_case
from rawws_conformance.model import DeflateWish

_FRESH_9 = DeflateWish(no_context_takeover=True, window_bits=9)
_FRESH = DeflateWish(no_context_takeover=True)
_PLAIN = DeflateWish()

_CONTEXT = "7692-7.1.1.1-1"
_WINDOW = "7692-7.1.2.1-1"

#: What is asked of a server, what that tests, and what is asked of the peer's compressor in general.
_AGREEMENTS: tuple[tuple[str, tuple[str, ...], tuple[DeflateWish, ...]], ...] = (
    ("plain offer", ("7692-7.2.2-1",), (_PLAIN,)),
    ("offer asks server_no_context_takeover", (_CONTEXT,), (_FRESH,)),
    ("offer asks server_max_window_bits=9", (_WINDOW,), (DeflateWish(window_bits=9),)),
    ("offer asks server_max_window_bits=15", (_WINDOW,), (DeflateWish(window_bits=15),)),
    ("offer asks server_no_context_takeover and server_max_window_bits=9", (_CONTEXT, _WINDOW), (_FRESH_9,)),
    (
        "offer asks server_no_context_takeover and server_max_window_bits=15",
        (_CONTEXT, _WINDOW),
        (DeflateWish(no_context_takeover=True, window_bits=15),),
    ),
    ("3 offers: as 13.5, as 13.2, plain", (_CONTEXT, _WINDOW, "7692-7-1"), (_FRESH_9, _FRESH, _PLAIN)),
)

CASES = tuple(
    deflate_case(f"13.{minor}.{number}", group, "json", is_text=True, number=number, wishes=wishes, rules=rules)
    for minor, (group, rules, wishes) in enumerate(_AGREEMENTS, 1)
    for number in range(1, len(SIZES) + 1)
)
