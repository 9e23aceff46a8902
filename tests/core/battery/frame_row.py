"""What a row of the frame battery is, and short words to write one."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from rawws.core.events import Ping, Pong
from rawws.core.limits import DEFAULT_LIMITS, Limits

from tests.core.octets import FIN, RSV1, Frame, Role

#: A frame, or the end of the stream.
Piece = Frame | None

#: What comes out besides the end: a whole message, a ping or a pong.
Told = str | bytes | Ping | Pong

State = Literal["OPEN", "REMOTE_CLOSING", "CLOSED"]


class Head(NamedTuple):
    """A violation that shows when so many octets of the frame at fault have come."""

    octets: int


class Payload(NamedTuple):
    """A violation that shows when so many octets of the payload at fault have come."""

    octets: int


@dataclass(frozen=True, kw_only=True)
class FrameRow:
    """One stream of octets, and all that may come of it.

    id: a name for a report; with the role it is unique.
    section: of the RFC that the row is about, such as "6455-5.2".
    role: who reads.
    deflate: the parameters of permessage-deflate that were agreed on, None where it was not.
    limits: of the connection.
    closing: whether the reader has sent its Close frame before.
    pieces: what comes.
    told: whole messages, pings and pongs that must come out, in order, before the end.
    code, reason: of the CloseConnection that must come out, None where none may; a violation's reason is not compared.
    requirement: the sentence that is broken, None where none is.
    limit: the field of Limits that is exceeded.
    fault_at: which piece is at fault.
    shows: when the violation must be found, None where any octet of the piece at fault may show it.
    state: where the connection stands in the end.
    """

    id: str
    section: str
    role: Role
    pieces: tuple[Piece, ...]
    told: tuple[Told, ...]
    state: State
    deflate: str | None = None
    limits: Limits = DEFAULT_LIMITS
    closing: bool = False
    code: int | None = None
    reason: str | None = None
    requirement: str | None = None
    limit: str | None = None
    fault_at: int | None = None
    shows: Head | Payload | None = None

    @cached_property
    def chunks(self) -> list[bytes | None]:
        """The octets, piece by piece."""
        return [None if piece is None else piece.to(self.role) for piece in self.pieces]

    @property
    def offset(self) -> int:
        """Octets before the frame at fault."""
        return sum(len(chunk or b"") for chunk in self.chunks[: self.fault_at])

    @property
    def shows_after(self) -> int | None:
        """Octets of the stream after which the violation must have been found, and not earlier."""
        if self.shows is None or self.fault_at is None:
            return None
        fault = self.pieces[self.fault_at]
        assert fault is not None
        head = fault.head_bytes(self.role) if isinstance(self.shows, Payload) else 0
        return self.offset + head + self.shows.octets


_BOTH: tuple[Role, ...] = ("server", "client")


def good(
    name: str,
    section: str,
    *pieces: Piece,
    told: tuple[Told, ...] = (),
    roles: tuple[Role, ...] = _BOTH,
    deflate: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> list[FrameRow]:
    """Nothing is wrong, and the connection stays open."""
    return [
        FrameRow(
            id=name, section=section, role=role, pieces=pieces, told=told, state="OPEN", deflate=deflate, limits=limits
        )
        for role in roles
    ]


def bad(
    name: str,
    requirement: str,
    *pieces: Piece,
    told: tuple[Told, ...] = (),
    code: int = 1002,
    shows: Head | Payload | None = None,
    fault_at: int | None = None,
    limit: str | None = None,
    section: str | None = None,
    roles: tuple[Role, ...] = _BOTH,
    deflate: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    closing: bool = False,
    state: State | None = None,
) -> list[FrameRow]:
    """A sentence is broken: by the last piece, where no other is named."""
    return [
        FrameRow(
            id=name,
            section=section or requirement.rpartition("-")[0],
            role=role,
            pieces=pieces,
            told=told,
            state=state or ("CLOSED" if closing else "REMOTE_CLOSING"),
            code=code,
            requirement=requirement,
            limit=limit,
            fault_at=len(pieces) - 1 if fault_at is None else fault_at,
            shows=shows,
            deflate=deflate,
            limits=limits,
            closing=closing,
        )
        for role in roles
    ]


def too_big(
    name: str,
    limit: str,
    *pieces: Piece,
    told: tuple[Told, ...] = (),
    shows: Head | Payload | None = None,
    deflate: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    roles: tuple[Role, ...] = _BOTH,
) -> list[FrameRow]:
    """A limit is exceeded by the last piece."""
    return bad(
        name,
        "6455-10.4-1",
        *pieces,
        told=told,
        code=1009,
        shows=shows,
        limit=limit,
        deflate=deflate,
        limits=limits,
        roles=roles,
    )


def ended(
    name: str,
    section: str,
    *pieces: Piece,
    code: int = 1006,
    reason: str | None = None,
    told: tuple[Told, ...] = (),
    roles: tuple[Role, ...] = _BOTH,
    deflate: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    closing: bool = False,
    state: State | None = None,
) -> list[FrameRow]:
    """The peer closes, or is gone (1006)."""
    after: State = "CLOSED" if closing or None in pieces else "REMOTE_CLOSING"
    return [
        FrameRow(
            id=name,
            section=section,
            role=role,
            pieces=pieces,
            told=told,
            state=state or after,
            code=code,
            reason="" if reason is None and code != 1006 else reason,
            deflate=deflate,
            limits=limits,
            closing=closing,
        )
        for role in roles
    ]


# -- DEFLATE ----------------------------------------------------------------------------------------------------------


def deflated(*messages: bytes, bits: int = 15, takeover: bool = True, level: int = 6) -> list[bytes]:
    """The payloads of messages as RFC 7692 §7.2.1 compresses them, one after the other."""
    payloads = []
    stream = zlib.compressobj(level, zlib.DEFLATED, -bits)
    for message in messages:
        data = stream.compress(message) + stream.flush(zlib.Z_SYNC_FLUSH)
        payloads.append(data[:-4])
        if not takeover:
            stream = zlib.compressobj(level, zlib.DEFLATED, -bits)
    return payloads


def final_block(data: bytes) -> bytes:
    """A whole DEFLATE stream: its last block has BFINAL set."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush(zlib.Z_FINISH)


def compressed(opcode: int, payload: bytes, *, fin: bool = True) -> Frame:
    """A first frame with RSV1."""
    return Frame(fin * FIN | RSV1 | opcode, payload)
