"""A corpus to begin with: what the cases of the conformance suite send, as the judge sends it to rawws in memory."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from rawws.testing.frames import RSV1, take_apart
from rawws.testing.handshake import header
from rawws.testing.strategies.handshake import ACCEPT
from rawws_conformance.adapters.of_rawws import RawwsAdapter
from rawws_conformance.cases import suite
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Case, Role
from rawws_conformance.runs.cuts import AsWritten
from rawws_conformance.runs.memory import play
from rawws_conformance.slices import Library

#: Compressed messages of one case; some have thousands, all of one kind.
_MOST_COMPRESSED = 3

#: Longer ones are slow, and show nothing that shorter ones do not.
_LONGEST = 4096


class Recorder(RawwsAdapter):
    """rawws' own echo, which writes down what it is told. head: until its handshake was over. behind: since."""

    last: Recorder | None = None

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.head = self.behind = b""
        Recorder.last = self

    def receive(self, data: bytes | None) -> bytes:
        """As the echo does."""
        if self._session is None:
            self.head += data or b""
        else:
            self.behind += data or b""
        return super().receive(data)


def seeds(library: Library) -> Iterator[tuple[str, bytes]]:
    """The name of a target and an input for it, again and again."""
    for case in suite("all").values():
        for role in case.roles:
            yield from _seeds_of(case, role, library)


def _seeds_of(case: Case, role: Role, library: Library) -> Iterator[tuple[str, bytes]]:
    play(case, Recorder, role, library, cut=AsWritten, quick=True, random=bytes)
    recorder = Recorder.last
    assert recorder is not None
    is_server = role is Role.SERVER
    head, _, early = recorder.head.partition(b"\r\n\r\n")
    head += b"\r\n\r\n" if b"\r\n\r\n" in recorder.head else b""
    behind = early + recorder.behind
    token = header(head, b"sec-websocket-accept")
    setting = b"\0\0" if is_server else b"\1\0"
    yield "handshake", setting + (head.replace(token, ACCEPT) if token else head) + early
    deflates = b"permessage-deflate" in head
    yield f"stream-to-{role.value}", bytes((int(deflates), 1)) + behind
    yield "accelerator", bytes((int(is_server) | 8, 4)) + behind
    try:
        frames = take_apart(behind)
    except ValueError:
        return
    for frame in [frame for frame in frames if frame.first & RSV1][:_MOST_COMPRESSED]:
        yield "deflate", b"\6\0" + frame.payload


def write(folder: Path) -> int:
    """Write them all, each once; how many there are."""
    found = {(target, data) for target, data in seeds(Library(Corpora())) if len(data) <= _LONGEST}
    for target, data in found:
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / sha256(data).hexdigest()[:16]).write_bytes(data)
    return len(found)
