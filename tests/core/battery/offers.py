"""Offers of permessage-deflate that a server reads, and answers to them that a client reads."""

from __future__ import annotations

from tests.core.battery.rows import Accepted, Outcome, Refused, Requested, Row, client, request, response, server

# -- permessage-deflate, offered to a server ----------------------------------------------------------------------


def offered(offers: str, name: str, answer: str = "") -> Row:
    """A request with offers, and what a server that supports permessage-deflate answers."""
    octets = request(b"Sec-WebSocket-Extensions: " + offers.encode("latin-1"))
    elements = tuple(element.strip() for element in offers.split(","))
    return server(f"offer-{name}", "7692 §7.1", octets, Requested(extensions=elements, answer=answer), deflate=True)


PD = "permessage-deflate"
OFFERS = (
    offered(PD, "plain", PD),
    offered(f"{PD}; client_no_context_takeover", "client-takeover", f"{PD}; client_no_context_takeover"),
    offered(f"{PD}; server_no_context_takeover", "server-takeover", f"{PD}; server_no_context_takeover"),
    offered(f"{PD}; client_max_window_bits", "client-window-bare", f"{PD}; client_max_window_bits=15"),
    offered(f"{PD}; client_max_window_bits=9", "client-window-9", f"{PD}; client_max_window_bits=9"),
    offered(f"{PD}; client_max_window_bits=8", "client-window-8", f"{PD}; client_max_window_bits=8"),
    offered(f"{PD}; server_max_window_bits=9", "server-window-9", f"{PD}; server_max_window_bits=9"),
    offered(f'{PD}; server_max_window_bits="10"', "server-window-quoted", f"{PD}; server_max_window_bits=10"),
    offered(f'{PD}; server_max_window_bits="1\\0"', "server-window-escaped", f"{PD}; server_max_window_bits=10"),
    offered(f"{PD} ; server_max_window_bits = 10", "spaces", f"{PD}; server_max_window_bits=10"),
    offered(f"{PD}; server_max_window_bits=8", "server-window-8"),
    offered(f"{PD}; server_max_window_bits", "server-window-bare"),
    offered(f"{PD}; server_max_window_bits=", "server-window-empty"),
    offered(f'{PD}; server_max_window_bits=""', "server-window-quoted-empty"),
    offered(f"{PD}; server_max_window_bits=7", "server-window-7"),
    offered(f"{PD}; server_max_window_bits=16", "server-window-16"),
    offered(f"{PD}; server_max_window_bits=010", "server-window-leading-zero"),
    offered(f"{PD}; server_max_window_bits=+10", "server-window-signed"),
    offered(f"{PD}; server_max_window_bits=-10", "server-window-negative"),
    offered(f"{PD}; server_max_window_bits=1_0", "server-window-underscore"),
    offered(f"{PD}; server_max_window_bits=10.0", "server-window-fraction"),
    offered(f"{PD}; server_max_window_bits=0x0a", "server-window-hexadecimal"),
    offered(f"{PD}; server_max_window_bits=" + "9" * 5000, "server-window-huge"),
    offered(f"{PD}; server_max_window_bits=abc", "server-window-word"),
    offered(f"{PD}; server_max_window_bits=10; server_max_window_bits=10", "server-window-twice"),
    offered(f"{PD}; client_max_window_bits=", "client-window-empty"),
    offered(f"{PD}; client_max_window_bits=16", "client-window-16"),
    offered(f"{PD}; client_max_window_bits; client_max_window_bits", "client-window-twice"),
    offered(f"{PD}; client_no_context_takeover=1", "flag-with-value"),
    offered(f"{PD}; server_no_context_takeover=true", "flag-with-word"),
    offered(f'{PD}; server_no_context_takeover=""', "flag-with-empty-value"),
    offered(f"{PD}; client_no_context_takeover; client_no_context_takeover", "flag-twice"),
    offered(f"{PD}; client_max_window_bits_extra=10", "longer-name"),
    offered(f"{PD}; Server_No_Context_Takeover", "name-in-other-case"),
    offered(f"{PD}; mystery", "unknown-parameter"),
    offered("Permessage-Deflate", "extension-in-other-case"),
    offered("x-webkit-deflate-frame", "other-extension"),
    offered(f"{PD}; mystery, {PD}", "bad-then-good", PD),
    offered(
        f"{PD}; server_max_window_bits=8, {PD}; server_max_window_bits=12",
        "8-then-12",
        f"{PD}; server_max_window_bits=12",
    ),
    offered(f"{PD}; client_no_context_takeover=1, {PD}", "bad-leaves-no-trace", PD),
    offered(f"{PD}; client_max_window_bits, {PD}", "first-good-one-wins", f"{PD}; client_max_window_bits=15"),
    offered(f"{PD}, {PD}; server_no_context_takeover, {PD}", "one-answer", PD),
    offered(f"other; a=b, {PD}, {PD}", "between-others", PD),
    offered(", ".join([f"{PD}; mystery"] * 300), "300-bad-ones"),
)

# -- answers to a client ---------------------------------------------------------------------

BAD_ANSWER = Refused("6455-4.1-17", None)
NOT_AN_ANSWER = Refused("7692-5-1", None)
BAD_PARAMETER = Refused("7692-7-2", None)


