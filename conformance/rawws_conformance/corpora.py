"""What groups 12 and 13 send: five corpora, each made from a name and a seed.

Autobahn sends a JSON file, a photograph, a book, a web page and an article, none of them ours to pass on. These stand
in for them: 393,216 characters (octets, where the corpus is binary) that compress about as well. The size is three times
128 Ki, so that messages of every size come around after one lap (see `slices`), and three in a row always differ.

Everything is drawn from one stream of octets: SHAKE-128 of the ASCII text `rawws-conformance/NAME/SEED`, taken two at a
time, big-endian; "draw(n)" is such a number modulo n. `rawws-conformance export` writes the corpora out, so that nobody
has to follow these recipes to play the cases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping

from rawws_conformance.model import Corpus

SIZE = 3 << 17
SEED = 1

Draw = Callable[[int], int]


def _draws(name: str) -> Draw:
    """draw(n) of the corpus `name`."""
    stream = hashlib.shake_128(f"rawws-conformance/{name}/{SEED}".encode()).digest(2 * SIZE)
    at = 0

    def draw(below: int) -> int:
        nonlocal at
        number = stream[at] << 8 | stream[at + 1]
        at += 2
        return number % below

    return draw


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SYLLABLES = _words("ka ro mi ten sul ba ne dor vi len ta gru pol hes in or ma li sen du")
_GERMAN = _words(
    "der die das und ist nicht ein eine ich du er sie es wir ihr auf mit von zu den dem des im am an aus bei nach wie was "
    "wer so doch nur noch schon wenn denn auch mich dich sich mein dein sein Herz Geist Welt Wort Tag Nacht Licht Leben "
    "Himmel Erde Feuer Wasser Stimme Freund Kraft Seele Buch Tür Straße Brücke Mühle Größe süß grün schön früh über für "
    "gehen stehen sehen hören fühlen denken sprechen wissen führt trägt sucht findet hält bleibt kommt vergeht erhebt"
)
_STATES = _words("open waiting done failed")
_OWNERS = _words("anna boris chloe dmitri emil fatima greta hugo")


def _name(draw: Draw) -> str:
    """A word of two to four syllables."""
    return "".join(_SYLLABLES[draw(len(_SYLLABLES))] for _ in range(2 + draw(3)))


def _json(draw: Draw) -> Iterator[str]:
    """Records with the same fields and few values, as an API would send them."""
    yield '{\n   "records": ['
    number = 0
    while True:
        number += 1
        yield f'{"," if number > 1 else ""}\n      {{\n         "id": {number},\n         "state": "{_STATES[draw(4)]}",\n'
        yield f'         "active": true,\n         "duration": {draw(30)},\n         "unit": "milliseconds",\n'
        yield f'         "owner": {{"name": "{_OWNERS[draw(8)]}", "role": "maintainer", "location": null}},\n'
        yield '         "tags": ["measurement", "automatic"],\n         "parent": null\n      }'


def _html(draw: Draw) -> Iterator[str]:
    """A page of tables with some characters of two and three octets."""
    yield '<!DOCTYPE html>\n<html lang="de">\n<head><meta charset="utf-8"><title>Übersicht</title></head>\n<body>\n'
    number = 0
    while True:
        number += 1
        yield f'   <tr class="row" id="r{number}">\n      <td class="label"><a href="/messwerte/{number}.html">'
        yield f'Messgröße {number}</a></td>\n      <td class="state {_STATES[draw(4)]}">für {_OWNERS[draw(8)]}</td>\n'
        yield f'      <td class="number">{draw(30)} °C – geprüft …</td>\n      <td class="price">{draw(9)},00 €</td>\n'
        yield "   </tr>\n"


def _book(draw: Draw) -> Iterator[str]:
    """German words in lines of verse."""
    while True:
        for _ in range(4 + draw(8)):
            line = " ".join(_GERMAN[draw(len(_GERMAN))] for _ in range(5 + draw(4)))
            yield f"    {line[:1].upper()}{line[1:]}{',.;:!?'[draw(6)]}\r\n"
        yield f"\r\n{_name(draw).upper()}.\r\n"


def _text(pieces: Iterator[str], *, octets: bool) -> bytes:
    """The first SIZE characters (or octets, which may end within a character) of all pieces together."""
    parts: list[str] = []
    size = 0
    while size < SIZE:
        parts.append(next(pieces))
        size += len(parts[-1])
    text = "".join(parts)
    return text.encode()[:SIZE] if octets else text[:SIZE].encode()


def _bitmap(draw: Draw) -> bytes:
    """768 rows of 512 grey pixels: two slopes and noise, as a photograph has them."""
    rows = []
    height = 60
    noise = bytes(draw(24) for _ in range(4096))
    slopes = [bytes(step * abs(256 - column) // 32 for column in range(512)) for step in (1, 2, 3)]
    for _ in range(768):
        height = min(160, max(20, height + draw(7) - 3))
        slope = slopes[draw(3)].translate(bytes((grey + height) & 0xFF for grey in range(256)))
        grain = noise[draw(3584) :][:512]
        # No octet of the sum passes 255, so adding the rows as numbers adds the pixels.
        pixels = int.from_bytes(slope, "big") + int.from_bytes(grain, "big")
        rows.append(pixels.to_bytes(512, "big"))
    return b"".join(rows)


def _pdf(draw: Draw) -> bytes:
    """Objects with a few words each and streams that somebody has compressed before."""
    parts = [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"]
    size = len(parts[0])
    number = 0
    while size < SIZE:
        number += 1
        length = 500 + draw(3000)
        stream = hashlib.shake_128(f"rawws-conformance/pdf/{SEED}/{number}".encode()).digest(length)
        head = f"{number} 0 obj\n<< /Length {length} /Filter /FlateDecode >>\nstream\n".encode()
        lines = [f"/F{draw(4)} {draw(20)} Tf {draw(600)} {draw(800)} Td ({_name(draw)}) Tj\n" for _ in range(draw(60))]
        parts.append(head + stream + b"\nendstream\nendobj\n" + "".join(lines).encode())
        size += len(parts[-1])
    return b"".join(parts)[:SIZE]


_MAKERS: dict[str, tuple[bool, str, Callable[[Draw], bytes]]] = {
    "json": (True, "records with the same fields and few values", lambda draw: _text(_json(draw), octets=False)),
    "bitmap": (False, "512 x 768 grey pixels with noise", _bitmap),
    "book": (False, "German words in lines", lambda draw: _text(_book(draw), octets=True)),
    "html": (True, "a page of tables", lambda draw: _text(_html(draw), octets=False)),
    "pdf": (False, "words between streams that do not compress", _pdf),
}


class Corpora(Mapping[str, Corpus]):
    """The five corpora, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Corpus] = {}

    def __getitem__(self, name: str) -> Corpus:
        corpus = self._made.get(name)
        if corpus is None:
            text, words, make = _MAKERS[name]
            octets = make(_draws(name))
            corpus = self._made[name] = Corpus(name, text, f"{words}; seed {SEED}", octets)
        return corpus

    def __iter__(self) -> Iterator[str]:
        return iter(_MAKERS)

    def __len__(self) -> int:
        return len(_MAKERS)
