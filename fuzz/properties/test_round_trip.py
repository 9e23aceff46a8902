"""decode(encode(x)) = x: what is sent is received, under every setting of the extensions, fragmented and cut anyhow."""

from __future__ import annotations

import dataclasses
import importlib
import random
import zlib
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rawws.core.accelerator import apply_mask
from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage
from rawws.core.extensions import Extension, PerMessageDeflate
from rawws.core.frame_protocol import FrameProtocol
from rawws.core.limits import Limits
from rawws.core.session import Session
from rawws.testing import Cut, Role
from rawws.testing.cuts import at, whole
from rawws.testing.deflate import Agreement
from rawws.testing.frames import RSV1, take_apart
from rawws.testing.outcome import run, run_session
from rawws.testing.strategies import agreements, cuts, octets, payloads, roles, texts
from rawws.testing.strategies.frames import GOOD_CODES, LENGTH_BORDERS, filled, long_texts

from fuzz.budget import examples
from fuzz.flip import Flip


def _modules() -> dict[str, Any]:
    """Everything that deflates: the standard library, and what has its face and is installed."""
    found: dict[str, Any] = {"zlib": zlib}
    for package, name in (("isal", "isal_zlib"), ("zlib_ng", "zlib_ng")):
        with suppress(ImportError):
            found[package] = importlib.import_module(f"{package}.{name}")
    return found


MODULES = _modules()


@dataclass(frozen=True)
class Setting:
    """Which extensions are in use, and how the sender compresses."""

    agreement: Agreement | None
    threshold: int
    level: int
    memory_level: int
    window_bits: int | None
    flips: bool
    module: str = "zlib"

    def extensions(self) -> list[Extension]:
        """For one end."""
        found: list[Extension] = []
        if self.agreement is not None:
            deflate = PerMessageDeflate(
                threshold=self.threshold,
                level=min(self.level, MODULES[self.module].Z_BEST_COMPRESSION),
                memory_level=self.memory_level,
                window_bits=self.window_bits,
                zlib_module=MODULES[self.module],
            )
            deflate.finalize(str(self.agreement))
            found.append(deflate)
        return [*found, Flip()] if self.flips else found

    def ends(self, sender: Role) -> tuple[Connection, Connection]:
        """Who sends, and who reads."""
        client = Connection(CLIENT, self.extensions())
        server = Connection(SERVER, self.extensions())
        return (client, server) if sender == "client" else (server, client)


SETTINGS = st.builds(
    Setting,
    st.one_of(agreements(), st.none()),
    st.sampled_from([0, 0, 10, 1 << 20]),
    st.sampled_from([-1, 0, 1, 9]),
    st.integers(1, 9),
    st.one_of(st.none(), st.integers(9, 15)),
    st.sampled_from([False, False, True]),
    st.sampled_from(sorted(MODULES)),
)

#: A message and the places where it is fragmented.
Fragmented = tuple[str | bytes, tuple[int, ...]]
MESSAGES: st.SearchStrategy[list[Fragmented]] = st.lists(
    st.tuples(st.one_of(long_texts(), payloads()), st.lists(st.integers(0, 70_000), max_size=3).map(tuple)), max_size=4
)


def fragments(message: Fragmented) -> list[str | bytes]:
    """The pieces of a message, of its own type; texts are cut between characters."""
    data, places = message
    borders = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:stop] for start, stop in pairwise(borders)]


def sending(sender: Connection, message: Fragmented) -> bytes:
    """The octets of a message as events send it, with a ping between its fragments."""
    output = b""
    pieces = fragments(message)
    for index, piece in enumerate(pieces):
        finished = index == len(pieces) - 1
        event = TextMessage if isinstance(piece, str) else BytesMessage
        output += sender.send(event(data=piece, message_finished=finished))  # type: ignore[arg-type]  # of that type
        if not finished:
            output += sender.send(Ping(payload=b"between"))
    return output


