"""Names and passwords (RFC 7617), and what must not show."""

from __future__ import annotations

import base64

import pytest

from rawws.core.credentials import Credentials, Secret, hide_secrets, parse_userinfo
from rawws.core.events import Request


@pytest.mark.parametrize(
    ("credentials", "value"),
    [
        # The examples of RFC 7617 §2 and §2.1.
        (Credentials("Aladdin", "open sesame"), b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        (Credentials("test", "123\u00a3"), b"Basic dGVzdDoxMjPCow=="),
        (Credentials("", ""), b"Basic Og=="),
    ],
)
def test_basic(credentials: Credentials, value: bytes) -> None:
    """Name, colon and password are sent in UTF-8 and base64."""
    assert credentials.basic() == value


@pytest.mark.parametrize(("user", "password"), [("a:b", ""), ("a\n", ""), ("a", "b\r"), ("\x00", ""), ("a", "\x7f")])
def test_what_cannot_be_sent(user: str, password: str) -> None:
    """A colon in the name and control characters are a ValueError that repeats neither name nor password."""
    with pytest.raises(ValueError, match="RFC 7617") as caught:
        Credentials(user, password)
    assert repr(user) not in str(caught.value)


def test_credentials_are_values_that_do_not_show() -> None:
    """They compare and hash by value; neither `repr` nor `str` shows anything of them."""
    one = Credentials("hunter", "hunter2")
    assert one == parse_userinfo("hunter:hunter2")
    assert len({one, Credentials("hunter", "hunter2"), Credentials("hunter", "hunter3")}) == 2
    assert one != "hunter"
    assert "hunter" not in f"{one} {one!r} {[one]} {one.basic()} {one.basic()!r} {[one.basic()]}"
    assert base64.b64encode(b"hunter")[:6].decode() not in f"{one.basic()}{one.basic()!r}%s" % one.basic()


def test_headers_that_are_secret_are_hidden() -> None:
    """In the `repr` of a request, values that prove who somebody is are not shown; they are octets all the same."""
    headers = [(b"Authorization", b"Bearer s3cret"), (b"COOKIE", b"id=s3cret"), (b"X-A", b"shown")]
    hidden = hide_secrets([*headers, (b"proxy-authorization", b"Basic s3cret")])
    request = Request(host="h", target="/", extra_headers=hidden)
    assert "s3cret" not in repr(request)
    assert "shown" in repr(request)
    assert hidden[:3] == headers
    assert bytes(Secret(b"x")) == b"x"
