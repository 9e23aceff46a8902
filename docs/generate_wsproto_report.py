"""Print the page `docs/reference/compared-with-wsproto.md`: the hostile batteries of the tests, put before wsproto.

    python docs/generate_wsproto_report.py          write the page
    python docs/generate_wsproto_report.py --check  exit with 1 where the page is out of step

Run from anywhere, with the development dependencies. The page depends on the version of wsproto, which it names.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import wsproto.connection
import wsproto.events
import wsproto.extensions
import wsproto.handshake
from wsproto.utilities import LocalProtocolError, RemoteProtocolError, generate_accept_token, normed_header_dict

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from rawws.spec import REQUIREMENTS  # noqa: E402

from tests.core.battery.frame_row import FrameRow  # noqa: E402
from tests.core.battery.frames import ROWS as FRAME_ROWS  # noqa: E402
from tests.core.battery.handshake import ROWS as HANDSHAKE_ROWS  # noqa: E402
from tests.core.battery.rows import Accepted, Ended, Outcome, Refused, Rejected, Requested, Row, Waiting  # noqa: E402

PAGE = Path(__file__).parent / "reference" / "compared-with-wsproto.md"

# A stream longer than this goes in whole only: octet by octet, wsproto's time grows with its square.
_LONGEST_BYTEWISE = 5_000

_HEAD = """\
# The batteries, put before wsproto {version}

<!-- Written by docs/generate_wsproto_report.py from the rows in tests/core/battery. -->

`tests/core/battery/` holds {total} streams of octets, each with what must come of it and the sentence that says so.
The tests put every row before `rawws.core`, whole, byte by byte and at random cuts, and each has its outcome. This page
puts the same rows before wsproto, whole and byte by byte (streams of more than {longest:,} octets: whole), and lists
those that come out differently.

A difference is not always an error of wsproto's: it has no limits by design, leaves closing behind a violation to its
user, and some rows ask for a strictness that a library may leave to others. The column "rule" names the sentence; the
sentences are at the end.

| | rows | same | differ | of these: let through | another exception | depends on the cut | another verdict or content |
|---|---|---|---|---|---|---|---|
"""


class Verdict(NamedTuple):
    """What an implementation made of a row, in words that can be compared."""

    kind: str
    detail: str = ""


class Difference(NamedTuple):
    """One row of the page."""

    row: str
    role: str
    rule: str
    rawws: str
    wsproto: str
    category: str


# -- frames -----------------------------------------------------------------------------------------------------------


def frame_verdict(row: FrameRow, chunks: Iterable[bytes | None]) -> tuple[Verdict, list[object]]:
    """How wsproto ends a row, and the messages, pings and pongs that it gives before."""
    told: list[object] = []
    begun: str | bytes | None = None
    try:
        connection = _wsproto_connection(row)
        for chunk in chunks:
            connection.receive_data(chunk)
            for event in connection.events():
                if isinstance(event, wsproto.events.CloseConnection):
                    return Verdict("closes", str(int(event.code))), told
                if isinstance(event, wsproto.events.Message):
                    data = bytes(event.data) if not isinstance(event.data, str) else event.data
                    begun = data if begun is None else begun + data  # type: ignore[operator]  # of one type
                    if event.message_finished:
                        told.append(begun)
                        begun = None
                else:
                    told.append(event)
    except Exception as exc:  # noqa: BLE001  which one it is, is the question
        return Verdict("raises", type(exc).__name__), told
    return Verdict("goes on"), told


def _wsproto_connection(row: FrameRow) -> wsproto.connection.Connection:
    extensions: list[wsproto.extensions.Extension] = []
    if row.deflate is not None:
        deflate = wsproto.extensions.PerMessageDeflate()
        element = f"permessage-deflate; {row.deflate}" if row.deflate else "permessage-deflate"
        # It knows no window of 8; inflating with more is the same.
        element = element.replace("window_bits=8", "window_bits=9")
        if row.role == "server":
            deflate.accept(element)
        else:
            deflate.finalize(element)
        extensions.append(deflate)
    role = wsproto.connection.SERVER if row.role == "server" else wsproto.connection.CLIENT
    connection = wsproto.connection.Connection(role, extensions)
    if row.closing:
        connection.send(wsproto.events.CloseConnection(1000))
    return connection


def compare_frames(row: FrameRow) -> Difference | None:
    """How wsproto differs on a row, None where it does not."""
    ours = Verdict("goes on") if row.code is None else Verdict("closes", str(row.code))
    stream = b"".join(chunk for chunk in row.chunks if chunk is not None)
    theirs, told = frame_verdict(row, row.chunks)
    rule = row.requirement or row.section
    name = f"{row.id}"

    def differ(words: str, category: str) -> Difference:
        return Difference(name, row.role, rule, _words(ours, row.limit), words, category)

    if theirs.kind == "raises":
        return differ(f"raises {theirs.detail}", "exception")
    if ours.kind == "closes" and theirs.kind == "goes on":
        return differ("lets it through", "through")
    if theirs != ours:
        return differ(_words(theirs), "verdict")
    if told != list(row.told):
        return differ(f"{_words(theirs)}, with other messages", "verdict")
    if len(stream) <= _LONGEST_BYTEWISE:
        cut = [bytes([octet]) for chunk in row.chunks if chunk is not None for octet in chunk]
        ends: list[bytes | None] = [None] if None in row.chunks else []
        if None not in row.chunks[:-1]:
            again = frame_verdict(row, [*cut, *ends])
            if again != (theirs, told):
                return differ(f"byte by byte: {_words(again[0])}", "cut")
    return None


def _words(verdict: Verdict, limit: str | None = None) -> str:
    suffix = f" (`{limit}`)" if limit else ""
    return f"{verdict.kind} {verdict.detail}".strip().replace("closes", "fails with" if limit else "closes:") + suffix


# -- the opening handshake --------------------------------------------------------------------------------------------


class _Named(wsproto.extensions.Extension):
    """A foreign extension that agrees to everything."""

    def __init__(self, name: str) -> None:
        self.name = name

    def offer(self) -> bool | str:
        return True


class _Deflate(wsproto.extensions.PerMessageDeflate):
    """permessage-deflate with an offer of the row's."""

    def __init__(self, parameters: str) -> None:
        super().__init__()
        self.parameters = parameters

    def offer(self) -> bool | str:
        # It writes "name; " for no parameters, which h11 refuses; True is its way to offer none.
        return self.parameters or True


