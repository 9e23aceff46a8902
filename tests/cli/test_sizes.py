"""Sizes as people write them."""

from __future__ import annotations

import pytest

from rawws.cli.sizes import parse_size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("65536", 65536),
        ("65536B", 65536),
        ("1KiB", 1024),
        ("64KiB", 65536),
        ("64MiB", 67_108_864),
        ("1GiB", 1_073_741_824),
        ("2TiB", 2_199_023_255_552),
        ("64mib", 67_108_864),
        ("64 MiB", 67_108_864),
        ("1kB", 1000),
        ("3MB", 3_000_000),
        ("1GB", 1_000_000_000),
        ("007", 7),
    ],
)
def test_sizes(text: str, expected: int) -> None:
    """Binary and decimal units, in any case, with or without a space, are octets."""
    assert parse_size(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "MiB", "-1", "+1", "1.5MiB", "1e6", "0x10", "1_000", "12x", "64K", "64M", "1  MiB", "1MiB2", "\u0661",
        "1\n", "9" * 5000,
    ],
)
def test_what_is_no_size(text: str) -> None:
    """Signs, fractions, ambiguous and unknown units, other digits and endless numbers are refused with a sentence."""
    with pytest.raises(ValueError, match=r"is not a size|has a unit"):
        parse_size(text)
