"""Compression with zlib and with what takes its place; message by message; and what it costs in memory."""

from __future__ import annotations

import importlib
import random
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.extensions import PerMessageDeflate
from rawws.core.inflate import InflateError, Inflater
from rawws.core.session import Session
from rawws.core.zlib_module import can_inflate

from tests.core.battery.frame_row import deflated, final_block
from tests.core.cuts import run
from tests.core.extending import agreed
from tests.core.octets import BINARY, FIN, RSV1, TEXT, take_apart
from tests.core.peak import kept

MODULES = ["zlib", "isal.isal_zlib", "zlib_ng.zlib_ng"]
NOISE = random.Random(1).randbytes(3000)
JSON = b'{"id": 17, "name": "Antonia", "tags": ["red", "green"], "text": "' + b"lorem ipsum dolor " * 30 + b'"}'
KIB = 1024

#: By name: hypothesis shows what it has found.
MESSAGES: dict[str, str | bytes] = {
    "no text": "",
    "a letter": "a",
    "text": "é" * 300,
    "no octets": b"",
    "noise": NOISE,
    "JSON": JSON,
    "much JSON": JSON * 30,
    "zeros": bytes(70_000),
}


def load(name: str) -> Any:  # noqa: ANN401  modules that look like zlib
    """The module, or a skip."""
    return importlib.import_module(name) if name == "zlib" else pytest.importorskip(name)


def server(parameters: str = "", **options: Any) -> Connection:  # noqa: ANN401  (the same)
    """A server that has agreed."""
    return Connection(SERVER, [agreed(parameters, **options)])


def received(data: bytes, parameters: str = "") -> list[str | bytes]:
    """The messages that a client of the standard library's makes of a server's octets."""
    outcome = run(Connection(CLIENT, [agreed(parameters)]), [data])
    assert outcome.failure is None
    return [message for message in outcome.messages if isinstance(message, (str, bytes))]


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    name=st.sampled_from(MODULES),
    names=st.lists(st.sampled_from(list(MESSAGES)), max_size=6),
    parameters=st.sampled_from(["", "server_no_context_takeover", "server_max_window_bits=9"]),
    level=st.integers(-1, 3),
    window_bits=st.none() | st.integers(9, 15),
    memory_level=st.integers(1, 9),
    compress=st.sampled_from([None, True, False]),
    idle=st.booleans(),
)
def test_zlib_reads_what_any_of_them_writes(  # noqa: PLR0917  hypothesis names them
    name: str,
    names: list[str],
    parameters: str,
    level: int,
    window_bits: int | None,
    memory_level: int,
    compress: bool | None,
    idle: bool,
) -> None:
    """Whatever deflates, at any level, window and memory, also after memory was freed: zlib inflates it."""
    messages = [MESSAGES[name] for name in names]
    options: dict[str, Any] = {"level": level, "window_bits": window_bits, "memory_level": memory_level}
    end = server(parameters, zlib_module=load(name), **options)
    data = b""
    for message in messages:
        data += end.send_data(message, True, compress)
        if idle:
            end.free_idle()
            end.free_idle()
    assert received(data, parameters) == messages


@pytest.mark.parametrize("name", MODULES)
def test_fragments_are_one_stream(name: str) -> None:
    """Fragments of a compressed message, empty ones among them, are one DEFLATE stream."""
    end = server(zlib_module=load(name))
    for _ in range(2):
        parts = [JSON[:100], b"", JSON[100:], b""]
        data = b"".join(end.send_data(part, index == 3) for index, part in enumerate(parts))
        assert b"".join(map(bytes, received(data))) == JSON  # type: ignore[arg-type]
        end.free_idle()
        end.free_idle()


@pytest.mark.parametrize("name", MODULES)
def test_levels_are_those_of_the_module(name: str) -> None:
    """A level that the module does not know is refused when the extension is made, and not with the first message."""
    module = load(name)
    best = module.Z_BEST_COMPRESSION
    for level in (-1, 0, best):
        PerMessageDeflate(level=level, zlib_module=module)
    for level in (-2, best + 1):
        with pytest.raises(ValueError, match=f"level must be between -1 and {best}"):
            PerMessageDeflate(level=level, zlib_module=module)


def test_what_cannot_tell_an_end_does_not_inflate() -> None:
    """A module whose decompressors cannot be copied deflates, and zlib inflates."""
    for name in MODULES:
        module = load(name)
        extension = agreed(zlib_module=module)
        assert can_inflate(module) is (name != "isal.isal_zlib")
        assert extension._inflating is (module if can_inflate(module) else zlib)
        assert extension._deflating is module


LONG = deflated(JSON * 100)[0]
PAYLOADS = [
    *deflated(JSON, JSON, b"", NOISE),
    LONG,
    final_block(b"a" * 100),
    final_block(b"a" * 100) + deflated(b"b" * 100)[0],
    final_block(b"a" * 100) * 3,
    deflated(JSON)[0][:-3],
    b"\x06",
    b"\xff" * 20,
    b"",
    NOISE[:50],
]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    payloads=st.lists(st.sampled_from(PAYLOADS), min_size=1, max_size=3),
    cuts=st.lists(st.integers(0, 100), max_size=3),
    step=st.sampled_from([1, 50, 65_536]),
    takeover=st.booleans(),
)
def test_zlib_ng_inflates_as_zlib_does(payloads: list[bytes], cuts: list[int], step: int, takeover: bool) -> None:
    """Messages right and corrupt, cut anywhere, in any steps: the same octets, or a failure for both."""
    # What inflates to 60 KiB shows nothing more when it is read in 60,000 steps.
    step = max(step, 50) if LONG in payloads else step

    def outcome(module: Any) -> object:  # noqa: ANN401  (the same)
        inflater = Inflater(15, takeover=takeover, zlib_module=module)
        told = []
        try:
            for payload in payloads:
                borders = [0, *sorted(min(cut, len(payload)) for cut in cuts), len(payload)]
                output = b""
                for index, start in enumerate(borders[:-1]):
                    inflater.feed(payload[start : borders[index + 1]], last=index == len(borders) - 2)
                    while inflater.pending:
                        output += inflater.read(step)
                told.append(output)
        except InflateError:
            told.append(b"failed")
        return told

    assert outcome(load("zlib_ng.zlib_ng")) == outcome(zlib)


