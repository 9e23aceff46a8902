"""Options that `serve` and `connect` share: how long things may take, and how silence is dealt with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from rawws.cli.parameters import seconds
from rawws.core.limits import DEFAULT_LIMITS

_Command = TypeVar("_Command", bound=Callable[..., Any])

#: What a duration that was not given stands for: None means "never".
NOT_GIVEN = -1.0

_WHAT = {
    "open_timeout": "For the opening handshake, TLS included",
    "close_timeout": "For the closing handshake, until the connection is cut",
    "ping_interval": "Of silence until a ping goes out",
    "ping_timeout": "For anything to come back after a ping",
}


#: The names of the options, as fields of Limits.
DURATIONS = frozenset(_WHAT)


def seconds_or_never(text: str | float) -> float | None:
    """A positive number of seconds, or `never`; click puts the default through this, too."""
    if not isinstance(text, str):
        return text
    return None if text == "never" else seconds(text)


def duration_options(*names: str) -> Callable[[_Command], _Command]:
    """Add an option for each of these fields of Limits; the command gets it as a keyword of the same name."""

    def add(command: _Command) -> _Command:
        for name in reversed(names):
            command = click.option(
                "--" + name.replace("_", "-"),
                metavar="SECONDS",
                type=seconds_or_never,
                default=NOT_GIVEN,
                help=f"{_WHAT[name]}, or `never`; {getattr(DEFAULT_LIMITS, name):g} by default.",
            )(command)
        return command

    return add


def given(durations: dict[str, float | None]) -> dict[str, float | None]:
    """Those that were given."""
    return {name: value for name, value in durations.items() if value != NOT_GIVEN}
