"""RFC 6455 §9.1, RFC 7692 §5: what extensions hear, in which order, and what becomes of their answers."""

from __future__ import annotations

import pytest
import wsproto.extensions

from rawws.core.errors import LocalProtocolError, RemoteProtocolError
from rawws.core.extensions import Extension, PerMessageDeflate
from rawws.core.handshake import client_extensions_handshake, server_extensions_handshake

PD = "permessage-deflate"


class Recorder(Extension):
    """An extension that writes down what it hears, and says what it is told to say."""

    def __init__(
        self, name: str = "x", *, offer: object = True, accept: object = True, refuses: type[Exception] | None = None
    ) -> None:
        self.name = name
        self.heard: list[str] = []
        self._offer = offer
        self._accept = accept
        self._refuses = refuses

    def offer(self) -> bool | str:
        """What it was told to offer."""
        return self._offer  # type: ignore[return-value]

    def accept(self, offer: str) -> bool | str | None:
        """Write the offer down."""
        self.heard.append(offer)
        if self._refuses:
            raise self._refuses
        return self._accept  # type: ignore[return-value]

    def finalize(self, offer: str) -> None:
        """Write the response down."""
        self.heard.append(offer)
        if self._refuses:
            raise self._refuses


# -- server -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "header"),
    [(True, b"x"), ("", b"x"), ("a=b; c", b"x; a=b; c"), ('a="b"', b'x; a="b"'), (False, None), (None, None)],
)
def test_an_answer_becomes_an_element(answer: object, header: bytes | None) -> None:
    """True and "" are the name alone, text is parameters, False and None decline."""
    assert server_extensions_handshake(["x"], [Recorder(accept=answer)]) == header


def test_an_extension_hears_its_own_offers_as_they_were_written() -> None:
    """An offer of another name, or one that is malformed, reaches no extension."""
    extension = Recorder(accept=False)
    offers = ["y", "x; a", 'x;b = "c"', "x; =", "x; a=", 'x; a="b c"', "x;", "x y", ""]
    assert server_extensions_handshake(offers, [extension]) is None
    assert extension.heard == ["x; a", 'x;b = "c"']


def test_the_first_offer_that_is_accepted_wins() -> None:
    """RFC 7692 §5.2: later offers of the same name are fallbacks; wsproto lets the last one win."""
    extension = Recorder(accept="a")
    assert server_extensions_handshake(["x; p", "x; q"], [extension]) == b"x; a"
    assert extension.heard == ["x; p"]


def test_an_offer_behind_a_fallback_is_looked_at() -> None:
    """What follows a second offer of the same extension, or one that fits no grammar, is an offer like any other."""
    first, second = Recorder("a"), Recorder("b")
    assert server_extensions_handshake(["a", "a; x", "b"], [first, second]) == b"a, b"
    assert (first.heard, second.heard) == (["a"], ["b"])
    assert server_extensions_handshake(["a;", "b"], [Recorder("a"), Recorder("b")]) == b"b"


def test_answers_come_in_the_order_of_the_offers() -> None:
    """The client's order is its preference, and the response's order is that of the operations (§9.1)."""
    supported = [Recorder("x"), Recorder("y"), Recorder("z")]
    assert server_extensions_handshake(["z", "y", "w", "x"], supported) == b"z, y, x"


def test_the_second_of_two_may_accept_what_the_first_declined() -> None:
    """Two extensions of one name: each is asked, in order, until one accepts."""
    first, second = Recorder(accept=None), Recorder(accept="b")
    assert server_extensions_handshake(["x"], [first, second]) == b"x; b"
    assert first.heard == second.heard == ["x"]


def test_the_first_of_two_that_accept_is_the_one_in_use() -> None:
    """Two extensions of one name: nobody asks the second where the first has accepted."""
    first, second = Recorder(accept="a"), Recorder(accept="b")
    assert server_extensions_handshake(["x"], [first, second]) == b"x; a"
    assert (first.heard, second.heard) == (["x"], [])


@pytest.mark.parametrize("answer", ["a\r\nX: y", "a=", "a b", 'a="b', "ä", "a; ", 5, b"a"])
def test_an_answer_that_cannot_be_sent_is_our_fault(answer: object) -> None:
    """What an extension says goes into a header only where it fits the grammar."""
    with pytest.raises(LocalProtocolError):
        server_extensions_handshake(["x"], [Recorder(accept=answer)])