def handshake_verdict(row: Row, *, bytewise: bool) -> Verdict:
    """What wsproto makes of a row."""
    try:
        handshake, octets = _start_handshake(row)
        pieces = [bytes([octet]) for octet in octets] if bytewise else [octets]
        for piece in pieces:
            if handshake.connection is None and piece:
                handshake.receive_data(piece)
        if row.eof and handshake.connection is None:
            handshake.receive_data(None)
        return _handshake_end(row, handshake)
    except RemoteProtocolError as exc:
        hint = exc.event_hint
        status = str(hint.status_code) if isinstance(hint, wsproto.events.RejectConnection) else "no hint"
        return Verdict("refuses", status if row.role == "server" else "")
    except Exception as exc:  # noqa: BLE001  which one it is, is the question
        return Verdict("raises", type(exc).__name__)


def _start_handshake(row: Row) -> tuple[wsproto.handshake.H11Handshake, bytes]:
    if row.role == "server":
        return wsproto.handshake.H11Handshake(wsproto.connection.SERVER), row.octets
    handshake = wsproto.handshake.H11Handshake(wsproto.connection.CLIENT)
    offers = [_Named(offer) if offer.startswith("x-") else _Deflate(offer) for offer in row.offers]
    request = wsproto.events.Request(
        host="h", target="/", subprotocols=list(row.subprotocols), extensions=list(offers)
    )
    head = handshake.send(request)
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    token = generate_accept_token(fields[b"Sec-WebSocket-Key"])
    return handshake, row.octets.replace(b"{accept}", token).replace(b"{ACCEPT}", token.swapcase())


def _handshake_end(row: Row, handshake: wsproto.handshake.H11Handshake) -> Verdict:
    events = list(handshake.events())
    kinds = [type(event).__name__ for event in events]
    if "RejectConnection" in kinds and "AcceptConnection" in kinds:
        return Verdict("tells a refusal and an acceptance")
    for event in events:
        if isinstance(event, wsproto.events.Request):
            supported = [wsproto.extensions.PerMessageDeflate()] if row.deflate else []
            answer = handshake.send(wsproto.events.AcceptConnection(extensions=list(supported)))
            headers = [tuple(line.split(b": ", 1)) for line in answer.split(b"\r\n")[1:-2]]
            agreed = normed_header_dict([(name.lower(), value) for name, value in headers])
            return Verdict("accepts", agreed.get(b"sec-websocket-extensions", b"").decode("latin-1"))
        if isinstance(event, wsproto.events.AcceptConnection):
            return Verdict("accepts", ", ".join(extension.name for extension in event.extensions))
        if isinstance(event, wsproto.events.RejectConnection):
            return Verdict("is refused with", str(event.status_code))
    return Verdict("waits")


