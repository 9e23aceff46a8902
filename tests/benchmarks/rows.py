"""What is measured with a load client: each row a kind of load, with its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.benchmarks.contenders import Contender
from tests.benchmarks.frames import BINARY, TEXT


@dataclass(frozen=True)
class Row:
    """A row.

    name: for the command line; `group-detail`. title: for the table. kind: what the load client does. load: how.
    figure, per: which number of its answer is the figure, and the one that it is divided by. unit: what comes of that,
    with `scale` of it in one. deflate, tls: what the servers are asked for. unfit: who cannot do it, and why.
    """

    name: str
    title: str
    kind: str
    load: Mapping[str, object]
    figure: str = "server_ns"
    per: str = "messages"
    unit: str = "µs"
    scale: float = 1000.0
    deflate: bool = False
    tls: bool = False
    unfit: Mapping[str, str] = field(default_factory=dict)

    def reason_against(self, contender: Contender) -> str | None:
        """Why a contender cannot take part; None where it can."""
        if self.deflate and not contender.deflate:
            return "no permessage-deflate"
        if self.tls and not contender.tls:
            return "no TLS"
        return self.unfit.get(contender.name)


def _echo(size: int, in_flight: int, connections: int = 1) -> dict[str, object]:
    opcode = TEXT if size <= 1024 else BINARY
    return {"opcode": opcode, "size": size, "in_flight": in_flight, "connections": connections}


ROWS = (
    Row("echo-1", "echo of 16 B, one in flight", "echo", _echo(16, 1)),
    Row("echo-64", "echo of 16 B, 64 in flight", "echo", _echo(16, 64)),
    Row("echo-100c", "echo of 16 B, 100 connections, one in flight on each", "echo", _echo(16, 1, 100)),
    Row("echo-1000c", "echo of 16 B, 1,000 connections, one in flight on each", "echo", _echo(16, 1, 1000)),
    Row(
        "echo-1MiB",
        "echo of 1 MiB, 16 in flight",
        "echo",
        _echo(1 << 20, 16),
        unfit={"rawws-callback": "a callback cannot wait for room"},
    ),
    Row("echo-wss", "echo of 16 B over TLS, 16 in flight", "echo", _echo(16, 16), tls=True),
)
