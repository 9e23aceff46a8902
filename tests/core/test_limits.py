"""The bounds: sane by default, refused where they make no sense, immutable."""

from __future__ import annotations

import dataclasses
import math

import pytest

from rawws.core.limits import DEFAULT_LIMITS, Limits

SIZES = [field.name for field in dataclasses.fields(Limits)]

#: What is documented beside each field.
KIB = 1024
DEFAULTS = {
    "max_message_bytes": 1024 * KIB,
    "max_frame_bytes": None,
    "max_fragments": None,
    "max_inflate_step": 64 * KIB,
    "max_header_bytes": 16 * KIB,
    "max_headers": 100,
    "max_early_bytes": 64 * KIB,
    "max_informational": 16,
    "max_redirects": 5,
    "max_refusal_bytes": 64 * KIB,
    "max_control_burst": 1000,
    "control_frames_per_second": 100.0,
    "max_queued_messages": 64,
    "max_queued_bytes": 256 * KIB,
    "write_high_water": 64 * KIB,
    "write_low_water": 16 * KIB,
    "open_timeout": 10.0,
    "close_timeout": 10.0,
    "ping_interval": 20.0,
    "ping_timeout": 20.0,
    "max_connections": None,
    "max_handshakes": 1000,
    "max_connections_per_address": None,
}


def test_the_defaults_are_those_that_are_documented() -> None:
    """Whoever sets nothing gets 1 MiB for a message, 100 header fields, 20 seconds of silence, and so on."""
    assert dataclasses.asdict(Limits()) == DEFAULTS


def test_nothing_is_unbounded_by_default_but_what_only_an_operator_knows() -> None:
    """What has no default bound is implied by another bound, or is the operator's to set."""
    unbounded = {name for name in SIZES if getattr(DEFAULT_LIMITS, name) is None}
    assert unbounded == {"max_frame_bytes", "max_fragments", "max_connections", "max_connections_per_address"}
    assert Limits() == DEFAULT_LIMITS


def test_limits_are_values() -> None:
    """They cannot be changed, only replaced; equal ones are equal, and they can be keys."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULT_LIMITS.max_message_bytes = 1  # type: ignore[misc]
    small = dataclasses.replace(DEFAULT_LIMITS, max_message_bytes=10)
    assert small.max_message_bytes == 10
    assert small != DEFAULT_LIMITS
    assert hash(small) == hash(Limits(max_message_bytes=10))
    with pytest.raises(TypeError):
        Limits(1024)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", SIZES)
def test_no_bound_is_negative(name: str) -> None:
    """A negative number, or one that is none, is refused wherever it stands."""
    for value in (-1, math.nan):
        with pytest.raises(ValueError, match=name):
            Limits(**{name: value})  # type: ignore[arg-type]


def test_some_bounds_are_at_least_one() -> None:
    """A step of inflation that gives nothing would never end, and a head has at least a line."""
    for name in ("max_inflate_step", "max_headers", "max_header_bytes"):
        with pytest.raises(ValueError, match=name):
            Limits(**{name: 0})
        Limits(**{name: 1})


def test_low_water_is_below_high_water() -> None:
    """Otherwise `send` would wait for what never comes."""
    with pytest.raises(ValueError, match="low_water"):
        Limits(write_high_water=10, write_low_water=11)
    Limits(write_high_water=10, write_low_water=10)


@pytest.mark.parametrize(
    ("limits", "fragments"),
    [
        # 64 octets for each fragment, and never fewer than 64 fragments.
        (Limits(), 16_384),
        (Limits(max_message_bytes=64 * 1024 * 1024), 1024 * 1024),
        (Limits(max_message_bytes=0), 64),
        (Limits(max_message_bytes=65 * 64), 65),
        # What is left over pays for no fragment.
        (Limits(max_message_bytes=66 * 64 - 1), 65),
        (Limits(max_message_bytes=None), None),
        (Limits(max_fragments=3), 3),
        (Limits(max_fragments=0), 0),
        (Limits(max_message_bytes=None, max_fragments=3), 3),
    ],
)
def test_fragments_are_bounded_by_the_memory_they_hold(limits: Limits, fragments: int | None) -> None:
    """Their own bound where there is one, else what the largest message may cost, but never fewer than a few."""
    assert limits.fragments == fragments


def test_a_compressed_message_may_be_longer_on_the_wire() -> None:
    """Twice the message limit and a little, since what cannot be compressed grows; none where there is none."""
    assert Limits(max_message_bytes=100).compressed_message_bytes == 1224
    assert Limits(max_message_bytes=512).compressed_message_bytes == 2048
    assert Limits(max_message_bytes=None).compressed_message_bytes is None
