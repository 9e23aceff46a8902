"""permessage-deflate: 1000 compressed messages of a size, in five kinds of data (RFC 7692)."""

from __future__ import annotations

from rawws_conformance.cases.build import BINARY, CLEAN, TEXT
from rawws_conformance.model import Case, CloseAfter, Compare, DeflateWish, Echo, Level, Slices

#: Length, seconds, fragment size.
SIZES: tuple[tuple[int, float, int | None], ...] = (
    (16, 60, None),
    (64, 60, None),
    (256, 120, None),
    (1024, 240, None),
    (4096, 480, None),
    (8192, 480, None),
    (16384, 480, None),
    (32768, 480, None),
    (65536, 480, None),
    (131072, 480, None),
    (8192, 480, 256),
    (16384, 480, 256),
    (32768, 480, 256),
    (65536, 480, 256),
    (131072, 480, 256),
    (131072, 480, 1024),
    (131072, 480, 4096),
    (131072, 480, 32768),
)

COUNT = 1000

#: A quick run sends at least so many messages, and octets: two of the largest windows.
_QUICK_COUNT = 20
_QUICK_OCTETS = 2 << 15

#: Corpus, how it is called, whether it is text.
_KINDS = (("json", "JSON", True), ("bitmap", "bitmap", False), ("book", "German book", False), ("html", "HTML", True), ("pdf", "PDF", False))


def quick_count(length: int) -> int:
    """How many messages of a length a quick run sends."""
    return min(COUNT, max(_QUICK_COUNT, -(-_QUICK_OCTETS // length)))


def deflate_case(case_id: str, group: str, corpus: str, *, is_text: bool, number: int, wishes: tuple[DeflateWish, ...], rules: tuple[str, ...]) -> Case:
    """Case `number`, from 1, of a minor group."""
    length, seconds, fragment = SIZES[number - 1]
    word = "characters" if is_text else "octets"
    cut = f", their compressed octets cut into fragments of {fragment}" if fragment else ""
    echo = Echo(
        TEXT if is_text else BINARY,
        Slices(corpus, length),
        count=COUNT,
        quick=quick_count(length),
        compare=Compare.CONTENT,
        fragment=fragment,
    )
    return Case(
        id=case_id,
        group=f"permessage-deflate: {group}",
        sends=f"{COUNT} compressed messages of {length} {word}, each after the echo of the last one{cut}.",
        expects=f"Each message comes back as it was, compressed or not, all within {seconds:g} s.",
        requirements=rules,
        level=Level.MUST,
        script=(CloseAfter(seconds), echo),
        closing=CLEAN,
        deflate=wishes,
    )


CASES = tuple(
    deflate_case(
        f"12.{minor}.{number}",
        f"{name} ({'text' if is_text else 'binary'})",
        corpus,
        is_text=is_text,
        number=number,
        wishes=(DeflateWish(),),
        rules=("7692-7.2.2-1", "7692-6.1-1"),
    )
    for minor, (corpus, name, is_text) in enumerate(_KINDS, 1)
    for number in range(1, len(SIZES) + 1)
)
