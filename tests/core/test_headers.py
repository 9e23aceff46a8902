"""Header grammar: tokens, lists, extensions, hosts, origins, and fields that may be sent."""

from __future__ import annotations

import pytest

from rawws.core.errors import LocalProtocolError, WrongType, WrongValue
from rawws.core.headers import (
    BadHeaderError,
    ExtensionText,
    Origin,
    are_tokens,
    check_field,
    check_fields,
    decode_host,
    encode_host,
    field_texts,
    field_values,
    is_host,
    is_token,
    parse_extension,
    parse_origin,
    same_origin,
    split_host,
    split_list,
)

from tests.core.lines_run import lines_run


@pytest.mark.parametrize("text", ["a", "Upgrade", "!#$%&'*+-.^_`|~09azAZ", "permessage-deflate"])
def test_a_token_is_one(text: str) -> None:
    """Every character of RFC 9110 §5.6.2 may stand in a token."""
    assert is_token(text)


@pytest.mark.parametrize(
    "text", ["", " a", "a ", "a b", "a\n", "a\t", "a,b", "a/b", "a;b", "a=b", '"a"', "ä", "a\x00", "a\x7f", "\u0661"]
)
def test_what_is_no_token_is_none(text: str) -> None:
    """No delimiter, blank, control character or character outside ASCII may stand in a token."""
    assert not is_token(text)
    assert not are_tokens(["a", text])


@pytest.mark.parametrize(
    ("value", "elements"),
    [
        ("a", ["a"]),
        ("a,b", ["a", "b"]),
        (" a ,\tb ", ["a", "b"]),
        (",,a,, ,b,", ["a", "b"]),
        ("", []),
        (" , ", []),
        ('a="b,c", d', ['a="b,c"', "d"]),
        ('a="b\\",c", d', ['a="b\\",c"', "d"]),
        ('"a","b"', ['"a"', '"b"']),
        ('a="\\\\", b', ['a="\\\\"', "b"]),
        ('"a\nb", c', ['"a\nb"', "c"]),
    ],
)
def test_a_list_is_split_where_commas_separate(value: str, elements: list[str]) -> None:
    """Commas inside quoted strings separate nothing, and empty elements do not count."""
    assert split_list(value) == elements


@pytest.mark.parametrize("value", ['"', 'a, "b', 'a="b\\"', '"a" "', '""" , a'])
def test_an_unclosed_quotation_is_found(value: str) -> None:
    """A quotation mark that nothing closes makes a list none."""
    with pytest.raises(BadHeaderError):
        split_list(value)


@pytest.mark.parametrize("piece", ["a,", '"a",', '"a,b",', '\\"', '"', ",", 'a="\\"", '])
def test_splitting_is_linear(piece: str) -> None:
    """Twice the value takes at most twice the work, also where it is hostile."""

    def work(times: int) -> int:
        def split() -> None:
            try:
                split_list(piece * times)
            except BadHeaderError:
                pass

        return lines_run(split)

    assert work(2000) / work(1000) < 2.5


@pytest.mark.parametrize(
    ("element", "parsed"),
    [
        ("a", ExtensionText("a", ())),
        ("a; b", ExtensionText("a", (("b", None),))),
        ("a;b=c", ExtensionText("a", (("b", "c"),))),
        ('a; b="c"', ExtensionText("a", (("b", "c"),))),
        ('a; b="c\\d"; e', ExtensionText("a", (("b", "cd"), ("e", None)))),
        (" a\t; b = c ;d ", ExtensionText("a", (("b", "c"), ("d", None)))),
        ('a; b="c";d="e"', ExtensionText("a", (("b", "c"), ("d", "e")))),
        ("a; b; b=1", ExtensionText("a", (("b", None), ("b", "1")))),
        ("a; b=", ExtensionText("a", (("b", ""),))),
        ('a; b=""', ExtensionText("a", (("b", ""),))),
    ],
)
def test_an_extension_is_parsed(element: str, parsed: ExtensionText) -> None:
    """Name and parameters come out in order; a quoted value without its quotation marks."""
    assert parse_extension(element) == parsed


def test_an_extension_is_written_without_quotation_marks() -> None:
    """What was parsed is written as tokens, which mean the same and need no quotation marks."""
    assert str(parse_extension('a ;b="1\\0";c')) == "a; b=10; c"


