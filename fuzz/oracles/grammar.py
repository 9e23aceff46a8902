"""The grammar of an opening handshake, written down from the ABNF of the RFCs and from nothing of rawws.

`request_errors` and `response_errors` name what does not fit. They are regular expressions over whole heads, as slow
and as plain as the rules that they quote; the core, which reads octet by octet and knows h11, is built quite otherwise.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re

# RFC 9110 §5.6.2: token = 1*tchar
TCHAR = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
TOKEN = TCHAR + rb"+"
# RFC 9110 §5.6.3: OWS = *( SP / HTAB )
OWS = rb"[ \t]*"
# RFC 9110 §5.5: field-value = *field-content; field-vchar = VCHAR / obs-text; SP and HTAB stand between them only.
VCHAR = rb"[\x21-\x7e\x80-\xff]"
FIELD_VALUE = rb"(?:" + VCHAR + rb"(?:[ \t\x21-\x7e\x80-\xff]*" + VCHAR + rb")?)?"
# RFC 9112 §5: field-line = field-name ":" OWS field-value OWS
FIELD_LINE = re.compile(rb"(" + TOKEN + rb"):" + OWS + rb"(" + FIELD_VALUE + rb")" + OWS)
# RFC 9112 §3, §2.3: request-line = method SP request-target SP HTTP-version
REQUEST_LINE = re.compile(rb"(" + TOKEN + rb") ([^ ]+) (HTTP/[0-9]\.[0-9])")
# RFC 9112 §4: status-line = HTTP-version SP status-code SP [ reason-phrase ]
STATUS_LINE = re.compile(rb"(HTTP/[0-9]\.[0-9]) ([0-9]{3})(?: ([\t \x21-\x7e\x80-\xff]*))?")
# RFC 9110 §5.6.4: quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE
QUOTED = rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'

# RFC 3986 §3.3, §3.4: pchar = unreserved / pct-encoded / sub-delims / ":" / "@"
PCHAR = rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
ORIGIN_FORM = re.compile(rb"(?:/" + PCHAR + rb"*)+(?:\?(?:" + PCHAR + rb"|[/?])*)?")
ABSOLUTE_FORM = re.compile(
    rb"(?:wss?|https?)://([^/?#]*)((?:/" + PCHAR + rb"*)*)(?:\?(?:" + PCHAR + rb"|[/?])*)?", re.IGNORECASE
)
# RFC 3986 §3.2.2, §3.2.3: host [ ":" port ]
REG_NAME = re.compile(rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
HOST_PORT = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::([0-9]*))?")

#: Characters that no URI holds, and that browsers and h11 let through (the WHATWG's URL standard knows them).
LENIENT_TARGET = frozenset(b'"<>\\^`{|}[]%')

Fields = dict[bytes, list[bytes]]


def _head(octets: bytes) -> tuple[bytes, Fields, list[str]]:
    """The start-line, the fields by name, and what does not fit. RFC 9112 §2.1: HTTP-message."""
    errors = []
    if not octets.endswith(b"\r\n\r\n"):
        errors.append("no empty line at the end")
    start, *lines = octets.removesuffix(b"\r\n\r\n").split(b"\r\n")
    fields: Fields = {}
    for line in lines:
        match = FIELD_LINE.fullmatch(line)
        if match is None:
            errors.append(f"no field line: {line!r}")
        else:
            fields.setdefault(match[1].lower(), []).append(match[2])
    return start, fields, errors


def elements(values: list[bytes]) -> list[bytes] | None:
    """RFC 9110 §5.6.1: a list over all its lines, its empty elements left out; None where a quote does not end."""
    joined = b",".join(values)
    parts = re.fullmatch(rb"((?:" + QUOTED + rb'|[^",])*)((?:,(?:' + QUOTED + rb'|[^",])*)*)', joined)
    if parts is None:
        return None
    found = re.findall(rb"((?:" + QUOTED + rb'|[^",])+)', joined)
    return [element.strip(b" \t") for element in found if element.strip(b" \t")]


def _tokens(values: list[bytes]) -> list[bytes] | None:
    """1#token, or None."""
    found = elements(values)
    if not found or not all(re.fullmatch(TOKEN, element) for element in found):
        return None
    return found


def _is_host(text: bytes) -> bool:
    match = HOST_PORT.fullmatch(text)
    if match is None or not match[1] or (match[2] and int(match[2]) > 65535):
        return False
    if match[1].startswith(b"["):
        try:
            ipaddress.IPv6Address(match[1][1:-1].decode())
        except ValueError:
            return False
        return True
    return REG_NAME.fullmatch(match[1]) is not None


def _is_extension_list(values: list[bytes]) -> bool:
    """RFC 6455 §9.1: extension-list = 1#extension; extension = token *( ";" token [ "=" (token | quoted-string) ] ).

    One departure is known: an empty value (`a=`) is let through to be declined as an invalid value (RFC 7692 §7).
    """
    value = rb"(?:" + TOKEN + rb"|" + QUOTED + rb")?"
    parameter = OWS + rb";" + OWS + TOKEN + rb"(?:" + OWS + rb"=" + OWS + value + rb")?"
    found = elements(values)
    if not found:
        return False
    for element in found:
        if not re.fullmatch(TOKEN + rb"(?:" + parameter + rb")*" + OWS, element):
            return False
        # "When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to the
        # 'token' ABNF."
        for quoted in re.findall(QUOTED, element):
            if not re.fullmatch(TOKEN + rb"|", re.sub(rb"\\(.)", rb"\1", quoted[1:-1])):
                return False
    return True


