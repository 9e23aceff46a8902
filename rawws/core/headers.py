"""Header fields: the list grammar, extension lists, hosts and origins (RFC 9110 §5 and §7.2, RFC 6455 §9.1, RFC 6454).

Grammar only: what a value means for a handshake is judged elsewhere. All work is linear in the length of the value.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple

from rawws.core.errors import WrongType, WrongValue

#: RFC 9110 §5.6.3: "OWS = *( SP / HTAB )".
OWS = " \t"

# RFC 9110 §5.6.2: "tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" /
# DIGIT / ALPHA ; any VCHAR, except delimiters". RFC 2616's token, which RFC 6455 speaks of, is the same set.
_TCHAR = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_token = re.compile(f"{_TCHAR}+", re.ASCII).fullmatch

#: The octets that a method or a header's name consists of.
TOKEN_OCTETS = frozenset(octet for octet in range(0x80) if re.fullmatch(_TCHAR, chr(octet)))

# A quoted string as a whole (RFC 9110 §5.6.4), else a quotation mark that nothing closes, else a comma.
_QUOTED_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"|[",]', re.DOTALL)
_quoted_string = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL).fullmatch
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)

# RFC 3986 §3.2.2: reg-name is "*( unreserved / pct-encoded / sub-delims )"; an empty one names no host that could be
# reached (RFC 9110 §4.2.1). An IPv4address is a reg-name too. Of IP-literal, IPvFuture has never had a version.
_reg_name = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+", re.ASCII).fullmatch
_ip_literal = re.compile(r"\[([0-9A-Fa-f:.]+)\]", re.ASCII).fullmatch
_port = re.compile(r"[0-9]+", re.ASCII).fullmatch
_scheme = re.compile(r"[A-Za-z][A-Za-z0-9+\-.]*", re.ASCII).fullmatch

# DNS allows 253 octets; Python's IDNA codec takes quadratic time on long names, so longer ones never reach it.
_LONGEST_IDNA = 253
_HIGHEST_PORT = 0xFFFF
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}

# RFC 9110 §5.5: "field-vchar = VCHAR / obs-text", with SP and HTAB between them.
_bad_value = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]").search


class BadHeaderError(ValueError):
    """A value that does not fit its grammar. Stays inside the core: whoever asked knows whose fault it is."""


class ExtensionText(NamedTuple):
    """One element of an extension list (RFC 6455 §9.1).

    name: the extension-token.
    parameters: (name, value) in their order; the value is None where there is none, and unquoted where it was quoted.
    """

    name: str
    parameters: tuple[tuple[str, str | None], ...]

    def __str__(self) -> str:
        """The element without quotation marks: a value that is a token needs none."""
        parameters = [name if value is None else f"{name}={value}" for name, value in self.parameters]
        return "; ".join([self.name, *parameters])


class Origin(NamedTuple):
    """A serialized origin (RFC 6454 §6): scheme and host in lower case, the port, or None where no default is known."""

    scheme: str
    host: str
    port: int | None


# -- tokens and lists ---------------------------------------------------------------------------------------------


def is_token(text: str) -> bool:
    """Whether `text` is a token (RFC 9110 §5.6.2)."""
    return _token(text) is not None


def are_tokens(texts: Iterable[str]) -> bool:
    """Whether each of `texts` is a token."""
    return all(map(_token, texts))


def split_list(value: str) -> list[str]:
    """The elements of a comma-separated list (RFC 9110 §5.6.1), without the whitespace around them.

    "A recipient MUST parse and ignore a reasonable number of empty list elements" (9110-5.6.1.2-1): they are left out,
    and their number is bounded by the length of the value. Raises BadHeaderError where a quotation mark is not closed.
    """
    elements = _split_outside_quotes(value) if '"' in value else value.split(",")
    return [stripped for element in elements if (stripped := element.strip(OWS))]


def _split_outside_quotes(value: str) -> list[str]:
    parts = []
    start = 0
    for match in _QUOTED_OR_COMMA.finditer(value):
        found = match.group()
        if found == '"':
            raise BadHeaderError("a quotation mark is not closed")
        if found[0] != '"':
            parts.append(value[start : match.start()])
            start = match.end()
    parts.append(value[start:])
    return parts


def parse_extension(element: str) -> ExtensionText:
    """One element of an extension list, by the grammar of RFC 6455 §9.1. Raises BadHeaderError.

    "extension = extension-token *( ";" extension-param )", "extension-param = token [ "=" (token | quoted-string) ]",
    where RFC 2616's implied whitespace may stand around each sign. One departure is let through for the caller to
    judge: an empty value, as in `server_max_window_bits=`, comes out as "".
    """
    # A semicolon inside quotation marks may be cut at, too: whatever holds one is no token, and so no value (below).
    name, *parameters = element.split(";")
    name = name.strip(OWS)
    if not is_token(name):
        raise BadHeaderError("an extension's name is not a token")
    return ExtensionText(name, tuple([_parse_parameter(text) for text in parameters]))


def _parse_parameter(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    name = name.strip(OWS)
    if not is_token(name):
        raise BadHeaderError("an extension parameter's name is not a token")
    if not equals:
        return name, None
    value = value.strip(OWS)
    if quoted := _quoted_string(value):
        value = _QUOTED_PAIR.sub(r"\1", quoted[1])
    # 6455-9.1-2: "When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to
    # the 'token' ABNF."
    if value and not is_token(value):
        raise BadHeaderError("an extension parameter's value is not a token")
    return name, value


# -- hosts --------------------------------------------------------------------------------------------------------


def split_host(text: str) -> tuple[str, int | None] | None:
    """The host and the port of "uri-host [ ":" port ]" (RFC 9110 §7.2), or None where that is not what `text` is.

    An IPv6 address keeps its brackets. The port is None where there is none, or nothing behind its colon.
    """
    host, port = text, ""
    if text.rfind(":") > text.rfind("]"):
        host, _, port = text.rpartition(":")
    if not is_host(host) or (port and (not _port(port) or len(port) > len("65535") or int(port) > _HIGHEST_PORT)):
        return None
    return host, int(port) if port else None


def is_host(text: str) -> bool:
    """Whether `text` is a host of RFC 3986 §3.2.2 and not empty: a name, an IPv4 address, an IPv6 one in brackets."""
    literal = _ip_literal(text)
    if literal is None:
        return _reg_name(text) is not None
    try:
        ipaddress.IPv6Address(literal[1])
    except ValueError:
        return False
    return True


def decode_host(value: str) -> str:
    """A valid Host value as wsproto shows it: an internationalized name in Unicode, where it is one.

    A name that looks like one and is none (`xn--` and rubbish) stays as it came: it is a valid host all the same.
    """
    lowered = value.lower()
    if "xn--" not in lowered or len(value) > _LONGEST_IDNA:
        return value
    host, colon, port = value.partition(":")
    try:
        # Of "XN--", which means the same, the codec knows nothing.
        return host.lower().encode("ascii").decode("idna") + colon + port
    except UnicodeError:
        return value


def encode_host(text: str) -> bytes:
    """The Host value for a host, with or without a port, that may be an internationalized name.

    Raises WrongType, WrongValue.
    """
    if not isinstance(text, str):
        raise WrongType(f"a host must be str, not {type(text).__name__}")
    if not text.isascii():
        host, colon, port = text.partition(":")
        try:
            # Nameprep can make a colon or a slash of a character that looks like one: the result is judged again below.
            name = host.encode("idna").decode("ascii") if len(host) <= _LONGEST_IDNA else ""
        except UnicodeError:
            name = ""
        if not is_host(name):
            raise WrongValue(f"{text[:_LONGEST_IDNA]!r} is not a host (RFC 3986 §3.2.2, IDNA)")
        text = name + colon + port
    if split_host(text) is None:
        raise WrongValue(f"{text[:_LONGEST_IDNA]!r} is not a host (RFC 9110 §7.2)")
    return text.encode("ascii")


# -- origins ------------------------------------------------------------------------------------------------------


def parse_origin(text: str) -> Origin | None:
    """The origin that `text` serializes (RFC 6454 §6.2), or None: "null" and lists of origins are none.

    Where the port is missing it is the scheme's default; scheme and host are compared without regard to case (§4).
    """
    scheme, separator, authority = text.partition("://")
    if not separator or not _scheme(scheme):
        return None
    return _origin_of(scheme.lower(), authority)


def _origin_of(scheme: str, authority: str) -> Origin | None:
    found = split_host(authority)
    if found is None:
        return None
    host, port = found
    return Origin(scheme, host.lower(), _DEFAULT_PORTS.get(scheme) if port is None else port)


def same_origin(origin: str, host: str, secure: bool) -> bool:
    """Whether a page of `origin` comes from the server that it speaks to (RFC 6454 §5, RFC 6455 §10.2).

    origin: the value of the Origin header field; "null" and what is no origin is foreign.
    host: the request's Host, such as `Request.host`; a name may be in Unicode.
    secure: whether the connection is wss; then the page must be https.
    """
    page = parse_origin(origin)
    try:
        server = _origin_of("https" if secure else "http", encode_host(host).decode("ascii"))
    except WrongValue:
        return False
    return page is not None and page == server


# -- fields of a head ---------------------------------------------------------------------------------------------


def field_values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    """The values of all fields of a name, in their order. name: in small letters; those of fields are as they came.

    "Each field value is associated with a case-insensitive field name" (RFC 9110 §5.1).
    """
    return [value for field, value in headers if field.lower() == name]


def field_texts(headers: Iterable[tuple[bytes, bytes]], name: str) -> list[str]:
    """As `field_values`, in characters: one for each octet. name: in letters of any case."""
    return [value.decode("latin-1") for value in field_values(headers, name.lower().encode("latin-1"))]


# -- fields that this endpoint sends ------------------------------------------------------------------------------


def check_field(name: object, value: object) -> tuple[bytes, bytes]:
    """One header field that may be sent as it is: no octet in it can end the line or the head (RFC 9110 §5.1, §5.5).

    name: a token. value: visible characters, spaces and tabs; octets from 0x80 on (obs-text) only where it is bytes,
    since nobody knows what characters they stand for. Raises WrongType, WrongValue.
    """
    raw_name = _as_bytes(name, "a header's name")
    raw_value = _as_bytes(value, "a header's value")
    if not raw_name or not TOKEN_OCTETS.issuperset(raw_name):
        raise WrongValue(f"illegal header name {raw_name!r}")
    if _bad_value(raw_value) or raw_value != raw_value.strip(b" \t"):
        raise WrongValue(f"illegal value of header {raw_name!r}")
    return raw_name, raw_value


def check_fields(headers: object) -> list[tuple[bytes, bytes]]:
    """Header fields that may be sent as they are: pairs of name and value. Raises WrongType, WrongValue."""
    if not isinstance(headers, Iterable) or isinstance(headers, (str, bytes)):
        raise WrongType("headers must be a list of pairs")
    checked = []
    for field in headers:
        if not isinstance(field, (tuple, list)) or len(field) != len(("name", "value")):
            raise WrongType("a header must be a pair of a name and a value")
        checked.append(check_field(field[0], field[1]))
    return checked


def _as_bytes(text: object, what: str) -> bytes:
    if isinstance(text, (bytes, bytearray)):
        return bytes(text)
    if not isinstance(text, str):
        raise WrongType(f"{what} must be bytes, not {type(text).__name__}")
    if not text.isascii():
        raise WrongValue(f"{what} must be ASCII where it is str")
    return text.encode("ascii")
