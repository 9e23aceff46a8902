"""RFC 6455 §4.1, step 2: whether there is a proxy in between, and which.

6455-4.1-18: "If the client is configured to use a proxy when using the WebSocket Protocol to connect to host /host/ and
port /port/, then the client SHOULD connect to that proxy and ask it to open a TCP connection to the host given by
/host/ and the port given by /port/."

The environment comes in as an argument; nothing here reads it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rawws.core.authority import ToASCII, parse_authority, show_host
from rawws.core.credentials import Credentials
from rawws.core.errors import WrongValue
from rawws.core.url import WebSocketURL

#: What a proxy may be spoken to in, and where it listens if its URL does not say. socks5 has the name of the server
#: looked up here, socks5h there; curl made the difference known.
_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}

# "Implementations that do not expose explicit UI for selecting a proxy for WebSocket connections separate from other
# proxies are encouraged to use a SOCKS5 proxy for WebSocket connections, if available, or failing that, to prefer the
# proxy configured for HTTPS connections over the proxy configured for HTTP connections." (§4.1) What is configured for
# HTTP alone never gets wss.
_VARIABLES = {
    "ws": ("ws_proxy", "socks_proxy", "https_proxy", "http_proxy", "all_proxy"),
    "wss": ("wss_proxy", "socks_proxy", "https_proxy", "all_proxy"),
}

_parts = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.\-]*)://)?([^/?#]*)/?", re.ASCII).fullmatch

# "example.com:443" but not "::1".
_with_port = re.compile(r"(\[[^\]]*\]|[^:]*):([0-9]{1,5})").fullmatch


class InvalidProxy(WrongValue):
    """The URL of a proxy is none; also a ValueError. The text repeats nothing that may be secret."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Who opens TCP connections for us.

    scheme: "http" or "https" (a CONNECT in plain text or within TLS), "socks5" or "socks5h". host: in ASCII, without
    brackets. port: 1 to 65535. credentials: name and password for the proxy itself, None where there are none.
    """

    scheme: str
    host: str
    port: int
    credentials: Credentials | None = None

    @property
    def is_socks(self) -> bool:
        """Whether the proxy speaks SOCKS5 (RFC 1928), not HTTP."""
        return self.scheme.startswith("socks")

    def __str__(self) -> str:
        """For logs: without credentials."""
        return f"{self.scheme}://{show_host(self.host, self.port)}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


def parse_proxy(url: str, to_ascii: ToASCII | None = None) -> Proxy:
    """Parse the URL of a proxy, such as http://name:password@host:3128; without a scheme it is http.

    Raises InvalidProxy.
    """
    if not isinstance(url, str):
        raise InvalidProxy(f"the URL of a proxy must be str, not {type(url).__name__}")
    match = _parts(url)
    if match is None:
        raise InvalidProxy("the URL of a proxy is scheme://host:port, without a path")
    scheme = (match[1] or "http").lower()
    if scheme not in _DEFAULT_PORTS:
        raise InvalidProxy(f"a proxy is spoken to by http, https, socks5 or socks5h, not by {scheme!r}")
    try:
        host, port, credentials = parse_authority(match[2], to_ascii)
    except ValueError as exc:
        raise InvalidProxy(f"no proxy to connect to: {exc}") from None
    if scheme.startswith("socks") and credentials is not None:
        _check_for_socks(credentials)
    return Proxy(scheme, host, port or _DEFAULT_PORTS[scheme], credentials)


def _check_for_socks(credentials: Credentials) -> None:
    # RFC 1929 §2 gives each of them one octet for its length, and no encoding.
    for text in (credentials.user, credentials.password):
        if not text.isascii() or not 1 <= len(text) <= 255:
            raise InvalidProxy("for SOCKS, name and password are 1 to 255 characters of ASCII each (RFC 1929 §2)")


def proxy_from_environment(
    url: WebSocketURL, environment: Mapping[str, str], to_ascii: ToASCII | None = None
) -> Proxy | None:
    """The proxy that the environment names for a server, None where it names none.

    What counts is the first of wss_proxy (for wss), ws_proxy (for ws), socks_proxy, https_proxy, http_proxy (for ws)
    and all_proxy that is there, in small letters before capitals; no_proxy lists where none is wanted. To this host
    itself there is never one: proxies cannot know whose loopback is meant. Go's net/http has it so, too.

    Raises InvalidProxy, which names the variable.
    """
    if _is_loopback(url.host):
        return None
    variable = next((found for found in _candidates(url, environment) if environment.get(found)), None)
    exempt = environment.get("no_proxy") or environment.get("NO_PROXY", "")
    if variable is None or is_exempt(url.host, url.port, exempt):
        return None
    try:
        return parse_proxy(environment[variable], to_ascii)
    except InvalidProxy as exc:
        raise InvalidProxy(f"{variable} in the environment: {exc}") from None


def _candidates(url: WebSocketURL, environment: Mapping[str, str]) -> Iterator[str]:
    for name in _VARIABLES["wss" if url.secure else "ws"]:
        yield name
        # A CGI program finds a header field "Proxy" of its client's in HTTP_PROXY (CVE-2016-5385).
        if name != "http_proxy" or "REQUEST_METHOD" not in environment:
            yield name.upper()


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def is_exempt(host: str, port: int, no_proxy: str) -> bool:
    """Whether no_proxy lists a server: a list with commas (or spaces) of names, addresses and networks; "*" is all.

    A name stands for itself and all beneath it, with or without a dot before it; ":port" behind it bounds it to a port.
    """
    address = _address(host)
    name = host.rstrip(".")
    for entry in no_proxy.lower().replace(",", " ").split():
        if entry == "*":
            return True
        listed = entry
        if match := _with_port(entry):
            listed = match[1]
            if int(match[2]) != port:
                continue
        if address is None:
            listed = listed.removeprefix("*").strip(".")
            if listed and (name == listed or name.endswith(f".{listed}")):
                return True
        elif _holds(listed.strip("[]"), address):
            return True
    return False


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _holds(listed: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address, or a network such as 10.0.0.0/8, is or holds that address."""
    try:
        return address in ipaddress.ip_network(listed, strict=False)
    except ValueError:
        return False
