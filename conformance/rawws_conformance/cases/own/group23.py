"""The request of a client, and responses that it has to take (RFC 6455 §4.1)."""

from __future__ import annotations

from rawws_conformance.cases.own.build import RESPONSE, response, taken_by_client
from rawws_conformance.model import Case, Field, Head, Level, PeerHead

_GROUP = "opening handshake: the request, and responses to take"
_SENDS = "A good response and a text message."


def _taken(number: str, sends: str, head: Head, *rules: str, may_refuse: bool = False, level: Level = Level.MUST) -> Case:
    return taken_by_client(f"23.{number}", _GROUP, sends, head, *rules, may_refuse=may_refuse, level=level)


def _asked(number: int, expects: str, peer: PeerHead, *rules: str) -> Case:
    return taken_by_client(f"23.1.{number}", _GROUP, _SENDS, None, *rules, peer=peer, expects=expects)


def _has(name: str, least: int, most: int | None, pattern: str | None = None, *, ignore_case: bool = False) -> PeerHead:
    return PeerHead(fields=(Field(name, least, most, pattern, ignore_case),))


#: RFC 6455 §4.1: a list of tokens, "websocket" or "Upgrade" among them.
_AMONG = "(.*[ ,])?{}([ ,].*)?"

CASES = (
    _asked(1, "The request is a GET of HTTP/1.1, for a path.", PeerHead(r"GET /[!-~]* HTTP/1\.1"), "6455-4.1-2", "6455-3-1"),
    _asked(2, "The request has one Host.", _has("host", 1, 1, ".+"), "6455-4.1-3"),
    _asked(3, "The request has Upgrade: websocket.", _has("upgrade", 1, None, _AMONG.format("websocket"), ignore_case=True), "6455-4.1-4"),
    _asked(4, "The request has Connection: Upgrade.", _has("connection", 1, None, _AMONG.format("upgrade"), ignore_case=True), "6455-4.1-5"),
    _asked(5, "The request has one Sec-WebSocket-Key, of 16 octets in base64.", _has("sec-websocket-key", 1, 1, "[A-Za-z0-9+/]{21}[AQgw]=="), "6455-4.1-6", "6455-11.3.1-1"),
    _asked(6, "The request has one Sec-WebSocket-Version, which is 13.", _has("sec-websocket-version", 1, 1, "13"), "6455-4.1-7", "6455-11.3.5-1"),
    _asked(7, "The request announces no body.", PeerHead(fields=(Field("content-length", 0, 0), Field("transfer-encoding", 0, 0))), "6455-4.1-1"),
    _asked(8, "No subprotocol in the request is empty or has a separator in it.", _has("sec-websocket-protocol", 0, None, "[!#$%&'*+.^_`|~0-9A-Za-z-]+([ \\t]*,[ \\t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*"), "6455-4.1-8"),
    _taken("2.1", "A response with the names of its fields in small letters.", Head((RESPONSE[0], *(f"{line.partition(':')[0].lower()}:{line.partition(':')[2]}" for line in RESPONSE[1:]))), "6455-4.1-10"),
    _taken("2.2", "A response with the names of its fields in capital letters.", Head((RESPONSE[0], *(f"{line.partition(':')[0].upper()}:{line.partition(':')[2]}" for line in RESPONSE[1:]))), "6455-4.1-10"),
    _taken("2.3", "A response with Upgrade: WebSocket.", response("Upgrade: WebSocket"), "6455-4.1-10"),
    _taken("2.4", "A response with Connection: upgrade, in small letters.", response("Connection: upgrade"), "6455-4.1-11"),
    _taken("2.5", "A response with Connection: keep-alive, Upgrade.", response("Connection: keep-alive, Upgrade"), "6455-4.1-11"),
    _taken("2.6", "A response with keep-alive and Upgrade in two Connection lines.", response("Connection: keep-alive", more=("Connection: Upgrade",)), "6455-4.1-11"),
    _taken("2.7", "A response with another reason phrase.", response(first="HTTP/1.1 101 Web Socket Protocol Handshake"), "6455-4.1-9"),
    _taken("2.8", "A response with an empty reason phrase.", response(first="HTTP/1.1 101 "), "6455-4.1-9"),
    _taken("2.9", "A response whose values have spaces and tabs around them.", Head((RESPONSE[0], *(line.replace(": ", ": \t ") + " \t" for line in RESPONSE[1:]))), "6455-4.1-12"),
    _taken("2.10", "A response with 40 fields that nobody knows.", response(more=[f"X-Field-{number}: {number}" for number in range(40)]), "6455-4.1-16"),
    _taken("2.11", "A response with octets beyond ASCII in the value of a field.", response(more=("X-Name: Zo\xc3\xab",)), "6455-4.1-16", may_refuse=True, level=Level.SHOULD),
    _taken("3.1", "A response, one octet at a time.", response(write=1), "6455-4.1-16"),
    _taken("3.2", "A response with 100 before the 101.", Head(("HTTP/1.1 100 Continue", "", *RESPONSE)), "6455-4.1-9", may_refuse=True),
    _taken("3.3", "A response with 103 and fields before the 101.", Head(("HTTP/1.1 103 Early Hints", "Link: </x>; rel=preload", "", *RESPONSE)), "6455-4.1-9", may_refuse=True),
)  # fmt: skip
