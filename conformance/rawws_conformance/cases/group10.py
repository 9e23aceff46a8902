"""A message that the tester fragments by itself."""

from __future__ import annotations

from rawws_conformance.cases.build import TEXT, came, echoes, repeated
from rawws_conformance.model import KillAfter, SendMessage

_PAYLOAD = repeated("*", 65536)

CASES = (
    echoes(
        "10.1.1",
        "automatic fragmentation",
        "A text message of 65536 octets in 50 fragments of 1300 octets and one of 536.",
        (SendMessage(TEXT, _PAYLOAD, fragment=1300),),
        came(_PAYLOAD),
        requirements=("6455-5.4-1", "6455-5.4-4"),
        limit=KillAfter(10),
    ),
)
