"""Our own cases: complete, data as Autobahn's are, and each of them fails somebody; a right peer passes them all."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rawws.spec import REQUIREMENTS
from rawws_conformance.cases import SuiteName, autobahn, own, suite
from rawws_conformance.corpora import Corpora
from rawws_conformance.exchange import case_in, case_out, document, schema
from rawws_conformance.model import Case, Refused, Role
from rawws_conformance.runs.cuts import CUTS
from rawws_conformance.runs.memory import play
from rawws_conformance.selection import select
from rawws_conformance.show import explain
from rawws_conformance.slices import Library
from rawws_conformance.verdict import Result

from tests.conformance.faults import FAULTS
from tests.conformance.peers import Peer
from tests.conformance.schema import problems
from tests.conformance.strict import StrictPeer

LIBRARY = Library(Corpora())


@dataclass(frozen=True)
class Fault:
    """A peer that is right but for one thing, and the cases that see it.

    skips, refuses: rules that it does not know, and what it refuses without need. says: what it says in its head
    instead of something else. caught: patterns of ids.
    """

    caught: str
    skips: str = ""
    refuses: str = ""
    says: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def peer(self) -> type[StrictPeer]:
        """The peer."""
        skips, refuses = (frozenset(filter(None, words.split(", "))) for words in (self.skips, self.refuses))
        return type("Faulty", (StrictPeer,), {"skips": skips, "refuses": refuses, "says": self.says})

    @property
    def ids(self) -> set[str]:
        """The cases that see it."""
        return {case.id for case in select(own().values(), self.caught.split())}


FIELD = b"Connection: Upgrade\r\n"

PLANTED = (
    Fault("20.2.1 20.2.2 20.2.3", skips="method"),
    Fault("20.2.4 20.2.5 20.2.6", skips="HTTP version"),
    Fault("20.2.7 20.2.8", skips="Host"),
    Fault("20.1.1 20.1.2 20.1.3 22.1.1 22.1.2 22.1.3", skips="Upgrade"),
    Fault("20.1.3 22.1.3", skips="prefix of upgrade"),
    Fault("20.1.4 20.1.5 20.1.6 22.1.4 22.1.5 22.1.6", skips="Connection"),
    Fault("20.1.6 22.1.6", skips="prefix of connection"),
    Fault("20.4.1 20.4.2 20.4.3 20.4.4 20.4.5 20.4.6 20.4.8", skips="version"),
    Fault("20.4.7", skips="versions"),
    Fault("20.3.9", skips="keys"),
    Fault("20.3.2 20.3.3 20.3.4 20.3.5 20.3.6 20.3.7 20.3.8", skips="key"),
    Fault("20.3.*", skips="key, keys"),
    Fault("20.2.12 20.2.13 22.4.3", skips="NUL"),
    Fault("20.2.9 20.2.10 20.2.11 22.4.2 22.4.4", skips="field names"),
    Fault("20.5.* 28.1.16 28.1.17", skips="extension grammar"),
    Fault("27.1.15 27.1.16 27.1.17 28.1.11 28.1.12", skips="repeated parameters"),
    Fault("27.1.13 27.1.14 28.1.9 28.1.10", skips="values of flags"),
    Fault(
        "27.1.2 27.1.3 27.1.4 27.1.5 27.1.6 27.1.7 27.1.9 27.1.10 27.1.11 27.1.12 "
        "28.1.2 28.1.3 28.1.4 28.1.7 28.1.8", skips="bits",
    ),
    Fault("27.1.1 27.1.19 28.1.1", skips="unknown parameters"),
    Fault("27.1.8 28.1.5 28.1.6", skips="bare bits"),
    Fault("27.1.18", skips="names"),
    Fault("27.2.1 27.2.6 27.2.7 27.3.1 27.3.2 27.3.4", skips="client bits"),
    Fault("27.2.2 27.3.5", skips="server_no_context_takeover"),
    Fault("27.2.3 27.2.4", skips="server_max_window_bits"),
    Fault("27.2.5", skips="window of 8"),
    Fault("22.4.1 22.4.5", skips="strict status"),
    Fault("22.4.1 22.4.5 22.4.6", skips="status line, status, strict status"),
    Fault(
        "20.1.* 22.1.* 22.2.* 22.4.1 22.4.5 22.4.6 22.5.*",
        skips="status line, status, strict status, Upgrade, Connection, accept, accepts",
    ),
    Fault("22.2.2 22.2.3 22.2.4 22.2.5", skips="accept"),
    Fault("22.2.6 22.2.7", skips="accepts"),
    Fault("22.2.*", skips="accept, accepts"),
    Fault("22.2.3", skips="case of accept"),
    Fault("22.3.1 22.3.2", skips="protocol"),
    Fault("28.1.13", skips="extensions"),
    Fault("22.3.3 28.1.15", skips="extension"),
    Fault("22.3.3 28.1.13 28.1.14 28.1.15", skips="extension, extensions"),
    Fault("24.3.*", skips="minimal lengths"),
    Fault("24.4.1 24.4.2", skips="top bit"),
    Fault("24.1.1 24.1.2 24.1.3 24.1.4 24.1.5 24.2.1 24.2.2 24.2.3", skips="masks"),
    Fault("24.5.1 24.5.2 24.5.3 24.5.4 29.4.3 29.4.4 29.4.5", skips="bits of controls"),
    Fault("29.4.1 29.4.2", skips="RSV1 of continuations"),
    Fault("24.5.5 29.4.1 29.4.2", skips="bits of continuations"),
    Fault("29.4.*", skips="other bits of the compressed"),
    Fault("24.2.4", skips="fresh masks"),
    Fault("24.4.1 24.4.2 24.6.* 25.6.* 26.2.4", skips="a last word"),
    Fault("25.3.*", skips="codes"),
    Fault("25.4.* 26.2.* 29.3.*", skips="UTF-8"),
    Fault("29.2.*", skips="inflating"),
    Fault("21.3.2", refuses="leading lines"),
    Fault("23.3.2 23.3.3", refuses="informational"),
    Fault("21.2.12 23.2.11", refuses="octets"),
    Fault("21.2.1 23.2.1", refuses="small letters"),
    Fault("21.2.2 23.2.2", refuses="capitals"),
    Fault("21.2.8 21.2.9 21.2.14 23.2.9", refuses="spaces"),
    Fault("21.2.10 21.2.11 23.2.10", refuses="many fields"),
    Fault("21.2.7", refuses="list of upgrade"),
    Fault("21.2.5 21.2.6 23.2.5 23.2.6", refuses="list of connection"),
    Fault("21.2.3 23.2.3", refuses="case of upgrade"),
    Fault("21.2.4 23.2.4", refuses="case of connection"),
    Fault("21.2.13 27.1.18 27.3.3", refuses="unknown extensions"),
    Fault("21.3.1 23.3.1", refuses="parts of heads"),
    Fault("21.3.3", refuses="whole targets"),
    Fault("20.4.1 20.4.2 20.4.3 20.4.4 20.4.5 20.4.6", refuses="says versions"),
    Fault("21.3.4", refuses="keys of ff"),
    Fault("23.2.7 23.2.8", refuses="reasons"),
    Fault("28.2.2 28.2.3 28.2.4", refuses="unasked parameters"),
    Fault("24.1.6", refuses="masks of zeros"),
    Fault("24.7.2 26.2.1 29.1.8 29.1.12", refuses="empty fragments"),
    Fault("25.2.*", refuses="young codes"),
    Fault("25.5.4", refuses="codes of replies"),
    Fault("29.1.4 29.1.6", refuses="BFINAL"),
)  # fmt: skip

#: What is wrong with a head that is sent, and which of the cases about it sees it.
SPOKEN = (
    ("21.1.1", FIELD, FIELD + b"Content-Length: 0\r\n"),
    ("21.1.1", b"HTTP/1.1 101", b"HTTP/1.0 101"),
    ("21.1.2", FIELD, FIELD + b"Sec-WebSocket-Protocol: x-other\r\n"),
    ("21.1.3", FIELD, FIELD + b"Sec-WebSocket-Protocol: x-one\r\nSec-WebSocket-Protocol: x-two\r\n"),
    ("23.1.1", b"GET / HTTP/1.1", b"GET http://localhost/#there HTTP/1.1"),
    ("23.1.2", b"Host: localhost\r\n", b"Host: localhost\r\nHost: elsewhere\r\n"),
    ("23.1.3", b"Upgrade: websocket\r\n", b"Upgrade: websocket\r\nUpgrade: h2c\r\n"),
    ("23.1.4", FIELD, FIELD + b"Connection: keep-alive\r\n"),
    ("23.1.5", b"dGVzdA==", b"dGVz"),
    ("23.1.6", b"Version: 13\r\n", b"Version: 13\r\nSec-WebSocket-Version: 13\r\n"),
    ("23.1.7", FIELD, FIELD + b"Content-Length: 0\r\n"),
    ("23.1.8", FIELD, FIELD + b"Sec-WebSocket-Protocol: x one\r\n"),
    ("28.3.1", b"client_max_window_bits", b"client_max_window_bits=16"),
)

#: Of these cases it is peers of `faults` who fail: everybody above does right in them.
OF_ALL_FAULTS = (
    "24.7.1 24.7.3 24.7.4 24.7.5 25.1.* 25.5.1 25.5.2 25.5.3 25.5.5 25.5.6 26.1.* 27.2.8 28.2.1 "
    "29.1.1 29.1.2 29.1.3 29.1.5 29.1.7 29.1.9 29.1.10 29.1.11 29.1.13 29.1.14"
)


def judge(case: Case, peer: type[Peer], role: Role, cut: str = "as written") -> Result:
    """Put a peer before a case. One that raises an exception is no peer with a fault but a mistake of these tests."""
    result = play(case, peer, role, LIBRARY, cut=CUTS[cut])
    assert not any(note.startswith("Connection lost") for note in result.notes), result.notes
    return result


def test_no_number_is_taken_twice() -> None:
    """Our numbers are none of Autobahn's, are in order, and `all` is both."""
    assert set(own()).isdisjoint(autobahn())
    assert list(own()) == [case.id for case in sorted(own().values(), key=lambda case: case.numbers)]
    assert list(suite(SuiteName.ALL)) == [*autobahn(), *own()]
    assert {case.numbers[0] for case in own().values()} == set(range(20, 30))


