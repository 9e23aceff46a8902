"""Autobahn's spec files, and its rules for choosing cases, so that projects keep theirs. No socket.

    fuzzingclient.json      outdir, servers [{url, agent?, hostname?, origin?, protocols?, options?}], cases,
                            exclude-cases?, exclude-agent-cases?, options?
    fuzzingserver.json      url, outdir, protocols?, options?, key?, cert?, cases, exclude-cases?, exclude-agent-cases?
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rawws_conformance.model import Case, Seconds

#: What `wstest` writes where there is no spec file.
DEFAULTS: dict[str, dict[str, Any]] = {
    "fuzzingclient": {
        "outdir": "./reports/servers",
        "servers": [{"url": "ws://127.0.0.1:9001"}],
        "cases": ["*"],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    },
    "fuzzingserver": {
        "url": "ws://127.0.0.1:9001",
        "outdir": "./reports/clients",
        "cases": ["*"],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    },
}

#: A time limit of 0 is none; this is as good as none.
_NEVER = 1e9

#: Options of Autobahn's that are ours, too, and the time limit that each is.
_LIMITS = {
    "openHandshakeTimeout": "opening",
    "closeHandshakeTimeout": "close_reply",
    "serverConnectionDropTimeout": "tcp_end",
}

#: Options whose every value, or whose only sensible one, is what we do anyway.
_AS_WE_DO: dict[str, tuple[object, ...]] = {
    "failByDrop": (False,),
    "version": (13, 14, 15, 16, 17, 18),
    "requireMaskedClientFrames": (True,),
    "maskClientFrames": (True,),
    "maskServerFrames": (False,),
    "acceptMaskedServerFrames": (False,),
    "utf8validateIncoming": (True,),
    "echoCloseCodeReason": (False,),
    "tcpNoDelay": (True,),
    "autoPingInterval": (0,),
    "allowHixie76": (False,),
    "webStatus": (True,),
}


class SpecError(ValueError):
    """The spec file cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server to test. hostname: for SNI, instead of the one in the URL."""

    url: str
    agent: str | None = None
    hostname: str | None = None
    origin: str | None = None
    protocols: tuple[str, ...] = ()
    seconds: Seconds = field(default_factory=Seconds)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The header fields that the request has besides those that every request has."""
        origin = (("Origin", self.origin),) if self.origin else ()
        protocols = (("Sec-WebSocket-Protocol", ", ".join(self.protocols)),) if self.protocols else ()
        return origin + protocols


@dataclass(frozen=True, slots=True)
class Spec:
    """A spec file of either mode. servers: of fuzzingclient. url, protocols, key, cert: of fuzzingserver.

    ignored: options that change nothing here, in words.
    """

    outdir: str
    cases: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    exclude_agents: tuple[tuple[str, tuple[str, ...]], ...] = ()
    servers: tuple[Server, ...] = ()
    url: str = ""
    protocols: tuple[str, ...] = ()
    key: str | None = None
    cert: str | None = None
    seconds: Seconds = field(default_factory=Seconds)
    ignored: tuple[str, ...] = ()

    def select(self, known: Mapping[str, Case]) -> list[Case]:
        """The cases that the spec chooses, by number. Raises SpecError for an id that no case has."""
        taken = {each for pattern in self.cases for each in matching(pattern, known)}
        left = {each for pattern in self.exclude for each in matching(pattern, known)}
        return sorted((known[each] for each in taken - left), key=lambda case: case.numbers)

    def leaves_out(self, agent: str, case_id: str) -> bool:
        """Whether a case is not for an agent (`exclude-agent-cases`)."""
        return any(
            _whole(pattern, agent) and any(_whole(each, case_id) for each in patterns)
            for pattern, patterns in self.exclude_agents
        )


def matching(pattern: str, ids: Iterable[str]) -> list[str]:
    """The ids that a pattern of `cases` or `exclude-cases` takes. Raises SpecError where an id without * is none.

    With a * it is tied to the start of an id only: `13.*.1` takes 13.1.10, too.
    """
    listed = list(ids)
    if "*" in pattern:
        found = re.compile(".*".join(map(re.escape, pattern.split("*"))))
        return [each for each in listed if found.match(each)]
    if pattern not in listed:
        raise SpecError(f"there is no case {pattern!r}")
    return [pattern]


def _whole(pattern: str, text: str) -> bool:
    """Whether a pattern of `exclude-agent-cases` is the whole text."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


class _Reader:
    """Takes values out of the JSON, and remembers what nobody looked at."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise SpecError(f"{where} has to be an object")
        self._value = value
        self._where = where

    def text(self, name: str, default: str | None = None) -> str | None:
        """A text, or the default where there is none."""
        value = self._value.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise SpecError(f"{self._where}: {name} has to be a text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._value.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise SpecError(f"{self._where}: {name} has to be a list of texts")
        return tuple(value)

    def agents(self, name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """An object of lists of texts."""
        value = self._value.get(name) or {}
        if not isinstance(value, dict):
            raise SpecError(f"{self._where}: {name} has to be an object")
        inner = _Reader(value, f"{self._where}: {name}")
        return tuple((pattern, inner.texts(pattern)) for pattern in value)

    def seconds(self, default: Seconds, ignored: list[str]) -> Seconds:
        """The time limits among the options."""
        value = self._value.get("options") or {}
        if not isinstance(value, dict):
            raise SpecError(f"{self._where}: options has to be an object")
        for name, given in value.items():
            if name in _LIMITS:
                if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given < _NEVER:
                    raise SpecError(f"{self._where}: {name} has to be a number of seconds")
                default = replace(default, **{_LIMITS[name]: float(given) or _NEVER})
            elif given not in _AS_WE_DO.get(name, ()):
                ignored.append(f"{name}: {json.dumps(given)[:60]}")
        return default


def read_spec(mode: str, text: str | bytes) -> Spec:
    """A spec file. Raises SpecError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise SpecError(f"this is no JSON: {exc}") from None
    return spec_from(mode, value)


def spec_from(mode: str, value: object) -> Spec:
    """What is in a spec file. Raises SpecError."""
    reader = _Reader(value, "the spec")
    ignored: list[str] = []
    seconds = reader.seconds(Seconds(), ignored)
    cases = reader.texts("cases")
    if not isinstance(value, dict) or "cases" not in value:
        raise SpecError("the spec lacks cases")
    spec = Spec(
        outdir=reader.text("outdir") or str(DEFAULTS[mode]["outdir"]),
        cases=cases,
        exclude=reader.texts("exclude-cases"),
        exclude_agents=reader.agents("exclude-agent-cases"),
        seconds=seconds,
    )
    if mode == "fuzzingclient":
        spec = replace(spec, servers=tuple(_servers(value.get("servers") or [], seconds, ignored)))
    else:
        spec = replace(
            spec,
            url=reader.text("url") or str(DEFAULTS[mode]["url"]),
            protocols=reader.texts("protocols"),
            key=reader.text("key"),
            cert=reader.text("cert"),
        )
    return replace(spec, ignored=tuple(dict.fromkeys(ignored)))


def _servers(values: object, seconds: Seconds, ignored: list[str]) -> Iterable[Server]:
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise SpecError("the spec: servers has to be a list")
    for number, value in enumerate(values, 1):
        where = f"server {number} of the spec"
        reader = _Reader(value, where)
        url = reader.text("url")
        if not url:
            raise SpecError(f"{where} has no url")
        yield Server(
            url,
            reader.text("agent"),
            reader.text("hostname"),
            reader.text("origin"),
            reader.texts("protocols"),
            reader.seconds(seconds, ignored),
        )
