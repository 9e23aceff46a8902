"""Whose request a proxy passes on: `X-Forwarded-For` and `X-Forwarded-Proto`, as far as the proxies are trusted.

Anybody can send these fields. What they say counts only where the one who sent the request is a proxy that is trusted,
and from the right, since each proxy adds behind what it was sent whom it was sent it by.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from rawws.core.headers import OWS

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Stands for whoever comes over a Unix socket: such a peer has no address, and only this machine can be one.
UNIX = "unix"

_SECURE = {"https": True, "wss": True, "http": False, "ws": False}


class TrustedProxies:
    """The proxies whose word is taken for whom they speak for.

    networks: addresses ("127.0.0.1") and networks ("10.0.0.0/8", "fd00::/8"), and `UNIX` for peers over Unix sockets.

    Raises TypeError or ValueError, which name `trusted_proxies`, for anything else.
    """

    def __init__(self, networks: Sequence[str] = ()) -> None:
        if isinstance(networks, (str, bytes)) or not isinstance(networks, Iterable):
            raise TypeError(f"trusted_proxies must be a sequence of networks, not one {type(networks).__name__}")
        self._unix = False
        self._networks: list[_Network] = []
        for network in networks:
            if not isinstance(network, str):
                raise TypeError(f"trusted_proxies: a network must be str, not {type(network).__name__}")
            if network == UNIX:
                self._unix = True
                continue
            try:
                self._networks.append(ipaddress.ip_network(network))
            except ValueError as exc:
                raise ValueError(f"trusted_proxies: {exc}") from None

    def __bool__(self) -> bool:
        """Whether anybody is trusted."""
        return self._unix or bool(self._networks)

    def trusts(self, host: str | None) -> bool:
        """Whether the peer at this address, None over a Unix socket, is such a proxy."""
        if host is None:
            return self._unix
        if not self._networks:
            return False
        address = _parse(host)
        return address is not None and self._trusts(address)

    def _trusts(self, address: _Address) -> bool:
        return any(address in network for network in self._networks)

    def client(self, host: str | None, forwarded_for: Sequence[str]) -> str | None:
        """The address of the client that a request comes from, None where it is a local socket and nobody else's.

        host: the address of the peer, None over a Unix socket. forwarded_for: the values of the |X-Forwarded-For|
        fields, in their order. The client is the last one there that is no proxy we trust; where the list ends before,
        or goes on with what is no address, it is the last proxy that we know.
        """
        if not self.trusts(host):
            return host
        known = host
        for text in reversed([entry for value in forwarded_for for entry in value.split(",")]):
            address = _parse_entry(text.strip(OWS))
            if address is None:
                break
            known = str(address)
            if not self._trusts(address):
                break
        return known

    def secure(self, host: str | None, forwarded_proto: Sequence[str]) -> bool | None:
        """Whether the client speaks TLS with the proxy, None where nobody who is trusted says so.

        forwarded_proto: the values of the |X-Forwarded-Proto| fields; of several the last counts.
        """
        if not forwarded_proto or not self.trusts(host):
            return None
        return _SECURE.get(forwarded_proto[-1].rpartition(",")[2].strip(OWS).lower())


def _parse(host: str) -> _Address | None:
    """An address; one of IPv4 that stands inside IPv6 as what it is."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def _parse_entry(text: str) -> _Address | None:
    """An address as proxies write it: alone, in brackets, or with a port behind it."""
    if text.startswith("["):
        return _parse(text[1:].partition("]")[0])
    if text.count(":") == 1:
        text = text.partition(":")[0]
    return _parse(text)
