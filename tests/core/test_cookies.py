"""RFC 6265: cookies of a request."""

from __future__ import annotations

import pytest

from rawws.core.cookies import parse_cookies


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["SID=31d4d96e407aad42; lang=en-US"], {"SID": "31d4d96e407aad42", "lang": "en-US"}),
        (["a=1", "b=2"], {"a": "1", "b": "2"}),
        (["a=1; a=2"], {"a": "1"}),
        (["a=1", "a=2"], {"a": "1"}),
        (['a="quoted"; b="; c="'], {"a": "quoted", "b": '"', "c": '"'}),
        (['a=""; b="""; c="x"y"'], {"a": "", "b": '"', "c": 'x"y'}),
        (['a="x; b=x"; c=!x"'], {"a": '"x', "b": 'x"', "c": '!x"'}),
        (["a=xx; b=!x!"], {"a": "xx", "b": "!x!"}),
        (["a=b=c"], {"a": "b=c"}),
        (["a="], {"a": ""}),
        ([" a\t=\t1 ;b=2;;"], {"a": "1", "b": "2"}),
        (["nothing; =x; a b=1; \xe9=1; ok=\xe9"], {"ok": "\xe9"}),
        ([""], {}),
        ([], {}),
    ],
)
def test_cookies(values: list[str], expected: dict[str, str]) -> None:
    """Pairs are taken apart, the first of a name counts, and rubbish is left out."""
    assert parse_cookies(values) == expected
