"""Responses after which a client must not go on (RFC 6455 §4.1)."""

from __future__ import annotations

from rawws_conformance.cases.own.build import no_connection, refused_by_client, response
from rawws_conformance.model import Case, Head

_GROUP = "opening handshake: responses to refuse"
_CONFORM = "6455-4.1-17"

#: An unmasked text frame "Hello".
_FRAME = b"\x81\x05Hello"


def _refused(number: str, sends: str, head: Head, *rules: str) -> Case:
    return refused_by_client(f"22.{number}", _GROUP, sends, head, *rules, _CONFORM)


def _other(number: int, status: str, *fields: str) -> Case:
    lines = (f"HTTP/1.1 {status}", *fields, "Content-Length: 0", "Connection: close")
    return no_connection(f"22.5.{number}", _GROUP, f"A response with {status}.", Head(lines), "6455-4.1-9", "6455-4.1-16")


_ALL_BUT_STATUS = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: {accept}")

CASES = (
    _refused("1.1", "A response without Upgrade.", response(without=("Upgrade",)), "6455-4.1-10"),
    _refused("1.2", "A response with Upgrade: h2c.", response("Upgrade: h2c"), "6455-4.1-10"),
    _refused("1.3", "A response with Upgrade: websocket2.", response("Upgrade: websocket2"), "6455-4.1-10"),
    _refused("1.4", "A response without Connection.", response(without=("Connection",)), "6455-4.1-11"),
    _refused("1.5", "A response with Connection: keep-alive.", response("Connection: keep-alive"), "6455-4.1-11"),
    _refused("1.6", "A response with Connection: Upgraded.", response("Connection: Upgraded"), "6455-4.1-11"),
    _refused("2.1", "A response without Sec-WebSocket-Accept.", response(without=("Sec-WebSocket-Accept",)), "6455-4.1-12"),
    _refused("2.2", "A response with the Sec-WebSocket-Accept of another key.", response("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "6455-4.1-12"),
    _refused("2.3", "A response with the right Sec-WebSocket-Accept, its letters in the other case.", response("Sec-WebSocket-Accept: {accept_swapped}"), "6455-4.1-12"),
    _refused("2.4", "A response with an empty Sec-WebSocket-Accept.", response("Sec-WebSocket-Accept:"), "6455-4.1-12"),
    _refused("2.5", "A response with the right Sec-WebSocket-Accept and a letter more.", response("Sec-WebSocket-Accept: {accept}x"), "6455-4.1-12"),
    _refused("2.6", "A response with two Sec-WebSocket-Accept, a wrong one first.", response("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", more=("Sec-WebSocket-Accept: {accept}",)), "6455-11.3.3-1"),
    _refused("2.7", "A response with the right Sec-WebSocket-Accept twice.", response(more=("Sec-WebSocket-Accept: {accept}",)), "6455-11.3.3-1"),
    _refused("3.1", "A response with a subprotocol that was not offered.", response(more=("Sec-WebSocket-Protocol: x-nobody-asked",)), "6455-4.1-14"),
    _refused("3.2", "A response with two subprotocols.", response(more=("Sec-WebSocket-Protocol: x-one", "Sec-WebSocket-Protocol: x-two")), "6455-11.3.4-1", "6455-4.1-14"),
    _refused("3.3", "A response with an extension that was not offered.", response(more=("Sec-WebSocket-Extensions: x-nobody-asked",)), "6455-4.1-13"),
    _refused("4.1", "A 101 of HTTP/1.0.", response(first="HTTP/1.0 101 Switching Protocols"), "6455-4.1-2"),
    _refused("4.2", "A response with a field whose name holds a space.", response(more=("X Field: value",)), "9110-5.5-1"),
    _refused("4.3", "A response with a NUL in the value of a field.", response(more=("X-Field: a\x00b",)), "9110-5.5-1"),
    _refused("4.4", "A response with a line that holds no colon.", response(more=("no colon in here",)), "6455-4.1-1"),
    _refused("4.5", "A response whose first line is no status line.", response(first="101 Switching Protocols"), "6455-4.1-1"),
    _refused("4.6", "A response with the status 1010.", response(first="HTTP/1.1 1010 Switching Protocols"), "6455-4.1-9"),
    _other(1, "200 OK", *_ALL_BUT_STATUS[:1], _ALL_BUT_STATUS[2]),
    _other(2, "204 No Content"),
    _other(3, "302 Found"),
    _other(4, "400 Bad Request"),
    _other(5, "401 Unauthorized", 'WWW-Authenticate: Basic realm="x"'),
    _other(6, "404 Not Found"),
    _other(7, "426 Upgrade Required", "Sec-WebSocket-Version: 13"),
    _other(8, "503 Service Unavailable"),
    no_connection(
        "22.5.9", _GROUP, "A 200 that has all fields of a good 101 but Content-Length, and a frame for its body.",
        Head(("HTTP/1.1 200 OK", "Upgrade: websocket", "Connection: close", "Sec-WebSocket-Accept: {accept}", f"Content-Length: {len(_FRAME)}"), behind=_FRAME),
        "6455-4.1-9", "6455-4.1-16",
    ),
)  # fmt: skip