def _target_errors(target: bytes) -> list[str]:
    strict = bytes(octet for octet in target if octet not in LENIENT_TARGET)
    for candidate in (target, strict):
        absolute = ABSOLUTE_FORM.fullmatch(candidate)
        if ORIGIN_FORM.fullmatch(candidate) or (absolute and _is_host(absolute[1])):
            return []
    return [f"no origin-form and no absolute-form: {target!r}"]


def request_errors(octets: bytes) -> list[str]:
    """Why a head is no opening handshake of a client (RFC 6455 §4.1, §4.2.1); nothing where it is one."""
    # RFC 9112 §2.2: one empty line before a request is skipped.
    start, fields, errors = _head(octets.removeprefix(b"\r\n"))
    line = REQUEST_LINE.fullmatch(start)
    if line is None:
        return [*errors, f"no request-line: {start!r}"]
    method, target, version = line.groups()
    # §4.1, 2: "The method of the request MUST be GET, and the HTTP version MUST be at least 1.1."
    if method != b"GET" or not b"HTTP/1.1" <= version < b"HTTP/2":
        errors.append("not GET, or not HTTP/1.1")
    errors += _target_errors(target)
    hosts = fields.get(b"host", [])
    if len(hosts) != 1 or not _is_host(hosts[0]):
        errors.append(f"not one Host, or no host: {hosts}")
    # 5. and 6. "an |Upgrade| header field whose value MUST include the "websocket" keyword", "a |Connection| header
    # field whose value MUST include the "Upgrade" token".
    upgrade = elements(fields.get(b"upgrade", [])) or []
    if not all(re.fullmatch(TOKEN + rb"(?:/" + TOKEN + rb")?", protocol) for protocol in upgrade):
        errors.append("Upgrade is no list of protocols")
    if b"websocket" not in [protocol.lower() for protocol in upgrade]:
        errors.append("no Upgrade: websocket")
    if b"upgrade" not in [token.lower() for token in _tokens(fields.get(b"connection", [])) or []]:
        errors.append("no Connection: Upgrade")
    errors += _own_field_errors(fields)
    # A body has no meaning (RFC 9110 §9.3.1), and is how requests are smuggled. That there is none may be said twice:
    # of a list of lengths "the recipient MUST either reject the message as invalid or replace the duplicated field
    # values with a single valid Content-Length" (§8.6).
    if b"transfer-encoding" in fields or set(elements(fields.get(b"content-length", [b"0"])) or [b""]) != {b"0"}:
        errors.append("a body")
    return errors


def _own_field_errors(fields: Fields) -> list[str]:
    """RFC 6455 §11.3 and §4.3: the fields that begin with Sec-WebSocket-."""
    errors = []
    keys = fields.get(b"sec-websocket-key", [])
    try:
        right = len(keys) == 1 and len(keys[0]) == 24 and len(base64.b64decode(keys[0], validate=True)) == 16
    except binascii.Error:
        right = False
    if not right:
        errors.append(f"not one key of 16 octets in base64: {keys}")
    if fields.get(b"sec-websocket-version") != [b"13"]:
        errors.append("not one version, and 13")
    if b"sec-websocket-protocol" in fields:
        protocols = _tokens(fields[b"sec-websocket-protocol"])
        if protocols is None or len(set(protocols)) < len(protocols):
            errors.append("Sec-WebSocket-Protocol is no list of tokens, each once")
    if b"sec-websocket-extensions" in fields and not _is_extension_list(fields[b"sec-websocket-extensions"]):
        errors.append("Sec-WebSocket-Extensions is no extension-list")
    if len(fields.get(b"origin", [])) > 1:
        errors.append("more than one Origin")
    return errors


def response_errors(octets: bytes, token: bytes, subprotocols: list[bytes], offered: set[bytes]) -> list[str]:
    """Why a head accepts no opening handshake (RFC 6455 §4.1, "validate the server's response"); nothing where it does.

    token: what Sec-WebSocket-Accept has to be. subprotocols, offered: what was asked for.
    """
    # RFC 9112 §5.2: "A user agent that receives an obs-fold in a response message … MUST replace each received obs-fold
    # with one or more SP octets prior to interpreting the field value."
    start, fields, errors = _head(re.sub(rb"\r\n[ \t]+", b" ", octets))
    line = STATUS_LINE.fullmatch(start)
    if line is None:
        return [*errors, f"no status-line: {start!r}"]
    if line[2] != b"101" or not b"HTTP/1.1" <= line[1] < b"HTTP/2":
        errors.append("not 101, or not HTTP/1.1")
    if [value.lower() for value in fields.get(b"upgrade", [])] != [b"websocket"]:
        errors.append("Upgrade is not websocket")
    if b"upgrade" not in [value.lower() for value in _tokens(fields.get(b"connection", [])) or []]:
        errors.append("no Connection: Upgrade")
    if fields.get(b"sec-websocket-accept") != [token]:
        errors.append("not one token, or a wrong one")
    chosen = fields.get(b"sec-websocket-protocol", [])
    if len(chosen) > 1 or any(name not in subprotocols for name in chosen):
        errors.append("a subprotocol that was not asked for")
    if b"sec-websocket-extensions" in fields:
        if not _is_extension_list(fields[b"sec-websocket-extensions"]):
            errors.append("Sec-WebSocket-Extensions is no extension-list")
        names = {element.split(b";")[0].strip() for element in elements(fields[b"sec-websocket-extensions"]) or []}
        if not names <= offered:
            errors.append("an extension that was not offered")
    return errors
