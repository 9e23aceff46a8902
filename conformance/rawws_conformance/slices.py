"""The messages of `Slices`, and what the tester knows about them: compressed once, and inflated as seldom as can be.

Groups 12 and 13 send gigabytes. A judge that deflated and inflated all of it would work as hard as its peer. Two facts
spare nearly all of that, and change no octet of what is judged:

* The pieces of a corpus come around. With P pieces in a lap, message k equals message k + P; and once a whole window
  has gone by, what came before them is equal, too. So what a compressor made of the second lap is, octet for octet, a
  valid continuation in every later one (RFC 7692 §7.2.1: what counts is what the inflater's window holds).
* Inflating is a function of the compressed octets and of the window. An echo whose compressed octets have been seen
  before, behind the same messages, need not be inflated again to know what it says.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cached_property
from math import gcd
from typing import NamedTuple

from rawws_conformance.model import Corpus, Slices

#: The empty stored block that ends each message and does not go over the wire (RFC 7692 §7.2.1).
TAIL = b"\x00\x00\xff\xff"

#: The largest window that LZ77 may look back in, in octets.
_WINDOW = 1 << 15

#: Octets of echoes that are remembered, in all; beyond, nothing new is.
_MEMORY = 48 << 20


class Packed(NamedTuple):
    """One compressed message as a little-endian number, ready to be masked, and its length in octets."""

    number: int
    length: int


class Pieces:
    """The messages that a corpus is cut into."""

    def __init__(self, corpus: Corpus, length: int) -> None:
        self._corpus = corpus
        self._length = length
        size = len(self._text) if corpus.text else len(corpus.octets)
        if not size or not length:
            raise ValueError("an empty corpus, or empty messages: there is nothing to cut")
        self._size = size
        #: Messages in a lap.
        self.lap = size // gcd(size, length)
        octets = len(corpus.octets) * (self.lap * length // size)
        #: Messages until a window is full; from here on everything comes around. A whole number of laps.
        self.warm = self.lap * -(-_WINDOW // octets)
        self._made: dict[int, bytes] = {}

    @cached_property
    def _text(self) -> str:
        return self._corpus.octets.decode()

    def __getitem__(self, index: int) -> bytes:
        """Message `index`, counted from 0, without end."""
        index %= self.lap
        piece = self._made.get(index)
        if piece is None:
            start = index * self._length % self._size
            piece = self._made[index] = self._cut(start, start + self._length)
        return piece

    def _cut(self, start: int, end: int) -> bytes:
        if self._corpus.text:
            text = self._text
            whole = text if end <= self._size else text * (end // self._size + 1)
            return whole[start:end].encode()
        octets = self._corpus.octets
        whole_octets = octets if end <= self._size else octets * (end // self._size + 1)
        return whole_octets[start:end]

    def place(self, index: int, *, keeps: bool) -> int:
        """A number that is the same for two messages that are equal and have equal windows before them.

        keeps: whether the compressor keeps its context from message to message; without one only the message counts.
        """
        if not keeps:
            return index % self.lap
        return index if index < self.warm else self.warm + (index - self.warm) % self.lap

    def window(self, index: int, octets: int) -> bytes:
        """The last octets of what messages 0 to index - 1 hold together, up to `octets` of them."""
        # The messages follow each other in the corpus without a gap, and it is a ring.
        end = index * self._length
        start = max(0, end - octets)
        turn = start // self._size * self._size
        return self._cut(start - turn, end - turn)[-octets:]


class PackedPieces:
    """The messages as the tester's compressor writes them, each made when it is first asked for.

    bits: of the window. keeps: whether the compressor keeps its context.
    """

    def __init__(self, pieces: Pieces, *, bits: int, keeps: bool) -> None:
        self._pieces = pieces
        self._bits = bits
        self._keeps = keeps
        self._made: list[Packed] = []
        self._compressor = self._fresh()

    def _fresh(self) -> zlib._Compress:
        if self._bits == 8:
            # zlib's deflate has no window of 256 octets; a stream without any distance fits in every window.
            return zlib.compressobj(wbits=-9, strategy=zlib.Z_HUFFMAN_ONLY)
        return zlib.compressobj(wbits=-self._bits)

    def __getitem__(self, index: int) -> Packed:
        """Message `index`, counted from 0, without end; to be sent as the index-th of a connection, nowhere else."""
        place = self._pieces.place(index, keeps=self._keeps)
        while len(self._made) <= place:
            self._made.append(self._pack(self._pieces[len(self._made)]))
        return self._made[place]

    def _pack(self, piece: bytes) -> Packed:
        if not self._keeps:
            self._compressor = self._fresh()
        data = self._compressor.compress(piece) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        length = len(data) - len(TAIL)
        return Packed(int.from_bytes(data[:length], "little"), length)


class KnownEchoes:
    """Compressed octets that are known to say what message k says, by the place of k; shared by all connections."""

    def __init__(self, budget: list[int]) -> None:
        self._known: dict[int, list[bytes]] = {}
        self._budget = budget  # one number, shared by all of a run: how many octets may still be remembered

    def knows(self, place: int, payload: bytes) -> bool:
        """Whether these octets, at this place, have been inflated before."""
        known = self._known.get(place)
        return known is not None and payload in known

    def learn(self, place: int, payload: bytes) -> None:
        """These octets, at this place, said what they had to."""
        known = self._known.setdefault(place, [])
        if len(known) < 4 and len(payload) <= self._budget[0]:
            known.append(payload)
            self._budget[0] -= len(payload)


class EchoReader:
    """Inflates the echoes of one connection and says whether each is what was sent.

    pieces: what was sent. known: what earlier connections have shown. bits, keeps: of the peer's compressor.
    """

    def __init__(self, pieces: Pieces, known: KnownEchoes, *, bits: int, keeps: bool) -> None:
        self._pieces = pieces
        self._known = known
        self._bits = bits
        self._keeps = keeps
        #: What the window holds, once a message has come that was not compressed; None: all messages so far.
        self._window: bytes | None = None
        #: An inflater that has read every message before this one.
        self._inflater: zlib._Decompress | None = None
        self._ready_for = 0

    def plain(self, index: int) -> None:
        """Echo `index` came uncompressed: it does not enter the window of the peer's compressor."""
        if self._keeps and self._window is None:
            self._window = self._pieces.window(index, 1 << self._bits)

    def inflate(self, index: int, payload: bytes) -> bytes:
        """What echo `index` says, up to some octets more than it may. Raises zlib.error."""
        expected = self._pieces[index]
        place = self._pieces.place(index, keeps=self._keeps)
        usual = self._window is None
        if usual and self._known.knows(place, payload):
            return expected
        message = self._inflate_next(index, payload, len(expected) + 1)
        if message == expected:
            if usual:
                self._known.learn(place, payload)
            elif self._keeps:
                self._window = ((self._window or b"") + message)[-(1 << self._bits) :]
        return message

    def _inflate_next(self, index: int, payload: bytes, most: int) -> bytes:
        """Inflate with the inflater of the last message where that is possible, with a new one where it is not."""
        if self._keeps and self._window is None and self._inflater is not None and self._ready_for == index:
            message = self._inflater.decompress(payload + TAIL, most)
            if not self._inflater.eof:
                self._ready_for = index + 1
                return message
        window = b""
        if self._keeps:
            window = self._pieces.window(index, 1 << self._bits) if self._window is None else self._window
        message, self._inflater = inflate(payload, bits=self._bits, window=window, most=most)
        self._ready_for = index + 1
        return message


