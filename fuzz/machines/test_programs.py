"""rawws.trio under random programs: cancelled anywhere, nothing acknowledged is lost, and both ends agree."""

from __future__ import annotations

from hypothesis import given

from fuzz.budget import examples
from fuzz.machines.programs import SKIPPED, Log, Program, programs, run


def check_direction(sender: Log, reader: Log, *, breaks: bool) -> None:
    """What one end got is what the other end sent, in the order of its calls, each message whole and at most once."""
    begun = [call.message for call in sender.calls]
    sent = sender.sent
    got = list(reader.got)
    # A message that was left early may be one that was never finished.
    if got and got[-1] is SKIPPED and len(got) > len(sent):
        got.pop()
    assert len(got) <= len(sent), (begun, got)
    for position, message in enumerate(got):
        assert message is SKIPPED or message == sent[position]
    for _, sent_before in sender.pongs:
        # What was sent before a ping whose pong came has been read: it was taken, or dropped by a close.
        assert reader.closed or len(reader.got) >= sent_before
    if reader.open_at_rest and sender.open_at_rest and not breaks:
        assert len(got) == len(sent)
    ended = reader.ended
    if ended is not None and ended.clean and ended.by.value == "remote" and not reader.closed:
        assert len(got) == len(sent)


def check_end(one: Log, other: Log) -> None:
    """Both have an end, and it is the same one."""
    assert one.ended is not None
    assert other.ended is not None
    if one.ended.by.value == "remote":
        assert other.ended.by.value != "remote"
    if one.ended.clean and other.ended.clean:
        assert one.ended.by != other.ended.by or one.ended.by.value == "local"
    # No failure of the protocol's own: whatever these two do, neither breaks a rule.
    for failure in (one.ended.failure, other.ended.failure):
        assert failure is None or failure.fault.value == "local" or failure.limit is not None, failure


def check(program: Program) -> None:
    """Run it, and look at both directions and both ends."""
    server, client = run(program)
    check_direction(client, server, breaks=program.breaks)
    check_direction(server, client, breaks=program.breaks)
    check_end(client, server)


@examples(1)
@given(programs("memory", "lockstep"))
def test_over_streams(program: Program) -> None:
    """Over streams in memory, with room and without: no step raises anything but trio's own words."""
    check(program)


@examples(0.8)
@given(programs("relay"))
def test_over_a_wire_that_cuts_and_breaks(program: Program) -> None:
    """Over a wire that cuts, waits, half closes and loses what comes behind: what arrives is right, and both end."""
    check(program)


@examples(0.6)
@given(programs("tcp"))
def test_over_sockets(program: Program) -> None:
    """Over TCP on loopback: the same."""
    check(program)


@examples(0.2)
@given(programs("tls"))
def test_over_tls(program: Program) -> None:
    """Over TLS on loopback: the same."""
    check(program)