# -- message by message -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("message", "opcode"), [("a" * 50, TEXT), (b"a" * 50, BINARY)])
def test_compression_can_be_asked_for_and_refused(message: str | bytes, opcode: int) -> None:
    """`compress` overrules the threshold either way, for every way to send."""
    for threshold in (0, 1000):
        for compress in (None, True, False):
            end = server(threshold=threshold)
            session = Session(server(threshold=threshold))
            session.send(message, compress)
            sent = [
                end.send_data(message, True, compress),
                b"".join(end.send_buffers(message, True, compress)),
                b"".join(session.data_to_send()),
                session.encode(message, compress),
                end.send_data(message[:25], False, compress) + end.send_data(message[25:], True),
            ]
            expected = compress if compress is not None else threshold == 0
            firsts = [take_apart(data)[0].first for data in sent]
            assert firsts[:4] == [FIN | opcode | (RSV1 if expected else 0)] * 4
            # A message in fragments may grow to any size: there is no threshold for it.
            assert firsts[4] == opcode | (RSV1 if compress is not False else 0)
            assert received(b"".join(sent[:2])) == [message] * 2


def test_what_grows_is_sent_as_it_is() -> None:
    """Asked for or not, noise goes uncompressed; and where nothing was agreed on, so does all."""
    assert take_apart(server().send_data(NOISE, True, True))[0].first == FIN | BINARY
    assert take_apart(Connection(SERVER).send_data(JSON, True, True))[0].first == FIN | BINARY
    with pytest.raises(TypeError):
        server(threshold=100).send_data(5, True, None)  # type: ignore[arg-type]


def test_small_text_is_measured_in_octets() -> None:
    """The threshold counts octets: 60 characters of two each reach 100, and 60 of one do not."""
    for message, first in (("a" * 60, FIN | TEXT), ("é" * 60, FIN | RSV1 | TEXT), ("a" * 100, FIN | RSV1 | TEXT)):
        assert take_apart(server(threshold=100).send_data(message))[0].first == first


# -- memory -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("window_bits", "memory_level"), [(9, 1), (12, 5), (13, 5), (15, 8)])
def test_what_a_compressor_holds(window_bits: int, memory_level: int) -> None:
    """As is documented: 4 × 2^window + 512 × 2^memory level octets and about 6 Ki, and nothing before it works."""
    options: dict[str, Any] = {"window_bits": window_bits, "memory_level": memory_level}
    told = (4 << window_bits) + (512 << memory_level) + 6 * KIB
    assert kept(lambda: server(**options)) < 8 * KIB

    def used() -> Connection:
        end = server(**options)
        end.send_data(JSON)
        return end

    assert told - 2 * KIB < kept(used) < told + 8 * KIB


@pytest.mark.parametrize("bits", [9, 12, 15])
def test_what_a_decompressor_holds(bits: int) -> None:
    """2^window octets of the peer's window and about 7 Ki."""
    (payload,) = deflated(JSON, bits=9)

    def used() -> Inflater:
        inflater = Inflater(bits, takeover=True)
        inflater.feed(payload, last=True)
        assert inflater.read(1 << 16) == JSON
        return inflater

    assert (1 << bits) + 5 * KIB < kept(used) < (1 << bits) + 10 * KIB


@pytest.mark.parametrize("name", MODULES)
def test_what_is_idle_is_given_back(name: str) -> None:
    """A compressor that was not used between two calls is gone; one in use, or inside a message, is not."""
    end = server(zlib_module=load(name))
    (extension,) = end._proto.extensions
    assert isinstance(extension, PerMessageDeflate)
    end.free_idle()
    sent = end.send_data(JSON)
    compressor = extension._compressor
    assert compressor is not None
    end.free_idle()
    sent += end.send_data(JSON)
    end.free_idle()
    assert extension._compressor is compressor
    end.free_idle()
    assert extension._compressor is None
    sent += end.send_data(JSON[:100], final=False)
    compressor = extension._compressor
    for _ in range(3):
        end.free_idle()
        assert extension._compressor is compressor
    sent += end.send_data(JSON[100:])
    end.free_idle()
    end.free_idle()
    assert extension._compressor is None
    sent += end.send_data(JSON)
    assert b"".join(map(bytes, received(sent))) == JSON * 4  # type: ignore[arg-type]


def test_a_session_frees_what_is_idle() -> None:
    """A transport around a session need not know of extensions; without any there is nothing to free."""
    session = Session(server())
    session.send(JSON)
    assert [session.free_idle(), session.free_idle(), session.free_idle()] == [False, True, False]
    (extension,) = session._connection._proto.extensions
    assert extension._compressor is None  # type: ignore[attr-defined]
    assert Session(Connection(SERVER)).free_idle() is False
