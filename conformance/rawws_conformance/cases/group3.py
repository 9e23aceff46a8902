"""Reserved bits, with no extension to give them a meaning (RFC 6455 §5.2)."""

from __future__ import annotations

from rawws_conformance.cases.build import CLOSE, NOTHING, binary, came, fails, ok_or_nothing, ping, send, text
from rawws_conformance.model import Case, Frame, Outcome, Step, Write

_GROUP = "reserved bits"
_HELLO = "Hello, world!"


def _case(number: int, sends: str, *steps: Step, outcomes: tuple[Outcome, ...] = NOTHING, expects: str | None = None) -> Case:
    expects = expects or "The connection is failed at once; nothing comes but a Close."
    return fails(
        f"3.{number}", _GROUP, sends, steps, requirements=("6455-5.2-1",), outcomes=outcomes, expects=expects
    )


def _after_good_text(number: int, rsv: int, how: str, write: Write | int) -> Case:
    """A good message, a bad one, a ping."""
    return _case(
        number,
        f"A good text message, the same with RSV {rsv}, a ping; {how}.",
        send(text(_HELLO), text(_HELLO, rsv=rsv), ping(), write=write),
        outcomes=ok_or_nothing(came(_HELLO)),
        expects="The first message comes back, then the connection is failed; no second message, no pong.",
    )


CASES = (
    _case(1, "A text message with RSV 1.", send(text(_HELLO, rsv=1))),
    _after_good_text(2, 2, "in one write", Write.TOGETHER),
    _after_good_text(3, 3, "a write per frame", Write.FRAME),
    _after_good_text(4, 4, "one octet at a time", 1),
    _case(5, "A binary message with RSV 5.", send(binary(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", rsv=5))),
    _case(6, "A binary message with RSV 6.", send(binary(_HELLO, rsv=6))),
    _case(7, "An empty Close with RSV 7.", send(Frame(CLOSE, rsv=7))),
)
