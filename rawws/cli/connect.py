"""`rawws connect`: a client to talk with, by hand or from a script."""

from __future__ import annotations

import contextlib
import functools
import ssl
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import click

from rawws.cli.conversation import Conversation
from rawws.cli.durations import duration_options, given
from rawws.cli.parameters import header, message_text, seconds, sent_origin, size, subprotocol
from rawws.cli.problem import Problem, run_trio, sentence_of
from rawws.cli.screen import Pipe, Screen, Terminal
from rawws.cli.script import run_script
from rawws.cli.show import status_line
from rawws.cli.stdin import Lines
from rawws.cli.way import WAY, way_options, way_settings
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.url import parse_url
from rawws.trio import ConnectError, OpenTimeout, ProxyError, RedirectRefused, Rejected, WebSocket, connect
from rawws.trio.names import to_ascii

# Of the body of a refusal, what may stand in a sentence.
_MOST_OF_A_BODY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What to do on the connection: with `send` or `expect` a script, else a conversation."""

    send: Sequence[str]
    expect: int | None
    timeout: float | None

    @property
    def is_script(self) -> bool:
        """Whether standard input is left alone."""
        return bool(self.send) or self.expect is not None


@click.command("connect", short_help="Talk to a server.")
@click.argument("url")
@click.option("--send", metavar="TEXT", type=message_text, multiple=True, help="Send TEXT; may be repeated.")
@click.option("--expect", metavar="N", type=click.IntRange(min=0), help="Print N messages, then close.")
@click.option("--timeout", metavar="SECONDS", type=seconds, help="For connecting, and for each expected message.")
@click.option(
    "--header", "headers", metavar="NAME:VALUE", type=header, multiple=True,
    help="Send this header field, too; may be repeated.",
)
@click.option("--origin", metavar="ORIGIN", type=sent_origin, help="Send this Origin, such as https://example.com.")
@click.option(
    "--subprotocol", "subprotocols", metavar="NAME", type=subprotocol, multiple=True,
    help="Offer this; may be repeated, the most wanted first.",
)
@way_options
@click.option("--max-redirects", metavar="N", type=click.IntRange(min=0), help="Follow so many; 5 by default.")
@click.option("--no-compression", is_flag=True, help="Do not offer permessage-deflate.")
@click.option(
    "--max-message", metavar="SIZE", type=size,
    help="Octets of the largest message to accept, such as 65536 or 64MiB; 1MiB by default.",
)  # fmt: skip
@duration_options("close_timeout", "ping_interval", "ping_timeout")
def connect_command(
    url: str,
    *,
    headers: Sequence[tuple[bytes, bytes]],
    origin: str | None,
    subprotocols: Sequence[str],
    max_redirects: int | None,
    no_compression: bool,
    max_message: int | None,
    timeout: float | None,
    send: Sequence[str],
    expect: int | None,
    **others: Any,  # noqa: ANN401  the way to the server, and durations
) -> int:
    """Connect to URL, ws://… or wss://…, and talk.

    Lines that are typed are sent as text; messages that come are shown, with what a terminal might obey escaped, and
    binary as hexadecimal. The end of the input (Ctrl-D) closes with 1000. On a terminal, /help lists commands.

    With --send or --expect nothing is read, and each message that comes is one line of output.

    The exit status is 1 when the connection ends before all was done or otherwise than normally, and 2 when there was
    none.
    """
    limits = _limits(max_message_bytes=max_message, max_redirects=max_redirects, open_timeout=timeout)
    way = {name: others.pop(name) for name in WAY}
    try:
        connection = connect(
            url,
            subprotocols=subprotocols,
            extra_headers=list(headers),
            origin=origin,
            compression=not no_compression,
            limits=replace(limits, **given(others)),  # type: ignore[arg-type]
            **way_settings(url, **way),
        )
    except (ValueError, TypeError, ImportError) as exc:
        raise Problem(sentence_of(exc)) from exc
    talk = Talk(send=send, expect=expect, timeout=timeout)
    return run_trio(functools.partial(_run, connection, url, talk, insecure=way["insecure"]))


def _limits(**wanted: float | None) -> Limits:
    """The defaults, with what was asked for."""
    return replace(DEFAULT_LIMITS, **{name: value for name, value in wanted.items() if value is not None})  # type: ignore[arg-type]


async def _run(connection: connect, url: str, talk: Talk, *, insecure: bool) -> int:
    async with contextlib.AsyncExitStack() as stack:
        try:
            ws = await stack.enter_async_context(connection)
        except ConnectError as exc:
            raise Problem(why_not(exc)) from exc
        if talk.is_script:
            await run_script(ws, talk.send, talk.expect or 0, talk.timeout, Pipe())
            return 0
        person = sys.stdin.isatty()
        screen: Screen = Terminal() if person and sys.stdout.isatty() else Pipe()
        if person:
            screen.note(_introduction(ws, url, insecure=insecure))
            screen.note("Ctrl-D closes, /help lists commands")
        return await Conversation(ws, Lines(sys.stdin.fileno()), screen, person=person).run()


def _introduction(ws: WebSocket, url: str, *, insecure: bool) -> str:
    parts = [f"connected to {parse_url(url, to_ascii)}"]
    if insecure:
        parts.append("certificate not verified")
    if ws.subprotocol:
        parts.append(f"subprotocol {ws.subprotocol}")
    if ws.extensions:
        parts.append(ws.extensions.partition(";")[0])
    return ", ".join(parts)


def why_not(exc: ConnectError) -> str:
    """Why there is no connection, and what might help, in one sentence."""
    if isinstance(exc, Rejected) and not isinstance(exc, RedirectRefused):
        sentence = f"the server refused the connection: {status_line(exc.status_code)}"
        body = " ".join(exc.body[:_MOST_OF_A_BODY].decode("utf-8", "replace").split())
        return f"{sentence} ({body})" if body and "<" not in body else sentence
    if isinstance(exc.__cause__, ssl.SSLCertVerificationError) and not isinstance(exc, ProxyError):
        return f"{exc} (see --ca and --insecure)"
    if isinstance(exc, OpenTimeout):
        return f"{exc} ({exc.__cause__})"
    return str(exc)
