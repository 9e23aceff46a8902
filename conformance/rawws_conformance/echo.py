"""Round trips: messages that go out one after the other, each after the echo of the last one."""

from __future__ import annotations

from rawws_conformance.extensions import Agreement
from rawws_conformance.model import Behavior, Compare, Echo, Frame, Slices, Write
from rawws_conformance.octets import FrameBuilder, payload_length, payload_octets
from rawws_conformance.slices import Library
from rawws_conformance.verdict import describe


class Echoes:
    """The `Echo` step of a case on one connection.

    verdict: what it has found, None while there is more to come. notes: what changes no verdict.
    """

    def __init__(
        self,
        step: Echo,
        *,
        library: Library,
        builder: FrameBuilder,
        agreement: Agreement | None,
        quick: bool,
    ) -> None:
        self._step = step
        self._builder = builder
        self._count = step.quick if quick else step.count
        self._sent = 0
        self.verdict: tuple[Behavior, str] | None = None
        self.notes: list[str] = []
        self._agreement = agreement
        payload = step.payload
        self._fixed = None if isinstance(payload, Slices) else payload_octets(payload)
        if isinstance(payload, Slices):
            self._pieces = library.pieces(payload)
            if agreement is not None:
                self._packed = library.packed(payload, bits=agreement.tester_bits, keeps=agreement.tester_keeps)
                self._reader = library.reader(payload, bits=agreement.peer_bits, keeps=agreement.peer_keeps)

    def next(self) -> bytes:
        """The octets of the next message."""
        index, step = self._sent, self._step
        self._sent += 1
        if isinstance(step.payload, Slices):
            if self._agreement is None:
                return self._plain(self._pieces[index])
            packed = self._packed[index]
            if step.fragment is None or packed.length <= step.fragment:
                return self._builder.number_frame(step.opcode, packed.number, packed.length, rsv=4)
            payload = packed.number.to_bytes(packed.length, "little")
            return self._builder.fragments(step.opcode, payload, step.fragment, rsv=4)
        if step.fragment is None:
            return self._builder.case_frame(Frame(step.opcode, step.payload))
        return self._builder.message(step.opcode, step.payload, step.fragment)

    def _plain(self, payload: bytes) -> bytes:
        fragment = self._step.fragment
        if fragment is None or len(payload) <= fragment:
            return self._builder.frame(self._step.opcode, payload)
        return self._builder.fragments(self._step.opcode, payload, fragment)

    @property
    def messages(self) -> tuple[int, int]:
        """How many messages went out, and how many came back as they should."""
        good = self.verdict is not None and self.verdict[0] is Behavior.OK
        return self._sent, self._sent if good else max(0, self._sent - 1)

    @property
    def write(self) -> Write | int:
        """How the messages are cut into writes."""
        return self._step.write

    def received(self, payload: bytes, *, binary: bool, compressed: bool) -> bool:
        """Judge an echo; whether the next message is to be sent. Raises zlib.error for what cannot be inflated."""
        if self.verdict is not None:
            return False
        index = self._sent - 1
        expected = self._fixed if self._fixed is not None else self._pieces[index]
        if compressed:
            payload = self._reader.inflate(index, payload)
        elif self._agreement is not None:
            self._reader.plain(index)
        wrong = self._difference(payload, expected, binary=binary)
        if wrong is not None:
            self.verdict = Behavior.FAILED, f"Echo {self._sent} of {self._count}: {wrong}"
            return False
        if self._sent < self._count:
            return True
        number = "the echo" if self._count == 1 else f"all {self._count} echoes"
        self.verdict = Behavior.OK, f"{number[0].upper()}{number[1:]} came in time."
        return False

    def _difference(self, payload: bytes, expected: bytes, *, binary: bool) -> str | None:
        """What is wrong with an echo; a content that does not decide becomes a note."""
        if binary != (self._step.opcode == 2):
            kinds = ("binary", "text") if binary else ("text", "binary")
            return f"a {kinds[0]} message came back instead of a {kinds[1]} one."
        if len(payload) != len(expected):
            more = "more than " if len(payload) > len(expected) and self._agreement is not None else ""
            length = len(expected) if more else len(payload)
            return f"{more}{length} octets came back instead of {len(expected)}."
        if payload == expected:
            return None
        at = next(i for i, (came, sent) in enumerate(zip(payload, expected, strict=True)) if came != sent)
        sentence = f"octet {at} of {len(expected)} differs: {describe(payload[at : at + 8])} came back."
        if self._step.compare is Compare.CONTENT:
            return sentence
        self.notes.append(f"Content of the echo, which Autobahn does not compare: {sentence}")
        return None

    def timed_out(self) -> tuple[Behavior, str]:
        """The verdict where the connection ended before the last echo."""
        size = "" if self._fixed is None else f" of {payload_length(self._step.payload)} octets"  # type: ignore[arg-type]
        return Behavior.FAILED, f"Echo {self._sent} of {self._count}{size} never came."


