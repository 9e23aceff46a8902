"""Errors and small functions around the opening handshake (wsproto.utilities)."""

from __future__ import annotations

from wsproto.utilities import ACCEPT_GUID, generate_accept_token, generate_nonce, normed_header_dict

from rawws.core.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from rawws.core.headers import BadHeaderError, split_list
from rawws.core.refused import refuse

__all__ = [
    "ACCEPT_GUID",
    "LocalProtocolError",
    "ProtocolError",
    "RemoteProtocolError",
    "generate_accept_token",
    "generate_nonce",
    "normed_header_dict",
    "split_comma_header",
]


def split_comma_header(value: bytes) -> list[str]:
    """The elements of a comma-separated header value (RFC 9110 §5.6.1), as text.

    A comma inside a quoted string separates nothing, and empty elements are left out (9110-5.6.1.2-1). Raises
    RemoteProtocolError where an octet is not ASCII or a quotation mark is not closed.
    """
    if not value.isascii():
        raise refuse("Bad header value", "6455-4.2.1-7", message="a list header holds octets that are not ASCII")
    try:
        return split_list(value.decode("ascii"))
    except BadHeaderError:
        raise refuse("Bad header value", "6455-4.2.1-7", message="a quotation mark is not closed") from None
