"""RFC 7617: Basic authentication."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import pytest

from rawws.core.basic_auth import Passwords, challenge, parse_basic
from rawws.core.credentials import Credentials


def basic(text: str) -> str:
    """A value for |Authorization|."""
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # The two examples of the RFC (§2, §2.1).
        ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", ("Aladdin", "open sesame")),
        ("Basic dGVzdDoxMjPCow==", ("test", "123£")),
        ("bAsIc   dGVzdDoxMjPCow== ", ("test", "123£")),
        (basic("user:with:colons"), ("user", "with:colons")),
        (basic(":"), ("", "")),
        (basic("nocolon"), None),
        ("Basic", None),
        ("Basic !!!", None),
        ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", None),
        ("Basic " + base64.b64encode(b"a:\xff").decode(), None),
        ("Basic \xe9", None),
        # What is no Base64 is not passed over.
        ("Basic QWxh!ZGRpbjpvcGVuIHNlc2FtZQ==", None),
        ("Basic QWxh ZGRpbjpvcGVuIHNlc2FtZQ==", None),
        # "The user-id and password MUST NOT contain any control characters" (§2).
        (basic("a\x00:b"), None),
        (basic("a:b\n"), None),
        ("Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", None),
        ("AWS QWxhZGRpbjpvcGVuIHNlc2FtZQ==", None),
        ("", None),
        (None, None),
    ],
)
def test_parsing(value: str | None, expected: tuple[str, str] | None) -> None:
    """What the grammar allows is taken apart at its first colon; everything else is no credentials."""
    found = parse_basic(value)
    assert (found and (found.user, found.password)) == expected


def test_no_repr_shows_a_password() -> None:
    """Neither what a client sent nor what a server knows shows a password."""
    assert "sesame" not in repr(Credentials("Aladdin", "open sesame"))
    passwords = Passwords({"Aladdin": "open sesame"})
    assert "sesame" not in repr(passwords)
    assert b"sesame" not in repr(vars(passwords)).encode()


@pytest.mark.parametrize(
    ("user", "password", "accepted"),
    [
        ("alice", "one", True),
        ("bob", "", True),
        ("alice", "two", False),
        ("alice", "", False),
        ("alice", "one ", False),
        ("Alice", "one", False),
        ("carol", "one", False),
        ("", "", False),
        ("alice", "\ud800", False),
    ],
)
def test_passwords(user: str, password: str, accepted: bool) -> None:
    """A user with its own password comes in, and nobody else."""
    assert Passwords({"alice": "one", "bob": ""}).accept(user, password) is accepted


def test_comparisons_take_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks, one comparison in constant time is made, of values of one length."""
    compared: list[tuple[int, int]] = []

    compare_digest = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return compare_digest(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    passwords = Passwords({"alice": "a long password of many words"})
    for user, password in (("alice", "a long password of many words"), ("alice", "short"), ("nobody", "x" * 1000)):
        passwords.accept(user, password)
    assert compared == [(32, 32)] * 3


@pytest.mark.parametrize(
    ("passwords", "error"),
    [({"": "x"}, ValueError), ({"a:b": "x"}, ValueError), ({"a": b"x"}, TypeError), ({7: "x"}, TypeError)],
)
def test_wrong_passwords_are_refused_without_showing_them(passwords: Any, error: type[Exception]) -> None:  # noqa: ANN401  wrong on purpose
    """What is none is refused with the name of the argument."""
    with pytest.raises(error, match="credentials"):
        Passwords(passwords)


def test_the_challenge() -> None:
    """A realm is a quoted string (RFC 7235 §2.2), and the client is told to use UTF-8."""
    assert challenge("the chat") == (b"WWW-Authenticate", b'Basic realm="the chat", charset="UTF-8"')
    assert challenge('a "b" \\') == (b"WWW-Authenticate", rb'Basic realm="a \"b\" \\", charset="UTF-8"')
    for realm, error in (("a\r\nb", ValueError), ("caf\xe9", ValueError), (7, TypeError)):
        with pytest.raises(error, match="realm"):
            challenge(realm)  # type: ignore[arg-type]
