"""Short ways to write down cases of our own: heads of opening handshakes, and what is to become of them."""

from __future__ import annotations

from collections.abc import Sequence

from rawws_conformance.cases.build import CLEAN, NOTHING, came, send, text
from rawws_conformance.model import (
    Behavior,
    Case,
    Closing,
    EndTcp,
    Event,
    Field,
    Head,
    KillAfter,
    Level,
    Lost,
    Opening,
    Outcome,
    PeerHead,
    Refused,
    Role,
    Step,
    Wait,
    Write,
)

SERVER, CLIENT = (Role.SERVER,), (Role.CLIENT,)

HELLO = "Hello"

#: A good request, and a good response, line by line.
REQUEST = (
    "GET {target} HTTP/1.1",
    "Host: {host}",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: {key}",
    "Sec-WebSocket-Version: 13",
)
RESPONSE = (
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Accept: {accept}",
)

#: A client may take its time to say why it goes, but it does not go on.
GOES = Closing(by_tester=False, codes=(1002, 1010), clean=False, wrong_closer_fails=True)

#: The peer fails the connection, and says so in a Close; to end TCP without one is less than it should do.
FAILS_ALOUD = Closing(by_tester=False, codes=(1002,), clean=False, lenient_codes=(None,))

#: What a server that accepts what it should refuse gets.
_NOT_OPEN = Closing(by_tester=True, codes=(1000,), clean=False)


def _changed(base: Sequence[str], without: Sequence[str], instead: Sequence[str]) -> tuple[str, ...]:
    """A head without some fields. instead: lines in the place of the field (or first line) of the same name, or new ones."""
    lines = [line for line in base if line.partition(":")[0] not in without]
    for line in instead:
        name = line.partition(":")[0]
        at = next((number for number, each in enumerate(lines) if each.partition(":")[0] == name), len(lines))
        lines[at : at + 1] = [line]
    return tuple(lines)


def request(
    *instead: str,
    without: Sequence[str] = (),
    first: str = REQUEST[0],
    more: Sequence[str] = (),
    end: str = "\r\n",
    behind: bytes = b"",
    write: Write | int = Write.TOGETHER,
) -> Head:
    """A request that is good but for what is said here. more: fields at its end, whatever there is."""
    lines = (first, *_changed(REQUEST[1:], without, instead), *more)
    return Head(lines, end=end, behind=behind, write=write)


def response(
    *instead: str,
    without: Sequence[str] = (),
    first: str = RESPONSE[0],
    more: Sequence[str] = (),
    end: str = "\r\n",
    behind: bytes = b"",
    write: Write | int = Write.TOGETHER,
) -> Head:
    """A response that is good but for what is said here. more: fields at its end, whatever there is."""
    lines = (first, *_changed(RESPONSE[1:], without, instead), *more)
    return Head(lines, end=end, behind=behind, write=write)


def refused_by_server(
    case_id: str,
    group: str,
    sends: str,
    head: Head,
    *rules: str,
    statuses: tuple[int, int] = (400, 499),
    fields: tuple[Field, ...] = (),
    level: Level = Level.MUST,
) -> Case:
    """A request that no server may accept. Another error, or the end of TCP, is less than it should do."""
    found = [Outcome(Behavior.OK, (Refused(statuses, fields),))]
    found += [Outcome(Behavior.NON_STRICT, (Refused((300, 599)),)), Outcome(Behavior.NON_STRICT, (Lost(),))]
    wanted = "an error of the client's" if statuses == (400, 499) else f"a status from {statuses[0]} to {statuses[1]}"
    names = " and ".join(field.name.title() for field in fields)
    return Case(
        id=case_id,
        group=group,
        sends=sends,
        expects=f"The server answers with {wanted}{f' and {names}' if names else ''}.",
        requirements=rules,
        level=level,
        roles=SERVER,
        opening=Opening(head),
        script=(),
        outcomes=tuple(found),
        closing=_NOT_OPEN,
    )