def test_a_value_error_in_accept_declines() -> None:
    """wsproto's setters raise ValueError for windows that they do not have: that offer is declined."""
    assert server_extensions_handshake(["x"], [Recorder(refuses=ValueError)]) is None


def test_other_errors_of_an_extension_come_out() -> None:
    """A bug in an extension is not hidden."""
    with pytest.raises(ZeroDivisionError):
        server_extensions_handshake(["x"], [Recorder(refuses=ZeroDivisionError)])


def test_permessage_deflate_hears_judged_text_only() -> None:
    """Parameters reach `accept` without quotation marks and odd blanks, and only where RFC 7692 allows them."""
    extension = Recorder(PD, accept=None)
    offers = [
        f'{PD} ;server_max_window_bits = "1\\0"',
        f"{PD}; mystery",
        f"{PD}; server_max_window_bits=8",
        f"{PD}; client_max_window_bits=8",
    ]
    assert server_extensions_handshake(offers, [extension]) is None
    assert extension.heard == [f"{PD}; server_max_window_bits=10", f"{PD}; client_max_window_bits=8"]


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        (PD, "client_max_window_bits=10"),
        (f"{PD}; server_no_context_takeover", True),
        (f"{PD}; server_max_window_bits=9", "server_max_window_bits=10"),
        (PD, "mystery"),
    ],
)
def test_a_wrong_answer_to_permessage_deflate_is_our_fault(offer: str, answer: object) -> None:
    """An answer that a strict client would fail the connection for is not sent."""
    with pytest.raises(LocalProtocolError):
        server_extensions_handshake([offer], [Recorder(PD, accept=answer)])


@pytest.mark.parametrize("make", [PerMessageDeflate, wsproto.extensions.PerMessageDeflate])
@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        (PD, b"permessage-deflate"),
        (f"{PD}; client_max_window_bits", b"permessage-deflate; client_max_window_bits=15"),
        (f"{PD}; server_max_window_bits=10", b"permessage-deflate; server_max_window_bits=10"),
        (f"{PD}; server_max_window_bits=8", None),
        (f"{PD}; server_max_window_bits=99", None),
    ],
)
def test_deflate_negotiates_with_ours_and_with_wsprotos(
    make: type[wsproto.extensions.PerMessageDeflate], offer: str, answer: bytes | None
) -> None:
    """Embedders may bring wsproto's own extension: it hears nothing that it would stumble over."""
    extension = make()
    assert server_extensions_handshake([offer], [extension]) == answer
    assert extension.enabled() is (answer is not None)


@pytest.mark.parametrize("name", ["bbf-usp-protocol", "permessage-deflat", "permessage-deflate2", "x"])
def test_other_extensions_have_parameters_of_their_own(name: str) -> None:
    """What RFC 7692 says of parameters is said of permessage-deflate: others are heard as they were written."""
    extension = Recorder(name, offer="mystery=1", accept="mystery=2")
    assert server_extensions_handshake([f'{name};mystery = "3"'], [extension]) == f"{name}; mystery=2".encode()
    assert client_extensions_handshake([f'{name};mystery = "4"'], [extension]) == [extension]
    assert extension.heard == [f'{name};mystery = "3"', f'{name};mystery = "4"']


# -- client -----------------------------------------------------------------------------------------------------------


def test_accepted_extensions_come_in_the_order_of_the_response() -> None:
    """The response's order is that of the operations (§9.1)."""
    x, y = Recorder("x"), Recorder("y")
    assert client_extensions_handshake(["y; a=b", "x"], [x, y]) == [y, x]
    assert (x.heard, y.heard) == (["x"], ["y; a=b"])


@pytest.mark.parametrize("accepted", [["y"], ["X"], ["x", "x"], ["x; "], ["x; a="], ['x; a="b c"'], [""], ["x y"]])
def test_a_bad_response_is_the_servers_fault(accepted: list[str]) -> None:
    """What was not offered, comes twice, or does not fit the grammar; nothing is finalized then."""
    extension = Recorder()
    with pytest.raises(RemoteProtocolError):
        client_extensions_handshake(accepted, [extension])
    assert extension.heard == []


