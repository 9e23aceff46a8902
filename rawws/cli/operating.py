"""`rawws serve` for whoever operates a server: passwords, metrics, certificates that are renewed, and its end."""

from __future__ import annotations

import importlib
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rawws.cli.parameters import seconds
from rawws.cli.problem import Problem, sentence_of
from rawws.cli.show import print_error
from rawws.core.drain import GOING_AWAY, SERVICE_RESTART
from rawws.core.forwarded import TrustedProxies
from rawws.trio import BasicAuth, CertificateFiles, HTTPRequest, HTTPResponse, Server

if TYPE_CHECKING:
    from rawws.trio.http import OnRequest
    from rawws.trio.metrics import Metrics

#: Asks a server to read its certificate anew.
RELOAD_SIGNAL = signal.SIGHUP


@dataclass(frozen=True, slots=True)
class Goodbye:
    """How a server ends. drain: seconds over which its connections are closed. retry_after: for those who come back."""

    drain: float = 0.0
    retry_after: int | None = None

    async def say(self, server: Server) -> None:
        """End the server."""
        if self.drain:
            await server.drain(self.drain, SERVICE_RESTART, self.retry_after)
        else:
            await server.close(GOING_AWAY, "the server is shutting down")


def drain_seconds(text: str) -> float:
    """A number of seconds, 0 included."""
    return 0.0 if text == "0" else seconds(text)


def network(text: str) -> str:
    """An address or a network of a proxy, or `unix`."""
    try:
        TrustedProxies([text])
    except ValueError as exc:
        raise click.BadParameter(str(exc).removeprefix("trusted_proxies: ")) from exc
    return text


def answers(health: str | None, metrics: str | None, passwords: str | None) -> tuple[list[OnRequest], Metrics | None]:
    """Who is asked about each request; and, beside that, who tells the metrics. Raises Problem."""
    asked: list[OnRequest] = []
    telling = None if metrics is None else _metrics(metrics)
    if health is not None:
        asked.append(lambda request: _healthy(health, request))
    if passwords is not None:
        asked.append(BasicAuth(read_passwords(passwords), realm="rawws"))
    if telling is not None:
        # Behind the passwords: what a server does is not for everybody.
        asked.append(telling)
    return asked, telling


def _healthy(path: str, request: HTTPRequest) -> HTTPResponse | None:
    return HTTPResponse(200, b"ok\n") if request.path == path else None


def _metrics(path: str) -> Metrics:
    try:
        module = importlib.import_module("rawws.trio.metrics")
    except ImportError as exc:
        raise Problem("--metrics needs prometheus-client: pip install 'rawws[metrics]'") from exc
    made: Metrics = module.Metrics(path)
    return made


def read_passwords(name: str) -> dict[str, str]:
    """The lines USER:PASSWORD of a file; empty lines and such that begin with # are passed over. Raises Problem."""
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as exc:
        raise Problem(f"cannot read --passwords {name}: {sentence_of(exc)}") from exc
    passwords = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        user, colon, password = line.partition(":")
        if not colon or not user:
            # The line itself may be a password.
            raise Problem(f"line {number} of --passwords {name} is not USER:PASSWORD")
        passwords[user] = password
    return passwords


async def reload_when_asked(signals: AsyncIterator[int], certificate: CertificateFiles | None) -> None:
    """Read the certificate anew at each signal; what cannot be used is told, and the one before stays."""
    if certificate is not None:
        # Somebody may have written it, and asked for this, before the signal could be heard.
        _reload(certificate.reload_if_changed)
    async for _ in signals:
        if certificate is not None and _reload(certificate.reload):
            print_error("the certificate was read anew")


def _reload(read: Callable[[], None]) -> bool:
    """Whether the certificate could be read."""
    try:
        read()
    except (OSError, ValueError) as exc:
        print_error(f"the certificate stays as it was: {sentence_of(exc)}")
        return False
    return True