@pytest.mark.parametrize(
    "element",
    [
        "",
        ";",
        "a;",
        "a;;b",
        "a b",
        "a; b c",
        "a; =c",
        "a; b=c=d",
        "a; b=c d",
        'a; b="c d"',
        'a; b="c',
        'a; b="c"d',
        'a; b="c;d"',
        'a; b="c; d=e"',
        'a; b="c\\;d"',
        'a; b="c;"',
        'a; b=";"; c',
        'a; b="c;d',
        'a"; b"',
        'a; "b"',
        '"a"',
        "ä",
        "a; b=ä",
        "a\n; b",
        'a; b="\n"',
    ],
)
def test_a_malformed_extension_is_found(element: str) -> None:
    """What does not fit the grammar of RFC 6455 §9.1 raises."""
    with pytest.raises(BadHeaderError):
        parse_extension(element)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", ("a", None)),
        ("a:1", ("a", 1)),
        ("a:", ("a", None)),
        ("A.b-c_d~!$&'()*+,;=%20:65535", ("A.b-c_d~!$&'()*+,;=%20", 65535)),
        ("127.0.0.1:080", ("127.0.0.1", 80)),
        ("[::1]", ("[::1]", None)),
        ("[::ffff:1.2.3.4]:9", ("[::ffff:1.2.3.4]", 9)),
        ("[::1]:", ("[::1]", None)),
        ("a:0", ("a", 0)),
        ("a:65535", ("a", 65535)),
    ],
)
def test_a_host_is_split(text: str, found: tuple[str, int | None]) -> None:
    """Names, IPv4 and IPv6 addresses, with a port, without, and with an empty one."""
    assert split_host(text) == found
    assert is_host(found[0])


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        ":1",
        "a:b",
        "a:1:2",
        "::1",
        "[::1",
        "::1]",
        "[]",
        "[::1]x",
        "[::1]:x",
        "[g]",
        "[1.2.3.4]",
        "a b",
        "a\n",
        "a:65536",
        "a:1\n",
        "a:" + "9" * 9999,
        "a@b",
        "a/b",
        "a?b",
        "a#b",
        "a%2",
        "ä",
        "a:\u0661",
        "[v1.x]",
    ],
)
def test_what_is_no_host_is_none(text: str) -> None:
    """Nothing but a host and a port passes, whatever its length."""
    assert split_host(text) is None


@pytest.mark.parametrize(
    ("wire", "shown"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.com:80", "EXAMPLE.com:80"),
        ("xn--7ks3rz39bh7u", "芝士汉堡"),
        ("XN--7KS3RZ39BH7U:8080", "芝士汉堡:8080"),
        ("a.xn--7ks3rz39bh7u", "a.芝士汉堡"),
        ("xn--", "xn--"),
        ("xn--0.com", "xn--0.com"),
        ("xn--" + "a" * 300, "xn--" + "a" * 300),
        ("a." * 121 + "xn--tda.com", "a." * 121 + "ü.com"),
        ("a." * 121 + "xn--tda.info", "a." * 121 + "xn--tda.info"),
        ("[::1]", "[::1]"),
    ],
)
def test_a_host_is_shown_as_wsproto_shows_it(wire: str, shown: str) -> None:
    """IDNA names come out in Unicode, with a port too; what only looks like one stays as it is."""
    assert decode_host(wire) == shown


@pytest.mark.parametrize(
    ("host", "wire"),
    [
        ("localhost", b"localhost"),
        ("localhost:8080", b"localhost:8080"),
        ("[::1]:80", b"[::1]:80"),
        ("芝士汉堡", b"xn--7ks3rz39bh7u"),
        ("芝士汉堡:8080", b"xn--7ks3rz39bh7u:8080"),
        ("MÜNCHEN.example", b"xn--mnchen-3ya.example"),
        ("ü." * 126 + "a", b"xn--tda." * 126 + b"a"),
    ],
)
def test_a_host_is_written(host: str, wire: bytes) -> None:
    """Names outside ASCII are written as IDNA, and the port stays a port."""
    assert encode_host(host) == wire


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "a\r\nX: y",
        "a\n",
        "a\x00",
        "a/b",
        "a@b",
        "a:x",
        "ü" * 64,
        "ü." * 126 + "ab",
        "ü" * 5000,
        "ü..a",
        "a\uff0fb",
        "a\uff1a80",
        "ü:80\r\n",
        "ü:\uff18\uff10",
        "a\u2028",
        "\ud800",
        "[ü]",
    ],
)
def test_a_host_that_cannot_be_sent_is_refused(host: str) -> None:
    """Blanks, line ends, delimiters, what IDNA would make a delimiter of: nothing gets into the head."""
    with pytest.raises(WrongValue):
        encode_host(host)


