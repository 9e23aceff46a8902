"""Whom `make compare` puts before the cases, and how: which version, which programs, and what was set."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One implementation, as a server and as a client.

    name: how reports call it. distribution, version: on the Python Package Index; no distribution: this repository.
    programs: the first part of the names of its programs. remark: what a reader should know about how it was set up.
    """

    name: str
    distribution: str | None
    version: str
    programs: str
    remark: str

    @property
    def server(self) -> str:
        """The program that is a server; no program: `rawws serve`."""
        return f"{self.programs}_server.py" if self.distribution else ""

    @property
    def client(self) -> str:
        """The program that is a driver of Autobahn's kind."""
        return f"{self.programs}_client.py"


#: In the order of their columns. Whoever compares wants to know who wrote the comparison: the first is ours.
COMPARED = (
    Compared(
        name="rawws",
        distribution=None,
        version="this repository",
        programs="rawws",
        remark="`rawws serve`, and a client of `rawws.trio`. Written by the authors of this page.",
    ),
    Compared(
        name="websockets",
        distribution="websockets",
        version="17.4",
        programs="websockets",
        remark="`websockets.asyncio`, as server and as client.",
    ),
    Compared(
        name="aiohttp",
        distribution="aiohttp",
        version="3.14.5",
        programs="aiohttp",
        remark="Its client offers no compression unless asked to; here it is asked to (`compress=15`).",
    ),
    Compared(
        name="picows",
        distribution="picows",
        version="2.3.1",
        programs="picows",
        remark=(
            "`WSListener`, which hands out frames. UTF-8, the order of fragments, reserved bits and close codes are "
            "left to its user, and the programs here check none of them: they send every frame back as it came. So the "
            "figures say what is left to the user, not that something is broken. It knows no compression."
        ),
    ),
    Compared(
        name="picows.websockets",
        distribution="picows",
        version="2.3.1",
        programs="picows_websockets",
        remark="The face of picows for whole messages.",
    ),
    Compared(
        name="trio-websocket",
        distribution="trio-websocket",
        version="0.12.2",
        programs="trio_websocket",
        remark="It knows no compression.",
    ),
)
