"""Requests that a server must not accept."""

from __future__ import annotations

from tests.core.battery.rows import (
    CONNECTION,
    HOST,
    KEY,
    MASKED_PING,
    SEC_KEY,
    UPGRADE,
    VERSION,
    Ended,
    Refused,
    Requested,
    Row,
    Waiting,
    many_fields,
    padded,
    request,
    server,
)

GRAMMAR = Refused("9112-2.2-1")
BAD_HOST = Refused("9112-3.2-1")
BAD_TARGET = Refused("9112-3.2-2")
NO_UPGRADE = Refused("6455-4.2.1-3")
NO_CONNECTION = Refused("6455-4.2.1-4")
BAD_KEY = Refused("6455-4.2.1-5")
BAD_VERSION = Refused("6455-4.2.2-2", 426)
BODY = Refused("9110-9.3.1-1")
BAD_SUBPROTOCOL = Refused("6455-4.1-8")
BAD_EXTENSION = Refused("6455-9.1-1")
CONTROL = Refused("9110-5.5-1")
BARE_LF = Refused("9112-2.2-4")
TOO_LARGE = Refused("6585-5-1", 431, "max_header_bytes")
TOO_MANY = Refused("6585-5-1", 431, "max_headers")


def bad_host(host: bytes, name: str) -> Row:
    """A request whose Host is none."""
    return server(f"bad-host-{name}", "9112 §3.2", request(instead=(HOST, b"Host: " + host)), BAD_HOST)


def bad_target(target: bytes, name: str, expected: Refused = BAD_TARGET) -> Row:
    """A request for what is no resource."""
    return server(f"bad-target-{name}", "9112 §3.2", request(line=b"GET " + target + b" HTTP/1.1"), expected)


def bad_key(key: bytes, name: str) -> Row:
    """A request with a key that is none."""
    return server(f"bad-key-{name}", "6455 §4.2.1", request(instead=(SEC_KEY, b"Sec-WebSocket-Key: " + key)), BAD_KEY)


def bad_version(version: bytes, name: str) -> Row:
    """A request for another version of the protocol."""
    octets = request(instead=(VERSION, b"Sec-WebSocket-Version: " + version))
    return server(f"bad-version-{name}", "6455 §4.2.2", octets, BAD_VERSION)


def bad_line(line: bytes, name: str, expected: Refused = GRAMMAR) -> Row:
    """A request with a broken start-line."""
    return server(f"bad-line-{name}", "9112 §3", request(line=line), expected)


def bad_field(line: bytes, name: str, expected: Refused = GRAMMAR) -> Row:
    """A request with a broken field."""
    return server(f"bad-field-{name}", "9112 §5", request(line), expected)


def bad_protocol(value: bytes, name: str) -> Row:
    """A request with a Sec-WebSocket-Protocol that is none."""
    return server(f"bad-subprotocol-{name}", "6455 §4.1", request(b"Sec-WebSocket-Protocol: " + value), BAD_SUBPROTOCOL)


def bad_extension(value: bytes, name: str) -> Row:
    """A request with a Sec-WebSocket-Extensions that is none."""
    return server(f"bad-extension-{name}", "6455 §9.1", request(b"Sec-WebSocket-Extensions: " + value), BAD_EXTENSION)


def method(name: bytes, target: bytes = b"/chat") -> Row:
    """A request that gets nothing."""
    octets = request(line=name + b" " + target + b" HTTP/1.1")
    return server(f"method-{name.decode()}", "9110 §15.5.6", octets, Refused("6455-4.2.1-1", 405))


SMUGGLED = b"GET /admin HTTP/1.1\r\nHost: server.example.com\r\n\r\n"

