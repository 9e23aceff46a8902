"""Requests that a server has to refuse (RFC 6455 §4.2.1)."""

from __future__ import annotations

from rawws_conformance.cases.own.build import refused_by_server, request
from rawws_conformance.model import Case, Field, Head

_GROUP = "opening handshake: requests to refuse"
_INSTEAD = "6455-4.2.1-7"

#: The key of RFC 6455 §1.3, of 16 octets.
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="

#: A server that does not know a version says which one it knows (§4.2.2, §4.4).
_KNOWS = (Field("sec-websocket-version", least=1, pattern=r"(.*[ ,])?13([ ,].*)?"),)


def _refused(number: str, sends: str, head: Head, *rules: str, statuses: tuple[int, int] = (400, 499)) -> Case:
    return refused_by_server(f"20.{number}", _GROUP, sends, head, *rules, _INSTEAD, statuses=statuses)


def _bad_key(number: int, what: str, value: str) -> Case:
    head = request(f"Sec-WebSocket-Key:{value}")
    return _refused(f"3.{number}", f"A request whose Sec-WebSocket-Key is {what}.", head, "6455-4.2.1-5")


def _bad_version(number: int, what: str, *values: str) -> Case:
    head = request(without=("Sec-WebSocket-Version",), more=[f"Sec-WebSocket-Version: {value}" for value in values])
    sends = f"A request {what}."
    rules = ("6455-4.2.1-6", "6455-4.2.2-2")
    return refused_by_server(f"20.4.{number}", _GROUP, sends, head, *rules, fields=_KNOWS)


#: Without an Upgrade or a Connection field it is a request like any other, to which a page is no wrong answer.
_ANY = (200, 499)

CASES = (
    _refused("1.1", "A request without Upgrade.", request(without=("Upgrade",)), "6455-4.2.1-3", statuses=_ANY),
    _refused("1.2", "A request with Upgrade: h2c.", request("Upgrade: h2c"), "6455-4.2.1-3", statuses=_ANY),
    _refused("1.3", "A request with Upgrade: websocket2.", request("Upgrade: websocket2"), "6455-4.2.1-3", statuses=_ANY),
    _refused("1.4", "A request without Connection.", request(without=("Connection",)), "6455-4.2.1-4", statuses=_ANY),
    _refused("1.5", "A request with Connection: keep-alive.", request("Connection: keep-alive"), "6455-4.2.1-4", statuses=_ANY),
    _refused("1.6", "A request with Connection: Upgraded.", request("Connection: Upgraded"), "6455-4.2.1-4", statuses=_ANY),
    _refused("2.1", "A request with the method POST and an empty body.", request(first="POST {target} HTTP/1.1", more=("Content-Length: 0",)), "6455-4.2.1-1", statuses=(400, 501)),
    _refused("2.2", "A request with the method HEAD.", request(first="HEAD {target} HTTP/1.1"), "6455-4.2.1-1", statuses=(400, 501)),
    _refused("2.3", "A request with the method get, in small letters: methods are case-sensitive.", request(first="get {target} HTTP/1.1"), "6455-4.2.1-1", statuses=(400, 501)),
    _refused("2.4", "A request of HTTP/1.0.", request(first="GET {target} HTTP/1.0"), "6455-4.2.1-1", statuses=(400, 505)),
    _refused("2.5", "A request of HTTP/0.9 with fields.", request(first="GET {target} HTTP/0.9"), "6455-4.2.1-1", statuses=(400, 505)),
    _refused("2.6", "A request without an HTTP version.", request(first="GET {target}"), "6455-4.2.1-1", statuses=(400, 505)),
    _refused("2.7", "A request without Host.", request(without=("Host",)), "6455-4.2.1-2"),
    _refused("2.8", "A request with two Hosts.", request(more=("Host: elsewhere.example",)), "6455-4.2.1-2"),
    _refused("2.9", "A request with a field whose name holds a space.", request(more=("X Field: value",)), "6455-4.2.1-1"),
    _refused("2.10", "A request with a space between a field's name and its colon.", request(more=("X-Field : value",)), "6455-4.2.1-1"),
    _refused("2.11", "A request with a line that holds no colon.", request(more=("no colon in here",)), "6455-4.2.1-1"),
    _refused("2.12", "A request with a NUL in the value of a field.", request(more=("X-Field: a\x00b",)), "9110-5.5-1"),
    _refused("2.13", "A request whose lines end with CR alone, but for the last two.", request(end="\r", behind=b"\r\n\r\n"), "9110-5.5-1"),
    _refused("3.1", "A request without Sec-WebSocket-Key.", request(without=("Sec-WebSocket-Key",)), "6455-4.2.1-5"),
    _bad_key(2, "empty", ""),
    _bad_key(3, "15 octets in base64", " " + "AAAAAAAAAAAAAAAAAAAA"),
    _bad_key(4, "17 octets in base64", " " + "AAAAAAAAAAAAAAAAAAAAAAA="),
    _bad_key(5, "16 octets in base64 without the padding", f" {_KEY[:-2]}"),
    _bad_key(6, "no base64", " " + "!" * 22 + "=="),
    _bad_key(7, "base64 with a space in it", f" {_KEY[:10]} {_KEY[10:]}"),
    _bad_key(8, "two keys in a list", f" {_KEY}, {_KEY}"),
    _refused("3.9", "A request with Sec-WebSocket-Key twice.", request(more=(f"Sec-WebSocket-Key: {_KEY}",)), "6455-11.3.1-1"),
    _bad_version(1, "without Sec-WebSocket-Version"),
    _bad_version(2, "with Sec-WebSocket-Version: 12", "12"),
    _bad_version(3, "with Sec-WebSocket-Version: 14", "14"),
    _bad_version(4, "with Sec-WebSocket-Version: 0", "0"),
    _bad_version(5, "with Sec-WebSocket-Version: 013", "013"),
    _bad_version(6, "with Sec-WebSocket-Version: +13", "+13"),
    _refused("4.7", "A request with Sec-WebSocket-Version: 13 twice.", request(more=("Sec-WebSocket-Version: 13",)), "6455-11.3.5-1"),
    _refused("4.8", "A request with Sec-WebSocket-Version: 13, 8 in one line.", request("Sec-WebSocket-Version: 13, 8"), "6455-4.2.1-6"),
    _refused("5.1", "A request whose Sec-WebSocket-Extensions ends in the middle of a quoted string.", request(more=('Sec-WebSocket-Extensions: x-unknown; a="b',)), "6455-9.1-1"),
    _refused("5.2", "A request whose Sec-WebSocket-Extensions has a parameter without a name.", request(more=("Sec-WebSocket-Extensions: x-unknown; =1",)), "6455-9.1-1"),
    _refused("5.3", "A request whose Sec-WebSocket-Extensions has two words without a separator.", request(more=("Sec-WebSocket-Extensions: x-unknown x-other",)), "6455-9.1-1"),
    _refused("5.4", "A request whose Sec-WebSocket-Extensions has a quoted value that is no token.", request(more=('Sec-WebSocket-Extensions: x-unknown; a="b c"',)), "6455-9.1-2"),
)  # fmt: skip
