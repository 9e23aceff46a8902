"""What a client asks of the fuzzing server, by the path and the query of its request. No socket.

The paths are those of Autobahn's fuzzing server, so that drivers written for it run unmodified.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qs, urlsplit

import h11

from rawws_conformance.model import Case

#: More than this is no head of a request.
HEAD_OCTETS = 64 * 1024

#: What Autobahn's server answers to a request that it cannot understand: this line, no headers, and the end of TCP.
INTERNAL_ERROR = b"HTTP/1.1 500 Internal Server Error\r\n\r\n"


class Route(Enum):
    """The paths that mean something. On every other one the client gives commands (`runs.commands`)."""

    CASE_COUNT = "/getCaseCount"
    RUN_CASE = "/runCase"
    CASE_INFO = "/getCaseInfo"
    CASE_STATUS = "/getCaseStatus"
    UPDATE_REPORTS = "/updateReports"
    STOP_SERVER = "/stopServer"
    COMMANDS = ""


class WrongRequest(Exception):
    """The request makes no sense; the text says why. It is answered with `INTERNAL_ERROR`."""


class NoWebSocket(Exception):
    """The request asks for no WebSocket. page: whether it is one that a browser would send."""

    def __init__(self, *, page: bool) -> None:
        super().__init__("no WebSocket")
        self.page = page


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that makes sense.

    case, agent: where the request names them, and never None where its path needs them.
    shutdown: whether the server is to stop when the reports are written.
    """

    route: Route
    case: Case | None = None
    agent: str | None = None
    shutdown: bool = False

    @property
    def case_id(self) -> str:
        """The id of the case, or nothing."""
        return "" if self.case is None else self.case.id


class RequestReader:
    """Reads the head of one request. Raises h11.RemoteProtocolError for what is none."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_OCTETS)
        #: Everything that came, what follows the head included.
        self.octets = b""

    def receive(self, data: bytes) -> h11.Request | None:
        """Take octets; None: more have to come."""
        self.octets += data
        self._http.receive_data(data)
        event = self._http.next_event()
        return event if isinstance(event, h11.Request) else None


def wants_websocket(request: h11.Request) -> bool:
    """Whether a request asks for a WebSocket, be it rightly or wrongly put."""
    values = b",".join(value for name, value in request.headers if name == b"upgrade")
    return any(token.strip().lower() == b"websocket" for token in values.split(b","))


def understand(request: h11.Request, cases: Sequence[Case], agent: str | None = None) -> Asked:
    """What a request asks for. Raises WrongRequest, NoWebSocket.

    cases: the selected ones; a request names one by its place in them, from 1, or by its id.
    agent: the name to take instead of the one in the request.
    """
    if not wants_websocket(request):
        raise NoWebSocket(page=request.method in {b"GET", b"HEAD"})
    target = request.target.decode("latin-1")
    try:
        parts = urlsplit(target)
        query = parse_qs(parts.query, max_num_fields=100, errors="replace")
    except ValueError as exc:
        raise WrongRequest(f"{target[:200]!r} is no target of a request: {exc}") from None
    try:
        route = Route(parts.path)
    except ValueError:
        route = Route.COMMANDS
    named = agent or _only(query, "agent")
    case = _case(query, cases)
    if route in {Route.RUN_CASE, Route.CASE_INFO, Route.CASE_STATUS} and case is None:
        raise WrongRequest(f"{route.value} needs a case")
    if route in {Route.RUN_CASE, Route.CASE_STATUS, Route.UPDATE_REPORTS} and not named:
        raise WrongRequest(f"{route.value} needs an agent")
    shutdown = query.get("shutdownOnComplete", [""])[-1].lower() in {"true", "yes", "1"}
    return Asked(route, case, named, shutdown)


def _only(query: dict[str, list[str]], name: str) -> str | None:
    """The value of a parameter, which may come once."""
    values = query.get(name, [])
    if len(values) > 1:
        raise WrongRequest(f"{name} is there {len(values)} times")
    return values[0] if values else None


def _case(query: dict[str, list[str]], cases: Sequence[Case]) -> Case | None:
    """The case that a request names, by number or by id."""
    number, case_id = _only(query, "case"), _only(query, "casetuple")
    if case_id is not None:
        for case in cases:
            if case.id == case_id:
                return case
        raise WrongRequest(f"case {case_id[:100]!r} is not among the {len(cases)} selected")
    if number is None:
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise WrongRequest(f"case {number[:100]!r} is no number")
    if not 1 <= int(number) <= len(cases):
        raise WrongRequest(f"case {number} is not from 1 to {len(cases)}")
    return cases[int(number) - 1]


def case_info(case: Case) -> str:
    """What /getCaseInfo answers."""
    return json.dumps({"id": case.id, "description": " ".join(case.sends.split())}, ensure_ascii=False)