def test_what_was_not_offered_must_not_be_accepted() -> None:
    """An extension that chose not to make an offer is one that was not requested (6455-4.1-13)."""
    with pytest.raises(RemoteProtocolError, match="unrecognized extension x"):
        client_extensions_handshake(["x"], [Recorder(offer=False)])


def test_the_instance_whose_offer_was_accepted_is_the_one_in_use() -> None:
    """Of two offers of permessage-deflate, the response tells which one it answers."""
    strict = Recorder(PD, offer="server_no_context_takeover")
    plain = Recorder(PD, offer=True)
    assert client_extensions_handshake([PD], [strict, plain]) == [plain]
    assert (strict.heard, plain.heard) == ([], [PD])


def test_of_two_offers_of_another_extension_the_first_is_in_use() -> None:
    """A response names an extension, not an offer: where nobody can tell, it answers the most welcome one."""
    first, second = Recorder(offer="a"), Recorder(offer="b")
    assert client_extensions_handshake(["x; c"], [first, second]) == [first]
    assert (first.heard, second.heard) == (["x; c"], [])


def test_finalize_hears_judged_text_only() -> None:
    """A window of 8 that the server keeps is told as 9, which inflates it as well and which can be set."""
    extension = Recorder(PD)
    client_extensions_handshake([f'{PD};server_max_window_bits="8"; server_no_context_takeover'], [extension])
    assert extension.heard == [f"{PD}; server_max_window_bits=9; server_no_context_takeover"]


@pytest.mark.parametrize(
    ("response", "heard"),
    [
        ("client_max_window_bits=8", "client_max_window_bits=8"),
        ("server_max_window_bits=8", "server_max_window_bits=9"),
        ("server_max_window_bits=15", "server_max_window_bits=15"),
        ("server_max_window_bits=8; client_max_window_bits=8", "server_max_window_bits=9; client_max_window_bits=8"),
        ("client_max_window_bits=8; server_max_window_bits=10", "client_max_window_bits=8; server_max_window_bits=10"),
    ],
)
def test_a_server_s_window_of_8_is_heard_as_9(response: str, heard: str) -> None:
    """Inflating takes a window of 9 for one of 8, and `finalize` could not set that; all else is as the server said."""
    recorder = Recorder(PD, offer="client_max_window_bits")
    client_extensions_handshake([f"{PD}; {response}"], [recorder])
    assert recorder.heard == [f"{PD}; {heard}"]


def test_a_value_error_in_finalize_fails_the_connection() -> None:
    """An extension that cannot work on the server's terms is no bug of ours (7692-5-1)."""
    with pytest.raises(RemoteProtocolError):
        client_extensions_handshake(["x"], [Recorder(refuses=ValueError)])


@pytest.mark.parametrize("make", [PerMessageDeflate, wsproto.extensions.PerMessageDeflate])
@pytest.mark.parametrize(
    "response", ["; client_max_window_bits=8", "; server_max_window_bits=8", "; server_max_window_bits=9"]
)
def test_small_windows_end_in_protocol_errors_at_most(
    make: type[wsproto.extensions.PerMessageDeflate], response: str
) -> None:
    """Ours takes every window; wsproto's has none of 8 for itself, and says so as a protocol error."""
    extension = make(client_max_window_bits=15)
    base = f"{PD}; server_max_window_bits=15" if "server" not in response else PD
    try:
        client_extensions_handshake([base + response], [extension])
    except RemoteProtocolError:
        assert make is wsproto.extensions.PerMessageDeflate
    else:
        assert extension.enabled()


@pytest.mark.parametrize(
    "extension",
    [
        None,
        "x",
        5,
        Recorder(offer=5),
        Recorder(offer="a\r\n"),
        Recorder("a b"),
        Recorder("a;b"),
        Recorder(" a"),
        Recorder("a "),
        Recorder(PD, offer="mystery"),
    ],
)
def test_an_offer_that_cannot_be_sent_is_our_fault(extension: object) -> None:
    """Whatever is no extension, or offers what does not fit the grammar, is refused before anything is written."""
    with pytest.raises(LocalProtocolError):
        client_extensions_handshake([], [extension])  # type: ignore[list-item]
