"""What the opening handshake raises when the peer broke a rule: the reason as data, and the answer ready to be sent."""

from __future__ import annotations

from rawws.core.errors import RemoteProtocolError
from rawws.core.events import RejectConnection
from rawws.core.failure import Failure
from rawws.core.typing import Headers


class HandshakeRefusedError(RemoteProtocolError):
    """The peer's half of the opening handshake breaks a rule (RFC 6455 §4.1, §4.2.1).

    failure: the rule, and on a server the status to answer with.
    event_hint: a RejectConnection. On a server it can be sent as it is; on a client there is nobody to send it to, and
        sending it gives no octets.
    """

    def __init__(self, text: str, failure: Failure, headers: Headers) -> None:
        super().__init__(text, RejectConnection(status_code=failure.status_code or 400, headers=headers))
        self.failure = failure


def refuse(
    text: str,
    requirement: str,
    *,
    status_code: int = 400,
    headers: Headers | None = None,
    message: str | None = None,
    limit: str | None = None,
) -> HandshakeRefusedError:
    """The error to raise.

    text: what `str(error)` says; wsproto's words where wsproto has some.
    requirement: the sentence that was broken.
    status_code, headers: the answer of a server.
    message: for `Failure.message` where `text` holds words of the peer.
    limit: the field of Limits that was exceeded.
    """
    failure = Failure(requirement, message or text, status_code=status_code, limit=limit)
    return HandshakeRefusedError(text, failure, headers or [])