def _handshake_expected(row: Row) -> Verdict:
    outcome: Outcome = row.expected
    match outcome:
        case Refused():
            return Verdict("refuses", str(outcome.status) if row.role == "server" else "")
        case Requested():
            return Verdict("accepts", outcome.answer)
        case Accepted():
            return Verdict("accepts", ", ".join(outcome.extensions))
        case Rejected():
            return Verdict("refuses") if outcome.error else Verdict("is refused with", str(outcome.status))
        case Waiting() | Ended():
            return Verdict("waits")


def compare_handshakes(row: Row) -> Difference | None:
    """How wsproto differs on a row, None where it does not."""
    ours = _handshake_expected(row)
    rule, limit = row.section, None
    if isinstance(row.expected, Refused):
        rule, limit = row.expected.requirement, row.expected.limit
    elif isinstance(row.expected, Rejected) and row.expected.error:
        rule = row.expected.error
    theirs = handshake_verdict(row, bytewise=False)

    def differ(words: str, category: str) -> Difference:
        suffix = f" (`{limit}`)" if limit else ""
        return Difference(row.id, row.role, rule, f"{ours.kind} {ours.detail}".strip() + suffix, words, category)

    if theirs.kind == "raises" and theirs.detail not in {LocalProtocolError.__name__, RemoteProtocolError.__name__}:
        return differ(f"raises {theirs.detail}", "exception")
    if ours.kind == "refuses" and theirs.kind in {"accepts", "waits"}:
        return differ(f"lets it through: {theirs.kind}" if theirs.kind == "waits" else "lets it through", "through")
    if theirs != ours:
        return differ(f"{theirs.kind} {theirs.detail}".strip(), "verdict")
    if len(row.octets) <= _LONGEST_BYTEWISE:
        again = handshake_verdict(row, bytewise=True)
        if again != theirs:
            return differ(f"byte by byte: {again.kind} {again.detail}".strip(), "cut")
    return None


# -- the page ---------------------------------------------------------------------------------------------------------


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(title: str, differences: list[Difference]) -> str:
    lines = [f"\n## {title}\n", "| row | role | rule | rawws.core | wsproto |", "|---|---|---|---|---|"]
    for row in differences:
        rule = f"[{row.rule}](#{row.rule.replace('.', '')})" if row.rule in REQUIREMENTS else row.rule
        lines.append(f"| {row.row} | {row.role} | {rule} | {_cell(row.rawws)} | {_cell(row.wsproto)} |")
    return "\n".join(lines) + "\n"


def _count(name: str, total: int, differences: list[Difference]) -> str:
    by = Counter(difference.category for difference in differences)
    categories = " | ".join(str(by[category]) for category in ("through", "exception", "cut", "verdict"))
    return f"| {name} | {total} | {total - len(differences)} | {len(differences)} | {categories} |\n"


def page() -> str:
    """The whole page."""
    handshakes = [found for row in HANDSHAKE_ROWS if (found := compare_handshakes(row)) is not None]
    frames = [found for row in FRAME_ROWS if (found := compare_frames(row)) is not None]
    total = len(HANDSHAKE_ROWS) + len(FRAME_ROWS)
    text = _HEAD.format(version=version("wsproto"), total=total, longest=_LONGEST_BYTEWISE)
    text += _count("opening handshake", len(HANDSHAKE_ROWS), handshakes)
    text += _count("frames", len(FRAME_ROWS), frames)
    text += _table("Opening handshake", handshakes) + _table("Frames", frames)
    text += "\n## The sentences\n\n"
    for rule in sorted({row.rule for row in (*handshakes, *frames)} & set(REQUIREMENTS)):
        text += f"### {rule}\n\n> {REQUIREMENTS[rule].text}\n\n"
    return text.rstrip() + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or compare it."""
    text = page()
    if "--check" in arguments:
        return int(not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
