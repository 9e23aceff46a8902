"""The head of an HTTP message as octets: where it ends, what it may cost, which octets it may hold (RFC 9112 §2.2).

h11 reads what a head says, but only once all of it is here. That a head is too long, or can never be one, is found
here, octet by octet: the verdict falls at the same octet however the stream was cut. The rules are narrower than h11's:

- A line ends with CRLF. 9112-2.2-4 lets a recipient take a bare LF for one; two readers who disagree about where a line
  ends are how requests are smuggled, so it is refused here, at once.
- A bare CR, NUL, or any control character but HTAB is refused (9112-2.2-2, 9110-5.5-1). (h11 lets most of them pass,
  and takes quadratic time on a value of blanks with such a character behind it.)
- A request's folded lines are refused (9112-5.2-1); a response's are unfolded by h11 (9112-5.2-2).
- One empty line before a request is skipped (9112-2.2-3); it counts towards the limit.
"""

from __future__ import annotations

from typing import NamedTuple

from rawws.core.headers import TOKEN_OCTETS
from rawws.core.limits import Limits
from rawws.core.refused import HandshakeRefusedError, refuse

_CR = 0x0D

# The end of the last line, and the empty one.
_END = b"\r\n\r\n"

# What every response begins with (RFC 9112 §2.3).
_HTTP = b"HTTP/"

# All but the control characters: HTAB, and CR and LF, which are judged as pairs.
_ALLOWED = bytes(octet for octet in range(256) if octet in b"\t\r\n" or (octet >= 0x20 and octet != 0x7F))


class Head(NamedTuple):
    """A whole head and what came behind it.

    octets: from the start-line to the empty line, both included.
    rest: the octets of the same piece of the stream that are not part of the head.
    """

    octets: bytes
    rest: bytes


class HeadReader:
    """Collects octets until a head is whole. Holds `limits.max_header_bytes` octets at most; work is linear.

    client: whether a client reads the head of a response; else a server reads the head of a request.
    limits: `max_header_bytes` counts every octet from the first one to the end of the empty line, `max_headers` the
        lines between the start-line and the empty one.
    """

    __slots__ = ("_buffer", "_client", "_limits", "_line_start", "_lines", "_scanned", "_start")

    def __init__(self, limits: Limits, *, client: bool) -> None:
        self._client = client
        self._limits = limits
        self._buffer = bytearray()
        self._start = 0
        self._line_start = 0
        self._lines = 0
        self._scanned = 0

    @property
    def started(self) -> bool:
        """Whether anything has come."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> Head | None:
        """Take the next octets: the head when it is whole, else None. Raises HandshakeRefusedError."""
        before = len(self._buffer)
        if not before and (head := self._whole(data)) is not None:
            return head
        room = self._limits.max_header_bytes - before
        self._buffer += data[:room]
        end = self._find_end()
        if end is not None:
            return Head(self._judge_octets(bytes(self._buffer[self._start : end])), data[end - before :])
        if len(data) > room:
            # 6585-5-1: "The 431 status code indicates that the server is unwilling to process the request because its
            # header fields are too large."
            raise _too_large("The head is too large", "max_header_bytes")
        return None

    def _whole(self, data: bytes) -> Head | None:
        """The head where it comes in one piece, as most do, and nothing is wrong with it; else None, to look closer."""
        end = data.find(_END, 0, self._limits.max_header_bytes)
        if end < 0 or (data[: len(_HTTP)] != _HTTP if self._client else data[0] not in TOKEN_OCTETS):
            return None
        octets = data[: end + len(_END)]
        lines = octets.count(b"\r\n")
        # The start-line and the empty one are no fields.
        if octets.count(b"\n") != lines or lines - 2 > self._limits.max_headers:
            return None
        return Head(self._judge_octets(octets), data[end + len(_END) :])

    def _find_end(self) -> int | None:
        """Where the head ends, None while it does not: line after line, each octet looked at once."""
        buffer = self._buffer
        if self._scanned < self._start + len(_HTTP):
            self._judge_beginning()
        while (newline := buffer.find(b"\n", self._scanned)) >= 0:
            self._scanned = newline + 1
            # 9112-2.2-4: "Although the line terminator for the start-line and fields is the sequence CRLF, a recipient
            # MAY recognize a single LF as a line terminator". This one does not. (The first octet of all is no LF: that
            # would not begin as HTTP does.)
            if buffer[newline - 1] != _CR:
                raise _bad_http("a line ends with LF alone", "9112-2.2-4")
            if newline == self._line_start + 1:
                if self._lines:
                    return self._scanned
                self._skip_empty_line()
            else:
                self._lines += 1
                # The first line is the start-line.
                if self._lines > self._limits.max_headers + 1:
                    raise _too_large("The head has too many fields", "max_headers")
            self._line_start = self._scanned
        self._scanned = len(buffer)
        return None

    def _judge_beginning(self) -> None:
        """Whether the stream begins as HTTP does: anything else, such as TLS, is refused without waiting for a line."""
        buffer = self._buffer
        if self._client:
            right = buffer[: len(_HTTP)] == _HTTP[: len(buffer)]
        else:
            right = len(buffer) == self._start or buffer[self._start] in TOKEN_OCTETS or self._may_be_empty_line()
        if not right:
            raise _bad_http("the stream does not begin as HTTP does", "9112-2.2-1")

    def _may_be_empty_line(self) -> bool:
        return not self._start and self._buffer[0] == _CR and bytes(self._buffer[1:2]) in {b"", b"\n"}

    def _skip_empty_line(self) -> None:
        # 9112-2.2-3: "In the interest of robustness, a server that is expecting to receive and parse a request-line
        # SHOULD ignore at least one empty line (CRLF) received prior to the request-line." One it is: a second one, or
        # one before a response, does not begin as HTTP does.
        self._start = self._scanned
        self._judge_beginning()

    def _judge_octets(self, head: bytes) -> bytes:
        # 9110-5.5-1: "Field values containing CR, LF, or NUL characters are invalid and dangerous"
        if head.translate(None, _ALLOWED):
            raise _bad_http("a control character in the head", "9110-5.5-1")
        # 9112-2.2-2: "A recipient of such a bare CR MUST consider that element to be invalid"
        if head.count(b"\r") != head.count(b"\n"):
            raise _bad_http("a CR without LF in the head", "9112-2.2-2")
        # 9112-5.2-1: "A server that receives an obs-fold in a request message … MUST either reject the message by
        # sending a 400 (Bad Request) …, or replace each received obs-fold"
        if not self._client and (b"\n " in head or b"\n\t" in head):
            raise _bad_http("a folded line in the head", "9112-5.2-1")
        return head


def _bad_http(message: str, requirement: str) -> HandshakeRefusedError:
    return refuse("Bad HTTP message", requirement, message=message)


def _too_large(message: str, limit: str) -> HandshakeRefusedError:
    return refuse(message, "6585-5-1", status_code=431, limit=limit)
