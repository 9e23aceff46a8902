"""What a server writes with a refusal beside what it was told: options of |Connection|, and the length of the body."""

from __future__ import annotations

import pytest

from rawws.core.connection import SERVER
from rawws.core.errors import LocalProtocolError
from rawws.core.events import RejectConnection, RejectData
from rawws.core.handshake import H11Handshake
from rawws.core.refusal_writer import RefusalWriter
from rawws.testing import handshake

#: What errors say.
ONE_LENGTH = "a body has one length"
NO_BODY = "speak of a body, and has_body is False"


def refused(*fields: tuple[bytes, bytes], status: int = 403, body: bool = False, failed: bool = True) -> list[bytes]:
    """The header lines of a refusal. failed: whether it is for a rule that was broken, and ends the connection."""
    writer = RefusalWriter(request=None, failed=failed)
    head = writer.head(RejectConnection(status_code=status, headers=list(fields), has_body=body))
    return head.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]


def connection_of(lines: list[bytes]) -> list[bytes]:
    """The values of |Connection|."""
    return [line.partition(b": ")[2].lower() for line in lines if line.lower().startswith(b"connection:")]


def test_close_is_said_once() -> None:
    """9112-9.6-1: |Connection| says "close", unless it has been said, in whatever letters and beside whatever else."""
    assert connection_of(refused()) == [b"close"]
    assert connection_of(refused((b"Connection", b"Close"))) == [b"close"]
    assert connection_of(refused((b"connection", b"x, CLOSE"))) == [b"x, close"]
    assert connection_of(refused((b"Connection", b"x"))) == [b"x", b"close"]
    assert connection_of(refused((b"X-Connection", b"close"))) == [b"close"]
    assert connection_of(refused((b"Alt-Svc", b"close"))) == [b"close"]
    assert connection_of(refused((b"Connection", b"x"), failed=False)) == [b"x"]


def test_an_upgrade_is_asked_for_once() -> None:
    """9110-15.5.22-1: a 426 says which protocol it wants, in |Upgrade| and in |Connection|; no other status does."""
    lines = refused(status=426)
    assert b"Upgrade: websocket" in lines
    assert connection_of(lines) == [b"upgrade, close"]
    lines = refused((b"upgrade", b"HTTP/3"), status=426)
    assert [line for line in lines if line.lower().startswith(b"upgrade")] == [b"upgrade: HTTP/3"]
    for status in (425, 427, 503):
        assert not any(line.lower().startswith(b"upgrade") for line in refused(status=status))


@pytest.mark.parametrize(
    ("fields", "body", "status", "text"),
    [
        ([(b"Content-Length", b"1"), (b"Content-Length", b"1")], True, 403, ONE_LENGTH),
        ([(b"Content-Length", b"1"), (b"Transfer-Encoding", b"chunked")], True, 403, ONE_LENGTH),
        ([(b"Transfer-Encoding", b"chunked"), (b"Transfer-Encoding", b"chunked")], True, 403, ONE_LENGTH),
        ([(b"Content-Length", b"-1")], True, 403, ONE_LENGTH),
        ([(b"Content-Length", b"1" * 21)], True, 403, ONE_LENGTH),
        ([(b"Content-Length", b"1")], False, 200, NO_BODY),
        ([(b"Content-Length", b"1")], False, 403, NO_BODY),
        ([(b"Transfer-Encoding", b"chunked")], False, 403, NO_BODY),
        ([(b"Content-Length", b"0")], False, 204, NO_BODY),
        ([(b"Transfer-Encoding", b"chunked")], False, 304, NO_BODY),
    ],
)
def test_a_body_has_one_length(fields: list[tuple[bytes, bytes]], body: bool, status: int, text: str) -> None:
    """Two lengths, none that is a number, or one of a body that is not there: refused before anything is sent."""
    with pytest.raises(LocalProtocolError, match=text):
        refused(*fields, status=status, body=body)


@pytest.mark.parametrize("status", [-1, 0, 100, 101, 199, 600, 1000])
def test_what_is_no_status_of_a_refusal(status: int) -> None:
    """1xx is no answer, and RFC 9110 §15 knows none from 600 on; the error says which it was."""
    with pytest.raises(LocalProtocolError, match=f"{status} is no status code of a refusal"):
        refused(status=status)


def test_a_length_that_may_stand() -> None:
    """20 digits are the most that anybody needs; 0 says that there is no body, and a 304 may say how long it was."""
    assert b"Content-Length: " + b"9" * 20 in refused((b"Content-Length", b"9" * 20), body=True)
    assert b"content-length: 0" in refused((b"Content-Length", b"0"))
    assert b"content-length: 0" in refused((b"Content-Length", b"0"), status=200)
    assert b"Content-Length: 5" in refused((b"Content-Length", b"5"), status=304)


def test_the_body_is_as_long_as_it_was_said_to_be() -> None:
    """More than was announced is refused; the last octet ends it."""
    server = H11Handshake(SERVER)
    server.receive_data(handshake.request())
    list(server.events())
    server.send(RejectConnection(status_code=403, headers=[(b"Content-Length", b"3")], has_body=True))
    assert server.send(RejectData(data=b"ab", body_finished=False)) == b"ab"
    for data, finished in ((b"cd", True), (b"cd", False), (b"", True)):
        with pytest.raises(LocalProtocolError, match=f"leaves 1 octets, and {len(data)} were given"):
            server.send(RejectData(data=data, body_finished=finished))
    assert server.send(RejectData(data=b"c", body_finished=True)) == b"c"
