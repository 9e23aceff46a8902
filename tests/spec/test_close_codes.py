"""The close code table against RFC 6455 §7.4 and the registry that §11.7 opened."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from rawws.spec import CLOSE_CODES, CloseCode, close_code_is_receivable, close_code_is_sendable

#: What may stand in a Close frame, written down a second time, by hand, from §7.4.1, §7.4.2 and the registry.
ON_WIRE = {1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)}


def test_every_code_has_exactly_one_row() -> None:
    """Each of the 65,536 codes that two octets can hold belongs to one row and no more."""
    rows_of = Counter(code for row in CLOSE_CODES for code in range(row.first, row.last + 1))
    assert rows_of == Counter(range(65536))


def test_rows_are_in_order() -> None:
    """The rows follow one another without a gap, so that a reader finds a code where he looks for it."""
    assert CLOSE_CODES[0].first == 0
    assert CLOSE_CODES[-1].last == 65535
    assert all(row.first <= row.last for row in CLOSE_CODES)
    assert all(after.first == row.last + 1 for row, after in pairwise(CLOSE_CODES))


@pytest.mark.parametrize("judge", [close_code_is_receivable, close_code_is_sendable])
def test_what_may_stand_in_a_close_frame(judge: object) -> None:
    """Of all 65,536 codes the judges accept those of §7.4 and of the registry, and none besides."""
    assert callable(judge)
    assert {code for code in range(65536) if judge(code)} == ON_WIRE


@pytest.mark.parametrize("code", [-1, 65536, 2**63])
def test_no_code_at_all(code: int) -> None:
    """A number that two octets cannot hold is no close code."""
    assert not close_code_is_receivable(code)
    assert not close_code_is_sendable(code)


@pytest.mark.parametrize("row", CLOSE_CODES, ids=lambda row: str(row.first))
def test_each_row_is_whole(row: CloseCode) -> None:
    """A code off the wire has no senders, one on the wire has some; every row has a name and a sentence."""
    assert row.senders in {"both", "client", "server", "nobody"}
    assert row.on_wire == (row.senders != "nobody")
    assert row.name.strip()
    assert row.meaning.endswith(".")


def test_a_missing_extension_is_for_clients_to_tell() -> None:
    """1010 is the one code that a single side sends: "this status code is not used by the server" (§7.4.1)."""
    one_sided = [(row.first, row.senders) for row in CLOSE_CODES if row.senders not in {"both", "nobody"}]
    assert one_sided == [(1010, "client")]
