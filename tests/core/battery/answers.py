"""Answers that a client reads, good and hostile."""

from __future__ import annotations

from tests.core.battery.rows import (
    ACCEPT,
    CONNECTION,
    PING,
    UPGRADE,
    Accepted,
    Refused,
    Rejected,
    Waiting,
    client,
    response,
)

# -- answers to a client ------------------------------------------------------------------------------------------

BAD_ANSWER = Refused("6455-4.1-17", None)
CLIENT_TOO_LARGE = Refused("6585-5-1", None, "max_header_bytes")

CLOSE_DELIMITED = b"HTTP/1.1 403 Forbidden\r\n\r\n"
CHUNKED = b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"


def sized(body: bytes, length: int | None = None, status: bytes = b"403 Forbidden") -> bytes:
    """A refusal with a body."""
    return b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % (len(body) if length is None else length) + body


ANSWERS = (
    client("accepted", "6455 §4.1", response(), Accepted()),
    client("accepted-then-frame", "6455 §4.1", response() + PING, Accepted(early=PING)),
    client("accepted-then-much", "6455 §4.1", response() + PING * 20000, Accepted(early=PING * 20000)),
    client(
        "accepted-other-case",
        "6455 §4.1",
        response().replace(b"websocket\r\n", b"WEBSOCKET\r\n").replace(b": Upgrade", b": upgrade"),
        Accepted(),
    ),
    client("accepted-without-reason", "9112 §4", response(line=b"HTTP/1.1 101 "), Accepted()),
    client("accepted-other-reason", "9112 §4", response(line=b"HTTP/1.1 101 Gr\xfc\xdfe \t!"), Accepted()),
    client("accepted-http-1.2", "9110 §2.5", response(line=b"HTTP/1.2 101 x"), Accepted()),
    client("accepted-connection-list", "6455 §4.1", response(b"Connection: keep-alive"), Accepted()),
    client("accepted-content-length", "9112 §6.3", response(b"Content-Length: 5") + PING, Accepted(early=PING)),
    client("accepted-chunked", "9112 §6.3", response(b"Transfer-Encoding: chunked") + PING, Accepted(early=PING)),
    client("accepted-folded", "9112 §5.2", response(b"X-Fold: a\r\n  b"), Accepted()),
    client(
        "accepted-accept-folded",
        "9112 §5.2",
        response(instead=(ACCEPT, b"Sec-WebSocket-Accept:\r\n\t{accept}")),
        Accepted(),
    ),
    client("no-upgrade", "6455 §4.1", response(without=UPGRADE), Refused("6455-4.1-10", None)),
    client("other-upgrade", "6455 §4.1", response(instead=(UPGRADE, b"Upgrade: h2c")), Refused("6455-4.1-10", None)),
    client(
        "upgrade-list",
        "6455 §4.1",
        response(instead=(UPGRADE, b"Upgrade: websocket, h2c")),
        Refused("6455-4.1-10", None),
    ),
    client("two-upgrades", "6455 §4.1", response(UPGRADE), Refused("6455-4.1-10", None)),
    client("no-connection", "6455 §4.1", response(without=CONNECTION), Refused("6455-4.1-11", None)),
    client(
        "other-connection",
        "6455 §4.1",
        response(instead=(CONNECTION, b"Connection: close")),
        Refused("6455-4.1-11", None),
    ),
    client("connection-no-list", "9110 §7.6.1", response(b"Connection: \xff"), BAD_ANSWER),
    client("no-accept", "6455 §4.1", response(without=ACCEPT), Refused("6455-4.1-12", None)),
    client(
        "wrong-accept",
        "6455 §4.1",
        response(instead=(ACCEPT, b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
        Refused("6455-4.1-12", None),
    ),
    client(
        "accept-in-other-case",
        "6455 §4.1",
        response(instead=(ACCEPT, b"Sec-WebSocket-Accept: {ACCEPT}")),
        Refused("6455-4.1-12", None),
    ),
    client(
        "accept-quoted",
        "6455 §4.1",
        response(instead=(ACCEPT, b'Sec-WebSocket-Accept: "{accept}"')),
        Refused("6455-4.1-12", None),
    ),
    client(
        "accept-non-ascii",
        "6455 §4.1",
        response(instead=(ACCEPT, b"Sec-WebSocket-Accept: \xff")),
        Refused("6455-4.1-12", None),
    ),
    client("two-accepts", "6455 §11.3.3", response(ACCEPT), Refused("6455-11.3.3-1", None)),
    client(
        "wrong-and-right-accept", "6455 §11.3.3", response(b"Sec-WebSocket-Accept: x"), Refused("6455-11.3.3-1", None)
    ),
    client(
        "subprotocol",
        "6455 §4.1",
        response(b"Sec-WebSocket-Protocol: b"),
        Accepted(subprotocol="b"),
        subprotocols=("a", "b"),
    ),
    client(
        "subprotocol-not-requested",
        "6455 §4.1",
        response(b"Sec-WebSocket-Protocol: c"),
        Refused("6455-4.1-14", None),
        subprotocols=("a", "b"),
    ),
    client(
        "subprotocol-none-requested", "6455 §4.1", response(b"Sec-WebSocket-Protocol: a"), Refused("6455-4.1-14", None)
    ),
    client(
        "subprotocol-other-case",
        "6455 §4.1",
        response(b"Sec-WebSocket-Protocol: A"),
        Refused("6455-4.1-14", None),
        subprotocols=("a",),
    ),
    client(
        "subprotocol-empty",
        "6455 §4.2.2",
        response(b"Sec-WebSocket-Protocol:"),
        Refused("6455-4.1-14", None),
        subprotocols=("a",),
    ),
    client(
        "subprotocol-list",
        "6455 §4.2.2",
        response(b"Sec-WebSocket-Protocol: a, b"),
        Refused("6455-4.1-14", None),
        subprotocols=("a", "b"),
    ),
    client(
        "subprotocol-non-ascii",
        "6455 §4.1",
        response(b"Sec-WebSocket-Protocol: \xe4"),
        Refused("6455-4.1-14", None),
        subprotocols=("a",),
    ),
    client(
        "subprotocol-escapes",
        "6455 §4.1",
        response(b"Sec-WebSocket-Protocol: \x9b31m"),
        Refused("6455-4.1-14", None),
        subprotocols=("a",),
    ),
    client(
        "two-subprotocols",
        "6455 §11.3.4",
        response(b"Sec-WebSocket-Protocol: a", b"Sec-WebSocket-Protocol: a"),
        Refused("6455-11.3.4-1", None),
        subprotocols=("a",),
    ),
    client("http-1.0", "9110 §15.2", response(line=b"HTTP/1.0 101 Switching Protocols"), BAD_ANSWER),
    client("http-2.0", "9112 §2.3", response(line=b"HTTP/2.0 101 Switching Protocols"), BAD_ANSWER),
    client("http-2.0-refusal", "9112 §2.3", b"HTTP/2.0 403 Forbidden\r\n\r\n", BAD_ANSWER),
    client("not-http", "9112 §4", b"broken nonsense\r\n\r\n", Refused("9112-2.2-1", None)),
    client("lower-case-http", "9112 §4", response(line=b"http/1.1 101 x"), Refused("9112-2.2-1", None)),
    client("empty-line-before", "9112 §2.2", b"\r\n" + response(), Refused("9112-2.2-1", None)),
    client("frame-at-once", "9112 §4", PING, Refused("9112-2.2-1", None)),
    client("tls-alert", "9112 §4", bytes.fromhex("15030100020228"), Refused("9112-2.2-1", None)),
    client("status-two-digits", "9112 §4", b"HTTP/1.1 99 x\r\n\r\n", BAD_ANSWER),
    client("status-four-digits", "9112 §4", b"HTTP/1.1 1010 x\r\n\r\n", BAD_ANSWER),
    client("status-099", "9110 §15", b"HTTP/1.1 099 x\r\n\r\n", BAD_ANSWER),
    client("status-word", "9112 §4", b"HTTP/1.1 abc x\r\n\r\n", BAD_ANSWER),
    client("status-999", "9110 §15", b"HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n", Rejected(999)),
    client("bare-lf", "9112 §2.2", response().replace(b"\r\n", b"\n"), Refused("9112-2.2-4", None)),
    client("bare-cr", "9112 §2.2", response(b"X: a\rb"), Refused("9112-2.2-2", None)),
    client("nul", "9110 §5.5", response(b"X: \0"), Refused("9110-5.5-1", None)),
    client("control", "9110 §5.5", response(b"X: \x1b[2J"), Refused("9110-5.5-1", None)),
    client("no-colon", "9112 §5", response(b"nothing"), BAD_ANSWER),
    client("space-before-colon", "9112 §5.1", response(b"X : y"), BAD_ANSWER),
    client("space-before-fields", "9112 §2.2", response().replace(b"Upgrade", b" Upgrade", 1), BAD_ANSWER),
    client(
        "content-lengths-differ",
        "9112 §6.3",
        b"HTTP/1.1 403 x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        BAD_ANSWER,
    ),
    client("content-length-no-number", "9112 §6.3", b"HTTP/1.1 403 x\r\nContent-Length: 0x1\r\n\r\n", BAD_ANSWER),
    client("transfer-encoding-other", "9112 §6.1", b"HTTP/1.1 403 x\r\nTransfer-Encoding: gzip\r\n\r\n", BAD_ANSWER),
    client(
        "head-too-large", "limit", response(b"X: " + b"x" * 600), CLIENT_TOO_LARGE, limits={"max_header_bytes": 600}
    ),
    client("head-without-end", "limit", b"HTTP/1.1 200 " + b"x" * 20000, CLIENT_TOO_LARGE),
    client(
        "too-many-fields", "limit", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 101, Refused("6585-5-1", None, "max_headers")
    ),
    client("eof-at-once", "6455 §7.2.1", b"", Refused("6455-7.2.1-1", None), eof=True),
    client("eof-in-head", "6455 §7.2.1", response()[:-2], Refused("6455-7.2.1-1", None), eof=True),
    client("accepted-then-eof", "6455 §7.1.5", response(), Accepted(), eof=True),
    client("incomplete", "9112 §2.2", response()[:-1], Waiting()),
    # Answers that are no acceptance.
    client("refused", "6455 §4.1", sized(b"go away"), Rejected(403, b"go away")),
    client("refused-empty", "6455 §4.1", sized(b""), Rejected(403)),
    client("refused-200", "6455 §4.1", sized(b"hello", status=b"200 OK"), Rejected(200, b"hello")),
    client("refused-302", "6455 §4.1", b"HTTP/1.1 302 x\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n", Rejected(302)),
    client("refused-204", "9112 §6.3", b"HTTP/1.1 204 x\r\n\r\n", Rejected(204)),
    client("refused-304-with-length", "9112 §6.3", b"HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", Rejected(304)),
    client("refused-then-more", "9112 §6.3", sized(b"ab") + response(), Rejected(403, b"ab")),
    client("refused-incomplete", "9112 §6.3", sized(b"ab", 3), Rejected(403, b"ab", finished=False)),
    client(
        "refused-cut", "9112 §6.3", sized(b"ab", 3), Rejected(403, b"ab", finished=False, error="9112-6.3-2"), eof=True
    ),
    client("refused-until-eof", "9112 §6.3", CLOSE_DELIMITED + b"abc", Rejected(403, b"abc"), eof=True),
    client("refused-before-eof", "9112 §6.3", CLOSE_DELIMITED + b"abc", Rejected(403, b"abc", finished=False)),
    client("refused-http-1.0", "9112 §6.3", b"HTTP/1.0 403 x\r\n\r\nabc", Rejected(403, b"abc"), eof=True),
    client(
        "refused-http-1.0-chunked",
        "9112 §6.1",
        b"HTTP/1.0 403 x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n",
        Rejected(403, b"1\r\n"),
        eof=True,
    ),
    client("refused-chunked", "9112 §7.1", CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", Rejected(403, b"abcde")),
    client(
        "refused-chunked-and-length",
        "9112 §6.3",
        CHUNKED[:-2] + b"Content-Length: 1\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        Rejected(403, b"ab"),
    ),
    client(
        "refused-chunked-trailer",
        "9112 §7.1.2",
        CHUNKED + b"1\r\na\r\n0\r\nX: y\r\n\r\n" + b"more",
        Rejected(403, b"a"),
    ),
    client(
        "refused-chunk-size-upper-case",
        "9112 §7.1",
        CHUNKED + b"A\r\n0123456789\r\n0\r\n\r\n",
        Rejected(403, b"0123456789"),
    ),
    client(
        "refused-chunk-size-no-number",
        "9112 §7.1",
        CHUNKED + b"1\r\na\r\nx\r\n",
        Rejected(403, b"a", finished=False, error="9112-8-2"),
    ),
    client("refused-chunk-size-empty", "9112 §7.1", CHUNKED + b"\r\n", Rejected(403, finished=False, error="9112-8-2")),
    client(
        "refused-chunk-size-signed",
        "9112 §7.1",
        CHUNKED + b"+1\r\na\r\n",
        Rejected(403, finished=False, error="9112-8-2"),
    ),
    client(
        "refused-chunk-size-huge",
        "9112 §7.1",
        CHUNKED + b"F" * 17 + b"\r\n",
        Rejected(403, finished=False, error="9112-8-2"),
    ),
    client(
        "refused-chunk-size-large", "9112 §7.1", CHUNKED + b"F" * 16 + b"\r\nab", Rejected(403, b"ab", finished=False)
    ),
    client(
        "refused-chunk-too-long",
        "9112 §7.1",
        CHUNKED + b"1\r\nab\r\n",
        Rejected(403, b"a", finished=False, error="9112-8-2"),
    ),
    client(
        "refused-chunk-bare-lf", "9112 §7.1", CHUNKED + b"1\na\n0\n\n", Rejected(403, finished=False, error="9112-8-2")
    ),
    client(
        "refused-chunk-extension-blanks",
        "9112 §7.1.1",
        CHUNKED + b"1;" + b" " * 9000 + b"\n",
        Rejected(403, finished=False, error="9112-8-2"),
    ),
    client(
        "refused-chunked-cut",
        "9112 §7.1",
        CHUNKED + b"5\r\nabc",
        Rejected(403, b"abc", finished=False, error="9112-6.3-2"),
        eof=True,
    ),
    client(
        "refused-body-at-limit",
        "limit",
        CLOSE_DELIMITED + b"x" * 100,
        Rejected(403, b"x" * 10),
        limits={"max_refusal_bytes": 10},
    ),
    client(
        "refused-sized-body-at-limit",
        "limit",
        sized(b"x" * 100),
        Rejected(403, b"x" * 10),
        limits={"max_refusal_bytes": 10},
    ),
    client(
        "refused-chunked-at-limit",
        "limit",
        CHUNKED + b"1\r\na\r\n" * 9,
        Rejected(403, b"aa"),
        limits={"max_refusal_bytes": 10},
    ),
    client("refused-no-body-allowed", "limit", sized(b"ab"), Rejected(403), limits={"max_refusal_bytes": 0}),
    # 1xx: one outcome.
    client("100", "9110 §15.2", CONTINUE, Rejected(100, has_body=False, finished=False)),
    client(
        "102", "9110 §15.2", response(line=b"HTTP/1.1 102 Processing"), Rejected(102, has_body=False, finished=False)
    ),
    client("100-then-101", "9110 §15.2", CONTINUE + response(), Rejected(100, has_body=False, finished=False)),
    client("100-then-403", "9110 §15.2", CONTINUE + sized(b"ab"), Rejected(100, has_body=False, finished=False)),
    client("100-http-1.0", "9110 §15.2", b"HTTP/1.0 100 Continue\r\n\r\n", BAD_ANSWER),
    client("skip-100-then-101", "9110 §15.2", CONTINUE + response() + PING, Accepted(early=PING), skip=True),
    client("skip-100-and-103-then-101", "9110 §15.2", CONTINUE + HINTS + response(), Accepted(), skip=True),
    client("skip-103-then-403", "9110 §15.2", HINTS + sized(b"ab"), Rejected(403, b"ab"), skip=True),
    client("skip-100-alone", "9110 §15.2", CONTINUE, Waiting(), skip=True),
    client("skip-100-then-eof", "6455 §7.2.1", CONTINUE, Refused("6455-7.2.1-1", None), skip=True, eof=True),
    client("skip-most", "limit", CONTINUE * 3 + response(), Accepted(), skip=True, limits={"max_informational": 3}),
    client(
        "skip-too-many",
        "limit",
        CONTINUE * 4 + response(),
        Refused("9110-15.2-1", None, "max_informational"),
        skip=True,
        limits={"max_informational": 3},
    ),
    client("skip-endless", "limit", HINTS * 1000, Refused("9110-15.2-1", None, "max_informational"), skip=True),
    client(
        "skip-then-empty-line", "9112 §2.2", CONTINUE + b"\r\n" + response(), Refused("9112-2.2-1", None), skip=True
    ),
)