def inflate(payload: bytes, *, bits: int, window: bytes, most: int) -> tuple[bytes, zlib._Decompress | None]:
    """Inflate one message (RFC 7692 §7.2.2), at most so many octets of it. Raises zlib.error.

    window: what came before it, as far as a distance may reach. Gives the octets, and the inflater where it can go on.
    """
    data = payload + TAIL
    out: list[bytes] = []
    while True:
        wbits = -max(bits, 9)
        inflater = zlib.decompressobj(wbits, zdict=window) if window else zlib.decompressobj(wbits)
        part = inflater.decompress(data, most)
        out.append(part)
        most -= len(part)
        if not inflater.eof:
            return b"".join(out), inflater
        # A block with BFINAL ends a stream, not the message (§7.2.3.4): the rest begins a new one in the same window.
        data = inflater.unused_data
        window = (window + part)[-(1 << bits) :]
        if not data or most <= 0:
            return b"".join(out), None


class MessageInflater:
    """Inflates the messages of one connection, whatever they say. bits, keeps: of the peer's compressor."""

    def __init__(self, *, bits: int, keeps: bool) -> None:
        self._bits = bits
        self._keeps = keeps
        self._window = b""

    def inflate(self, payload: bytes, most: int) -> bytes:
        """What the next message says, up to so many octets of it. Raises zlib.error."""
        message, _ = inflate(payload, bits=self._bits, window=self._window, most=most)
        if self._keeps:
            self._window = (self._window + message)[-(1 << self._bits) :]
        return message


class Library:
    """All corpora, and everything that can be known about them once for all connections of a run."""

    def __init__(self, corpora: Mapping[str, Corpus]) -> None:
        self._corpora = corpora
        self._pieces: dict[Slices, Pieces] = {}
        self._packed: dict[tuple[Slices, int, bool], PackedPieces] = {}
        self._known: dict[tuple[Slices, int, bool], KnownEchoes] = {}
        self._budget = [_MEMORY]

    def pieces(self, slices: Slices) -> Pieces:
        """The messages that a step of a case speaks of. Raises KeyError for a corpus that is not there."""
        if slices not in self._pieces:
            self._pieces[slices] = Pieces(self._corpora[slices.corpus], slices.length)
        return self._pieces[slices]

    def packed(self, slices: Slices, *, bits: int, keeps: bool) -> PackedPieces:
        """The same, compressed for a window of so many bits."""
        key = (slices, bits, keeps)
        if key not in self._packed:
            self._packed[key] = PackedPieces(self.pieces(slices), bits=bits, keeps=keeps)
        return self._packed[key]

    def reader(self, slices: Slices, *, bits: int, keeps: bool) -> EchoReader:
        """A reader for the echoes of a new connection."""
        key = (slices, bits, keeps)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = KnownEchoes(self._budget)
        return EchoReader(self.pieces(slices), known, bits=bits, keeps=keeps)
