"""Who is at the other end, as it stands in the URL of a server or a proxy."""

from __future__ import annotations

import pytest

from rawws.core.authority import Authority, parse_authority, show_host
from rawws.core.credentials import Credentials


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("h", Authority("h", None, None)),
        ("h:", Authority("h", None, None)),
        ("H.example:1", Authority("h.example", 1, None)),
        ("h:65535", Authority("h", 65535, None)),
        ("h:00080", Authority("h", 80, None)),
        ("me:s@[FE80::1%25e0]:9", Authority("fe80::1%e0", 9, Credentials("me", "s"))),
    ],
)
def test_an_authority_is_taken_apart(text: str, authority: Authority) -> None:
    """The host comes out in lower case and without brackets, the port as a number, None where it is not there."""
    assert parse_authority(text) == authority


@pytest.mark.parametrize("port", ["0", "65536", "99999", "000000", "000080", "9" * 5000])
def test_what_is_no_port(port: str) -> None:
    """A port is a number from 1 to 65535 in five digits at most."""
    with pytest.raises(ValueError, match="from 1 to 65535"):
        parse_authority(f"h:{port}")


def test_what_is_too_long_for_dns_is_never_translated() -> None:
    """A name of 253 characters outside ASCII goes through the codec; a longer one is refused before that."""
    asked = []

    def to_ascii(name: str) -> str:
        asked.append(len(name))
        return "h"

    assert parse_authority("ü" * 253, to_ascii).host == "h"
    with pytest.raises(ValueError, match="not a name of a host"):
        parse_authority("ü" * 254, to_ascii)
    assert asked == [253]


@pytest.mark.parametrize(
    ("host", "port", "shown"),
    [("h", None, "h"), ("h", 9, "h:9"), ("::1", None, "[::1]"), ("::1", 9, "[::1]:9"), ("fe80::1%e", 9, "[fe80::1]:9")],
)
def test_an_authority_is_shown(host: str, port: int | None, shown: str) -> None:
    """An address of IPv6 stands in brackets, and without its zone (RFC 6874 §4)."""
    assert show_host(host, port) == shown
