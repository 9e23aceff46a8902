"""The judge is judged: each planted fault is caught by exactly the cases that should, and a right peer by none."""

from __future__ import annotations

import pytest

from rawws_conformance.cases import autobahn
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Case, Role
from rawws_conformance.runs.cuts import CUTS
from rawws_conformance.runs.memory import play
from rawws_conformance.slices import Library
from rawws_conformance.verdict import Result

from tests.conformance.faults import FAULTS, SAMPLE, Fault
from tests.conformance.faulty.right import RIGHT
from tests.conformance.peers import Peer

LIBRARY = Library(Corpora())

PLANTED = [
    pytest.param(fault, role, id=f"{fault.peer.__name__}-{role.value}") for fault in FAULTS for role in fault.roles
]


def judge(case: Case, peer: type[Peer], role: Role, cut: str = "as written") -> Result:
    """Put a peer before a case. One that raises an exception is no peer with a fault but a mistake of these tests."""
    result = play(case, peer, role, LIBRARY, cut=CUTS[cut], quick=True)
    assert not any(note.startswith("Connection lost") for note in result.notes), result.notes
    return result


@pytest.mark.battery
@pytest.mark.parametrize(("fault", "role"), PLANTED)
def test_faults_are_caught(fault: Fault, role: Role) -> None:
    """The cases that a fault is to be caught by catch it, the others pass, and the verdicts are the right ones."""
    results = {case.id: judge(case, fault.peer, role) for case in fault.cases()}
    found = {case_id for case_id, result in results.items() if not result.perfect}
    assert found == fault.catching(role)
    named = fault.verdicts if role is Role.SERVER or fault.as_client is None else {}
    for case_id, expected in named.items():
        result = results[case_id]
        assert f"{result.behavior}/{result.close_behavior}" == expected, f"{case_id}: {result.result} {result.notes}"
    if fault.note:
        assert any(note.startswith(fault.note) for result in results.values() for note in result.notes)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.peer.__name__)
def test_faults_are_caught_by_a_case_about_them(fault: Fault) -> None:
    """Where a rule is broken, one of the cases whose verdict is told cites the sentence."""
    assert (fault.rule is None) or any(fault.rule in autobahn()[case_id].requirements for case_id in fault.verdicts)


@pytest.mark.parametrize("role", Role)
def test_faults_are_many_and_different(role: Role) -> None:
    """At least 40 faulty servers and 40 faulty clients are caught, and no two of them share a class."""
    caught = [fault.peer for fault in FAULTS if role in fault.roles and fault.catching(role)]
    assert len(set(caught)) == len(caught) >= 40
    assert all(peer.__doc__ for peer in caught)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("role", Role)
def test_a_right_peer_passes(role: Role, cut: str) -> None:
    """A peer without a fault passes every case, in either role, however the octets are cut, and without a note."""
    for case in SAMPLE:
        if case.echo is None or cut == "as written":
            assert_passes(case, Peer, role, cut)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("peer", RIGHT, ids=lambda peer: peer.__name__)
def test_whoever_is_right_in_another_way_passes(peer: type[Peer], role: Role) -> None:
    """What the RFCs leave to an endpoint is held against none."""
    for case in SAMPLE:
        assert_passes(case, peer, role, "as written")


def assert_passes(case: Case, peer: type[Peer], role: Role, cut: str) -> None:
    """The peer passes, and there is nothing to say about it."""
    result = judge(case, peer, role, cut)
    assert result.perfect, f"{case.id}: {result.result} {result.close_result} {result.notes}"
    assert not result.notes, case.id
