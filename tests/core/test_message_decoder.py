"""RFC 6455 §5.4, §5.6 and §8.1: the frames of a message, in order, and text as soon as it is known to be none."""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core.frame_protocol import Frame, MessageDecoder, Opcode
from rawws.core.parse_failed import ParseFailed


def frame(opcode: Opcode, payload: bytes = b"", *, frame_finished: bool = True, fin: bool = True) -> Frame:
    """A frame as the frame decoder gives it."""
    return Frame(opcode, payload, frame_finished, fin)


def test_a_whole_message() -> None:
    """A frame with FIN is a message: str for text, bytes for binary."""
    decoder = MessageDecoder()
    assert decoder.process_frame(frame(Opcode.TEXT, "é€".encode())) == Frame(Opcode.TEXT, "é€", True, True)
    assert decoder.process_frame(frame(Opcode.BINARY, b"\xff")) == Frame(Opcode.BINARY, b"\xff", True, True)
    assert decoder.opcode is None


def test_fragments_bear_the_opcode_of_their_message() -> None:
    """Continuations come out as TEXT or BINARY, finished only with the last one."""
    for opcode in (Opcode.TEXT, Opcode.BINARY):
        decoder = MessageDecoder()
        parts = [frame(opcode, b"a", fin=False), frame(Opcode.CONTINUATION, b"b", fin=False)]
        given_frames = [decoder.process_frame(part) for part in parts]
        assert decoder.opcode is opcode
        given_frames.append(decoder.process_frame(frame(Opcode.CONTINUATION, b"c")))
        assert [part.opcode for part in given_frames] == [opcode] * 3
        assert [part.message_finished for part in given_frames] == [False, False, True]
        assert decoder.opcode is None


def test_part_of_a_last_frame_is_not_the_end() -> None:
    """A frame with FIN that has come in part leaves the message open until the rest of it has come."""
    decoder = MessageDecoder()
    first = decoder.process_frame(frame(Opcode.TEXT, b"a", frame_finished=False))
    assert first == Frame(Opcode.TEXT, "a", False, False)
    assert decoder.process_frame(frame(Opcode.CONTINUATION, b"b")) == Frame(Opcode.TEXT, "b", True, True)


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_the_order_of_opcodes(opcode: Opcode) -> None:
    """6455-5.4-1 and -2: no continuation without a beginning, no beginning before the end."""
    decoder = MessageDecoder()
    for finished in (True, False):
        with pytest.raises(ParseFailed) as caught:
            decoder.process_frame(frame(Opcode.CONTINUATION, fin=finished))
        assert caught.value.requirement == "6455-5.4-1"
    decoder.process_frame(frame(opcode, b"a", fin=False))
    for other in (Opcode.TEXT, Opcode.BINARY):
        with pytest.raises(ParseFailed) as caught:
            decoder.judge(other)
        assert caught.value.requirement == "6455-5.4-2"
    decoder.judge(Opcode.CONTINUATION)
    decoder.process_frame(frame(Opcode.CONTINUATION))
    with pytest.raises(ParseFailed):
        decoder.judge(Opcode.CONTINUATION)


def cuts(data: bytes) -> Iterator[list[bytes]]:
    """Every cut of a few octets into pieces."""
    for pattern in range(1 << max(len(data) - 1, 0)):
        pieces = [data[:1]]
        for index in range(1, len(data)):
            if pattern >> (index - 1) & 1:
                pieces.append(b"")
            pieces[-1] += data[index : index + 1]
        yield pieces


def decode(pieces: list[bytes]) -> tuple[str, str | None, int]:
    """The text of a message that comes in fragments, the rule that it breaks with the code, and the piece that did."""
    decoder = MessageDecoder()
    text = ""
    opcode = Opcode.TEXT
    for index, piece in enumerate(pieces):
        try:
            payload = decoder.process_frame(frame(opcode, piece, fin=index == len(pieces) - 1)).payload
        except ParseFailed as exc:
            return text + exc.text_before, f"{exc.requirement} {int(exc.code)}", index
        assert isinstance(payload, str)
        text += payload
        opcode = Opcode.CONTINUATION
    return text, None, len(pieces)


@pytest.mark.parametrize(
    "octets",
    ["c3 a9", "e2 82 ac", "f0 9f 98 80", "f4 8f bf bf", "ed 9f bf", "ee 80 80", "ef bf bf", "61 c3 a9 62"],
)
def test_characters_may_be_cut_anywhere(octets: str) -> None:
    """However the octets are spread over fragments, the text is the same."""
    data = bytes.fromhex(octets)
    for pieces in cuts(data):
        assert decode(pieces) == (data.decode(), None, len(pieces))