BAD_REQUESTS = (
    server("no-host", "9112 §3.2", request(without=HOST), BAD_HOST),
    server("no-host-http-1.2", "9112 §3.2", request(line=b"GET /chat HTTP/1.2", without=HOST), BAD_HOST),
    server("two-hosts", "9112 §3.2", request(b"Host: other.example"), BAD_HOST),
    server("same-host-twice", "9112 §3.2", request(HOST), BAD_HOST),
    bad_host(b"", "empty"),
    bad_host(b":80", "only-port"),
    bad_host(b"a b", "space"),
    bad_host(b"a,\tb", "list"),
    bad_host(b"user@h", "userinfo"),
    bad_host(b"h/path", "path"),
    bad_host(b"h:80x", "port-no-number"),
    bad_host(b"h:65536", "port-too-high"),
    bad_host(b"h:" + b"0" * 5000, "port-long"),
    bad_host(b"h:-1", "port-signed"),
    bad_host(b"h:1:2", "two-ports"),
    bad_host(b"::1", "ipv6-without-brackets"),
    bad_host(b"[::1", "ipv6-unclosed"),
    bad_host(b"[::g]", "ipv6-rubbish"),
    bad_host(b"[1:2:3]", "ipv6-short"),
    bad_host(b"[fe80::1%25eth0]", "ipv6-zone"),
    bad_host(b"[]", "ipv6-empty"),
    bad_host(b"gr\xfcn.example", "latin-1"),
    bad_host("grün.example".encode(), "utf-8"),
    bad_host(b"h%2", "percent-incomplete"),
    bad_host(b'"h"', "quoted"),
    bad_host(b"h\\", "backslash"),
    server("no-upgrade", "6455 §4.2.1", request(without=UPGRADE), NO_UPGRADE),
    server("other-upgrade", "6455 §4.2.1", request(instead=(UPGRADE, b"Upgrade: h2c")), NO_UPGRADE),
    server("upgrade-with-version", "6455 §4.2.1", request(instead=(UPGRADE, b"Upgrade: websocket/13")), NO_UPGRADE),
    server("upgrade-empty", "6455 §4.2.1", request(instead=(UPGRADE, b"Upgrade:")), NO_UPGRADE),
    server("upgrade-prefix", "6455 §4.2.1", request(instead=(UPGRADE, b"Upgrade: websockets")), NO_UPGRADE),
    server("upgrade-no-token", "9110 §7.8", request(b"Upgrade: a b"), Refused("6455-4.2.1-7")),
    server("upgrade-non-ascii", "9110 §7.8", request(b"Upgrade: \xff"), Refused("6455-4.2.1-7")),
    server("no-connection", "6455 §4.2.1", request(without=CONNECTION), NO_CONNECTION),
    server(
        "connection-other",
        "6455 §4.2.1",
        request(instead=(CONNECTION, b"Connection: Keep-Alive, No-Upgrade")),
        NO_CONNECTION,
    ),
    server("connection-empty", "6455 §4.2.1", request(instead=(CONNECTION, b"Connection: ,")), NO_CONNECTION),
    server("connection-no-token", "9110 §7.6.1", request(b"Connection: a;b"), Refused("6455-4.2.1-7")),
    server("connection-unclosed-quote", "9110 §5.6.4", request(b'Connection: "a, Upgrade'), Refused("6455-4.2.1-7")),
    server("connection-non-ascii", "9110 §7.6.1", request(b"Connection: \xc3\xbc"), Refused("6455-4.2.1-7")),
    server("no-key", "6455 §4.2.1", request(without=SEC_KEY), BAD_KEY),
    server(
        "two-keys", "6455 §11.3.1", request(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="), Refused("6455-11.3.1-1")
    ),
    server("same-key-twice", "6455 §11.3.1", request(SEC_KEY), Refused("6455-11.3.1-1")),
    bad_key(b"", "empty"),
    bad_key(b"AAAAAAAAAAAAAAAAAAAAAA", "no-padding"),
    bad_key(b"AAAAAAAAAAAAAAAAAAAAAA=", "short-padding"),
    bad_key(b"AAAAAAAAAAAAAAAAAAAAAA===", "long-padding"),
    bad_key(b"AAAAAAAAAAAAAAAAAAAA", "15-octets"),
    bad_key(b"AAAAAAAAAAAAAAAAAAAAAAA=", "17-octets"),
    bad_key(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "24-octets"),
    bad_key(b"A" * 4000, "3000-octets"),
    bad_key(b"AAAAAAAAAAA AAAAAAAAAA==", "space-inside"),
    bad_key(b"AAAAAAAAAA-_AAAAAAAAAA==", "url-alphabet"),
    bad_key(b"AAAAAAAAAAA\xe9AAAAAAAAAA==", "non-ascii"),
    bad_key(b'"AAAAAAAAAAAAAAAAAAAAAA=="', "quoted"),
    bad_key(KEY + b", " + KEY, "list"),
    server("no-version", "6455 §4.2.1", request(without=VERSION), Refused("6455-4.2.1-6")),
    server(
        "empty-version", "6455 §4.2.1", request(instead=(VERSION, b"Sec-WebSocket-Version:")), Refused("6455-4.2.1-6")
    ),
    server("two-versions", "6455 §11.3.5", request(b"Sec-WebSocket-Version: 8"), Refused("6455-11.3.5-1")),
    server("same-version-twice", "6455 §11.3.5", request(VERSION), Refused("6455-11.3.5-1")),
    bad_version(b"8", "8"),
    bad_version(b"12", "12"),
    bad_version(b"14", "14"),
    bad_version(b"013", "leading-zero"),
    bad_version(b"+13", "signed"),
    bad_version(b"13.0", "fraction"),
    bad_version(b"13, 8", "list"),
    bad_version(b"9" * 4000, "huge"),
    bad_version(b"\xb9\xb3", "non-ascii"),
    bad_version(b"not-a-digit", "word"),
    server("http-1.0", "9110 §7.8", request(line=b"GET /chat HTTP/1.0"), Refused("9110-7.8-1")),
    server(
        "http-1.0-without-host", "9110 §7.8", request(line=b"GET /chat HTTP/1.0", without=HOST), Refused("9110-7.8-1")
    ),
    server("http-0.9", "9110 §15.6.6", request(line=b"GET /chat HTTP/0.9"), Refused("9110-15.6.6-1", 505)),
    server("http-2.0", "9110 §15.6.6", request(line=b"GET /chat HTTP/2.0"), Refused("9110-15.6.6-1", 505)),
    server("http-2-preface", "9113 §3.4", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Refused("9110-15.6.6-1", 505)),
    method(b"POST"),
    method(b"HEAD"),
    method(b"get"),
    method(b"GETGET"),
    method(b"OPTIONS", b"*"),
    method(b"CONNECT", b"server.example.com:80"),
    bad_line(b"GET /chat", "http-0.9-form"),
    bad_line(b"GET  /chat HTTP/1.1", "two-spaces"),
    bad_line(b"GET\t/chat HTTP/1.1", "tab"),
    bad_line(b"GET /a b HTTP/1.1", "space-in-target"),
    bad_line(b"GET /chat HTTP/1.1 ", "space-behind"),
    bad_line(b" GET /chat HTTP/1.1", "space-before"),
    bad_line(b"GET /chat http/1.1", "lower-case-http"),
    bad_line(b"GET /chat HTTP/1.10", "long-version"),
    bad_line(b"GET /chat HTTP/1", "short-version"),
    bad_line(b"GET /chat HTTPS/1.1", "https"),
    bad_line(b"GET /ch\xc3\xa4t HTTP/1.1", "utf-8-in-target"),
    bad_line(b"GET /ch\x7ft HTTP/1.1", "del-in-target", CONTROL),
    bad_line(b"G(T /chat HTTP/1.1", "delimiter-in-method"),
    bad_line(b"broken nonsense", "nonsense"),
    bad_target(b"*", "asterisk"),
    bad_target(b"server.example.com:80", "authority"),
    bad_target(b"chat", "relative"),
    bad_target(b"?x", "query-only"),
    bad_target(b"ftp://server.example.com/", "ftp"),
    bad_target(b"ws:/server.example.com/", "one-slash"),
    bad_target(b"ws:///chat", "no-authority"),
    bad_target(b"ws://user:pw@server.example.com/", "userinfo"),
    bad_target(b"ws://h:99999/", "port"),
    bad_target(b"/chat#top", "fragment", Refused("6455-3-1")),
    bad_target(b"ws://h/#", "absolute-fragment", Refused("6455-3-1")),
    server("two-empty-lines-before", "9112 §2.2", b"\r\n\r\n" + request(), GRAMMAR),
    server("space-before-fields", "9112 §2.2", request().replace(b"Host", b" X: y\r\nHost", 1), Refused("9112-5.2-1")),
    bad_field(b"X-Fold: a\r\n b", "folded", Refused("9112-5.2-1")),
    bad_field(b"X-Fold: a\r\n\tb", "folded-tab", Refused("9112-5.2-1")),
    bad_field(b"X-Space : a", "space-before-colon", Refused("9112-5.1-1")),
    bad_field(b"X-Tab\t: a", "tab-before-colon", Refused("9112-5.1-1")),
    bad_field(b"Content-Length : 5", "content-length-space-before-colon", Refused("9112-5.1-1")),
    bad_field(b"no colon", "no-colon"),
    bad_field(b": no name", "no-name"),
    bad_field(b"a b: c", "space-in-name"),
    bad_field(b"(a): b", "delimiter-in-name"),
    bad_field(b"\xc3\xa4: b", "non-ascii-name"),
    bad_field(b"X: a\x00b", "nul", CONTROL),
    bad_field(b"X: a\x01b", "control-1", CONTROL),
    bad_field(b"X: a\x0bb", "vertical-tab", CONTROL),
    bad_field(b"X:" + b" " * 8000 + b"\x0b", "blanks-and-vertical-tab", CONTROL),
    bad_field(b"X: a\x1bb", "escape", CONTROL),
    bad_field(b"X: a\x7fb", "del", CONTROL),
    bad_field(b"X\x00: a", "nul-in-name", CONTROL),
    bad_field(b"X: a\rb", "bare-cr", Refused("9112-2.2-2")),
    bad_field(b"X: a\r", "cr-cr-lf", Refused("9112-2.2-2")),
    bad_field(b"X: a\nY: b", "bare-lf", BARE_LF),
    server("lf-only", "9112 §2.2", request().replace(b"\r\n", b"\n"), BARE_LF),
    server("lf-lf-before-crlf", "9112 §2.2", request()[:-2] + b"\n" + SMUGGLED, BARE_LF),
    server("lf-first", "9112 §2.2", b"\n" + request(), GRAMMAR),
    server("cr-first", "9112 §2.2", b"\r" + request(), GRAMMAR),
    server("tls-client-hello", "9112 §2.2", bytes.fromhex("16030100f8010000f40303"), GRAMMAR),
    server("nul-first", "9112 §2.2", b"\0", GRAMMAR),
    server("bom-first", "9112 §2.2", b"\xef\xbb\xbf" + request(), GRAMMAR),
    server("frame-first", "9112 §2.2", MASKED_PING, GRAMMAR),
    server("proxy-protocol-2", "9112 §2.2", bytes.fromhex("0d0a0d0a000d0a515549540a"), GRAMMAR),
    server("content-length", "9110 §9.3.1", request(b"Content-Length: 5") + b"hello", BODY),
    server("content-length-00", "9110 §8.6", request(b"Content-Length: 00"), BODY),
    server("content-length-no-number", "9110 §8.6", request(b"Content-Length: 0x0"), BODY),
    server("content-length-signed", "9110 §8.6", request(b"Content-Length: +0"), BODY),
    server("content-length-empty", "9110 §8.6", request(b"Content-Length:"), BODY),
    server("content-length-negative", "9110 §8.6", request(b"Content-Length: -1"), BODY),
    server("content-length-huge", "9110 §8.6", request(b"Content-Length: " + b"9" * 40), BODY),
    server("content-length-two", "9110 §8.6", request(b"Content-Length: 0", b"Content-Length: 9"), BODY),
    server("chunked", "9112 §6.1", request(b"Transfer-Encoding: chunked") + b"0\r\n\r\n", BODY),
    server("transfer-encoding-other", "9112 §6.1", request(b"Transfer-Encoding: gzip"), BODY),
    server("transfer-encoding-two", "9112 §6.1", request(b"Transfer-Encoding: chunked, identity"), BODY),
    server("transfer-encoding-empty", "9112 §6.1", request(b"Transfer-Encoding:"), BODY),
    server(
        "cl-te",
        "9112 §6.1",
        request(b"Content-Length: 4", b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + SMUGGLED,
        BODY,
    ),
    server("te-cl-0", "9112 §6.1", request(b"Transfer-Encoding: chunked", b"Content-Length: 0") + SMUGGLED, BODY),
    server("refused-then-smuggled", "9112 §9.6", request(without=SEC_KEY) + SMUGGLED, BAD_KEY),
    server("refused-then-good", "9112 §9.6", request(without=VERSION) + request(), Refused("6455-4.2.1-6")),
    server("refused-then-frame", "9112 §9.6", request(without=UPGRADE) + MASKED_PING, NO_UPGRADE),
    bad_protocol(b"", "empty"),
    bad_protocol(b" , ,", "only-commas"),
    bad_protocol(b"a, a", "twice"),
    bad_protocol(b"a b", "space"),
    bad_protocol(b"a/b", "delimiter"),
    bad_protocol(b'"a"', "quoted"),
    bad_protocol(b'a, "b', "unclosed-quote"),
    bad_protocol(b"\xc3\xa4", "non-ascii"),
    server(
        "bad-subprotocol-twice-over-lines",
        "6455 §4.1",
        request(b"Sec-WebSocket-Protocol: a", b"Sec-WebSocket-Protocol: b, a"),
        BAD_SUBPROTOCOL,
    ),
    bad_extension(b"", "empty"),
    bad_extension(b",", "only-comma"),
    bad_extension(b"; a", "no-name"),
    bad_extension(b"a b", "space"),
    bad_extension(b"a;", "empty-parameter"),
    bad_extension(b"a; ;b", "empty-parameter-inside"),
    bad_extension(b"a; =b", "no-parameter-name"),
    bad_extension(b"a; b=c=d", "two-equals"),
    bad_extension(b"a; b=c d", "space-in-value"),
    bad_extension(b'a; b="c d"', "quoted-no-token"),
    bad_extension(b'a; b="c,d"', "quoted-comma"),
    bad_extension(b'a; b="c;d"', "quoted-semicolon"),
    bad_extension(b'a; b="c', "unclosed-quote"),
    bad_extension(b'a; b="c\\"', "escaped-closing-quote"),
    bad_extension(b'a; b="' + b'\\"' * 4000, "many-escapes"),
    bad_extension(b'"' * 7999, "many-quotes"),
    bad_extension(b'a; b=c"d"', "quote-inside-value"),
    bad_extension(b'a; b="c"d', "behind-quote"),
    bad_extension(b'"a"', "quoted-name"),
    bad_extension(b"a; b=\xfc", "non-ascii"),
    server("two-origins", "9110 §5.3", request(b"Origin: http://a", b"Origin: http://b"), Refused("9110-5.3-1")),
    server("head-too-large", "limit", padded(601), TOO_LARGE, limits={"max_header_bytes": 600}),
    server(
        "head-too-large-without-end", "limit", padded(601)[:-4] + b"x" * 4, TOO_LARGE, limits={"max_header_bytes": 600}
    ),
    server("line-too-large", "limit", b"GET /" + b"x" * 20000, TOO_LARGE),
    server("empty-line-counts", "limit", b"\r\n" + padded(599), TOO_LARGE, limits={"max_header_bytes": 600}),
    server("default-limit", "limit", padded(16 * 1024 + 1), TOO_LARGE),
    server(
        "early-does-not-count",
        "limit",
        padded(600) + b"x" * 600,
        Requested(early=b"x" * 600),
        limits={"max_header_bytes": 600},
    ),
    server("one-field-too-many", "limit", many_fields(10), TOO_MANY, limits={"max_headers": 9}),
    server("fields-without-end", "limit", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101, TOO_MANY),
    server(
        "too-many-then-too-large",
        "limit",
        many_fields(50),
        TOO_MANY,
        limits={"max_headers": 9, "max_header_bytes": 600},
    ),
    server(
        "too-large-then-too-many",
        "limit",
        padded(602)[:-2] + b"a: b\r\n" * 200,
        TOO_LARGE,
        limits={"max_header_bytes": 600},
    ),
    server("too-large-then-bare-lf", "limit", padded(602)[:-2] + b"\n\n", TOO_LARGE, limits={"max_header_bytes": 600}),
    server(
        "bare-lf-then-too-large", "limit", b"GET / HTTP/1.1\n" + b"x" * 600, BARE_LF, limits={"max_header_bytes": 600}
    ),
    server("bare-lf-then-too-many", "limit", b"G\n" + b"a: b\r\n" * 200, BARE_LF),
    server("too-many-then-bare-lf", "limit", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\n", TOO_MANY),
    server(
        "too-much-early",
        "limit",
        request() + b"x" * 11,
        Refused("9110-15.5.14-1", 413, "max_early_bytes"),
        limits={"max_early_bytes": 10},
    ),
    server(
        "no-early-allowed",
        "limit",
        request() + b"x",
        Refused("9110-15.5.14-1", 413, "max_early_bytes"),
        limits={"max_early_bytes": 0},
    ),
    server("eof-at-once", "9112 §8", b"", Ended(), eof=True),
    server("eof-in-line", "9112 §8", request()[:9], Refused("9112-8-1"), eof=True),
    server("eof-in-fields", "9112 §8", request()[:-1], Refused("9112-8-1"), eof=True),
    server("eof-behind-empty-line", "9112 §8", b"\r\n", Refused("9112-8-1"), eof=True),
    server("incomplete", "9112 §2.2", request()[:-1], Waiting()),
    server("almost-an-empty-line", "9112 §2.2", b"\r", Waiting()),
)
