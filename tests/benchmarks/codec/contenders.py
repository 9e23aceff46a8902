"""Whose codec is measured: each in a process of its own, with the settings that suit it best."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class CodecContender:
    """A codec.

    name: for tables and the command line. module: beside this one. settings: what was chosen for it, in words. needs:
    what must be installed. variables: of its environment. plain: whether it takes part without permessage-deflate; some
    differ by nothing else.
    """

    name: str
    module: str
    settings: str
    needs: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    plain: bool = True


PURE = {"RAWWS_SPEEDUPS": "0"}

CONTENDERS = (
    CodecContender("rawws", "of_rawws", "wsproto's face: events"),
    CodecContender("rawws-session", "of_session", "Session: whole messages; deflate as rawws.trio has it"),
    CodecContender("rawws-isal", "of_session", "the same, with the extra `fast`: isal", ("isal",), plain=False),
    CodecContender("rawws-direct", "of_direct", "Connection.send_data: sending without events"),
    CodecContender("rawws-pure", "of_rawws", "the same as rawws, with RAWWS_SPEEDUPS=0", variables=PURE),
    CodecContender(
        "rawws-session-pure", "of_session", "the same as rawws-session, with RAWWS_SPEEDUPS=0", variables=PURE
    ),
    CodecContender("wsproto", "of_wsproto", "events"),
    CodecContender("websockets", "of_websockets", "its sans-IO layer, with its C extension", ("websockets",)),
    CodecContender("aiohttp", "of_aiohttp", "its reader and writer, in Cython and C", ("aiohttp",)),
    CodecContender("picows", "of_picows", "its protocol, in Cython; one more copy than with a socket", ("picows",)),
)
