"""What the server has to say while it runs: one line on stderr for each connection that was refused or failed."""

from __future__ import annotations

import copy
import datetime as dt
import json
import logging
import sys

from rawws.cli.escape import escape

# What every record has; the rest was given as `extra`.
_NOT_FIELDS = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime"})


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


def say_unix(path: str) -> None:
    """The same for a Unix socket."""
    print(f"listening on unix:{path}", flush=True)  # noqa: T201


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: time, level, message, traceback, and the fields that a server's records have."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": record.levelname.lower(), "logger": record.name}
        line["message"] = record.getMessage()
        line |= {name: value for name, value in vars(record).items() if name not in _NOT_FIELDS}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        # ASCII only: whatever octets a peer has brought into a record, the terminal obeys none of them.
        return json.dumps(line, default=str)


def start_logging(*, as_json: bool = False) -> None:
    """Send what rawws logs to stderr. An application's own loggers stay as they are."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else LineFormatter())
    logger = logging.getLogger("rawws")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
