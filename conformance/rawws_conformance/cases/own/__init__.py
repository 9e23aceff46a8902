"""Cases of our own, under the numbers 20 to 29: where Autobahn, by construction, sees nothing.

| group | what it is about                                                                 |
|-------|----------------------------------------------------------------------------------|
| 20    | requests that a server has to refuse                                             |
| 21    | requests that a server has to accept, and its response                           |
| 22    | responses after which a client must not go on                                    |
| 23    | the request of a client, and responses that it has to take                       |
| 24    | frames: masks, lengths, reserved bits                                            |
| 25    | control frames and the closing handshake                                         |
| 26    | UTF-8                                                                            |
| 27    | permessage-deflate: offers to a server                                           |
| 28    | permessage-deflate: answers to a client                                          |
| 29    | permessage-deflate: messages, octet by octet                                     |
"""

from __future__ import annotations

from functools import cache

from rawws_conformance.cases.own import (
    group20,
    group21,
    group22,
    group23,
    group24,
    group25,
    group26,
    group27,
    group28,
    group29,
)
from rawws_conformance.model import Case

_GROUPS = (group20, group21, group22, group23, group24, group25, group26, group27, group28, group29)


@cache
def own() -> dict[str, Case]:
    """All cases of our own by id, in the order of their numbers."""
    return {case.id: case for group in _GROUPS for case in group.CASES}