@examples(4)
@given(SETTINGS, roles(), MESSAGES, cuts())
def test_of_messages(setting: Setting, sender: Role, messages: list[Fragmented], cut: Cut) -> None:
    """Messages of any type, size and fragmentation come out as they went in, and pings between the fragments, too."""
    one, other = setting.ends(sender)
    data = b"".join(sending(one, message) for message in messages)
    outcome = run(other, cut(data))
    assert outcome.failure is None
    assert [told for told in outcome.messages if not isinstance(told, Event)] == [data for data, _ in messages]
    assert sum(isinstance(told, Ping) for told in outcome.messages) == sum(len(places) for _, places in messages)
    assert outcome.offset == len(data)


@examples(2)
@given(SETTINGS, roles(), MESSAGES, cuts())
def test_of_sessions(setting: Setting, sender: Role, messages: list[Fragmented], cut: Cut) -> None:
    """The same through sessions, whole messages and fragments alike, in both directions at once."""
    one, other = (Session(end) for end in setting.ends(sender))
    there = b""
    for index, message in enumerate(messages):
        pieces = fragments(message)
        compress = (None, False, True)[index % 3]
        if index % 2:
            for piece in pieces[:-1]:
                one.send_fragment(piece, final=False, compress=compress)
                # However long the next fragment takes: what it goes on from is not idle.
                one.free_idle()
                one.free_idle()
            one.send_fragment(pieces[-1], final=True)
        elif index % 4:
            one.send(message[0], compress)
        else:
            there += b"".join(one.data_to_send()) + one.encode(message[0], compress)
        other.send(message[0])
        # What has been quiet for a while is forgotten, and nobody notices.
        for end in (one, other):
            end.free_idle()
            end.free_idle()
    there, back = there + b"".join(one.data_to_send()), b"".join(other.data_to_send())
    assert run_session(other, cut(there)).messages == [data for data, _ in messages]
    assert run_session(one, cut(back)).messages == [data for data, _ in messages]


@examples(2)
@given(SETTINGS, roles(), st.lists(st.one_of(texts(), octets()), min_size=2, max_size=4))
def test_of_what_follows_a_refused_send(setting: Setting, sender: Role, messages: list[str | bytes]) -> None:
    """A send that is refused for its argument leaves the connection as it was: what follows is received."""
    one, other = setting.ends(sender)
    data = b""
    for message in messages:
        for wrong in ("\ud800", 5, None):
            try:
                one.send_data(wrong, final=True)  # type: ignore[arg-type]  # that is the point
            except (TypeError, ValueError):
                continue
            raise AssertionError(f"{wrong!r} was sent")
        data += one.send_data(message, final=True)
    assert run(other, whole(data)).messages == messages


#: Such as are too long for a Close, with a character anywhere at the border.
LONG_REASONS = st.builds(
    lambda before, character, count: "a" * before + character * count,
    st.integers(0, 3),
    st.sampled_from("aé€𐍈"),
    st.integers(25, 130),
)

CONTROLS = st.one_of(
    st.builds(Ping, payload=st.binary(max_size=125)),
    st.builds(Pong, payload=st.binary(max_size=125)),
    st.builds(CloseConnection, code=st.sampled_from([*GOOD_CODES]), reason=texts(30) | LONG_REASONS),
    st.just(CloseConnection(code=1005)),
)


@examples(2)
@given(SETTINGS, roles(), CONTROLS, cuts())
def test_of_control_frames(setting: Setting, sender: Role, event: Event, cut: Cut) -> None:
    """Pings, pongs and closes come out as they went in, whatever the extensions."""
    one, other = setting.ends(sender)
    told = run(other, cut(one.send(event))).messages
    if isinstance(event, CloseConnection):
        # §5.5.1 leaves 123 octets for the reason; a longer one is cut between two characters.
        reason = (event.reason or "").encode()[:123].decode(errors="ignore")
        event = CloseConnection(code=event.code, reason=reason)
    assert told == [event]


