"""Print the page `docs/reference/states.md` from the tables in `rawws.spec.states`.

    python docs/generate_states.py          write the page
    python docs/generate_states.py --check  exit with 1 where the page is out of step

Run from anywhere; needs nothing but rawws itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rawws.spec import RECEIVING, REQUIREMENTS, SENDING, STATES, Receiving, Sending

PAGE = Path(__file__).parent / "reference" / "states.md"

_HEAD = """\
# States of a connection

<!-- Written by docs/generate_states.py from rawws/spec/states.py. Change the tables there, then run the script. -->

What may be sent and what may arrive in each state, and the state that follows. These are the tables of
`rawws.spec.states`; a test drives the core with every row of them (`tests/core/test_states_table.py`).

| state | what it means |
|-------|---------------|
"""

_MEANINGS = {
    "CONNECTING": "The opening handshake is in progress.",
    "REJECTING": "The opening handshake has come to nothing; the refusal, or its body, is still to come.",
    "OPEN": "Frames go both ways.",
    "REMOTE_CLOSING": "The peer's Close frame has come, or this endpoint has failed the connection; its own Close "
    "frame is still to be sent.",
    "LOCAL_CLOSING": "This endpoint's Close frame is out, the peer's is still to come.",
    "CLOSED": "All is said: the closing handshake is complete, or the stream has ended, or the refusal is complete.",
}

_SENDING_HEAD = """\

## What may be sent

Anything else raises `LocalProtocolError` and changes nothing. `WSConnection.state` tells the state.

| in state | who | after | event | state that follows | rule |
|----------|-----|-------|-------|--------------------|------|
"""

_AFTER_SENDING = """
RFC 6455 §5.5.2 owes a Pong to every Ping until the peer's Close frame has come, so a Pong may follow our own Close
frame. Nothing else does. (wsproto refuses the Pong, too.)

A client has no way to refuse but to close the stream: the `RejectConnection` that its exception hints at makes no
octets, and goes once.
"""

_RECEIVING_HEAD = """\

## What may arrive

*octets*: any octets, whatever they would mean elsewhere. *violation*: octets that break a rule. *end of stream*: the
peer sends no more (`receive_data(None)`). What comes of it is an event to read from `events()`, an exception that
`receive_data` raises, or nothing; *kept*: the octets are frames, and come out as such once the handshake is answered.

| in state | who | after | what arrives | what comes of it | state that follows | rule |
|----------|-----|-------|--------------|------------------|--------------------|------|
"""


def _name(text: str) -> str:
    """The class of an event or of an exception, or a word of the table where it is none."""
    return f"`{text}`" if text[:1].isupper() else text


def _sending(row: Sending) -> str:
    fields = ", ".join(f"{name}={value}" for name, value in row.fields)
    event = f"`{row.event}({fields})`" if fields else f"`{row.event}`"
    return f"| {row.state} | {row.role} | {row.before} | {event} | {row.next_state} | {_rule(row.requirement)} |"


def _receiving(row: Receiving) -> str:
    outcome = _name(row.outcome) if row.code is None else f"`{row.outcome}({row.code})`"
    cells = (row.state, row.role, row.before, row.input, outcome, row.next_state, _rule(row.requirement))
    return "| " + " | ".join(cells) + " |"


def _rule(requirement: str) -> str:
    return f"[{requirement}](#{requirement.replace('.', '')})" if requirement else ""


def _numbers(requirement: str) -> list[int]:
    """The numbers in an id, so that 4.1-10 comes after 4.1-9."""
    return [int(number) for number in requirement.replace(".", "-").split("-")]


def _diagram() -> list[str]:
    """Every change of state, once, labelled with what brings it about."""
    labels: dict[tuple[str, str], list[str]] = {}
    for sent in SENDING:
        labels.setdefault((sent.state, sent.next_state), []).append(f"send {sent.event}")
    for come in RECEIVING:
        labels.setdefault((come.state, come.next_state), []).append(come.input)
    lines = ["", "## At a glance", "", "```mermaid", "stateDiagram-v2", "    [*] --> CONNECTING"]
    for (state, following), causes in labels.items():
        if state != following:
            lines.append(f"    {state} --> {following}: {', '.join(dict.fromkeys(causes))}")
    return [*lines, "    CLOSED --> [*]", "```"]


def _sentences() -> list[str]:
    cited = {row.requirement for table in (SENDING, RECEIVING) for row in table if row.requirement}
    lines = ["", "## The sentences", "", "Quoted from the RFCs; the ids are those of `rawws.spec.requirements`."]
    for requirement in (REQUIREMENTS[name] for name in sorted(cited, key=_numbers)):
        where = f"RFC {requirement.rfc} §{requirement.section}"
        lines += ["", f"### {requirement.id}", "", f"{where}, binds: {requirement.role}", "", f"> {requirement.text}"]
    return lines


def render() -> str:
    """The whole page."""
    lines = [f"| {state} | {_MEANINGS[state]} |" for state in STATES]
    lines += _diagram()
    lines += _SENDING_HEAD.splitlines() + [_sending(row) for row in SENDING] + _AFTER_SENDING.splitlines()
    lines += _RECEIVING_HEAD.splitlines() + [_receiving(row) for row in RECEIVING]
    lines += _sentences()
    return _HEAD + "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; return the exit status."""
    if arguments == ["--check"]:
        in_step = PAGE.exists() and PAGE.read_text(encoding="utf-8") == render()
        if not in_step:
            sys.stderr.write(f"{PAGE} is out of step: run python docs/generate_states.py\n")
        return 0 if in_step else 1
    if arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
