"""Requests that a server may accept."""

from __future__ import annotations

from tests.core.battery.rows import (
    CONNECTION,
    HOST,
    KEY,
    MASKED_PING,
    SEC_KEY,
    UPGRADE,
    VERSION,
    Requested,
    Row,
    many_fields,
    message,
    padded,
    request,
    server,
)

BROWSER = message(
    b"GET /chat?x=1 HTTP/1.1",
    (
        b"Host: server.example.com:8080",
        b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        b"Accept-Language: en-US,en;q=0.5",
        b"Sec-WebSocket-Version: 13",
        b"Origin: https://server.example.com",
        b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        b"Sec-WebSocket-Key: " + KEY,
        b"Connection: keep-alive, Upgrade",
        b"Cookie: a=b; c=d",
        b"Pragma: no-cache",
        b"Upgrade: websocket",
    ),
)
BROWSER_OFFER = "permessage-deflate; client_max_window_bits"


def at_host(host: bytes, shown: str, name: str) -> Row:
    """A request to another host, which is a good one."""
    return server(f"host-{name}", "9110 §7.2", request(instead=(HOST, b"Host: " + host)), Requested(host=shown))


def at_target(target: bytes, name: str, host: str = "server.example.com") -> Row:
    """A request for another target, which is a good one."""
    octets = request(line=b"GET " + target + b" HTTP/1.1")
    return server(f"target-{name}", "9112 §3.2", octets, Requested(target=target.decode("ascii"), host=host))


