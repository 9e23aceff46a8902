"""CONNECT (RFC 9110 §9.3.6), at every cut of the answer."""

from __future__ import annotations

import base64
from dataclasses import FrozenInstanceError

import pytest

from rawws.core import Limits
from rawws.core.credentials import Credentials
from rawws.core.errors import RemoteProtocolError
from rawws.core.limits import DEFAULT_LIMITS
from rawws.core.tunnel import Tunnel, TunnelAnswer

from tests.core.cuts import cuttings


def answered(pieces: list[bytes], limits: Limits = DEFAULT_LIMITS) -> tuple[int, bool] | None:
    """Status, and whether the way is open; None where there is no answer yet."""
    tunnel = Tunnel("h", 80, None, limits)
    tunnel.request()
    for piece in pieces:
        answer = tunnel.receive(piece)
        if answer is not None:
            return answer.status_code, answer.is_open
    return None


@pytest.mark.parametrize(
    ("host", "port", "authority"),
    [("h.example", 80, b"h.example:80"), ("h", 443, b"h:443"), ("::1", 9, b"[::1]:9"), ("fe80::1%e", 9, b"[fe80::1]:9")]
)
def test_what_is_asked(host: str, port: int, authority: bytes) -> None:
    """The request names host and port, always both, and nothing that says who asks for what."""
    request = Tunnel(host, port, None, DEFAULT_LIMITS).request()
    assert request == b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (authority, authority)


def test_who_asks() -> None:
    """Credentials are the proxy's: they go in Proxy-Authorization."""
    request = Tunnel("h", 80, Credentials("me", "secret"), DEFAULT_LIMITS).request()
    assert b"\r\nProxy-Authorization: Basic " + base64.b64encode(b"me:secret") + b"\r\n" in request
    assert b"\r\nAuthorization" not in request


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 200 Connection established\r\n\r\n", (200, True)),
        (b"HTTP/1.0 200 OK\r\n\r\n", (200, True)),
        (b"HTTP/1.1 204\r\n\r\n", (204, True)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\n", (200, True)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", (200, True)),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", (200, True)),
        (b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", (200, True)),
        (b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", (200, True)),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", (200, True)),
        (b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno", (407, False)),
        (b"HTTP/1.1 302 Away\r\nLocation: http://evil/\r\n\r\n", (302, False)),
        (b"HTTP/1.1 503 No\r\n\r\n", (503, False)),
        (b"HTTP/1.1 200 OK\r\nX: ", None),
        (b"HTTP/1.1 100 Continue\r\n\r\n", None),
    ],
)
def test_what_is_answered(answer: bytes, expected: tuple[int, bool] | None) -> None:
    """2xx is a way, whatever fields say of a body; 1xx is passed over; anything else is a refusal."""
    for pieces in cuttings(answer):
        assert answered(pieces) == expected


@pytest.mark.parametrize("status", [101, 199, 200, 201, 299, 300, 301, 407, 599])
def test_a_way_is_open_with_2xx(status: int) -> None:
    """RFC 9110 §9.3.6: "Any 2xx (Successful) response indicates that the sender … will switch to tunnel mode"."""
    answer = TunnelAnswer(status, [])
    assert answer.is_open is (status in {200, 201, 299})
    with pytest.raises(FrozenInstanceError):
        answer.status_code = 200  # type: ignore[misc]


@pytest.mark.parametrize("answer", [b"S", b"\r", b"\x05", b"HTTP/1.1 100 Continue\r\n\r\nS"])
def test_what_does_not_begin_as_an_answer(answer: bytes) -> None:
    """A server that speaks another protocol, and perhaps waits for us then, is found out at its first octet."""
    with pytest.raises(RemoteProtocolError):
        answered([answer])


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\nX: y\n\n",
        b"HTTP/1.1 200 OK\r\nX y\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 17,
    ],
)
def test_what_is_no_answer(answer: bytes) -> None:
    """What is no HTTP, or too much of it, is a RemoteProtocolError at every cut."""
    for pieces in cuttings(answer):
        with pytest.raises(RemoteProtocolError):
            answered(pieces)


def test_nobody_speaks_before_the_client() -> None:
    """Octets in one piece with a 2xx are refused; such that come later are no handshake of TLS or WebSocket either."""
    with pytest.raises(RemoteProtocolError, match="before it was asked"):
        answered([b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n"])


def test_the_bounds_are_those_of_the_limits() -> None:
    """Limits bound the proxy's answer as they bound a server's."""
    informational = b"HTTP/1.1 100 Continue\r\n\r\n"
    answer = informational * 2 + b"HTTP/1.1 200 OK\r\n\r\n"
    assert answered([answer], Limits(max_informational=2)) == (200, True)
    with pytest.raises(RemoteProtocolError):
        answered([answer], Limits(max_informational=1))
    with pytest.raises(RemoteProtocolError):
        answered([answer], Limits(max_header_bytes=20))
