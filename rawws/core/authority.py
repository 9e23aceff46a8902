"""RFC 3986 §3.2: who is at the other end, `userinfo@host:port`, as it stands in the URL of a server or a proxy."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from rawws.core.credentials import Credentials, parse_userinfo
from rawws.core.headers import is_host

#: Turns an internationalized name into what DNS knows (A-labels). Raises ValueError for what is no name.
ToASCII = Callable[[str], str]

# RFC 3986 §3.2: "host = IP-literal / IPv4address / reg-name", and "port = *DIGIT".
_host_and_port = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::([0-9]*))?", re.ASCII).fullmatch

# RFC 6874 §2: "ZoneID = 1*( unreserved / pct-encoded )", behind "%25"; names of interfaces need no more than this.
_zone = re.compile(r"[A-Za-z0-9\-._~]+", re.ASCII).fullmatch

_HIGHEST_PORT = 0xFFFF

# DNS allows 253 octets, and IDNA makes none of a character.
_LONGEST_NAME = 253


class Authority(NamedTuple):
    """host: a name in ASCII and lower case, or an address; without brackets, and with its zone behind a "%".

    port: None where there is none. credentials: None where there are none.
    """

    host: str
    port: int | None
    credentials: Credentials | None


def parse_authority(text: str, to_ascii: ToASCII | None = None) -> Authority:
    """Take an authority apart. to_ascii: for names outside ASCII, which are refused without.

    Raises ValueError with a sentence that repeats nothing: what is misplaced may be a part of a password.
    """
    userinfo, at, rest = text.rpartition("@")
    credentials = parse_userinfo(userinfo) if at else None
    match = _host_and_port(rest)
    if match is None:
        raise ValueError("an authority is a host, perhaps with a colon and a port in digits behind it")
    literal, name, digits = match.groups()
    host = _address(literal) if literal is not None else _name(name, to_ascii)
    if digits and (len(digits) > len("65535") or not 1 <= int(digits) <= _HIGHEST_PORT):
        raise ValueError("a port is a number from 1 to 65535")
    return Authority(host, int(digits) if digits else None, credentials)


def _address(literal: str) -> str:
    """What stands in brackets: an IPv6 address, perhaps with a zone (RFC 6874)."""
    address, percent, zone = literal.partition("%25")
    if not is_host(f"[{address}]") or (percent and not _zone(zone)):
        raise ValueError("what stands in brackets is an IPv6 address")
    return f"{address.lower()}%{zone}" if percent else address.lower()


def _name(name: str, to_ascii: ToASCII | None) -> str:
    if not name:
        raise ValueError("a host is named")
    if not name.isascii():
        if to_ascii is None:
            raise ValueError("a name outside ASCII is written in its form for DNS (xn--…)")
        name = to_ascii(name) if len(name) <= _LONGEST_NAME else ""
    # RFC 3986 allows percent-encoding in a name, of which DNS knows nothing; RFC 9110 §4.2.3 has it written without.
    if "%" in name or not is_host(name):
        raise ValueError("that is not a name of a host")
    return name.lower()


def show_host(host: str, port: int | None) -> str:
    """Host and port as a URL and |Host| have them: an address of IPv6 in brackets, and without its zone.

    A zone means something on this host only, and so is not sent (RFC 6874 §4).
    """
    host = host.partition("%")[0]
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"