GOOD_REQUESTS = (
    server("minimal", "6455 §4.2.1", request(), Requested()),
    server(
        "browser",
        "6455 §1.2",
        BROWSER,
        Requested(host="server.example.com:8080", target="/chat?x=1", extensions=(BROWSER_OFFER,)),
    ),
    server("lower-case-names", "9110 §5.1", request().replace(b"Sec-WebSocket", b"sec-websocket"), Requested()),
    server("upper-case-names", "9110 §5.1", request().replace(b"Host", b"HOST"), Requested()),
    server("upper-case-values", "6455 §4.2.1", request().replace(b": websocket", b": WebSocket"), Requested()),
    server("connection-case", "6455 §4.2.1", request(instead=(CONNECTION, b"Connection: uPGRADE")), Requested()),
    server("connection-list", "6455 §4.2.1", request(instead=(CONNECTION, b"Connection: a ,\tUpgrade,b")), Requested()),
    server("connection-lines", "9110 §5.3", request(b"Connection: keep-alive"), Requested()),
    server("connection-empty-elements", "9110 §5.6.1.2", request(b"Connection: ,, ,"), Requested()),
    server("upgrade-list", "9110 §7.8", request(instead=(UPGRADE, b"Upgrade: h2c/1, websocket")), Requested()),
    server("upgrade-lines", "9110 §7.8", request(b"Upgrade: h2c"), Requested()),
    server("no-space-behind-colon", "9112 §5.1", request(instead=(HOST, b"Host:server.example.com")), Requested()),
    server(
        "tabs-around-value", "9112 §5.1", request(instead=(VERSION, VERSION.replace(b" ", b"\t") + b"\t ")), Requested()
    ),
    server("empty-value", "9110 §5.5", request(b"X-Empty:"), Requested()),
    server("colons-in-value", "9110 §5.5", request(b"X-Colon: a:b::c"), Requested()),
    server("obs-text-in-value", "9110 §5.5", request(b"X-Text: gr\xfc\xdfe \xe2\x82\xac"), Requested()),
    server("one-empty-line-before", "9112 §2.2", b"\r\n" + request(), Requested()),
    server("http-1.2", "6455 §4.2.1", request(line=b"GET /chat HTTP/1.2"), Requested()),
    server("http-1.9", "6455 §4.2.1", request(line=b"GET /chat HTTP/1.9"), Requested()),
    server("content-length-0", "9110 §8.6", request(b"Content-Length: 0"), Requested()),
    server("expect-continue", "9110 §10.1.1", request(b"Expect: 100-continue"), Requested()),
    server("origin-null", "6454 §7.3", request(b"Origin: null"), Requested()),
    server("connection-close-too", "9112 §9.6", request(b"Connection: close"), Requested()),
    server(
        "key-of-the-rfc",
        "6455 §4.1",
        request(instead=(SEC_KEY, b"Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==")),
        Requested(),
    ),
    server(
        "key-of-slashes",
        "6455 §4.2.1",
        request(instead=(SEC_KEY, b"Sec-WebSocket-Key: //////////////////////==")),
        Requested(),
    ),
    at_host(b"localhost", "localhost", "name"),
    at_host(b"LOCALHOST", "LOCALHOST", "upper-case"),
    at_host(b"a_b.example", "a_b.example", "underscore"),
    at_host(b"a..b", "a..b", "empty-label"),
    at_host(b"%C3%BC.example:1", "%C3%BC.example:1", "percent"),
    at_host(b"x" * 64 + b".example", "x" * 64 + ".example", "long-label"),
    at_host(b"h:65535", "h:65535", "highest-port"),
    at_host(b"h:", "h:", "empty-port"),
    at_host(b"127.0.0.1:80", "127.0.0.1:80", "ipv4"),
    at_host(b"[::1]", "[::1]", "ipv6"),
    at_host(b"[2001:db8::7]:80", "[2001:db8::7]:80", "ipv6-port"),
    at_host(b"xn--7ks3rz39bh7u", "芝士汉堡", "idna"),
    at_host(b"xn--7ks3rz39bh7u:81", "芝士汉堡:81", "idna-port"),
    at_host(b"XN--7ks3rz39bh7u", "芝士汉堡", "idna-upper-case"),
    at_host(b"xn--", "xn--", "idna-empty"),
    at_host(b"xn--a", "xn--a", "idna-rubbish"),
    at_host(b"xn--" + b"9" * 60, "xn--" + "9" * 60, "idna-overflow"),
    at_host(b"xn--7ks3rz39bh7u." * 20, "xn--7ks3rz39bh7u." * 20, "idna-too-long"),
    at_target(b"/", "root"),
    at_target(b"//two", "two-slashes"),
    at_target(b"/?", "empty-query"),
    at_target(b'/?q={"a":[1|2]}', "what-browsers-leave-raw"),
    at_target(b"/%zz", "odd-percent"),
    at_target(b"/" + b"a" * 8000, "8000-octets"),
    at_target(b"ws://other.example/chat", "absolute-ws", "other.example"),
    at_target(b"wss://other.example:444/chat?x", "absolute-wss", "other.example:444"),
    at_target(b"HTTP://other.example", "absolute-http", "other.example"),
    at_target(b"https://[::1]:8/?y", "absolute-https", "[::1]:8"),
    at_target(b"http://other.example?x=http://third.example/", "absolute-query", "other.example"),
    server(
        "subprotocols",
        "6455 §4.1",
        request(b"Sec-WebSocket-Protocol: chat, superchat"),
        Requested(subprotocols=("chat", "superchat")),
    ),
    server(
        "subprotocol-lines",
        "6455 §11.3.4",
        request(b"Sec-WebSocket-Protocol: a,b", b"Sec-WebSocket-Protocol: c"),
        Requested(subprotocols=("a", "b", "c")),
    ),
    server(
        "subprotocols-empty-elements",
        "9110 §5.6.1.2",
        request(b"Sec-WebSocket-Protocol: , a ,,b,"),
        Requested(subprotocols=("a", "b")),
    ),
    server(
        "subprotocols-differ-in-case",
        "6455 §4.1",
        request(b"Sec-WebSocket-Protocol: a, A"),
        Requested(subprotocols=("a", "A")),
    ),
    server(
        "extension-lines",
        "6455 §9.1",
        request(b"Sec-WebSocket-Extensions: foo", b"Sec-WebSocket-Extensions: bar; baz=2"),
        Requested(extensions=("foo", "bar; baz=2")),
    ),
    server(
        "extensions-empty-elements",
        "9110 §5.6.1.2",
        request(b"Sec-WebSocket-Extensions: ,foo, ,"),
        Requested(extensions=("foo",)),
    ),
    server(
        "extension-quoted-token",
        "6455 §9.1",
        request(b'Sec-WebSocket-Extensions: foo; a="b\\c", d'),
        Requested(extensions=('foo; a="b\\c"', "d")),
    ),
    server(
        "extension-spaces",
        "6455 §9.1",
        request(b"Sec-WebSocket-Extensions: foo ;a = b\t; c"),
        Requested(extensions=("foo ;a = b\t; c",)),
    ),
    server("largest-head", "limit", padded(600), Requested(), limits={"max_header_bytes": 600}),
    server("most-fields", "limit", many_fields(9), Requested(), limits={"max_headers": 9}),
    server("early-frame", "6455 §4.2.2", request() + MASKED_PING, Requested(early=MASKED_PING)),
    server(
        "early-octets-at-the-limit",
        "limit",
        request() + MASKED_PING,
        Requested(early=MASKED_PING),
        limits={"max_early_bytes": len(MASKED_PING)},
    ),
    server("request-then-eof", "9112 §8", request(), Requested(), eof=True),
)
