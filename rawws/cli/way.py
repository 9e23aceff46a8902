"""Options of `rawws connect` that say how to get to the server, and whom to trust there."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any, TypeVar

import click

from rawws.cli.problem import Problem
from rawws.cli.tls import client_context
from rawws.trio.way import FROM_ENVIRONMENT

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--ca", metavar="FILE", help="Trust these authorities (PEM) instead of the system's."),
    click.option("--insecure", is_flag=True, help="Do not verify the server's certificate."),
    click.option("--server-name", metavar="NAME", help="The name in the server's certificate, if URL has another."),
    click.option("--cert", metavar="FILE", help="Show this certificate (PEM) to a server that asks for one."),
    click.option("--key", metavar="FILE", help="Its key (PEM), if that is in another file."),
    click.option(
        "--proxy", metavar="URL",
        help="Go through this http, https, socks5 or socks5h proxy, or `none`; by default the environment's.",
    ),
    click.option("--unix", metavar="PATH", help="Go over this Unix socket, whatever the host in URL."),
)  # fmt: skip

#: The names of the options, as the command gets them.
WAY = frozenset({"ca", "insecure", "server_name", "cert", "key", "proxy", "unix"})


def way_options(command: _Command) -> _Command:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def way_settings(
    url: str,
    *,
    ca: str | None,
    insecure: bool,
    server_name: str | None,
    cert: str | None,
    key: str | None,
    proxy: str | None,
    unix: str | None,
) -> dict[str, Any]:
    """What the options mean, as keywords of `rawws.trio.connect`. Raises Problem."""
    return {
        "ssl_context": _context(url, ca, cert, key, insecure=insecure),
        "server_hostname": server_name,
        "proxy": FROM_ENVIRONMENT if proxy is None else None if proxy == "none" else proxy,
        "unix_path": unix,
    }


def _context(url: str, ca: str | None, cert: str | None, key: str | None, *, insecure: bool) -> ssl.SSLContext | None:
    given = {"--ca": ca, "--cert": cert, "--key": key, "--insecure": insecure or None}
    option = next((name for name, value in given.items() if value is not None), None)
    if option is None:
        return None
    if not url.lower().startswith("wss:"):
        raise Problem(f"{option} is for wss:// URLs")
    return client_context(ca, cert, key, insecure=insecure)
