"""Whether a codec did what it is measured at."""

from __future__ import annotations

import zlib

from tests.benchmarks.codec.cases import Case, Codec
from tests.benchmarks.frames import ACCEPT, frame


class WrongCodec(Exception):
    """A codec did something else, and its figure would be worth nothing."""


def check(case: Case, codec: Codec) -> int:
    """Do some passes, which also make the codec warm, and look at their results; messages of one. Raises WrongCodec."""
    messages = _check_pass(case, codec, first=True)
    codec.run()
    _check_pass(case, codec, first=False)
    return messages


def _check_pass(case: Case, codec: Codec, *, first: bool) -> int:
    """Do one pass and look at its results; how many there were. Raises WrongCodec."""
    results = codec.results()
    if case.work == "handshake":
        right = all(isinstance(response, bytes) and _accepts(response) for response in results)
    elif case.work == "decode":
        right = results == case.messages()
    elif case.deflate and not first:
        # Compressed with what the passes before have left in the window.
        right = len(results) == len(case.payloads())
    elif case.deflate:
        right = _inflated(b"".join(map(_octets, results))) == case.payloads()
    else:
        right = b"".join(map(_octets, results)) == b"".join(frame(case.opcode, data) for data in case.payloads())
    if not right or not results:
        raise WrongCodec(f"{case}: {str(results)[:200]}")
    return len(results)


def _octets(result: str | bytes) -> bytes:
    return result if isinstance(result, bytes) else b"text where octets belong"


def _accepts(response: bytes) -> bool:
    return response.startswith(b"HTTP/1.1 101 ") and ACCEPT in response and response.endswith(b"\r\n\r\n")


def _inflated(stream: bytes) -> list[bytes]:
    """The messages in frames of a server, one frame each, under permessage-deflate."""
    inflater = zlib.decompressobj(wbits=-15)
    messages = []
    at = 0
    while at < len(stream):
        length, start = stream[at + 1], at + 2
        if length == 126:
            length, start = int.from_bytes(stream[start : start + 2]), start + 2
        payload = stream[start : start + length]
        messages.append(inflater.decompress(payload + b"\x00\x00\xff\xff") if stream[at] & 0x40 else payload)
        at = start + length
    return messages
