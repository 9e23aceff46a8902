"""The tester's frame reader: names every violation, and reads on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawws_conformance.octets import FrameBuilder
from rawws_conformance.reader import FrameReader, InFrame, Violation


def read(data: bytes, *, masked: bool = False, deflate: bool = False) -> list[InFrame | Violation]:
    """All that comes of these octets."""
    return list(FrameReader(masked=masked, deflate=deflate).feed(data))


@pytest.mark.parametrize(
    ("hexadecimal", "words"),
    [
        ("91 00", "RSV is 1"),
        ("c1 00", "RSV is 4"),
        ("83 00", "opcode 3 is reserved"),
        ("8b 00", "opcode 11 is reserved"),
        ("81 80 00000000", "a frame from a server is masked"),
        ("09 00", "a control frame is fragmented"),
        ("89 7e 007e" + 126 * "00", "more than 125 octets"),
        ("88 01 00", "one octet of payload"),
        ("80 00", "no message to continue"),
        ("01 00 81 00", "inside an unfinished one"),
        ("82 7e 007d" + 125 * "00", "the length 125 is not in the fewest octets"),
        ("82 7f 000000000000ffff" + 65535 * "00", "the length 65535 is not in the fewest octets"),
        ("82 7f 8000000000000000", "highest bit"),
        ("82 7f 0000000010000000", "far more than was asked for"),
    ],
)
def test_violations(hexadecimal: str, words: str) -> None:
    """Each rule of §5 has its sentence, and frames that break none have none."""
    found = [item.sentence for item in read(bytes.fromhex(hexadecimal)) if isinstance(item, Violation)]
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize("hexadecimal", ["81 00", "82 7d" + 125 * "00", "8a 00", "88 00", "01 00 89 00 80 00"])
def test_good_frames(hexadecimal: str) -> None:
    """A frame that breaks no rule is no violation."""
    assert not any(isinstance(item, Violation) for item in read(bytes.fromhex(hexadecimal)))


def test_a_client_has_to_mask() -> None:
    """An unmasked frame from a client is a violation; a masked one comes out unmasked."""
    assert isinstance(read(b"\x81\x00", masked=True)[0], Violation)
    [frame] = read(b"\x81\x82\x01\x02\x03\x04\x69\x6b", masked=True)
    assert frame == InFrame(1, fin=True, rsv=0, masked=True, payload=b"hi")


def test_rsv1_belongs_to_first_frames_of_messages() -> None:
    """With deflate RSV1 is fine on a message, and neither on a continuation nor on a control frame."""
    assert isinstance(read(b"\xc1\x00", deflate=True)[0], InFrame)
    assert isinstance(read(b"\x41\x00\xc0\x00", deflate=True)[1], Violation)
    assert isinstance(read(b"\xc9\x00", deflate=True)[0], Violation)


def test_reading_goes_on_after_a_violation() -> None:
    """The frame that breaks a rule comes out, and so does the next one."""
    assert [type(item) for item in read(b"\x91\x01a\x81\x01b")] == [Violation, InFrame, InFrame]


def test_a_violation_is_named_before_the_payload_is_there() -> None:
    """A head is judged when it has come, whatever is still to come of its frame."""
    assert [type(item) for item in read(b"\x91\x7e\x10\x00")] == [Violation]


FRAMES = st.lists(
    st.tuples(st.sampled_from([0, 1, 2, 3, 8, 9, 10, 11]), st.binary(max_size=200), st.booleans(), st.integers(0, 7)),
    max_size=6,
)


@given(FRAMES, st.booleans(), st.data())
def test_cuts_change_nothing(frames: list[tuple[int, bytes, bool, int]], masks: bool, data: st.DataObject) -> None:
    """However the octets are cut, the same frames and violations come out in the same order."""
    builder = FrameBuilder(masks=masks)
    octets = b"".join(builder.frame(opcode, payload, fin=fin, rsv=rsv) for opcode, payload, fin, rsv in frames)
    whole = read(octets, masked=True)
    reader = FrameReader(masked=True)
    cut: list[InFrame | Violation] = []
    while octets:
        size = data.draw(st.integers(1, len(octets)))
        cut += reader.feed(octets[:size])
        octets = octets[size:]
    assert cut == whole
