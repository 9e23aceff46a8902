"""Corpora, their compressed pieces, and the reader of echoes: what is spared must change nothing."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawws_conformance.corpora import SIZE, Corpora
from rawws_conformance.model import Corpus, Slices
from rawws_conformance.slices import TAIL, Library, Pieces, inflate

CORPORA = Corpora()


def small_library(octets: bytes, *, text: bool = False) -> Library:
    """A library with one corpus, called x."""
    return Library({"x": Corpus("x", text, "test", octets)})


@pytest.mark.parametrize("name", CORPORA)
def test_corpora_are_what_they_say(name: str) -> None:
    """Each corpus has its size, in characters where it is text, and is the same each time it is made."""
    corpus = CORPORA[name]
    assert len(corpus.octets.decode() if corpus.text else corpus.octets) == SIZE
    assert Corpora()[name] == corpus


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("json", 0.02, 0.1), ("html", 0.02, 0.1), ("book", 0.2, 0.5), ("bitmap", 0.5, 0.9), ("pdf", 0.7, 0.9)],
)
def test_corpora_compress_about_as_well_as_autobahns(name: str, least: float, most: float) -> None:
    """The five kinds of data differ in how well they compress, from very well to hardly."""
    octets = CORPORA[name].octets
    assert least < len(zlib.compress(octets)) / len(octets) < most


@given(st.text(min_size=1, max_size=60), st.integers(1, 100), st.integers(0, 500))
def test_pieces_of_text_are_cut_between_characters(text: str, length: int, index: int) -> None:
    """Message k has `length` characters from (k * length) modulo the size on, wrapping around."""
    encoded = text.encode("utf-8", "replace")
    characters = encoded.decode()
    piece = Pieces(Corpus("x", text=True, origin="", octets=encoded), length)[index].decode()
    assert piece == "".join(characters[(index * length + at) % len(characters)] for at in range(length))


@given(st.binary(min_size=1, max_size=60), st.integers(1, 100), st.integers(0, 300), st.integers(1, 200))
def test_windows(octets: bytes, length: int, index: int, size: int) -> None:
    """The window before message k is the end of what the messages before it hold together."""
    pieces = Pieces(Corpus("x", text=False, origin="", octets=octets), length)
    before = b"".join(pieces[each] for each in range(index))
    assert pieces.window(index, size) == before[-size:]


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("bits", [8, 9, 12, 15])
@pytest.mark.parametrize(("name", "length"), [("json", 131072), ("html", 32768), ("book", 65536), ("pdf", 8192)])
def test_packed_messages_inflate_to_what_they_should(name: str, length: int, bits: int, keeps: bool) -> None:
    """More than two laps of messages, sent one after the other, are a valid stream for the agreed window."""
    library = Library(CORPORA)
    slices = Slices(name, length)
    pieces, packed = library.pieces(slices), library.packed(slices, bits=bits, keeps=keeps)
    inflater = zlib.decompressobj(-max(bits, 9))
    for index in range(2 * pieces.warm + 5 if length >= 32768 else 20):
        number, size = packed[index]
        if not keeps:
            inflater = zlib.decompressobj(-max(bits, 9))
        assert inflater.decompress(number.to_bytes(size, "little") + TAIL) == pieces[index]
        assert not inflater.eof


def test_a_corpus_smaller_than_the_window_comes_around_as_well() -> None:
    """Where several laps fit into a window, packed messages are valid in every lap."""
    library = small_library(bytes(range(256)) * 3)
    slices = Slices("x", 100)
    pieces, packed = library.pieces(slices), library.packed(slices, bits=15, keeps=True)
    inflater = zlib.decompressobj(-15)
    for index in range(3 * pieces.warm):
        octets = packed[index].number.to_bytes(packed[index].length, "little")
        assert inflater.decompress(octets + TAIL) == pieces[index]


def echoes(pieces: Pieces, *, bits: int, keeps: bool, level: int = 6) -> list[bytes]:
    """What a right peer with a compressor of its own sends back, over a few laps."""
    compressor = zlib.compressobj(level, wbits=-bits)
    found = []
    for index in range(3 * pieces.lap + 2):
        if not keeps:
            compressor = zlib.compressobj(level, wbits=-bits)
        found.append((compressor.compress(pieces[index]) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4])
    return found


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("length", [32768, 65536])
def test_echoes_of_a_right_peer(length: int, keeps: bool) -> None:
    """On the first connection and on later ones every echo says what was sent, whatever is remembered."""
    library = Library(CORPORA)
    slices = Slices("json", length)
    pieces = library.pieces(slices)
    for level in (6, 6, 1):
        reader = library.reader(slices, bits=15, keeps=keeps)
        for index, payload in enumerate(echoes(pieces, bits=15, keeps=keeps, level=level)):
            assert reader.inflate(index, payload) == pieces[index]


def test_wrong_echoes_are_seen_also_when_right_ones_are_remembered() -> None:
    """Octets that were right for another message are not right for this one."""
    library = Library(CORPORA)
    slices = Slices("book", 32768)
    pieces = library.pieces(slices)
    right = echoes(pieces, bits=15, keeps=False)
    reader = library.reader(slices, bits=15, keeps=False)
    for index, payload in enumerate(right):
        assert reader.inflate(index, payload) == pieces[index]
    again = library.reader(slices, bits=15, keeps=False)
    assert again.inflate(0, right[0]) == pieces[0]
    assert again.inflate(1, right[2]) != pieces[1]


def test_a_context_kept_in_spite_of_the_agreement_is_seen() -> None:
    """Without a context, an echo that looks back into the last message cannot be inflated."""
    library = Library(CORPORA)
    slices = Slices("json", 1024)
    kept = echoes(library.pieces(slices), bits=15, keeps=True)
    reader = library.reader(slices, bits=15, keeps=False)
    reader.inflate(0, kept[0])
    with pytest.raises(zlib.error):
        reader.inflate(1, kept[1])


def test_a_window_larger_than_agreed_is_seen() -> None:
    """Data past the agreed window cannot be inflated, once a message reaches back that far."""
    library = Library(CORPORA)
    slices = Slices("json", 4096)
    far = echoes(library.pieces(slices), bits=15, keeps=True)
    reader = library.reader(slices, bits=9, keeps=True)
    with pytest.raises(zlib.error):
        for index, payload in enumerate(far):
            reader.inflate(index, payload)


def test_uncompressed_echoes_do_not_enter_the_window() -> None:
    """A peer may send some messages uncompressed; what it compresses later looks back into compressed ones only."""
    library = Library(CORPORA)
    slices = Slices("html", 4096)
    pieces = library.pieces(slices)
    for _connection in range(2):
        reader = library.reader(slices, bits=12, keeps=True)
        compressor = zlib.compressobj(wbits=-12)
        for index in range(40):
            if index % 3 == 1:
                reader.plain(index)
                continue
            payload = (compressor.compress(pieces[index]) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]
            assert reader.inflate(index, payload) == pieces[index]


def test_final_blocks_are_legal() -> None:
    """RFC 7692 §7.2.3.4: a peer may end each message with a final block and an empty octet."""
    library = Library(CORPORA)
    slices = Slices("json", 2048)
    pieces = library.pieces(slices)
    reader = library.reader(slices, bits=15, keeps=True)
    window = b""
    for index in range(10):
        compressor = zlib.compressobj(wbits=-15, zdict=window) if window else zlib.compressobj(wbits=-15)
        payload = compressor.compress(pieces[index]) + compressor.flush() + b"\x00"
        assert reader.inflate(index, payload) == pieces[index]
        window = (window + pieces[index])[-32768:]


def test_inflation_is_bounded() -> None:
    """However much a few octets inflate to, no more than asked for comes out."""
    bomb = zlib.compressobj(9, wbits=-15)
    payload = bomb.compress(bytes(50 << 20)) + bomb.flush(zlib.Z_SYNC_FLUSH)
    assert len(inflate(payload[:-4], bits=15, window=b"", most=1000)[0]) == 1000


def test_memory_is_bounded() -> None:
    """What is remembered of echoes has an end, and past it everything is inflated."""
    library = small_library(b"ab")
    library._budget[0] = 100
    slices = Slices("x", 50)
    pieces = library.pieces(slices)
    for padding in range(9):
        reader = library.reader(slices, bits=15, keeps=False)
        compressor = zlib.compressobj(wbits=-15)
        stream = compressor.compress(pieces[0]) + compressor.flush(zlib.Z_SYNC_FLUSH)
        empty_blocks = b"\x00\x00\x00\xff\xff" * padding
        assert reader.inflate(0, (stream + empty_blocks)[:-4]) == pieces[0]
    assert 0 <= library._budget[0] < 100
