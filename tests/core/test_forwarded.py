"""Whose request a proxy passes on."""

from __future__ import annotations

from typing import Any

import pytest

from rawws.core.forwarded import TrustedProxies

PROXIES = ("127.0.0.1", "10.0.0.0/8", "fd00::/8", "unix")

#: the peer, the fields, the client
CLIENTS: list[tuple[str | None, list[str], str | None]] = [
    ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    ("::ffff:127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    (None, ["203.0.113.9"], "203.0.113.9"),
    ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
    ("fd00::1%eth0", ["2001:DB8::1"], "2001:db8::1"),
    # What a client has sent itself stands to the left of what the proxy has seen.
    ("127.0.0.1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
    ("127.0.0.1", ["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
    # A chain of proxies that are all trusted leads on; it ends with the first that is not.
    ("127.0.0.1", ["6.6.6.6, 203.0.113.9, 10.1.2.3"], "203.0.113.9"),
    ("127.0.0.1", ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
    # Whoever is not trusted may say what it likes.
    ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
    ("rubbish", ["203.0.113.9"], "rubbish"),
    # What is no address ends the search where it is.
    ("127.0.0.1", [], "127.0.0.1"),
    ("127.0.0.1", [""], "127.0.0.1"),
    ("127.0.0.1", ["unknown"], "127.0.0.1"),
    ("127.0.0.1", ["203.0.113.9, unknown, 10.1.2.3"], "10.1.2.3"),
    ("127.0.0.1", ["203.0.113.9, "], "127.0.0.1"),
    (None, ["_hidden"], None),
    # As proxies write it.
    ("127.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
    ("127.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
    ("127.0.0.1", ["\t203.0.113.9 "], "203.0.113.9"),
    ("127.0.0.1", ["1" * 5000], "127.0.0.1"),
]


@pytest.mark.parametrize(("host", "fields", "client"), CLIENTS)
def test_the_client(host: str | None, fields: list[str], client: str | None) -> None:
    """The client is the last address that a trusted proxy gives and that is none of ours."""
    assert TrustedProxies(PROXIES).client(host, fields) == client


def test_nobody_is_trusted_by_default() -> None:
    """Without a list no field counts."""
    proxies = TrustedProxies()
    assert not proxies
    assert proxies.client("127.0.0.1", ["203.0.113.9"]) == "127.0.0.1"
    assert proxies.client(None, ["203.0.113.9"]) is None
    assert proxies.secure("127.0.0.1", ["https"]) is None


@pytest.mark.parametrize(
    ("networks", "trusted"),
    [
        ("", []),
        ("unix", [None]),
        ("10.0.0.0/8", ["10.1.2.3"]),
        ("fd00::/8", ["fd00::1"]),
        # ::/0 holds every address of IPv6, and none of IPv4.
        ("::/0", ["fd00::1"]),
        ("0.0.0.0/0", ["10.1.2.3"]),
        ("unix 10.0.0.0/8", [None, "10.1.2.3"]),
        ("10.0.0.0/8 fd00::/8", ["10.1.2.3", "fd00::1"]),
    ],
)
def test_who_is_trusted(networks: str, trusted: list[str | None]) -> None:
    """Each entry of the list counts, whatever stands beside it; a list of none trusts nobody."""
    proxies = TrustedProxies(networks.split())
    assert [host for host in (None, "10.1.2.3", "fd00::1") if proxies.trusts(host)] == trusted
    assert bool(proxies) is bool(trusted)


@pytest.mark.parametrize(
    ("host", "fields", "secure"),
    [
        ("127.0.0.1", ["https"], True),
        ("127.0.0.1", ["WSS "], True),
        ("127.0.0.1", ["http"], False),
        ("127.0.0.1", ["ws"], False),
        ("127.0.0.1", ["http, https"], True),
        ("127.0.0.1", ["https", "http"], False),
        ("127.0.0.1", ["gopher"], None),
        ("127.0.0.1", [], None),
        ("192.0.2.1", ["https"], None),
        (None, ["https"], True),
    ],
)
def test_whether_the_client_speaks_tls(host: str | None, fields: list[str], secure: bool | None) -> None:
    """A trusted proxy says whether TLS is spoken with it; nobody else does."""
    assert TrustedProxies(PROXIES).secure(host, fields) is secure


@pytest.mark.parametrize(
    ("networks", "error"),
    [
        ("127.0.0.1", TypeError),
        (7, TypeError),
        (None, TypeError),
        ([7], TypeError),
        (["10.0.0.1/8"], ValueError),
        (["proxy.example"], ValueError),
        ([""], ValueError),
        (["unix:/run/proxy"], ValueError),
        (["UNIX"], ValueError),
    ],
)
def test_what_is_no_network(networks: Any, error: type[Exception]) -> None:  # noqa: ANN401  wrong on purpose
    """Anything but a sequence of addresses and networks is refused, with the name of the argument."""
    with pytest.raises(error, match="trusted_proxies"):
        TrustedProxies(networks)