@pytest.mark.parametrize(
    ("octets", "before", "certain"),
    [
        ("ff", "", 1),
        ("61 c0 80", "a", 2),
        ("e0 9f bf", "", 2),
        ("f0 8f bf bf", "", 2),
        ("ed a0 80", "", 2),
        ("61 ed bf bf", "a", 3),
        ("c3 a9 ed b0 80", "é", 4),
        ("f4 90 80 80", "", 2),
        ("f5 80 80 80", "", 1),
        ("61 e2 82 61", "a", 4),
        ("f0 9f 98 c3", "", 4),
        ("61 80", "a", 2),
    ],
)
def test_what_is_no_utf_8_is_found_at_the_octet_that_shows_it(octets: str, before: str, certain: int) -> None:
    """However it is cut, the text before comes out, and the failure with the piece that holds the octet at fault."""
    data = bytes.fromhex(octets)
    for pieces in cuts(data):
        text, requirement, index = decode(pieces)
        assert (text, requirement) == (before, "6455-8.1-1 1007")
        come = sum(len(piece) for piece in pieces[:index])
        assert come < certain <= come + len(pieces[index])


@pytest.mark.parametrize("octets", ["c3", "61 e2 82", "f0 9f 98", "ed", "ed 9f"])
def test_a_message_does_not_end_inside_a_character(octets: str) -> None:
    """What is right so far is wrong when nothing more comes, with FIN on the frame itself or on an empty one."""
    data = bytes.fromhex(octets)
    for pieces in [*cuts(data), [data, b""]]:
        text, requirement, _ = decode(pieces)
        assert (text, requirement) == ("a" if data[:1] == b"a" else "", "6455-8.1-1 1007")


@settings(derandomize=True, deadline=None, max_examples=300)
@given(data=st.binary(max_size=12) | st.text(max_size=6).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_python_s_own_decoder_agrees(data: bytes) -> None:
    """Octet by octet the verdict is that of a strict decoder over the whole, and the text before it the same."""
    pieces = [data[index : index + 1] for index in range(len(data))] or [b""]
    text, requirement, _ = decode(pieces)
    try:
        expected = (data.decode("utf-8"), None)
    except UnicodeDecodeError as exc:
        expected = (data[: exc.start].decode(), "6455-8.1-1 1007")  # type: ignore[assignment]
    assert (text, requirement) == expected


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_octets_from_the_middle_of_a_message(opcode: Opcode) -> None:
    """They are told as frames would be: a character that they only begin is no fault of theirs, and is not lost."""
    decoder = MessageDecoder()
    whole: str | bytes = decoder.process_frame(frame(opcode, b"a", fin=False)).payload  # type: ignore[assignment]
    for piece in (b"b\xe2", b"", b"\x82", b"\xac", "é€".encode()):
        payload = decoder.process_inside(piece)
        assert payload is not None
        whole += payload  # type: ignore[operator]  # both are of one type
    whole += decoder.process_frame(frame(Opcode.CONTINUATION, b"c")).payload  # type: ignore[operator]
    assert whole == ("ab€é€c" if opcode is Opcode.TEXT else "ab€é€c".encode())


def test_octets_from_the_middle_that_are_no_text_change_nothing() -> None:
    """What may have come instead is told as if they had never been there."""
    decoder = MessageDecoder()
    decoder.process_frame(frame(Opcode.TEXT, b"a\xe2", fin=False))
    for wrong in (b"a", b"\x82\xacb\xff", b"\x82\xac\xed\xa0"):
        assert decoder.process_inside(wrong) is None
    assert decoder.process_inside(b"\x82\xac") == "€"


def test_a_new_message_begins_with_a_new_decoder() -> None:
    """Nothing of one text is carried into the next, nor does binary pass through a decoder."""
    decoder = MessageDecoder()
    decoder.process_frame(frame(Opcode.TEXT, b"a"))
    assert decoder.process_frame(frame(Opcode.BINARY, b"\xe2\x82")).payload == b"\xe2\x82"
    assert decoder.decoder is None
    decoder.process_frame(frame(Opcode.TEXT, b"\xe2\x82", fin=False))
    assert isinstance(decoder.decoder, codecs.IncrementalDecoder)
    with contextlib.suppress(ParseFailed):
        decoder.process_frame(frame(Opcode.CONTINUATION, b"\xff"))
    assert MessageDecoder().decoder is None
