"""The judge is judged: each planted fault is caught by the cases that should, and a right peer by none."""

from __future__ import annotations

import pytest

from rawws_conformance.cases import autobahn
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Case, Role
from rawws_conformance.runs.cuts import CUTS
from rawws_conformance.runs.memory import play
from rawws_conformance.slices import Library

from tests.conformance.faults import FAULTS, Fault
from tests.conformance.peers import Peer

CASES = autobahn()
LIBRARY = Library(Corpora())

#: Of the cases whose octets are many those that are enough here: the whole suite is played elsewhere.
_OF_MANY = (
    "9.1.1", "9.1.3", "9.2.2", "9.3.5", "9.3.8", "9.4.6", "9.5.6", "9.6.5", "9.7.1", "9.7.6", "9.8.4", "12.1.3",
    "12.1.10", "12.2.5", "12.2.11", "12.3.4", "12.4.8", "12.5.9", "13.1.5", "13.2.3", "13.3.5", "13.4.4", "13.5.8",
    "13.5.16", "13.6.5", "13.7.3",
)  # fmt: skip
_FEW = [case for case in CASES.values() if case.echo is None]
_MANY = [CASES[case_id] for case_id in _OF_MANY]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.peer.__name__)
def test_faults_are_caught(fault: Fault) -> None:
    """The cases that are about a rule catch the peer that breaks it, and with the right verdict."""
    for case_id, expected in fault.caught.items():
        result = play(CASES[case_id], fault.peer, Role(fault.role), LIBRARY, cut=CUTS["as written"], quick=True)
        assert f"{result.behavior}/{result.close_behavior}" == expected, f"{case_id}: {result.result} {result.notes}"


def test_faults_are_many_and_different() -> None:
    """There are at least 40 faulty peers, and no two of them share a class."""
    assert len({fault.peer for fault in FAULTS}) == len(FAULTS) >= 40
    assert all(fault.peer.__doc__ for fault in FAULTS)


def _assert_passes(case: Case, role: Role, cut: str) -> None:
    result = play(case, Peer, role, LIBRARY, cut=CUTS[cut], quick=True)
    assert result.perfect, f"{case.id}: {result.result} {result.close_result} {result.notes}"
    assert not result.notes, case.id


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("role", Role)
def test_a_right_peer_passes(role: Role, cut: str) -> None:
    """A peer without a fault passes every case, in either role, however the octets are cut, and without a note."""
    for case in _FEW:
        _assert_passes(case, role, cut)


@pytest.mark.parametrize("role", Role)
def test_a_right_peer_passes_with_many_octets(role: Role) -> None:
    """The same of large messages, of many fragments, of many round trips, and of deflate."""
    for case in _MANY:
        _assert_passes(case, role, "as written")