@pytest.mark.parametrize("case", own().values(), ids=list(own()))
def test_every_case_is_complete(case: Case) -> None:
    """A case says what it sends, what it expects and why, cites sentences that exist, and can be shown."""
    assert case.sends.endswith(".")
    assert case.expects.endswith(".")
    assert case.requirements
    assert all(requirement in REQUIREMENTS for requirement in case.requirements)
    assert case.sends in explain(case)
    if case.opening is not None and case.opening.head is not None:
        assert len(case.roles) == 1
        line = next(line for line in case.opening.head.lines if line)
        assert line.encode("unicode_escape").decode() in explain(case)


@pytest.mark.parametrize("case", own().values(), ids=list(own()))
def test_every_case_is_data(case: Case) -> None:
    """A case comes back from JSON as it was, and the JSON keeps the published schema."""
    value = case_out(case)
    assert case_in(value) == case
    assert problems(document([case], Corpora(), suite="rawws"), schema(), schema()) == []


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("role", Role)
def test_a_right_peer_passes(role: Role, cut: str) -> None:
    """A peer that looks at everything passes every case, however the octets are cut."""
    for case in own().values():
        if role in case.roles:
            result = judge(case, StrictPeer, role, cut)
            assert result.perfect, f"{case.id}: {result.result} {result.close_result} {result.notes}"


