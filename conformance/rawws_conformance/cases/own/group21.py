"""Requests that a server has to accept, and what has to be in its response (RFC 6455 §4.2)."""

from __future__ import annotations

from rawws_conformance.cases.own.build import REQUEST, request, taken_by_server
from rawws_conformance.model import Case, Field, Head, Level, PeerHead

_GROUP = "opening handshake: requests to accept"
_MATCHES = "6455-4.2.2-4"


def _taken(number: str, sends: str, head: Head, *rules: str, may_refuse: bool = False, level: Level = Level.MUST) -> Case:
    return taken_by_server(f"21.{number}", _GROUP, sends, head, *rules, may_refuse=may_refuse, level=level)


def _lower(line: str) -> str:
    name, colon, value = line.partition(":")
    return name.lower() + colon + value


#: What a 101 is (§4.2.2, and RFC 9110 §8.6 and RFC 9112 §6.1 for what it is not).
_SHAPE = PeerHead(
    r"HTTP/1\.1 101( .*)?",
    (
        Field("upgrade", 1, 1, "websocket", ignore_case=True),
        Field("connection", 1, 1, "(.*[ ,])?upgrade([ ,].*)?", ignore_case=True),
        Field("sec-websocket-accept", 1, 1, "[A-Za-z0-9+/]{27}="),
        Field("sec-websocket-protocol", 0, 0),
        Field("sec-websocket-extensions", 0, 0),
        Field("content-length", 0, 0),
        Field("transfer-encoding", 0, 0),
    ),
)

CASES = (
    taken_by_server(
        "21.1.1", _GROUP, "A request with nothing in it but what has to be.", request(), _MATCHES, "6455-11.3.3-1",
        peer=_SHAPE, expects="A 101 with Upgrade, Connection and Sec-WebSocket-Accept once each, and without a body.",
    ),
    taken_by_server(
        "21.1.2", _GROUP, "A request that offers the subprotocol x-nobody-knows.",
        request(more=("Sec-WebSocket-Protocol: x-nobody-knows",)), "6455-4.2.2-3", "6455-11.3.4-1",
        peer=PeerHead(fields=(Field("sec-websocket-protocol", 0, 1, "x-nobody-knows"),)),
        expects="The response names this subprotocol or none.",
    ),
    taken_by_server(
        "21.1.3", _GROUP, "A request that offers subprotocols in two lines, in lists.",
        request(more=("Sec-WebSocket-Protocol: x-one, x-two", "Sec-WebSocket-Protocol: x-three")),
        "6455-4.2.2-3", "6455-11.3.4-1",
        peer=PeerHead(fields=(Field("sec-websocket-protocol", 0, 1, "x-(one|two|three)"),)),
        expects="The response names one of these subprotocols or none.",
    ),
    _taken("2.1", "A request with the names of its fields in small letters.", Head((REQUEST[0], *map(_lower, REQUEST[1:]))), "6455-4.2.1-3"),
    _taken("2.2", "A request with the names of its fields in capital letters.", Head((REQUEST[0], *(f"{line.partition(':')[0].upper()}:{line.partition(':')[2]}" for line in REQUEST[1:]))), "6455-4.2.1-3"),
    _taken("2.3", "A request with Upgrade: WebSocket.", request("Upgrade: WebSocket"), "6455-4.2.1-3"),
    _taken("2.4", "A request with Connection: upgrade, in small letters.", request("Connection: upgrade"), "6455-4.2.1-4"),
    _taken("2.5", "A request with Connection: keep-alive, Upgrade.", request("Connection: keep-alive, Upgrade"), "6455-4.2.1-4"),
    _taken("2.6", "A request with keep-alive and Upgrade in two Connection lines.", request("Connection: keep-alive", more=("Connection: Upgrade",)), "6455-4.2.1-4"),
    _taken("2.7", "A request with Upgrade: x-other, websocket.", request("Upgrade: x-other, websocket"), "6455-4.2.1-3", may_refuse=True, level=Level.SHOULD),
    _taken("2.8", "A request whose fields have no space behind the colon.", Head((REQUEST[0], *(line.replace(": ", ":") for line in REQUEST[1:]))), "6455-4.2.1-1"),
    _taken("2.9", "A request whose values have spaces and tabs around them.", Head((REQUEST[0], *(line.replace(": ", ": \t ") + " \t" for line in REQUEST[1:]))), "6455-4.2.1-1"),
    _taken("2.10", "A request with 40 fields that nobody knows.", request(more=[f"X-Field-{number}: {number}" for number in range(40)]), "6455-4.2.1-1"),
    _taken("2.11", "A request with a field of 4,000 octets.", request(more=("X-Long: " + "a" * 3992,)), "6455-4.2.1-1"),
    _taken("2.12", "A request with octets beyond ASCII in the value of a field.", request(more=("X-Name: Zo\xc3\xab",)), "6455-4.2.1-1", may_refuse=True, level=Level.SHOULD),
    _taken("2.13", "A request with an extension that nobody knows.", request(more=("Sec-WebSocket-Extensions: x-nobody-knows; parameter=1",)), _MATCHES),
    _taken("2.14", "A request with an empty field.", request(more=("X-Empty:",)), "6455-4.2.1-1"),
    _taken("3.1", "A request, one octet at a time.", request(write=1), "6455-4.2.1-1"),
    _taken("3.2", "An empty line before the request.", Head(("", *REQUEST)), "6455-4.2.1-1", may_refuse=True, level=Level.SHOULD),
    _taken("3.3", "A request whose target is a whole URL.", request(first="GET http://{host}{target} HTTP/1.1"), "6455-4.2.1-1", may_refuse=True),
    _taken("3.4", "A request whose key is 16 octets ff.", request(f"Sec-WebSocket-Key: {'/' * 21}w=="), "6455-4.2.1-5"),
)  # fmt: skip
