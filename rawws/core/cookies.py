"""RFC 6265: the cookies that a client sends with its opening handshake."""

from __future__ import annotations

from collections.abc import Iterable

from rawws.core.headers import OWS, is_token


def parse_cookies(values: Iterable[str]) -> dict[str, str]:
    """The cookies in the values of |Cookie| fields, in their order.

    "cookie-string = cookie-pair *( ";" SP cookie-pair )" (RFC 6265 §4.2.1). What is no pair is left out, and of several
    cookies of one name the first counts: "cookies with longer paths are listed before cookies with shorter paths"
    (§5.4). Quotation marks around a value are left away; nothing else in it means anything here. Linear work.
    """
    cookies: dict[str, str] = {}
    for value in values:
        for pair in value.split(";"):
            name, equals, text = pair.partition("=")
            name, text = name.strip(OWS), text.strip(OWS)
            if not equals or not is_token(name):
                continue
            if len(text) > 1 and text[0] == text[-1] == '"':
                text = text[1:-1]
            cookies.setdefault(name, text)
    return cookies
