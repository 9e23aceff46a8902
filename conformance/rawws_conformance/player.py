"""Plays one case: octets and time in, octets and deadlines out, and at the end a verdict. No socket, no clock.

Who moves the octets does this (`runs.tcp` over sockets, `runs.memory` without any):

    player.start(now)
    until player.done:
        send what `player.writes()` gives; if `player.drop` is set, cut TCP ("close", or "abort" for a reset)
        wait until `player.deadline` for octets: player.receive(octets, now), or player.receive_end(now)
        when the deadline has passed: player.expire(now)
    player.result(now)
"""

from __future__ import annotations

import os
import zlib

from rawws_conformance.bounds import bounds_of
from rawws_conformance.echo import Echoes
from rawws_conformance.endpoint import Endpoint, Facts, State, Wait
from rawws_conformance.extensions import OpeningError
from rawws_conformance.heads import problem
from rawws_conformance.model import (
    Behavior,
    Case,
    CloseAfter,
    Echo,
    EndTcp,
    KillAfter,
    Role,
    Seconds,
    SendClose,
    Then,
)
from rawws_conformance.model import Wait as WaitStep
from rawws_conformance.octets import FrameBuilder, RandomOctets
from rawws_conformance.opening import ClientOpening, Opened, Refusal, ServerOpening
from rawws_conformance.script import Piece, StepSender, cut_into_writes, joined
from rawws_conformance.slices import Library, MessageInflater
from rawws_conformance.verdict import Came, Result, expected_events, judge
from rawws_conformance.wirelog import WireLog

#: Events that a result keeps; a report shows fewer.
_MOST_KEPT = 200