@pytest.mark.parametrize("host", [None, b"a", 5])
def test_a_host_that_is_no_str_is_refused(host: object) -> None:
    """The type is judged before anything else."""
    with pytest.raises(WrongType):
        encode_host(host)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://a", Origin("http", "a", 80)),
        ("HTTPS://A.b", Origin("https", "a.b", 443)),
        ("https://a:443", Origin("https", "a", 443)),
        ("http://[::1]:8", Origin("http", "[::1]", 8)),
        ("ws://a", Origin("ws", "a", 80)),
        ("wss://a", Origin("wss", "a", 443)),
        ("chrome-extension://abc", Origin("chrome-extension", "abc", None)),
        ("null", None),
        ("", None),
        ("a", None),
        ("http:a", None),
        ("http://", None),
        ("http://a/", None),
        ("http://a?b", None),
        ("http://u@a", None),
        ("http://a http://b", None),
        ("http://a, http://b", None),
        ("://a", None),
        ("1://a", None),
        ("http://a:x", None),
        ("http://ä", None),
        (" http://a", None),
        ("http://a\n", None),
    ],
)
def test_an_origin_is_parsed(text: str, origin: Origin | None) -> None:
    """A serialized origin is scheme, host and port; "null", lists and whatever has a path are none."""
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    ("origin", "host", "secure", "same"),
    [
        ("http://a", "a", False, True),
        ("http://a", "a:80", False, True),
        ("http://a:80", "a", False, True),
        ("HTTP://A", "a", False, True),
        ("http://a", "A", False, True),
        ("http://a:8080", "a:8080", False, True),
        ("https://a", "a", True, True),
        ("https://a:443", "a", True, True),
        ("https://a", "a:443", True, True),
        ("http://xn--7ks3rz39bh7u", "芝士汉堡", False, True),
        ("http://[::1]:8", "[::1]:8", False, True),
        ("http://a", "b", False, False),
        ("http://a.b", "b", False, False),
        ("http://a:8080", "a", False, False),
        ("http://a", "a:8080", False, False),
        ("https://a", "a", False, False),
        ("http://a", "a", True, False),
        ("https://a", "a:80", True, False),
        ("ws://a", "a", False, False),
        ("null", "null", False, False),
        ("", "", False, False),
        ("http://a/", "a", False, False),
        ("http://a", "a b", False, False),
        ("http://a.evil", "a", False, False),
        ("rubbish", "a", False, False),
        ("http://b", "a", True, False),
        ("http://[::1]", "[::1]", False, True),
    ],
)
def test_origins_are_compared(origin: str, host: str, secure: bool, same: bool) -> None:
    """Scheme, host and port have to be the same, with default ports and without regard to case; "null" is foreign."""
    assert same_origin(origin, host, secure) is same


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"X", b"y"),
        ("X", "y"),
        (b"X", b""),
        (b"X-1", b"a\tb c"),
        (b"X", b"\xff\xfe"),
        (bytearray(b"X"), bytearray(b"y")),
    ],
)
def test_a_field_that_can_be_sent_passes(name: object, value: object) -> None:
    """Names are tokens; values hold visible characters, blanks, and as bytes also octets that nobody can name."""
    sent = check_field(name, value)
    assert all(type(part) is bytes for part in sent)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "y"),
        ("X ", "y"),
        ("X:", "y"),
        ("X\r\nY", "y"),
        ("Ä", "y"),
        (b"\xc4", b"y"),
        (b"X", b"y\r\nZ: z"),
        (b"X", b"y\n"),
        (b"X", b"y\r"),
        (b"X", b"y\x00"),
        (b"X", b"y\x0b"),
        (b"X", b"y\x7f"),
        (b"X", b" y"),
        (b"X", b"y\t"),
        ("X", "ü"),
        (None, b"y"),
        (b"X", None),
        (b"X", 5),
        (memoryview(b"X"), b"y"),
    ],
)
def test_a_field_that_cannot_be_sent_is_refused(name: object, value: object) -> None:
    """Nothing that could end a line, and nothing whose octets are not known, gets into a head."""
    with pytest.raises(LocalProtocolError):
        check_field(name, value)


@pytest.mark.parametrize("headers", [None, 5, "ab", b"ab", [b"ab"], [("a",)], [("a", "b", "c")], [None], {"a": "b"}])
def test_headers_are_pairs(headers: object) -> None:
    """Whatever is no list of pairs is refused as what it is: a wrong type."""
    with pytest.raises(WrongType):
        check_fields(headers)


def test_fields_are_found_whatever_the_case_of_their_names() -> None:
    """All values of a name come out, in their order, as octets or with a character for each."""
    headers = [(b"Cookie", b"a=1"), (b"Host", b"h"), (b"cookie", b"b=\xe9")]
    assert field_values(headers, b"cookie") == [b"a=1", b"b=\xe9"]
    assert field_texts(headers, "COOKIE") == ["a=1", "b=\xe9"]
    assert field_values(headers, b"origin") == []
    assert field_texts(headers, "Origin") == []
