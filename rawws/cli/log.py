"""What the server has to say while it runs: one line on stderr for each connection that was refused or failed."""

from __future__ import annotations

import copy
import logging
import sys

from rawws.cli.escape import escape


class LineFormatter(logging.Formatter):
    """A record as one line, which begins with the time; only an application's own traceback takes more.

    Whatever octets a peer has brought into a record, the terminal obeys none of them.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = copy.copy(record)
        line.msg, line.args = escape(line.getMessage()), None
        return super().format(line)

    def formatException(self, ei: object) -> str:  # noqa: N802  logging's name
        """The traceback, line by line."""
        lines = super().formatException(ei).split("\n")  # type: ignore[arg-type]
        return "\n".join(escape(line) for line in lines)


def address(host: str, port: int) -> str:
    """Host and port as a URL has them: an IPv6 address in brackets (RFC 3986 §3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def say_where(host: str, port: int, *, secure: bool) -> None:
    """The line that tells people, and programs, that a server is there."""
    print(f"listening on {'wss' if secure else 'ws'}://{address(host, port)}/", flush=True)  # noqa: T201


def start_logging() -> None:
    """Send what rawws logs to stderr. An application's own loggers stay as they are."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    logger = logging.getLogger("rawws")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
