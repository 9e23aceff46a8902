"""The shape of the state tables: whole, without contradiction, in wsproto's words.

Whether the core obeys them is tested in tests/core/test_states_table.py.
"""

from __future__ import annotations

import dataclasses
import runpy
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import wsproto.events
from wsproto.connection import ConnectionState

from rawws.spec import RECEIVING, REQUIREMENTS, SENDABLE, SENDING, STATES, Receiving, Sending
from rawws.spec.states import Before, EventName, InputName, OutcomeName, StateName

SCRIPT = Path(__file__).parents[2] / "docs" / "generate_states.py"

#: The situations that the tables tell apart: in some states it matters what went before.
SITUATIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("CONNECTING", "client"): ("no request", "request"),
    ("CONNECTING", "server"): ("no request", "request"),
    ("REJECTING", "client"): ("refusal",),
    ("REJECTING", "server"): ("violation", "refusal"),
    ("OPEN", "client"): ("",),
    ("OPEN", "server"): ("",),
    ("REMOTE_CLOSING", "client"): ("close frame", "failure"),
    ("REMOTE_CLOSING", "server"): ("close frame", "failure"),
    ("LOCAL_CLOSING", "client"): ("",),
    ("LOCAL_CLOSING", "server"): ("",),
    ("CLOSED", "client"): ("closing", "refusal", "violation"),
    ("CLOSED", "server"): ("closing", "refusal"),
}


def _roles(row: Sending | Receiving) -> tuple[str, ...]:
    return ("client", "server") if row.role == "both" else (row.role,)


def _situations(row: Sending | Receiving) -> Iterator[tuple[str, str, str]]:
    for role in _roles(row):
        for before in (row.before,) if row.before else SITUATIONS[row.state, role]:
            assert before in SITUATIONS[row.state, role]
            yield row.state, role, before


def test_the_states_are_those_of_wsproto() -> None:
    """Embedders compare with wsproto's enumeration: the table has its six names, each once."""
    assert sorted(STATES) == sorted(state.name for state in ConnectionState) == sorted(get_args(StateName))


def test_the_events_are_those_of_wsproto() -> None:
    """Every class of event that wsproto lets an application make is in the table, by name."""
    classes = {name for name in vars(wsproto.events) if _is_event(name)}
    assert set(SENDABLE) == set(get_args(EventName)) == classes
    assert {row.event for row in SENDING} == classes


def _is_event(name: str) -> bool:
    value = vars(wsproto.events)[name]
    bases = (wsproto.events.Event, wsproto.events.Message)
    return isinstance(value, type) and issubclass(value, wsproto.events.Event) and value not in bases


@pytest.mark.parametrize("row", SENDING, ids=lambda row: f"{row.state}-{row.role}-{row.event}")
def test_a_sending_row_is_whole(row: Sending) -> None:
    """Each row speaks of known states, of fields that the event has, and of a sentence in the list."""
    assert row.state in STATES
    assert row.next_state in STATES
    assert row.before in get_args(Before)
    assert list(_situations(row))
    fields = {field.name for field in dataclasses.fields(vars(wsproto.events)[row.event])}
    assert {name for name, _ in row.fields} <= fields
    assert not row.requirement or row.requirement in REQUIREMENTS


@pytest.mark.parametrize("row", RECEIVING, ids=lambda row: f"{row.state}-{row.role}-{row.before}-{row.input}")
def test_a_receiving_row_is_whole(row: Receiving) -> None:
    """Each row speaks of known states, inputs and outcomes, and of a sentence in the list."""
    assert row.state in STATES
    assert row.next_state in STATES
    assert row.input in get_args(InputName)
    assert row.outcome in get_args(OutcomeName)
    assert row.before in get_args(Before)
    assert list(_situations(row))
    assert row.code is None or row.outcome == "CloseConnection"
    assert not row.requirement or row.requirement in REQUIREMENTS


