"""Sans-IO implementations in memory: adapters, and what becomes of several cuts."""

from __future__ import annotations

import pytest

from rawws_conformance.adapters import KNOWN, AdapterError, find
from rawws_conformance.cases import autobahn
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Behavior, CloseBehavior, Role
from rawws_conformance.runs.cuts import CUTS
from rawws_conformance.runs.memory import play, run
from rawws_conformance.slices import Library

from tests.conformance.peers import Failed, Peer

CASES = autobahn()
LIBRARY = Library(Corpora())

#: A case of each kind.
_SOME = (
    "1.1.1", "1.2.8", "2.10", "3.2", "5.19", "6.4.3", "7.1.6", "7.7.2", "9.1.1", "9.3.5", "9.7.3", "12.1.3", "13.5.5",
)  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("role", Role)
def test_known_adapters(name: str, role: Role) -> None:
    """Each implementation that has an adapter talks with the judge in either role, and fails nothing of a sample."""
    results = list(run([CASES[case_id] for case_id in _SOME], find(name), role, LIBRARY, quick=True))
    assert [result.case_id for result in results if result.failed] == []
    assert {result.behavior for result in results} <= {Behavior.OK, Behavior.NON_STRICT, Behavior.INFORMATIONAL}


@pytest.mark.parametrize("name", ["nothing", "no.such.module:X", "rawws_conformance.model:Nothing", ":X", "json:"])
def test_unknown_adapters(name: str) -> None:
    """A name that leads to no adapter is refused with a sentence."""
    with pytest.raises(AdapterError):
        find(name)


class LosesHalves(Peer):
    """Loses what it has of a frame when the rest does not come at once."""

    def receive(self, data: bytes | None) -> bytes:  # noqa: D102 - its class says what is wrong
        out = super().receive(data)
        if self.is_open:
            self.buffer.clear()
        return out


def test_a_fault_that_only_some_cuts_show() -> None:
    """The worst verdict of all cuts counts, and a note says which cuts differ."""
    (result,) = run([CASES["2.2"]], LosesHalves, Role.SERVER, LIBRARY)
    assert result.behavior is Behavior.FAILED
    assert any("depends on how the octets are cut" in note for note in result.notes)


class Raises(Peer):
    """Does not expect pings."""

    def ping(self, payload: bytes) -> None:  # noqa: D102 - its class says what is wrong
        raise ZeroDivisionError("pings are not expected")


def test_an_implementation_that_raises() -> None:
    """An exception of the implementation loses the connection, and the other cases go on."""
    results = {result.case_id: result for result in run([CASES["2.1"], CASES["1.1.1"]], Raises, Role.SERVER, LIBRARY)}
    assert results["2.1"].failed
    assert "Connection lost: ZeroDivisionError" in results["2.1"].notes[0]
    assert results["1.1.1"].perfect


class NeverStarts(Peer):
    """Fails before it is there."""

    def __init__(self, role: str) -> None:
        raise Failed(1000)


def test_an_implementation_that_cannot_be_made() -> None:
    """An adapter that cannot even be made fails the case, not the run."""
    result = play(CASES["1.1.1"], NeverStarts, Role.SERVER, LIBRARY, cut=CUTS["as written"])
    assert (result.behavior, result.close_behavior) == (Behavior.FAILED, CloseBehavior.FAILED)


@pytest.mark.parametrize("cut", CUTS)
def test_cuts_keep_the_octets(cut: str) -> None:
    """A cut changes where octets part, and nothing else; it is the same one each time."""
    writes = [b"a" * 10, b"b" * 3000, b"c" * 200_000]
    pieces = list(CUTS[cut]()(writes))
    assert b"".join(pieces) == b"".join(writes)
    assert pieces == list(CUTS[cut]()(writes))
    assert all(pieces)
