"""Log records of a server, with fields beside their text for whoever collects them by machine.

Each record has the attributes `event` (a few words that never change) and `remote_address`, and more that depend on the
event; a formatter that writes records as JSON finds them there (logging's `extra`). None of them holds a header, a
query or a message: what is secret stays out.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from rawws.trio.census import Address, show_address

if TYPE_CHECKING:
    from rawws.core.ended import Ended

_logger = logging.getLogger("rawws.server")


def tell(
    level: int,
    event: str,
    address: Address,
    sentence: str,
    *,
    error: BaseException | None = None,
    **more: object,
) -> None:
    """Log a sentence about one connection. error: whose traceback belongs to it. more: fields."""
    if _logger.isEnabledFor(level):
        where = show_address(address)
        extra = {"event": event, "remote_address": where, **more}
        _logger.log(level, "%s: %s", where, sentence, extra=extra, exc_info=error)


def tell_end(address: Address, ended: Ended) -> None:
    """Log how a connection ended."""
    requirement = None if ended.failure is None else ended.failure.requirement
    by = ended.by.value
    tell(logging.INFO, "connection ended", address, str(ended), code=ended.code, ended_by=by, requirement=requirement)
