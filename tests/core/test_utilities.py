"""wsproto.utilities under its new name: the same classes, and a list splitter that knows quotation marks."""

from __future__ import annotations

import base64

import pytest
import wsproto.utilities

from rawws.core import utilities


@pytest.mark.parametrize("name", ["ProtocolError", "LocalProtocolError", "RemoteProtocolError", "ACCEPT_GUID"])
def test_errors_are_wsprotos_own(name: str) -> None:
    """Who catches wsproto's errors catches ours: they are the same objects."""
    assert getattr(utilities, name) is getattr(wsproto.utilities, name)


def test_every_public_name_of_wsproto_is_here() -> None:
    """Replacing `wsproto.utilities` by `rawws.core.utilities` in an import finds every name."""
    theirs = {
        name
        for name, value in vars(wsproto.utilities).items()
        if name == "ACCEPT_GUID" or getattr(value, "__module__", "") == "wsproto.utilities"
    }
    assert theirs <= set(utilities.__all__)


def test_the_accept_token_is_that_of_the_rfc() -> None:
    """The example of RFC 6455 §1.3."""
    assert utilities.generate_accept_token(b"dGhlIHNhbXBsZSBub25jZQ==") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_a_nonce_is_16_octets_in_base64_and_another_one_each_time() -> None:
    """RFC 6455 §4.1, 7: selected randomly for each connection."""
    nonces = {utilities.generate_nonce() for _ in range(100)}
    assert len(nonces) == 100
    assert {len(base64.b64decode(nonce, validate=True)) for nonce in nonces} == {16}


def test_headers_are_normed_as_in_wsproto() -> None:
    """Values of one name are joined; embedders rely on it."""
    assert utilities.normed_header_dict([(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]) == {b"a": b"1, 3", b"b": b"2"}


@pytest.mark.parametrize(
    ("value", "elements"),
    [
        (b"one, two", ["one", "two"]),
        (b"", []),
        (b",a,,", ["a"]),
        (b'a; b="c, d", e', ['a; b="c, d"', "e"]),
        (b'a; b="\\", d", e', ['a; b="\\", d"', "e"]),
    ],
)
def test_a_list_is_split_outside_quotation_marks(value: bytes, elements: list[str]) -> None:
    """wsproto splits at every comma; one inside a quoted string separates nothing."""
    assert utilities.split_comma_header(value) == elements


@pytest.mark.parametrize("value", [b"\xff", "ü".encode(), b'"', b'a, "b\\"'])
def test_a_value_that_is_no_list_is_the_peers_fault(value: bytes) -> None:
    """wsproto raises UnicodeDecodeError here; only protocol errors may come out."""
    with pytest.raises(utilities.RemoteProtocolError):
        utilities.split_comma_header(value)
