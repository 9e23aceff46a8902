"""Values of |Sec-WebSocket-Extensions|: by the grammar of RFC 6455 §9.1, with the parameters of RFC 7692 and others."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

_Parameters = list[tuple[str, str | None]]

#: Where the grammar lets whitespace stand.
_OWS = st.sampled_from(["", " ", "", "\t", "  "])

_FLAGS = ("server_no_context_takeover", "client_no_context_takeover")
_WINDOWS = ("server_max_window_bits", "client_max_window_bits")

#: Values of a window that the grammar of §9.1 allows and RFC 7692 §7.1.2 does not.
_BAD_WINDOWS = ("7", "16", "0", "08", "008", "+10", "-10", "1_0", "1e1", "10.0", "x", "999999999999999999999", "٣")

#: What the grammar does not allow.
_MALFORMED = (
    "",
    ";",
    ",",
    "permessage-deflate;",
    "permessage-deflate; ;",
    "permessage-deflate; =10",
    "permessage-deflate; a==b",
    'permessage-deflate; a="',
    'permessage-deflate; a="b',
    'permessage-deflate; a="b c"',
    'permessage-deflate; a="b"c',
    'permessage-deflate; a="b,c"',
    "permessage deflate",
    '"permessage-deflate"',
    "permessage-deflate; server_max_window_bits=",
    "permessage-deflate; server_max_window_bits = ",
    "permessage-deflate\x7f",
    "permessage-déflate",
)


@cache
def tokens() -> st.SearchStrategy[str]:
    """Tokens (RFC 9110 §5.6.2)."""
    return st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=8)


def _quoted(value: str, escapes: tuple[bool, ...]) -> str:
    marks = [*escapes, *[False] * len(value)]
    return '"' + "".join("\\" + char if mark else char for char, mark in zip(value, marks, strict=False)) + '"'


def _parameter(draw: st.DrawFn, name: str, value: str | None) -> str:
    if value is None:
        return name
    if value and draw(st.integers(0, 4)) == 0:
        value = _quoted(value, tuple(draw(st.lists(st.booleans(), max_size=3))))
    return f"{name}{draw(_OWS)}={draw(_OWS)}{value}"


@cache
def right_parameters() -> st.SearchStrategy[_Parameters]:
    """Parameters that an offer of permessage-deflate may have (RFC 7692 §7.1), each once at most."""
    window = st.integers(8, 15).map(str)
    flags = [st.just((name, None)) for name in _FLAGS]
    server = window.map(lambda value: (_WINDOWS[0], value))
    client = st.one_of(window, st.none()).map(lambda value: (_WINDOWS[1], value))
    return st.lists(st.one_of(*flags, server, client), max_size=4, unique_by=lambda parameter: parameter[0])


@cache
def wrong_parameters() -> st.SearchStrategy[_Parameters]:
    """Parameters that fit the grammar, and that no permessage-deflate has."""
    wrong = st.one_of(
        st.sampled_from([(name, "1") for name in _FLAGS]),
        st.tuples(st.sampled_from(_WINDOWS), st.sampled_from(_BAD_WINDOWS[:-1])),
        st.just((_WINDOWS[0], None)),
        st.tuples(tokens(), st.one_of(st.none(), tokens())),
    )
    twice = right_parameters().filter(bool).map(lambda found: [*found, found[0]])
    mixed = st.tuples(right_parameters(), wrong).map(lambda both: [*both[0], both[1]])
    return st.one_of(mixed, twice)


@st.composite
def _elements(draw: st.DrawFn, names: st.SearchStrategy[str], parameters: st.SearchStrategy[_Parameters]) -> str:
    text = draw(names)
    for parameter, value in draw(parameters):
        text += f"{draw(_OWS)};{draw(_OWS)}" + _parameter(draw, parameter, value)
    return text


@cache
def deflate_offers() -> st.SearchStrategy[str]:
    """One offer of permessage-deflate that keeps RFC 7692."""
    return _elements(st.just("permessage-deflate"), right_parameters())


@cache
def declined_offers() -> st.SearchStrategy[str]:
    """One well-formed offer that a server has to decline: wrong parameters, or an extension that nobody knows."""
    wrong = _elements(st.just("permessage-deflate"), wrong_parameters())
    unknown = _elements(tokens(), right_parameters())
    return st.one_of(wrong, unknown)


@cache
def offers() -> st.SearchStrategy[str]:
    """A whole header value of one or more offers, empty elements among them, that fits the grammar."""
    element = st.one_of(deflate_offers(), declined_offers())
    comma = st.sampled_from([", ", ",", "\t, ", ", ,"])
    return st.builds(str.join, comma, st.lists(element, min_size=1, max_size=4))


@cache
def header_values() -> st.SearchStrategy[str]:
    """Any value: by the grammar, malformed, or both in one list."""
    malformed = st.one_of(st.sampled_from(_MALFORMED), st.text('permsage-dflt;,="\\ 10é', max_size=30))
    both = st.tuples(offers(), malformed).map(", ".join)
    return st.one_of(offers(), malformed, both)
