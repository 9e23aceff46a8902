"""What is measured: each row a kind of work, with its parameters."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.benchmarks.codec.cases import Case
from tests.benchmarks.contenders import Contender
from tests.benchmarks.frames import BINARY, TEXT

#: Of most rows.
ROUNDS_PER_START = 4


@dataclass(frozen=True)
class ServerRow:
    """A row that is measured with a load client.

    name: for the command line; `group-detail`. title: for the table. kind: what the load client does. load: how.
    figure, per: which number of its answer is the figure, and the one that it is divided by. unit: what comes of that,
    with `scale` of it in one. deflate, tls, broadcast: what the servers are asked for. rounds_per_start: after so many,
    processes are started anew, since where their memory happens to lie makes some per cent. one_round_of: so many,
    where all come to the same. unfit: who cannot do it, and why.
    """

    name: str
    title: str
    kind: str
    load: Mapping[str, object]
    figure: str = "server_ns"
    per: str = "messages"
    unit: str = "µs of CPU"
    scale: float = 1000.0
    deflate: bool = False
    tls: bool = False
    broadcast: bool = False
    rounds_per_start: int = ROUNDS_PER_START
    one_round_of: int = 1
    unfit: Mapping[str, str] = field(default_factory=dict)

    def reason_against(self, contender: Contender) -> str | None:
        """Why a contender cannot take part; None where it can."""
        if self.deflate and not contender.deflate:
            return "no permessage-deflate"
        if self.tls and not contender.tls:
            return "no TLS"
        if self.broadcast and not contender.broadcast:
            return "no broadcast"
        return self.unfit.get(contender.name)


@dataclass(frozen=True)
class CodecRow:
    """A row that is measured without a network, in a process with the codec."""

    name: str
    title: str
    case: Case
    unit: str = "ns of CPU"

    @property
    def command(self) -> dict[str, object]:
        """What to tell the process."""
        return {"case": dataclasses.asdict(self.case)}


Row = ServerRow | CodecRow


def _echo(size: int, in_flight: int, connections: int = 1, *, apart: bool = False) -> dict[str, object]:
    opcode = TEXT if size <= 1024 else BINARY
    return {"opcode": opcode, "size": size, "in_flight": in_flight, "connections": connections, "apart": apart}


_JSON: dict[str, object] = {"size": 1024, "in_flight": 1}


def _idle(name: str, title: str, *, connections: int, deflate: bool = False, tls: bool = False) -> ServerRow:
    """A row about memory. Each measurement wants a new server, and all come to the same."""
    return ServerRow(
        name,
        title,
        "idle",
        {"connections": connections, "message": deflate},
        figure="bytes",
        per="connections",
        unit="KiB",
        scale=1024.0,
        deflate=deflate,
        tls=tls,
        rounds_per_start=1,
        one_round_of=4,
    )


SERVER_ROWS: tuple[ServerRow, ...] = (
    ServerRow("echo-1", "echo of 16 B, one in flight", "echo", _echo(16, 1)),
    ServerRow("echo-64", "echo of 16 B, 64 in flight", "echo", _echo(16, 64)),
    ServerRow("echo-64-apart", "echo of 16 B, 64 in flight, each sent by itself", "echo", _echo(16, 64, apart=True)),
    ServerRow("echo-100c", "echo of 16 B, one in flight on each of 100", "echo", _echo(16, 1, 100)),
    ServerRow("echo-1000c", "echo of 16 B, one in flight on each of 1,000", "echo", _echo(16, 1, 1000)),
    ServerRow(
        "echo-1MiB",
        "echo of 1 MiB, 16 in flight",
        "echo",
        _echo(1 << 20, 16),
        unfit={"rawws-callback": "a callback cannot wait for room"},
    ),
    ServerRow("echo-wss", "echo of 16 B over TLS, 16 in flight", "echo", _echo(16, 16, apart=True), tls=True),
    ServerRow("echo-deflate", "echo of 1 KiB of JSON, deflated", "deflate", _JSON, deflate=True),
    ServerRow(
        "echo-deflate-size",
        "size of the replies: 1 KiB of JSON, deflated",
        "deflate",
        _JSON,
        figure="octets",
        unit="octets",
        scale=1.0,
        deflate=True,
        one_round_of=8,
    ),
    ServerRow(
        "broadcast-500",
        "broadcast of 128 B to 500, for each delivery",
        "broadcast",
        {"opcode": TEXT, "size": 128, "connections": 500},
        per="deliveries",
        broadcast=True,
    ),
    ServerRow("storm-plain", "connect, upgrade, close", "storm", {}, per="connections"),
    ServerRow("storm-tls", "connect, upgrade, close over TLS", "storm", {}, per="connections", tls=True),
    _idle("idle-plain", "memory of an idle connection", connections=2000),
    _idle("idle-deflate", "memory after one compressed message", connections=1000, deflate=True),
    _idle("idle-wss", "memory of an idle connection over TLS", connections=1000, tls=True),
)

_SIZES = {"16": 16, "1KiB": 1 << 10, "64KiB": 1 << 16, "1MiB": 1 << 20}
_TYPES = {"text": TEXT, "binary": BINARY}


def _codec_rows() -> list[CodecRow]:
    """Both directions, both types, each size; small messages also one frame at a time; deflate; the handshake."""
    rows = []
    for kind, opcode in _TYPES.items():
        for size, octets in _SIZES.items():
            title = f"{size.replace('KiB', ' KiB').replace('MiB', ' MiB')}{' B' * size.isdigit()} {kind}"
            decoding = Case("decode", opcode, octets)
            rows.append(CodecRow(f"decode-{kind}-{size}", f"decode {title}, fed 64 KiB at a time", decoding))
            if octets <= 1 << 10:
                by_frame = dataclasses.replace(decoding, by_frame=True)
                rows.append(CodecRow(f"decode-{kind}-{size}-frame", f"decode {title}, a frame at a time", by_frame))
            rows.append(CodecRow(f"encode-{kind}-{size}", f"encode {title}, server", Case("encode", opcode, octets)))
    rows.sort(key=lambda row: row.case.work)
    decoding, encoding = (Case(work, size=1 << 10, deflate=True) for work in ("decode", "encode"))
    rows.append(CodecRow("deflate-decode", "inflate and decode 1 KiB of JSON", decoding))
    rows.append(CodecRow("deflate-encode", "deflate and encode 1 KiB of JSON, server", encoding))
    rows.append(CodecRow("handshake", "opening handshake of a browser, server", Case("handshake")))
    return rows


CODEC_ROWS = tuple(_codec_rows())

ROWS: tuple[Row, ...] = (*CODEC_ROWS, *SERVER_ROWS)