def caught(peer: type[Peer], cases: list[Case]) -> set[str]:
    """The cases that see that something is wrong with a peer."""
    return {case.id for case in cases for role in case.roles if not judge(case, peer, role).perfect}


@pytest.mark.battery
@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.skips or f"refuses {fault.refuses}")
def test_faults_are_caught(fault: Fault) -> None:
    """Whoever skips a rule, or refuses what is right, is seen by exactly the cases that are about it."""
    assert caught(fault.peer, list(own().values())) == fault.ids


@pytest.mark.parametrize(("case_id", "old", "new"), SPOKEN)
def test_faulty_heads_are_caught(case_id: str, old: bytes, new: bytes) -> None:
    """Whoever sends a head that is not what it should be is seen by the case that is about it."""
    peer = Fault(case_id, says=((old, new),)).peer
    assert caught(peer, [own()[case_id]]) == {case_id}


def test_every_case_sees_somebody() -> None:
    """There is no case that nobody fails, but for those that decide nothing."""
    told = {case_id for fault in PLANTED for case_id in fault.ids} | {case_id for case_id, _, _ in SPOKEN}
    rest = select(own().values(), OF_ALL_FAULTS.split())
    for case in rest:
        peers = [(fault.peer, role) for fault in FAULTS for role in case.roles if role in fault.roles]
        assert any(not judge(case, peer, role).perfect for peer, role in peers)
    assert told | {case.id for case in rest} == {case.id for case in own().values() if not case.informational}


def test_what_is_refused_is_told() -> None:
    """A refusal is a verdict like any other: what came is named, and there was no connection to close."""
    case = own()["20.4.2"]
    result = judge(case, StrictPeer, Role.SERVER)
    assert result.result == "An outcome that the case expects: a response with status 426."
    assert result.close_result == "There was no connection to close."
    assert isinstance(case.outcomes[0].events[0], Refused)
    silent = judge(case, Fault("20.4.2", refuses="says versions").peer, Role.SERVER)
    assert (silent.behavior, silent.close_behavior) == ("NON-STRICT", "OK")
