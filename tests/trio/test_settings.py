"""The keywords that `connect` and `serve` share."""

from __future__ import annotations

import inspect

import pytest

import rawws.trio
from rawws.core import Limits
from rawws.core.extensions import PerMessageDeflate
from rawws.trio.compression import make_extensions
from rawws.trio.settings import FROM_LIMITS, make_headers, make_limits, make_subprotocols

#: Design: "Keywords, the same everywhere".
COMMON = {
    "subprotocols",
    "extra_headers",
    "compression",
    "text_as_bytes",
    "limits",
    "ping_interval",
    "ping_timeout",
    "open_timeout",
    "close_timeout",
}


@pytest.mark.parametrize("function", [rawws.trio.connect, rawws.trio.serve, rawws.trio.serve_stream])
def test_the_keywords_are_the_same_everywhere(function: object) -> None:
    """`connect`, `serve` and `serve_stream` take the same keywords, by name only, with the same defaults."""
    parameters = inspect.signature(function).parameters  # type: ignore[arg-type]
    reference = inspect.signature(rawws.trio.connect).parameters
    assert set(parameters) >= COMMON
    for name in COMMON:
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameters[name].default == reference[name].default


@pytest.mark.parametrize("name", ["ping_interval", "ping_timeout", "open_timeout", "close_timeout"])
def test_seconds_take_the_place_of_those_in_limits(name: str) -> None:
    """A duration that is given wins, None means never, and what is not given stays as it is in `limits`."""
    limits = Limits(ping_interval=1, ping_timeout=2, open_timeout=3, close_timeout=4)
    assert make_limits(limits, **{name: FROM_LIMITS}) is limits
    for value in (None, 0, 7, 7.5):
        made = make_limits(limits, **{name: value})
        assert getattr(made, name) == value
        assert all(getattr(made, other) == getattr(limits, other) for other in limits.__slots__ if other != name)


@pytest.mark.parametrize("value", ["7", True, [], b"7"], ids=repr)
def test_what_is_no_number_of_seconds(value: object) -> None:
    """A duration that is no number raises TypeError with the name of the keyword."""
    with pytest.raises(TypeError, match="ping_interval"):
        make_limits(Limits(), ping_interval=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [-1, -0.5, float("nan")])
def test_what_is_a_wrong_number_of_seconds(value: float) -> None:
    """A negative duration, or one that is no number at all, raises ValueError with the name of the keyword."""
    with pytest.raises(ValueError, match="open_timeout"):
        make_limits(Limits(), open_timeout=value)


def test_headers_come_in_two_shapes() -> None:
    """A mapping and a sequence of pairs, of str or bytes, give the same fields; a sequence may repeat a name."""
    assert make_headers({"X-A": "1", "X-B": "2"}) == [(b"X-A", b"1"), (b"X-B", b"2")]
    assert make_headers([("X-A", "1"), (b"X-A", b"\xff")]) == [(b"X-A", b"1"), (b"X-A", b"\xff")]
    assert make_headers(()) == []


@pytest.mark.parametrize("headers", [[("a",)], ["a"], [("a", "b", "c")], [("a", 1)], [(None, "1")], [7]], ids=repr)
def test_what_is_no_header(headers: object) -> None:
    """Anything but pairs of str or bytes raises TypeError."""
    with pytest.raises(TypeError):
        make_headers(headers)  # type: ignore[arg-type]


def test_a_str_header_is_ascii() -> None:
    """A str that is not ASCII raises ValueError: bytes leave no doubt about the encoding."""
    with pytest.raises(ValueError, match="ASCII"):
        make_headers([("X-A", "ü")])


@pytest.mark.parametrize("subprotocols", ["chat", b"chat"])
def test_one_subprotocol_is_still_a_sequence(subprotocols: object) -> None:
    """A single str would offer its letters: it raises TypeError."""
    with pytest.raises(TypeError, match="sequence"):
        make_subprotocols(subprotocols)  # type: ignore[arg-type]


def test_compression_is_cheap_by_default() -> None:
    """True means permessage-deflate with a small window and a threshold, new for each connection; False means none."""
    one, other = make_extensions(True), make_extensions(True)
    assert isinstance(one[0], PerMessageDeflate)
    assert one[0] is not other[0]
    assert make_extensions(False) == []
    own = PerMessageDeflate()
    assert make_extensions(lambda: own) == [own]
