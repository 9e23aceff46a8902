"""Lists are split and their elements parsed as the grammar says, at every comma, semicolon and quotation mark."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rawws.core.errors import RemoteProtocolError
from rawws.core.headers import BadHeaderError, parse_extension, split_list
from rawws.core.utilities import split_comma_header
from rawws.testing.strategies import header_values, tokens

from fuzz.budget import examples
from fuzz.oracles.grammar import elements
from fuzz.oracles.negotiation import parse

#: Text in which everything that separates, quotes or escapes comes often.
VALUES = st.one_of(header_values(), st.text('ab,;="\\ \t', max_size=20))


@examples(3)
@given(VALUES)
def test_of_elements(value: str) -> None:
    """A value has the elements that the grammar finds in it, without the whitespace around them and the empty ones."""
    expected = elements([value.encode()])
    try:
        found = split_list(value)
    except BadHeaderError:
        assert expected is None
    else:
        assert expected == [element.encode() for element in found]


@examples(2)
@given(VALUES)
def test_of_wsprotos_name(value: str) -> None:
    """`split_comma_header` gives the same, for octets, and a protocol error where there is no answer."""
    expected = elements([value.encode()]) if value.isascii() else None
    try:
        found = split_comma_header(value.encode())
    except RemoteProtocolError:
        assert expected is None
    else:
        assert expected == [element.encode() for element in found]


@examples(2)
@given(st.lists(st.lists(tokens(), max_size=3), min_size=1, max_size=3), st.sampled_from([",", ", ", " ,\t", ",,"]))
def test_of_several_lines(lines: list[list[str]], comma: str) -> None:
    """A list over several lines is the list that is made by joining them with commas (RFC 9110 §5.2)."""
    joined = ", ".join(comma.join(line) for line in lines)
    assert split_list(joined) == [token for line in lines for token in line]


@examples(3)
@given(VALUES)
def test_of_extensions(value: str) -> None:
    """Each element of an extension list has the name and the parameters that the model finds in it, unquoted."""
    for element in elements([value.encode()]) or []:
        modelled = parse([element])
        try:
            found = parse_extension(element.decode())
        except BadHeaderError:
            assert modelled is None
            continue
        assert modelled is not None
        parameters = tuple((name.encode(), None if text is None else text.encode()) for name, text in found.parameters)
        assert (modelled[0].name, modelled[0].parameters) == (found.name.encode(), parameters)
