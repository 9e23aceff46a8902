"""Sessions for tests, and what goes in and out of them."""

from __future__ import annotations

from collections.abc import Callable

from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.extensions import Extension
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.session import PingHandle, Session
from rawws.testing.deflate import Agreement

from tests.core.octets import Frame, Role, Sent, take_apart

ROLES: list[Role] = ["client", "server"]
LIMITS = Limits(ping_interval=20.0, ping_timeout=5.0, close_timeout=10.0)


def server(limits: Limits = LIMITS, now: float = 0.0, on_pong: Callable[[PingHandle], None] | None = None) -> Session:
    """A server's session."""
    return Session(Connection(SERVER, limits=limits), now, on_pong=on_pong)


def client(limits: Limits = LIMITS, now: float = 0.0) -> Session:
    """A client's session."""
    return Session(Connection(CLIENT, limits=limits), now)


def end_of(
    role: Role, limits: Limits = DEFAULT_LIMITS, agreement: Agreement | None = None, *, quick: bool = True
) -> Session:
    """Either end's session. agreement: on permessage-deflate; None for none. quick: whether its quick ways are open."""
    extensions: list[Extension] = [] if agreement is None else [agreement.extension()]
    connection = Connection(SERVER if role == "server" else CLIENT, extensions, limits=limits)
    if not quick:
        connection._decoder.stop_scanning()
    return Session(connection)


def octets(role: Role, *frames: Frame) -> bytes:
    """The frames as one stream, for this end to read."""
    return b"".join(frame.to(role) for frame in frames)


def feed(session: Session, *frames: Frame | None, now: float = 0.0) -> list[str | bytes]:
    """Give a server's session these frames, or the end of the stream, and take its messages."""
    for frame in frames:
        session.receive(None if frame is None else frame.to("server"), now)
    messages = []
    while (message := session.next_message()) is not None:
        messages.append(message)
    return messages


def sent(session: Session) -> list[Sent]:
    """The frames that wait for the network."""
    return take_apart(b"".join(session.data_to_send()))


def frames_in(data: bytes) -> list[Sent]:
    """The frames that these octets are, without their keys: a client's are no two times the same."""
    return [frame._replace(key=None) for frame in take_apart(data)]


def exchange(one: Session, other: Session, now: float = 0.0) -> tuple[list[str | bytes], list[str | bytes]]:
    """Carry octets to and fro until nobody has any; give what each of the two got."""
    got: tuple[list[str | bytes], list[str | bytes]] = ([], [])
    while True:
        moved = False
        for sender, reader, messages in ((one, other, got[1]), (other, one, got[0])):
            for data in sender.data_to_send():
                moved = True
                reader.receive(data, now)
            while (message := reader.next_message()) is not None:
                messages.append(message)
        if not moved:
            return got
