"""wsproto as an oracle for opening handshakes, and every way in which rawws.core accepts what wsproto does not.

What wsproto accepts and rawws.core does not is judged by the grammar (`fuzz/oracles/grammar.py`): it has to be wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wsproto import ConnectionType
from wsproto.events import Request
from wsproto.handshake import H11Handshake
from wsproto.utilities import RemoteProtocolError

from rawws.core import handshake as ours
from rawws.core.connection import SERVER
from rawws.core.errors import RemoteProtocolError as OurRemoteProtocolError
from rawws.testing.handshake import header, request


def theirs(octets: bytes) -> Request | None:
    """What wsproto makes of a request; None where it refuses it, or raises what it should not."""
    server = H11Handshake(ConnectionType.SERVER)
    try:
        server.receive_data(octets)
    except (RemoteProtocolError, UnicodeError, AssertionError):
        return None
    events = list(server.events())
    return events[0] if events and isinstance(events[0], Request) else None


def mine(octets: bytes) -> Request | None:
    """What rawws.core makes of a request; None where it refuses it."""
    server = ours.H11Handshake(SERVER)
    try:
        server.receive_data(octets)
    except OurRemoteProtocolError:
        return None
    events = list(server.events())
    return events[0] if events and isinstance(events[0], Request) else None


@dataclass(frozen=True)
class Welcome:
    """A kind of request that rawws.core accepts and wsproto does not.

    name: in a few words. requirement: the id of the sentence that decides it. example: such a request.
    explains: whether a request is one of the kind.
    """

    name: str
    requirement: str
    example: bytes
    explains: Callable[[bytes], bool]


def _values(octets: bytes, name: bytes) -> list[bytes]:
    """The values of a field, line by line."""
    lines = octets.split(b"\r\n\r\n")[0].split(b"\r\n")
    return [line.partition(b":")[2].strip() for line in lines if line.partition(b":")[0].lower() == name]


def _begins_with_an_empty_line(octets: bytes) -> bool:
    return octets.startswith(b"\r\n")


def _upgrade_is_a_list(octets: bytes) -> bool:
    return [value.lower() for value in _values(octets, b"upgrade")] != [b"websocket"]


def _connection_has_several_lines(octets: bytes) -> bool:
    return len(_values(octets, b"connection")) > 1


def _host_is_no_idna(octets: bytes) -> bool:
    try:
        header(octets, b"host").decode("idna")
    except UnicodeError:
        return True
    return False


WELCOME: tuple[Welcome, ...] = (
    Welcome(
        "an empty line before the request is skipped", "9112-2.2-3", b"\r\n" + request(), _begins_with_an_empty_line
    ),
    Welcome(
        "Upgrade is a list of protocols, one of them websocket",
        "6455-4.2.1-3",
        request().replace(b"Upgrade: websocket", b"Upgrade: h2c, websocket"),
        _upgrade_is_a_list,
    ),
    Welcome(
        "Connection is a list, whichever of its lines has the token",
        "6455-4.2.1-4",
        request(b"/", b"Connection: keep-alive"),
        _connection_has_several_lines,
    ),
    Welcome(
        "a host that looks like IDNA and is none is a host all the same",
        "9112-3.2-1",
        request().replace(b"localhost", b"xn--a-ecp.ru:80"),
        _host_is_no_idna,
    ),
)