def taken_by_server(
    case_id: str,
    group: str,
    sends: str,
    head: Head,
    *rules: str,
    peer: PeerHead = PeerHead(),  # noqa: B008 - immutable
    agrees: bool = False,
    may_refuse: bool = False,
    level: Level = Level.MUST,
    expects: str = "The server accepts it, and the connection works.",
    informational: bool = False,
) -> Case:
    """A request that a server has to accept. may_refuse: it may do without, but then the verdict is NON-STRICT."""
    found = [Outcome(Behavior.OK, (came(HELLO),))]
    if may_refuse:
        found += [Outcome(Behavior.NON_STRICT, (Refused((400, 599)),)), Outcome(Behavior.NON_STRICT, (Lost(),))]
    return Case(
        id=case_id,
        group=group,
        sends=sends,
        expects=expects,
        requirements=rules,
        level=level,
        roles=SERVER,
        opening=Opening(head, agrees=agrees, peer=peer),
        script=(send(text(HELLO)), KillAfter(1)),
        outcomes=tuple(found),
        closing=CLEAN,
        informational=informational,
    )


def refused_by_client(case_id: str, group: str, sends: str, head: Head, *rules: str) -> Case:
    """A response with 101 after which no client may go on: behind it comes a message, which must not come back."""
    return Case(
        id=case_id,
        group=group,
        sends=f"{sends} Behind it a text message.",
        expects="The client ends the connection, and sends no message.",
        requirements=rules,
        level=Level.MUST,
        roles=CLIENT,
        opening=Opening(head),
        script=(send(text(HELLO)), KillAfter(1)),
        outcomes=NOTHING,
        closing=GOES,
    )


def no_connection(case_id: str, group: str, sends: str, head: Head, *rules: str) -> Case:
    """A response that is no 101: the tester, as any HTTP server, ends TCP a moment later."""
    return Case(
        id=case_id,
        group=group,
        sends=f"{sends} Behind it a text message, and a moment later the end of TCP.",
        expects="The client sends no frame.",
        requirements=rules,
        level=Level.MUST,
        roles=CLIENT,
        opening=Opening(head),
        script=(send(text(HELLO)), Wait(0.1), EndTcp()),
        outcomes=NOTHING,
        closing=GOES,
    )


def taken_by_client(
    case_id: str,
    group: str,
    sends: str,
    head: Head | None,
    *rules: str,
    peer: PeerHead = PeerHead(),  # noqa: B008 - immutable
    may_refuse: bool = False,
    level: Level = Level.MUST,
    expects: str = "The client takes it, and the connection works.",
) -> Case:
    """A response that a client has to take. may_refuse: it may do without, but then the verdict is NON-STRICT."""
    found = [Outcome(Behavior.OK, (came(HELLO),))]
    if may_refuse:
        found.append(Outcome(Behavior.NON_STRICT, (), GOES))
    return Case(
        id=case_id,
        group=group,
        sends=sends,
        expects=expects,
        requirements=rules,
        level=level,
        roles=CLIENT,
        opening=Opening(head, peer=peer),
        script=(send(text(HELLO)), KillAfter(1)),
        outcomes=tuple(found),
        closing=CLEAN,
    )


def played(
    case_id: str,
    group: str,
    sends: str,
    expects: str,
    steps: Sequence[Step],
    *events: Event,
    rules: tuple[str, ...],
    closing: Closing = CLEAN,
    roles: tuple[Role, ...] = (Role.SERVER, Role.CLIENT),
    level: Level = Level.MUST,
    outcomes: tuple[Outcome, ...] | None = None,
    informational: bool = False,
) -> Case:
    """A case with a usual opening handshake: these events have to come."""
    return Case(
        id=case_id,
        group=group,
        sends=sends,
        expects=expects,
        requirements=rules,
        level=level,
        roles=roles,
        script=(*steps, KillAfter(1)),
        outcomes=(Outcome(Behavior.OK, events),) if outcomes is None else outcomes,
        closing=closing,
        informational=informational,
    )
