"""The codecs that are measured do what the cases ask, and one that does not is noticed."""

from __future__ import annotations

import importlib

import pytest

from tests.benchmarks.codec.cases import CannotDo, Case, Codec
from tests.benchmarks.codec.contenders import CONTENDERS, PURE, CodecContender
from tests.benchmarks.codec.judge import WrongCodec, check
from tests.benchmarks.frames import BINARY, TEXT
from tests.benchmarks.rows import CODEC_ROWS, CodecRow
from tests.benchmarks.run import Effort, missing, run_codec_rows

CASES = [
    Case("decode", TEXT, 16),
    Case("decode", TEXT, 16, by_frame=True),
    Case("decode", BINARY, 1 << 20),
    Case("decode", TEXT, 1024, deflate=True),
    Case("encode", TEXT, 16),
    Case("encode", BINARY, 1 << 16),
    Case("encode", TEXT, 1024, deflate=True),
    Case("handshake"),
]
HERE = [contender for contender in CONTENDERS if not contender.variables and not missing(contender.needs)]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("contender", HERE, ids=lambda contender: contender.name)
def test_codec(contender: CodecContender, case: Case) -> None:
    """What is installed here does each case right, twice, or says why it cannot."""
    make = importlib.import_module(f"tests.benchmarks.codec.{contender.module}").make
    try:
        codec = make(case)
    except CannotDo as exc:
        assert contender.name in {"aiohttp", "rawws-session", "rawws-isal", "rawws-direct"}
        assert len(str(exc)) > 5  # noqa: PT017  that it says why
        return
    assert check(case, codec) == (50 if case.work == "handshake" else len(case.payloads()))


class Broken(Codec):
    """Gives what it is told to give; after `run`, something else where it is told so."""

    def __init__(self, found: list[str | bytes], afterwards: list[str | bytes] | None = None) -> None:
        self._found = found
        self._afterwards = found if afterwards is None else afterwards

    def run(self) -> None:
        """Go on."""
        self._found = self._afterwards

    def results(self) -> list[str | bytes]:
        """Give them."""
        return self._found


DECODED = CASES[0].messages()


@pytest.mark.parametrize(
    "codec",
    [
        Broken([]),
        Broken(DECODED[:-1]),
        Broken([*DECODED[1:], DECODED[0]]),
        Broken(list(CASES[0].payloads())),
        Broken(DECODED, DECODED[:-1]),
    ],
    ids=["nothing", "one missing", "another order", "octets for text", "fewer in a later pass"],
)
def test_a_broken_decoder_is_noticed(codec: Codec) -> None:
    """A decoder that gives less, or something else, is not measured."""
    with pytest.raises(WrongCodec):
        check(CASES[0], codec)


@pytest.mark.parametrize("case", [case for case in CASES if case.work != "decode"], ids=str)
def test_a_broken_encoder_is_noticed(case: Case) -> None:
    """An encoder that writes something else, or a handshake that fails, is not measured."""
    with pytest.raises(WrongCodec):
        check(case, Broken([b"\x81\x02hi"]))


def test_measuring_codecs_in_processes() -> None:
    """A row goes through processes and gives a figure for each; with RAWWS_SPEEDUPS=0, too."""
    rows: list[CodecRow] = [row for row in CODEC_ROWS if row.name in {"decode-text-16", "handshake"}]
    contenders = [contender for contender in CONTENDERS if contender.name in {"rawws", "rawws-session-pure"}]
    absent = CodecContender("nobody", "of_nobody", "", ("no_such_module",))
    decode, handshake = run_codec_rows(rows, [*contenders, absent], Effort(2, codec_seconds=0.001), lambda _name: None)
    assert set(decode.figures) == {"rawws", "rawws-session-pure"}
    assert all(len(figure.rounds) == 2 and figure.least > 0 for figure in decode.figures.values())
    assert set(handshake.figures) == {"rawws"}
    assert handshake.left_out == {
        "nobody": "not installed: no_such_module",
        "rawws-session-pure": "a Session begins behind the opening handshake",
    }
    assert contenders[1].variables == PURE