def test_no_two_rows_contradict_each_other() -> None:
    """In one situation, one event (with given fields) may lead, and one input may come, to one outcome only."""
    sent = Counter((*situation, row.event, row.fields) for row in SENDING for situation in _situations(row))
    come = Counter((*situation, row.input) for row in RECEIVING for situation in _situations(row))
    assert {case: count for case, count in (sent + Counter(come)).items() if count > 1} == {}


def test_an_event_with_fields_is_judged_for_all_their_values() -> None:
    """Where the table looks at a field, it has a row for True and one for False."""
    values = Counter((row.state, row.role, row.before, row.event, name) for row in SENDING for name, _ in row.fields)
    assert values
    assert set(values.values()) == {2}


def test_every_situation_has_an_answer_to_octets_and_to_the_end() -> None:
    """Wherever a connection stands, the table knows what comes of octets, right or wrong, and of the stream's end."""
    answers: dict[tuple[str, str, str], set[str]] = {}
    for row in RECEIVING:
        for situation in _situations(row):
            answers.setdefault(situation, set()).add(row.input)
    assert set(answers) == {(*place, before) for place, befores in SITUATIONS.items() for before in befores}
    for situation, inputs in answers.items():
        assert "end of stream" in inputs, situation
        assert inputs & {"octets", "violation"}, situation


def test_nothing_leads_out_of_closed() -> None:
    """CLOSED is the end: whatever arrives, and whatever is sent, it stays."""
    assert {row.next_state for row in SENDING if row.state == "CLOSED"} == {"CLOSED"}
    assert {row.next_state for row in RECEIVING if row.state == "CLOSED"} == {"CLOSED"}


@pytest.mark.parametrize("role", ["client", "server"])
def test_every_state_leads_on_to_closed(role: str) -> None:
    """Each side can get from CONNECTING into every state, and from every state to CLOSED."""
    steps: set[tuple[str, str]] = {(row.state, row.next_state) for row in SENDING if role in _roles(row)}
    steps |= {(row.state, row.next_state) for row in RECEIVING if role in _roles(row)}
    assert _reached({"CONNECTING"}, steps) == set(STATES)
    assert _reached({"CLOSED"}, {(after, before) for before, after in steps}) == set(STATES)


def _reached(states: set[str], steps: set[tuple[str, str]]) -> set[str]:
    while more := {after for before, after in steps if before in states} - states:
        states = states | more
    return states


def test_a_message_may_be_sent_only_while_open() -> None:
    """Data and pings go out in OPEN and nowhere else (§6.1, and wsproto's rule for control frames)."""
    events = {"TextMessage", "BytesMessage", "Ping"}
    assert {row.state for row in SENDING if row.event in events} == {"OPEN"}


def test_one_close_frame_ends_what_an_endpoint_sends() -> None:
    """Sending CloseConnection always leads to a state in which nothing more may be sent but pongs that are owed."""
    after_close = {row.next_state for row in SENDING if row.event == "CloseConnection"}
    assert after_close == {"LOCAL_CLOSING", "CLOSED"}
    assert [row.event for row in SENDING if row.state == "LOCAL_CLOSING"] == ["Pong"]
    assert not [row for row in SENDING if row.state == "CLOSED" and row.before != "violation"]


def test_the_page_is_in_step() -> None:
    """docs/reference/states.md is what the script prints from the tables as they stand."""
    script = runpy.run_path(str(SCRIPT))
    assert script["PAGE"].read_text(encoding="utf-8") == script["render"](), "run: python docs/generate_states.py"


def test_the_page_has_every_row() -> None:
    """The page has one line for every row of either table, and quotes every sentence that they cite."""
    page = runpy.run_path(str(SCRIPT))["render"]()
    rows = [line for line in page.splitlines() if line.startswith(tuple(f"| {state} |" for state in STATES))]
    assert len(rows) == len(STATES) + len(SENDING) + len(RECEIVING)
    for requirement in {row.requirement for table in (SENDING, RECEIVING) for row in table} - {""}:
        assert f"> {REQUIREMENTS[requirement].text}" in page