def answered(name: str, accepted: str, offer: str, expected: Outcome) -> Row:
    """A response to `permessage-deflate` with the parameters of `offer`."""
    octets = response(b"Sec-WebSocket-Extensions: " + accepted.encode("latin-1"))
    return client(f"answer-{name}", "7692 §7.1", octets, expected, offers=(offer,))


USES_DEFLATE = Accepted(extensions=(PD,))
DEFLATE_ANSWERS = (
    answered("plain", PD, "", USES_DEFLATE),
    answered("server-takeover-volunteered", f"{PD}; server_no_context_takeover", "", USES_DEFLATE),
    answered("client-takeover-asked", f"{PD}; client_no_context_takeover", "", USES_DEFLATE),
    answered("server-window-volunteered", f"{PD}; server_max_window_bits=10", "", USES_DEFLATE),
    answered("server-window-8", f"{PD}; server_max_window_bits=8", "", USES_DEFLATE),
    answered("server-window-quoted", f'{PD}; server_max_window_bits="10"', "", USES_DEFLATE),
    answered("server-window-smaller", f"{PD}; server_max_window_bits=9", "server_max_window_bits=10", USES_DEFLATE),
    answered("server-window-larger", f"{PD}; server_max_window_bits=11", "server_max_window_bits=10", NOT_AN_ANSWER),
    answered("server-window-ignored", PD, "server_max_window_bits=10", NOT_AN_ANSWER),
    answered("server-window-15-unsaid", PD, "server_max_window_bits=15", USES_DEFLATE),
    answered("server-takeover-kept", f"{PD}; server_no_context_takeover", "server_no_context_takeover", USES_DEFLATE),
    answered("server-takeover-ignored", PD, "server_no_context_takeover", NOT_AN_ANSWER),
    answered("client-window", f"{PD}; client_max_window_bits=10", "client_max_window_bits", USES_DEFLATE),
    answered("client-window-8", f"{PD}; client_max_window_bits=8", "client_max_window_bits", USES_DEFLATE),
    answered("client-window-unsaid", PD, "client_max_window_bits=10", USES_DEFLATE),
    answered("client-window-not-offered", f"{PD}; client_max_window_bits=10", "", NOT_AN_ANSWER),
    answered("client-window-larger", f"{PD}; client_max_window_bits=11", "client_max_window_bits=10", NOT_AN_ANSWER),
    answered("client-window-bare", f"{PD}; client_max_window_bits", "client_max_window_bits", BAD_PARAMETER),
    answered("server-window-bare", f"{PD}; server_max_window_bits", "", BAD_PARAMETER),
    answered("server-window-16", f"{PD}; server_max_window_bits=16", "", BAD_PARAMETER),
    answered("server-window-7", f"{PD}; server_max_window_bits=7", "", BAD_PARAMETER),
    answered("server-window-leading-zero", f"{PD}; server_max_window_bits=09", "", BAD_PARAMETER),
    answered("server-window-word", f"{PD}; server_max_window_bits=abc", "", BAD_PARAMETER),
    answered("server-window-empty", f"{PD}; server_max_window_bits=", "", Refused("6455-9.1-1", None)),
    answered("server-window-twice", f"{PD}; server_max_window_bits=9; server_max_window_bits=9", "", BAD_PARAMETER),
    answered("flag-with-value", f"{PD}; server_no_context_takeover=1", "", BAD_PARAMETER),
    answered("unknown-parameter", f"{PD}; mystery", "", BAD_PARAMETER),
    answered("longer-name", f"{PD}; server_max_window_bits_x=9", "", BAD_PARAMETER),
    answered("twice", f"{PD}, {PD}", "", BAD_ANSWER),
    answered("unclosed-quote", f'{PD}; server_max_window_bits="9', "", BAD_ANSWER),
    answered("quoted-no-token", f'{PD}; server_max_window_bits="1 0"', "", Refused("6455-9.1-1", None)),
    answered("empty", "", "", Refused("6455-9.1-1", None)),
    answered("no-name", "; a", "", Refused("6455-9.1-1", None)),
    answered("other-extension", "other", "", Refused("6455-4.1-13", None)),
    answered("other-case", "Permessage-Deflate", "", Refused("6455-4.1-13", None)),
    answered("another-one-too", f"{PD}, other", "", Refused("6455-4.1-13", None)),
    answered("non-ascii", f"{PD}; \xe4", "", BAD_ANSWER),
    client(
        "answer-none-offered",
        "6455 §4.1",
        response(b"Sec-WebSocket-Extensions: " + PD.encode()),
        Refused("6455-4.1-13", None),
    ),
    client(
        "answer-lines",
        "6455 §4.2.2",
        response(b"Sec-WebSocket-Extensions: x-other", b"Sec-WebSocket-Extensions: " + PD.encode()),
        Accepted(extensions=("x-other", PD)),
        offers=("", "x-other"),
    ),
    client(
        "answer-twice-over-lines",
        "6455 §4.1",
        response(b"Sec-WebSocket-Extensions: " + PD.encode(), b"Sec-WebSocket-Extensions: " + PD.encode()),
        BAD_ANSWER,
        offers=("",),
    ),
)