class Player:
    """One case, played once.

    peer: which end the implementation under test is. library: corpora, shared by all players of a run.
    host, target, extra: for the request, where the peer is a server. protocols: to choose from, where it is a client.
    quick: fewer messages in `Echo` steps.
    random: where keys come from. done: whether the case has ended; `result` is then final.
    """

    def __init__(
        self,
        case: Case,
        peer: Role,
        library: Library,
        *,
        host: str = "localhost",
        target: str = "/",
        extra: tuple[tuple[str, str], ...] = (),
        protocols: tuple[str, ...] = (),
        quick: bool = False,
        seconds: Seconds = Seconds(),  # noqa: B008 - immutable
        random: RandomOctets = os.urandom,
    ) -> None:
        self.case = case
        self._peer = peer
        self._library = library
        self._quick = quick
        self._bounds = bounds_of(case, quick=quick)
        #: Messages, pings and pongs that are no echoes, and the octets of what is kept of them.
        self._events = self._kept = 0
        self._seconds = seconds
        self._builder = FrameBuilder(masks=peer is Role.SERVER, random=random)
        self._opening: ClientOpening | ServerOpening | None
        if peer is Role.SERVER:
            self._opening = ClientOpening.of(case, host=host, target=target, extra=extra, random=random)
        else:
            self._opening = ServerOpening.of(case, protocols)
        self.facts = Facts()
        self.log = WireLog()
        self.received: list[Came] = []
        self.notes: list[str] = []
        self.done = False
        self.drop: str | None = None
        self._endpoint: Endpoint | None = None
        self._echoes: Echoes | None = None
        self._expected = [each for each in expected_events(case) if each.needs_connection]
        self._unplayed: tuple[Behavior, str] | None = None
        self._steps = iter(case.script)
        self._sender = StepSender(self._builder)
        self._pause: WaitStep | None = None
        self._deadlines: dict[Wait, float] = {}
        self._out: list[Piece] = []
        self._began = self._now = 0.0
        self._product = ""
        self._sent = self._came = 0
        self._logging = True
        self._inflater: MessageInflater | None = None

    # -------------------------------------------------------------------------------------------------- what to do next

    @property
    def deadline(self) -> float | None:
        """When `expire` is to be called, if nothing else happens before."""
        return min(self._deadlines.values(), default=None)

    def writes(self) -> list[bytes]:
        """What is to be sent, one element per write. Taking them takes them away."""
        if not self._out:
            return []
        out = self._out.copy()
        self._out.clear()  # the same list, since the endpoint writes to it too
        writes = [out[0][0]] if len(out) == 1 else joined(out)
        for data in writes:
            self._sent += len(data)
            if self._logging:
                self.log.add(self._now - self._began, "sent", octets=data)
        return writes

    # ------------------------------------------------------------------------------------------------ what has happened

    def start(self, now: float) -> None:
        """TCP is there. `now` is in seconds of any clock that does not go back."""
        self._began = self._now = now
        self._deadlines[Wait.OPENING] = now + self._seconds.opening
        if self._opening is not None and (data := self._opening.start()):
            self._out += cut_into_writes([data], self._opening.write)

    def receive(self, data: bytes, now: float) -> None:
        """Octets came."""
        if self.done:
            return
        self._now = now
        self._came += len(data)
        if self._logging:
            self.log.add(now - self._began, "received", octets=data)
        if self._came > self._bounds.in_all + 2 * self._sent:
            self._too_much(f"{self._came} octets came, and {self._sent} had been sent")
        elif self._endpoint is not None:
            self._endpoint.receive(data, now)
            self._settle()
        else:
            self._open(data)

    def receive_end(self, now: float, *, reset: bool = False) -> None:
        """TCP ended, not by us. reset: with an error."""
        if self.done:
            return
        self._now = now
        self.note("TCP was reset" if reset else "TCP ended")
        if self._endpoint is None:
            if self._peer is Role.SERVER and not reset:
                self.received.append(Came("lost", b""))
            self._opening_failed("the connection was lost before it was open")
            return
        self._endpoint.received_end(reset=reset)
        self._settle()

    def expire(self, now: float) -> None:
        """Time has passed; everything whose deadline is over happens, the earliest first."""
        self._now = now
        while self._deadlines and not self.done:
            wait = min(self._deadlines, key=self._deadlines.__getitem__)
            if self._deadlines[wait] > now:
                return
            del self._deadlines[wait]
            self.note(f"time is up: {wait.value}")
            self.facts.expired += (wait,)
            if wait is Wait.OPENING:
                self._opening_failed(f"it was not complete after {self._seconds.opening:g} s")
            elif wait is Wait.SCRIPT:
                self._end_pause()
            elif self._endpoint is not None:
                self._endpoint.expire(wait, now)
            self._settle()

    def postpone(self, seconds: float) -> None:
        """What was to be sent took us so long: all deadlines are that much later."""
        for wait in self._deadlines:
            self._deadlines[wait] += seconds

    def lose(self, sentence: str, now: float) -> None:
        """There is no connection: `sentence` says why."""
        self._now = now
        self._opening_failed(sentence)

    def stop(self, now: float) -> None:
        """End it here, whatever is missing."""
        self._now = now
        self.notes.append("The run was stopped while this case was played.")
        if self._endpoint is not None:
            self._endpoint.end_tcp("abort")
            self._settle()
        self.done = True

    def result(self, now: float) -> Result:
        """The verdict; final once `done`."""
        verdict = self._unplayed
        if self._echoes is not None:
            verdict = self._echoes.verdict or self._echoes.timed_out()
            self.notes += self._echoes.notes
        elif self.case.echo is not None and verdict is None:
            verdict = Behavior.FAILED, "No message was sent."
        behavior, result, close, close_result = judge(self.case, self._peer, self.facts, self.received, verdict)
        if self.facts.violation is not None:
            self.notes.append(f"The peer broke a rule: {self.facts.violation}.")
        return Result(
            self.case.id,
            behavior,
            close,
            result,
            close_result,
            duration=now - self._began,
            received=[event.shortened() for event in self.received[:_MOST_KEPT]],
            facts=self.facts,
            notes=self.notes,
            product=self._product,
            log=self.log.entries(),
            octets_sent=self._sent,
            octets_received=self._came,
            messages=(0, 0) if self._echoes is None else self._echoes.messages,
        )

    # -------------------------------------------------------------------------------------------- the opening handshake

    def _open(self, data: bytes) -> None:
        assert self._opening is not None  # noqa: S101 - there is an opening until there is an endpoint
        try:
            opened = self._opening.receive(data)
        except OpeningError as exc:
            if isinstance(exc, Refusal):
                self.received.append(Came("refused", exc.head, status=exc.status))
            self._opening_failed(str(exc))
            return
        if opened is not None:
            self._opened(opened)

    def _opened(self, opened: Opened) -> None:
        if isinstance(self._opening, ServerOpening):
            self._out += cut_into_writes([self._opening.response], self._opening.write)
        self._opening = None
        if self.case.opening is not None:
            self.facts.wrong_head = problem(opened.head, self.case.opening.peer)
        self._product = opened.product
        self._deadlines.clear()
        self.note("the opening handshake is complete")
        self._endpoint = Endpoint(
            self,
            peer=self._peer,
            builder=self._builder,
            seconds=self._seconds,
            facts=self.facts,
            agreement=opened.agreement,
            codes=() if self.case.informational else (*self.case.closing.codes, *self.case.closing.lenient_codes),
            most=self._bounds.message,
            most_frames=self._bounds.frames,
        )
        self._endpoint.out = self._out
        self._endpoint.deadlines = self._deadlines
        if opened.agreement is not None:
            self._inflater = MessageInflater(bits=opened.agreement.peer_bits, keeps=opened.agreement.peer_keeps)
        step = self.case.echo
        if self.case.deflate and opened.agreement is None:
            self._unplayed = Behavior.UNIMPLEMENTED, "There is no agreement about permessage-deflate."
        elif step is not None:
            self._echoes = Echoes(
                step,
                library=self._library,
                builder=self._builder,
                agreement=opened.agreement,
                quick=self._quick,
            )
        self._begin()
        if opened.early and not self.done:
            self._endpoint.receive(opened.early, self._now)
        self._settle()

    def _opening_failed(self, sentence: str) -> None:
        self.note(f"the opening handshake failed: {sentence}")
        self.facts.opening_failed = sentence
        self._deadlines.clear()
        self._out.clear()
        self.drop = "abort"
        self.done = True

    # ------------------------------------------------------------------------------------------------------- the script

    def _begin(self) -> None:
        """The connection is open."""
        if self._unplayed is not None:
            self._close(1000)
        elif self.case.outcomes and not self._expected and self._peer is Role.SERVER:
            self.note("this connection should have been refused")
            self._close(1000)
        else:
            self._run_script()

    def _run_script(self) -> None:
        """Take steps until one waits."""
        endpoint = self._endpoint
        assert endpoint is not None  # noqa: S101 - the script begins when the connection is open
        for step in self._steps:
            if isinstance(step, WaitStep):
                self._pause = step
                self._deadlines[Wait.SCRIPT] = self._now + step.seconds
                return
            if isinstance(step, SendClose):
                endpoint.send_close(step.code, step.reason, self._now)
            elif isinstance(step, CloseAfter):
                self._deadlines[Wait.CLOSE_AFTER] = self._now + step.seconds
            elif isinstance(step, KillAfter):
                self._deadlines[Wait.KILL_AFTER] = self._now + step.seconds
            elif isinstance(step, Echo):
                self._begin_echo()
            elif isinstance(step, EndTcp):
                endpoint.end_tcp("close")
                return
            else:
                self._out += self._sender.pieces(step)

    def _end_pause(self) -> None:
        pause, endpoint = self._pause, self._endpoint
        self._pause = None
        if pause is None or endpoint is None or endpoint.state is State.CLOSED:
            return
        if pause.event is not None:
            if endpoint.state is not State.OPEN:
                return
            self.received.append(Came("timeout", pause.event.encode()))
        self._run_script()

    # ------------------------------------------------------------------------------------------------------ round trips

    def _begin_echo(self) -> None:
        assert self._echoes is not None  # noqa: S101 - made when the connection opened
        for data, _alone in self._out:  # the response of a tester that is the server waits there
            self.log.add(self._now - self._began, "sent", octets=data)
        self.note("round trips begin; their octets are not kept")
        self._logging = False
        self._out += cut_into_writes([self._echoes.next()], self._echoes.write)

    def _echo(self, echoes: Echoes, payload: bytes, *, binary: bool, compressed: bool) -> None:
        if echoes.verdict is not None:
            self._one_more()
            return
        try:
            more = echoes.received(payload, binary=binary, compressed=compressed)
        except zlib.error as exc:
            self._logging = True
            self.log.add(self._now - self._began, "frame received", "cannot be inflated", payload)
            self._cannot_inflate(exc)
            return
        if more:
            self._out += cut_into_writes([echoes.next()], echoes.write)
            return
        self._logging = True
        self.note("round trips end")
        if echoes.verdict is not None and echoes.verdict[0] != "OK":
            self.log.add(self._now - self._began, "frame received", "the wrong echo", payload)
        self._close(self.case.closing.codes[0])

    # ------------------------------------------------------------------------------------------ what came from the peer

    def on_message(self, payload: bytes, *, binary: bool, compressed: bool) -> None:
        """A whole message."""
        if self._echoes is not None:
            self._echo(self._echoes, payload, binary=binary, compressed=compressed)
            return
        if compressed and self._inflater is not None:
            try:
                payload = self._inflater.inflate(payload, self._bounds.message)
            except zlib.error as exc:
                self._cannot_inflate(exc)
                return
        self._event(Came("message", payload, binary))

    def _cannot_inflate(self, exc: zlib.error) -> None:
        if self._endpoint is not None:
            self._endpoint.invalid_payload(f"a compressed message cannot be inflated: {exc}", self._now)

    def on_ping(self, payload: bytes) -> None:
        """A ping. It is answered between round trips only: elsewhere the answer would not be in the script."""
        if self._echoes is None:
            self._event(Came("ping", payload))
        elif self._one_more() and self._endpoint is not None and self._endpoint.state is State.OPEN:
            self._out.append((self._builder.frame(10, payload), False))

    def on_pong(self, payload: bytes) -> None:
        """A pong."""
        if self._echoes is None:
            self._event(Came("pong", payload))
        else:
            self._one_more()

    def _one_more(self, octets: int = 0) -> bool:
        """Count an event that is no echo; whether there may be so many, and so many octets in them."""
        self._events += 1
        self._kept += octets
        if self._events > self._bounds.events:
            self._too_much(f"more than {self._bounds.events} messages, pings and pongs came")
        elif self._kept > self._bounds.kept:
            self._too_much(f"{self._kept} octets came in messages, pings and pongs")
        else:
            return True
        return False

    def _event(self, event: Came) -> None:
        self.received.append(event)
        self.note(str(event))
        if not self._one_more(len(event.payload)):
            return
        closing = self.case.closing
        done = bool(self._expected) and all(each.fits(self.received) for each in self._expected)
        if done and closing.by_tester and self.case.then is Then.CLOSE:
            # All has come in time; the closing handshake has a time limit of its own.
            self._deadlines.pop(Wait.KILL_AFTER, None)
            self._close(closing.codes[0])

    def _close(self, code: int) -> None:
        if self._endpoint is not None:
            self._endpoint.send_close(code, b"", self._now)

    def _too_much(self, sentence: str) -> None:
        self.notes.append(f"Too much came: {sentence}.")
        if self._endpoint is None:
            self._opening_failed(sentence)
            return
        self._endpoint.end_tcp("abort")
        self._settle()

    def note(self, text: str) -> None:
        """Something for the wire log, in words."""
        self.log.add(self._now - self._began, "note", text)

    def _settle(self) -> None:
        """See whether the connection has come to its end."""
        endpoint = self._endpoint
        if endpoint is not None and endpoint.state is State.CLOSED and not self.done:
            self._deadlines.clear()
            self.drop = endpoint.drop
            self.done = True
