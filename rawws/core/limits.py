"""Every bound in one place, each with its reason and a precedent.

None means "no bound" wherever the type allows it. Sizes are in octets, durations in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

#: What one fragment may cost besides its payload. A fragment that carries nothing still costs a header, a turn of
#: the parser and often an object; CPython's smallest bytes object takes 33 octets, rounded up to 64 with its slot.
FRAGMENT_COST = 64

#: However small the message limit is, this many fragments are always allowed.
FEWEST_FRAGMENTS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one connection may cost. Immutable: `dataclasses.replace` makes a variant.

    Raises ValueError when a bound is negative or, where a bound is required, zero.
    """

    #: Octets of one message, after inflation. 1 MiB: `websockets` has the same default, `tungstenite` 64 MiB, `ws` 100 MiB.
    max_message_bytes: int | None = 1024 * 1024

    #: Octets of one frame's payload on the wire. None: a frame is never longer than its message may be (a compressed
    #: one up to twice that, since incompressible data grows a little), so a bound of its own is for the cautious.
    max_frame_bytes: int | None = None

    #: Frames of one message. None: as many as may cost the memory of the largest message (`FRAGMENT_COST` each);
    #: `tungstenite` and `gorilla` have no such bound and pay for it with empty fragments.
    max_fragments: int | None = None

    #: Octets that inflation hands over in one event. 64 KiB: two deflate windows; keeps a bomb's first step small.
    max_inflate_step: int = 64 * 1024

    #: Octets of a request's or response's head, from the first octet to the empty line. 16 KiB: h11 and Node have the same.
    max_header_bytes: int = 16 * 1024

    #: Header fields of one head. 100: Apache's LimitRequestFields; `websockets` has 128.
    max_headers: int = 100

    #: Octets that may follow a request before it is answered, or wait behind a 101. 64 KiB: one read of most transports.
    max_early_bytes: int = 64 * 1024

    #: 1xx responses that a client passes over before the answer. 16: browsers take a handful (100, 103), curl about as many.
    max_informational: int = 16

    #: Redirects that a client follows one after the other; 0: none. 5: what RFC 2068 told servers to count on; curl has 50.
    max_redirects: int = 5

    #: Octets of the body of a refusal that a client keeps. 64 KiB: enough for an error page; the rest is dropped.
    max_refusal_bytes: int = 64 * 1024

    #: Control frames that a peer may send on top of `control_frames_per_second`. 1,000: a burst no honest peer reaches.
    #: What time and data frames pay for is saved up to so many, so that 0 lets none through.
    max_control_burst: int | None = 1000

    #: Control frames per second that are always welcome; each data frame pays for one more. A ping every 10 ms is plenty.
    control_frames_per_second: float = 100.0

    #: Messages and octets that wait for the application before reading stops. 64: `websockets` queues 16 frames; 1 MiB more
    #: than the largest default message would double a connection's cost, so one message always fits and the next waits.
    max_queued_messages: int = 64
    max_queued_bytes: int = 256 * 1024

    #: Octets that wait for the socket before `send` waits (high water), and when it goes on (low water).
    #: 64 KiB and 16 KiB: asyncio's defaults.
    write_high_water: int = 64 * 1024
    write_low_water: int = 16 * 1024

    #: Seconds for the whole opening handshake, TLS included. 10: `websockets` has the same.
    open_timeout: float | None = 10.0

    #: Seconds for the closing handshake, until the connection is cut. 10: `websockets` has the same.
    close_timeout: float | None = 10.0

    #: Seconds of silence after which a ping goes out, and seconds that anything may take to come back. 20 and 20: `websockets`.
    ping_interval: float | None = 20.0
    ping_timeout: float | None = 20.0

    #: Connections of one server in all, in handshake, and from one address. None where only the operator can know.
    max_connections: int | None = None
    max_handshakes: int | None = 1000
    max_connections_per_address: int | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise ValueError(f"{name} must not be negative: {value!r}")
        if self.max_inflate_step < 1 or self.max_headers < 1 or self.max_header_bytes < 1:
            raise ValueError("max_inflate_step, max_headers and max_header_bytes must be at least 1")
        if self.write_low_water > self.write_high_water:
            raise ValueError("write_low_water must not be above write_high_water")

    @property
    def fragments(self) -> int | None:
        """How many frames one message may have: `max_fragments`, or what the memory of the largest message allows."""
        if self.max_fragments is not None:
            return self.max_fragments
        if self.max_message_bytes is None:
            return None
        return max(FEWEST_FRAGMENTS, self.max_message_bytes // FRAGMENT_COST)

    @property
    def compressed_message_bytes(self) -> int | None:
        """Octets that one compressed message may have on the wire: twice the message limit and a little."""
        if self.max_message_bytes is None:
            return None
        return 2 * self.max_message_bytes + 1024


#: What everybody gets who asks for nothing else.
DEFAULT_LIMITS = Limits()
