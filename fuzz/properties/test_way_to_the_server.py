"""Whatever stands in a URL, a redirect, the environment or a proxy's answer: a documented error, or what works.

Strings are near-valid ones (pieces of URLs put together) as often as any others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawws.core import WSConnection
from rawws.core.authority import ToASCII
from rawws.core.connection import CLIENT
from rawws.core.credentials import SECRET_FIELDS
from rawws.core.errors import RemoteProtocolError
from rawws.core.events import Request
from rawws.core.headers import split_host
from rawws.core.limits import DEFAULT_LIMITS
from rawws.core.proxy import InvalidProxy, is_exempt, parse_proxy, proxy_from_environment
from rawws.core.redirect import Destination, RedirectRefusedError, next_destination
from rawws.core.tunnel import Tunnel
from rawws.core.url import InvalidURL, WebSocketURL, parse_url
from rawws.testing import Cut
from rawws.testing.strategies import cuts, octets, responses
from rawws.trio.names import to_ascii

from fuzz.budget import examples

_T = TypeVar("_T")
_Arguments = TypeVarTuple("_Arguments")

_PIECES = [
    "ws", "wss", "http", "https", "socks5", ":", "//", "://", "/", "?", "#", "@", "[", "]", "::1", "fe80::1%25eth0",
    "127.0.0.1", "h", "example.com", "EXAMPLE.", "xn--", "münchen", "ß", "℀", "\u200d", "..", "%", "%41", "%ff", "%zz",
    "0", "80", "443", "65535", "65536", "9" * 30, "user", "pass:word", "user:s3cret@", " ", "\n", "\x00", "\ud800",
    "\\", "|", "&=",
]  # fmt: skip

#: Such as people, and servers, write; and such as nobody does.
URLS = st.one_of(
    st.lists(st.sampled_from(_PIECES), max_size=12).map("".join),
    st.lists(st.sampled_from(_PIECES), max_size=8).map(lambda pieces: "ws://" + "".join(pieces)),
    st.text(max_size=60),
)


def unless_refused(error: type[Exception], function: Callable[[*_Arguments], _T], *arguments: *_Arguments) -> _T | None:
    """What a function gives; None where it raises the error that it may raise, which must not tell a secret."""
    try:
        return function(*arguments)
    except error as exc:
        said = f"{exc} {exc.__cause__}"
    assert "s3cret" not in said
    return None


def is_sound(url: WebSocketURL) -> bool:
    """Whether a URL that was taken for one is good for a request, and its text for another parsing."""
    octets_sent = WSConnection(CLIENT).send(Request(host=url.host_header, target=url.target))
    assert octets_sent.startswith(b"GET " + url.target.encode("ascii") + b" HTTP/1.1\r\n")
    assert octets_sent.count(b"\r\n\r\n") == 1
    again = parse_url(f"{url.origin[0]}://{url.host_header}{url.target}")
    assert (again.target, again.port, again.secure) == (url.target, url.port, url.secure)
    assert again.host == url.host.partition("%")[0]
    return split_host(url.host_header) is not None and 1 <= url.port <= 65535


@examples(4)
@given(text=URLS, codec=st.sampled_from([None, to_ascii]))
def test_a_url_is_refused_or_sound(text: str, codec: ToASCII | None) -> None:
    """Any text is an InvalidURL, or a URL from which one request can be made and nothing else."""
    url = unless_refused(InvalidURL, parse_url, text, codec)
    if url is None:
        return
    assert is_sound(url)
    if url.credentials is not None:
        assert url.credentials.password not in repr(url) or not url.credentials.password.strip("0:/.h")


@examples(2)
@given(text=URLS)
def test_a_proxy_is_refused_or_sound(text: str) -> None:
    """Any text is an InvalidProxy, by argument as by environment, or a proxy with a host and a port."""
    server = parse_url("ws://server.example/")
    proxy = unless_refused(InvalidProxy, parse_proxy, text, to_ascii)
    if proxy is None:
        if text:
            with pytest.raises(InvalidProxy, match="http_proxy"):
                proxy_from_environment(server, {"http_proxy": text}, to_ascii)
        return
    assert 1 <= proxy.port <= 65535
    assert proxy_from_environment(server, {"http_proxy": text}, to_ascii) == proxy


@examples(2)
@given(hosts=st.lists(st.sampled_from(["h", "a.h", "10.1.2.3", "::1", "fe80::1%e"]), min_size=1), text=st.text())
def test_no_proxy_is_whatever_people_write(hosts: list[str], text: str) -> None:
    """Any text is a list of exceptions: no error, and "*" is all of them."""
    for host in hosts:
        assert is_exempt(host, 80, text) in {True, False}
        assert is_exempt(host, 80, f"{text},*")


@examples(4)
@given(
    home=st.sampled_from(["ws://u:p@h/a?b", "wss://u:p@h:1/a/b"]),
    location=st.one_of(URLS.map(lambda text: text.encode("utf-8", "surrogatepass")), octets()),
)
def test_a_redirect_is_refused_or_safe(home: str, location: bytes) -> None:
    """Any Location is refused, or leads to a sound URL: never from wss to ws, never with secrets to another origin."""
    fields = [(b"Authorization", b"x"), (b"Cookie", b"x"), (b"X-A", b"1")]
    start = Destination(parse_url(home), fields)
    found = unless_refused(RedirectRefusedError, next_destination, start, location, to_ascii)
    if found is None:
        return
    assert is_sound(found.url)
    assert found.url.secure >= start.url.secure
    if found.url.origin == start.url.origin:
        assert (found.url.credentials, found.headers) == (start.url.credentials, fields)
    else:
        assert found.url.credentials is None
        assert not any(name.lower() in SECRET_FIELDS for name, _ in found.headers)


@examples(2)
@given(data=st.one_of(octets(), responses().map(lambda head: head.octets)), cut=cuts())
def test_a_proxys_answer_is_refused_or_one(data: bytes, cut: Cut) -> None:
    """Any octets are a RemoteProtocolError, an answer, or the beginning of one; the status is the same at every cut."""
    verdicts = []
    for pieces in ([data], [data[index : index + 1] for index in range(len(data))], cut(data)):
        tunnel = Tunnel("h", 80, None, DEFAULT_LIMITS)
        tunnel.request()
        status: int | None = None
        try:
            for piece in pieces:
                answer = tunnel.receive(piece)
                if answer is not None:
                    status = answer.status_code
                    break
        except RemoteProtocolError as exc:
            # What follows a 2xx in the same piece is refused here, and otherwise by who reads on.
            status = 200 if "before it was asked" in str(exc) else -1
        verdicts.append(status if status is None or not 200 <= status < 300 else 200)
    assert len(set(verdicts)) == 1