@examples(2)
@given(st.sampled_from(LENGTH_BORDERS) | st.integers(0, 300), st.binary(min_size=1, max_size=4), roles(), st.booleans())
def test_of_frames(length: int, pattern: bytes, sender: Role, final: bool) -> None:  # noqa: FBT001  drawn
    """A frame of any length has the shortest header, is masked by a client only, and holds what it should (§5.2)."""
    payload = filled(length, pattern)
    data = FrameProtocol(sender == "client", [], limits=Limits()).send_data(payload, final)
    [frame] = take_apart(data)
    assert (frame.opcode, frame.fin, frame.payload) == (0x2, final, payload)
    assert (frame.key is None) == (sender == "server")
    head = 2 if length <= 125 else 4 if length <= 65535 else 10
    assert len(data) == head + length + (0 if frame.key is None else 4)


@examples(2)
@given(payloads(), st.binary(min_size=4, max_size=4), st.lists(st.integers(0, 70_000), max_size=4), st.integers(0, 9))
def test_of_masks(data: bytes, key: bytes, places: list[int], offset: int) -> None:
    """Masking twice is doing nothing, and masking in pieces is masking at once (§5.3)."""
    masked = apply_mask(data, key, offset)
    assert apply_mask(masked, key, offset) == data
    pieces = at(data, [place % (len(data) + 1) for place in places])
    joined, done = b"", offset
    for piece in pieces:
        joined += apply_mask(piece, key, done)
        done += len(piece)
    assert joined == masked
    assert all(masked[index] == octet ^ key[(index + offset) % 4] for index, octet in enumerate(data[:40]))


def _strictly_inflated(payloads: list[bytes], bits: int, *, takeover: bool) -> list[bytes]:
    """What an inflater makes of payloads that holds no octet more than the window that was agreed on.

    zlib sees all that one call gives, however far back; so a call gives next to nothing. Raises zlib.error.
    """
    stream = zlib.decompressobj(-bits)
    found = []
    for payload in payloads:
        rest, output = payload + b"\x00\x00\xff\xff", b""
        while piece := stream.decompress(rest, 32):
            output += piece
            rest = stream.unconsumed_tail
        found.append(output)
        if not takeover:
            stream = zlib.decompressobj(-bits)
    return found


@examples(0.5)
@given(SETTINGS, agreements(), roles(), st.lists(st.sampled_from([300, 600, 1500, 5000, 20_000]), min_size=1))
def test_of_a_window_no_larger_than_agreed(
    setting: Setting, agreement: Agreement, sender: Role, gaps: list[int]
) -> None:
    """What repeats at any distance refers back no further than the window that the reader has agreed to hold."""
    setting = dataclasses.replace(setting, agreement=agreement, flips=False)
    one, _ = setting.ends(sender)
    # Noise, and the same once more: the second time refers to the first, if the window is large enough.
    messages = [random.Random(gap).randbytes(gap) * 2 for gap in gaps]  # noqa: S311  no secrets
    frames = take_apart(b"".join(one.send(BytesMessage(data=message)) for message in messages))
    client = sender == "client"
    bits = agreement.client_max_window_bits if client else agreement.server_max_window_bits
    takeover = not (agreement.client_no_context_takeover if client else agreement.server_no_context_takeover)
    packed = [index for index, frame in enumerate(frames) if frame.first & RSV1]
    inflated = _strictly_inflated([frames[index].payload for index in packed], bits or 15, takeover=takeover)
    assert inflated == [messages[index] for index in packed]


@examples(0.5)
@given(st.integers(0, 500), st.integers(100, 1000), st.sampled_from([None, False, True]), roles())
def test_of_what_is_to_be_compressed(
    threshold: int,
    size: int,
    compress: bool | None,  # noqa: FBT001  drawn
    sender: Role,
) -> None:
    """Who says whether a message is to be compressed is obeyed; else its size decides."""
    deflate = PerMessageDeflate(threshold=threshold)
    deflate.finalize("permessage-deflate")
    session = Session(Connection(CLIENT if sender == "client" else SERVER, [deflate]))
    session.send(bytes(size), compress)
    [frame] = take_apart(b"".join(session.data_to_send()))
    wanted = size >= threshold if compress is None else compress
    assert bool(frame.first & RSV1) == wanted
