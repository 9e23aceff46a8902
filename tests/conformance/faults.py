"""Peers with one fault each, the rule that each breaks, and exactly the cases that catch it. `faulty/` has the peers.

A few are here that no case of Autobahn's catches: what cannot be seen is told as exactly as what can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rawws_conformance.cases import autobahn
from rawws_conformance.model import Case, Message, Role
from rawws_conformance.selection import select

from tests.conformance.faulty.closing import (
    AnswersAfterClose,
    ClosesFirst,
    ClosesTwice,
    FailsInSilence,
    IgnoresClose,
    InvalidReplyCode,
    KeepsTcp,
    NoCloseReply,
    ReadsOnAfterFailure,
    ReasonInLatin1,
    RefusesEmptyClose,
    RefusesLongReasons,
    RefusesPrivateCodes,
    ShortReply,
    TakesInvalidCodes,
    TakesInvalidReason,
    TakesShortClose,
    WrongFailureCode,
    WrongReplyCode,
)  # fmt: skip
from tests.conformance.faulty.control import (
    AnswersPongs,
    EmptyPongs,
    LatePongs,
    LosesFragmentsAtPings,
    NeverPongs,
    NoPongInsideMessages,
    PongsBehindMessages,
    PongsTwice,
    PongsWithText,
    RefusesLargestPings,
    RefusesPongs,
    TakesFragmentedControlFrames,
    TakesLongControlFrames,
)  # fmt: skip
from tests.conformance.faulty.deflate import (
    AcceptsEveryOffer,
    CorruptsDeflate,
    CutsDeflate,
    ForgetsContext,
    ForgetsRsv1,
    KeepsContextInSpite,
    MarksEveryFragment,
    MarksWhatIsPlain,
    NoDeflate,
    OffersNoDeflate,
    ReadsMarkedAsPlain,
    RepeatsDeflateEcho,
    RepeatsParameter,
    UnknownDeflateParameter,
    WindowOutOfRange,
    WindowTooLarge,
)  # fmt: skip
from tests.conformance.faulty.framing import (
    ContinuesWithOpcode,
    DropsFragments,
    EchoesTextAsBinary,
    EchoesTwice,
    FlipsOctet,
    ForgetsFirstFragment,
    IgnoresReservedBits,
    IgnoresReservedOpcodes,
    IgnoresRsv1,
    LongLengths,
    LosesLastOctet,
    MasksAsServer,
    NeverFinishes,
    ReadsLengthsWithSign,
    RefusesEmptyLastFragment,
    RefusesEmptyMessages,
    SendsReservedOpcode,
    SetsReservedBit,
    ShortLengths,
    TakesInterleavedMessages,
    TakesStrayContinuation,
    UnmaskedClient,
    WrongMaskingKey,
)  # fmt: skip
from tests.conformance.faulty.opening import (
    AcceptTwice,
    NeverAnswers,
    NoConnection,
    NoKey,
    NoUpgrade,
    OldVersion,
    Posts,
    UnofferedExtension,
    UnofferedSubprotocol,
    WrongAccept,
    WrongStatus,
)  # fmt: skip
from tests.conformance.faulty.text import (
    EndsTextAtNul,
    FailsTextLate,
    JudgesFragmentsAlone,
    KnowsBasicPlaneOnly,
    RefusesNoncharacters,
    ReplacesInvalidText,
    TakesEveryStructure,
    TakesInvalidUtf8,
    TakesSurrogates,
    TakesTruncatedText,
)  # fmt: skip
from tests.conformance.peers import Peer

#: Of the cases with many octets those that are enough here, and soon played: of every kind one.
OF_MANY = (
    "9.1.1", "9.1.3", "9.2.2", "9.5.6", "9.6.5", "9.7.1", "9.7.6", "9.8.4", "12.1.3", "12.1.4", "12.1.10", "12.2.5", "12.3.4",
    "12.4.6", "12.5.5", "13.1.5", "13.2.3", "13.3.4", "13.4.4", "13.5.4", "13.6.5", "13.7.3",
)  # fmt: skip

#: The cases that every fault is put before: all others, and these.
SAMPLE = [case for case in autobahn().values() if case.echo is None or case.id in OF_MANY]

#: Which cases: ids, patterns with *, "A to B", separated by commas; or what they have in common.
Which = str | Callable[[Case], bool]

BOTH, SERVER, CLIENT = tuple(Role), (Role.SERVER,), (Role.CLIENT,)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A class of peers.

    caught: the cases that catch it, exactly. as_client: the same where clients differ. rule: the sentence that it
    breaks and that one of these cases, at the least, is about; None for the opening handshake, which no case is about
    and every case needs. verdicts: how some of these cases judge it (behavior/close behavior). roles: which ends can
    have the fault. more: cases with many octets that it is put before in addition. note: the start of a note that the
    cases give where they catch nothing.
    """

    peer: type[Peer]
    caught: Which
    rule: str | None
    verdicts: dict[str, str] = field(default_factory=dict)
    as_client: Which | None = None
    roles: tuple[Role, ...] = BOTH
    more: tuple[str, ...] = ()
    note: str = ""

    def cases(self) -> list[Case]:
        """What it is put before."""
        return SAMPLE + [autobahn()[case_id] for case_id in self.more]

    def catching(self, role: Role) -> set[str]:
        """Ids of the cases that catch it."""
        which = self.caught if role is Role.SERVER or self.as_client is None else self.as_client
        return chosen(which, self.cases())


def chosen(which: Which, cases: Sequence[Case]) -> set[str]:
    """Ids of those of the cases that are meant. Raises ValueError, or UnknownCase, where there are none."""
    if not isinstance(which, str):
        return {case.id for case in cases if which(case)}
    ids = [case.id for case in cases]
    found: set[str] = set()
    for part in filter(None, which.split(", ")):
        first, to, last = part.partition(" to ")
        if to:
            found.update(ids[ids.index(first) : ids.index(last) + 1])
        else:
            found.update(case.id for case in select(cases, [part]))
    return found


# ------------------------------------------------------------------------------------------ what cases have in common


#: Of the Closes that a peer has to fail the connection for: all but the one that is too long for a control frame.
_INVALID_CLOSE = {"7.3.2", "7.5.1", *(f"7.9.{number}" for number in range(1, 10))}

_FAILING_CLOSE = _INVALID_CLOSE | {"7.3.6"}


def every(case: Case) -> bool:
    """Every case."""
    return True


def decides(case: Case) -> bool:
    """Not every outcome is right."""
    return not case.informational


def clean(case: Case) -> bool:
    """A complete closing handshake is required."""
    return decides(case) and case.closing.clean


def deflates(case: Case) -> bool:
    """It asks for permessage-deflate."""
    return bool(case.deflate)


def must_fail(case: Case) -> bool:
    """The peer has to fail the connection, and be it because of a Close."""
    return decides(case) and (not case.closing.by_tester or case.id in _FAILING_CLOSE)


def invalid_text(case: Case) -> bool:
    """A text, or a reason, is no UTF-8."""
    return "6455-8.1-1" in case.requirements and must_fail(case)


def echoes(case: Case) -> bool:
    """A message has to come back."""
    events = [event for outcome in case.outcomes for event in outcome.events]
    return decides(case) and (case.echo is not None or any(isinstance(event, Message) for event in events))


def echoes_text(case: Case) -> bool:
    """A text has to come back."""
    events = [event for outcome in case.outcomes for event in outcome.events]
    texts = any(isinstance(event, Message) and not event.binary for event in events)
    return decides(case) and (texts or (case.echo is not None and case.echo.opcode == 1))


def compares_echoes(case: Case) -> bool:
    """A message has to come back, and be the right one: group 9 looks at type and length only."""
    return echoes(case) and not case.id.startswith("9.")


#: A payload of four octets and more has to come back whole.
_FOURTH_OCTET = (
    "1.1.2 to 1.1.8, 1.2.2 to 1.2.8, 2.2 to 2.4, 2.6, 2.9 to 2.11, 3.2 to 3.4, 4.1.3 to 4.1.5, 4.2.3 to 4.2.5, 5.3 to 5.8, "
    "5.15, 5.19, 5.20, 6.1.3 to 6.2.4, 6.5.1 to 6.5.5, 6.6.5, 6.6.7, 6.6.9, 6.6.11, 6.7.4, 6.9.4, 6.11.4, 6.22.3 to 6.22.34, "
    "7.1.1, 10.1.1, 12.*, 13.*"
)

FAILED, FAILED_OK, OK_FAILED, OK_UNCLEAN = "FAILED/FAILED", "FAILED/OK", "OK/FAILED", "OK/UNCLEAN"
WRONG, WRONG_CODE, LEFT = "FAILED/WRONG CODE", "OK/WRONG CODE", "OK/FAILED BY CLIENT"

OPENING = tuple(
    Fault(peer=peer, caught=every, rule=None, roles=roles, verdicts={"1.1.1": FAILED, "7.1.1": FAILED, "12.1.3": FAILED})
    for peer, roles in (
        (WrongAccept, SERVER), (AcceptTwice, SERVER), (WrongStatus, SERVER), (UnofferedExtension, SERVER),
        (UnofferedSubprotocol, SERVER), (NoUpgrade, BOTH), (NoConnection, BOTH), (NeverAnswers, BOTH), (OldVersion, CLIENT),
        (NoKey, CLIENT), (Posts, CLIENT),
    )
)  # fmt: skip

FRAMING = (
    Fault(peer=IgnoresReservedBits, rule="6455-5.2-1", caught="3.1 to 3.6", verdicts={"3.1": FAILED, "3.2": FAILED, "3.5": FAILED}),
    Fault(peer=IgnoresRsv1, rule="6455-5.2-1", caught="3.4", verdicts={"3.4": FAILED}),
    Fault(peer=IgnoresReservedOpcodes, rule="6455-5.2-2", caught="4.*", verdicts={"4.1.1": OK_FAILED, "4.2.2": OK_FAILED, "4.1.3": FAILED}),
    Fault(peer=TakesStrayContinuation, rule="6455-5.4-1", caught="5.9 to 5.11, 5.17", verdicts={"5.9": FAILED, "5.17": FAILED}),
    Fault(peer=TakesInterleavedMessages, rule="6455-5.4-2", caught="5.18", verdicts={"5.18": FAILED}),
    Fault(peer=ContinuesWithOpcode, rule="6455-5.4-4", caught="1.1.6 to 1.1.8, 1.2.6 to 1.2.8, 9.1.1 to 9.6.5, 9.7.6, 10.1.1", verdicts={"1.1.6": WRONG, "9.7.6": WRONG}),
    Fault(peer=NeverFinishes, rule="6455-5.6-1", caught=echoes, verdicts={"1.1.1": WRONG, "5.3": FAILED_OK, "9.7.1": FAILED_OK}),
    Fault(peer=SetsReservedBit, rule="6455-5.6-1", caught=echoes, verdicts={"1.1.1": WRONG, "1.2.1": WRONG}),
    Fault(peer=SendsReservedOpcode, rule="6455-5.2-4", caught="1.2.*, 9.2.2, 9.6.5, 9.8.4, 12.2.5, 12.3.4, 12.5.5", verdicts={"1.2.1": WRONG}),
    Fault(peer=LongLengths, rule="6455-5.2-4", caught=decides, as_client=lambda case: decides(case) and case.id not in _FAILING_CLOSE, verdicts={"1.1.1": "FAILED/UNCLEAN", "2.1": "FAILED/UNCLEAN"}),
    Fault(peer=ShortLengths, rule="6455-5.2-4", caught=decides, as_client=lambda case: decides(case) and case.id not in _FAILING_CLOSE, verdicts={"1.1.1": "FAILED/UNCLEAN", "1.1.8": OK_UNCLEAN}),
    Fault(peer=ReadsLengthsWithSign, rule="6455-5.2-4", caught="1.1.6, 1.2.6", verdicts={"1.1.6": FAILED}),
    Fault(peer=MasksAsServer, rule="6455-5.5.2-1", caught=decides, roles=SERVER, verdicts={"1.1.1": "FAILED/UNCLEAN", "2.1": OK_UNCLEAN}),
    Fault(peer=UnmaskedClient, rule="6455-5.5.2-1", caught=lambda case: decides(case) and case.id not in _FAILING_CLOSE, roles=CLIENT, verdicts={"1.1.1": "FAILED/UNCLEAN", "2.1": OK_UNCLEAN}),
    Fault(peer=WrongMaskingKey, rule="6455-5.5.3-1", roles=CLIENT, caught=_FOURTH_OCTET, verdicts={"1.1.2": WRONG, "2.2": FAILED_OK}),
    Fault(peer=EchoesTwice, rule="6455-5.6-1", caught=compares_echoes, verdicts={"1.1.1": FAILED_OK, "12.1.3": FAILED_OK}),
    Fault(peer=EchoesTextAsBinary, rule="6455-5.6-1", caught=echoes_text, verdicts={"1.1.1": WRONG, "9.1.1": FAILED_OK, "12.1.3": FAILED_OK}),
    Fault(peer=LosesLastOctet, rule="6455-5.2-4", caught="1.1.7, 1.1.8, 1.2.7, 1.2.8, 9.1.1 to 9.6.5, 10.1.1, 12.1.10", verdicts={"1.1.7": WRONG, "9.1.3": FAILED_OK, "10.1.1": WRONG}),
    Fault(peer=FlipsOctet, rule=None, caught="", note="Content of the echo"),
    Fault(peer=RefusesEmptyMessages, rule="6455-5.6-1", caught="1.1.1, 1.2.1, 6.1.1, 6.1.2, 9.7.1", verdicts={"1.1.1": FAILED}),
    Fault(peer=ForgetsFirstFragment, rule="6455-5.4-1", more=("9.4.7",), caught="5.3 to 5.8, 5.15, 5.19, 5.20, 6.2.2 to 6.2.4, 9.4.7, 10.1.1", verdicts={"5.3": FAILED_OK, "10.1.1": WRONG}),
    Fault(peer=RefusesEmptyLastFragment, rule="6455-5.4-1", more=("9.3.8", "9.4.7"), caught="6.1.2, 6.1.3, 6.2.3, 6.2.4, 9.3.8, 9.4.7", verdicts={"6.1.2": FAILED, "6.2.3": FAILED, "9.3.8": FAILED}),
    Fault(peer=DropsFragments, rule="6455-5.4-1", more=("9.3.2", "9.4.4"), caught="9.3.2, 9.4.4", verdicts={"9.3.2": FAILED, "9.4.4": FAILED}),
)

CONTROL = (
    Fault(peer=TakesLongControlFrames, rule="6455-5.5-1", caught="2.5, 7.3.6", verdicts={"2.5": FAILED, "7.3.6": WRONG}),
    Fault(peer=TakesFragmentedControlFrames, rule="6455-5.5-1", caught="5.1", verdicts={"5.1": FAILED_OK}),
    Fault(peer=RefusesLargestPings, rule="6455-5.5.3-1", caught="2.4, 2.6, 7.3.5", verdicts={"2.4": FAILED, "7.3.5": WRONG}),
    Fault(peer=NeverPongs, rule="6455-5.5.2-1", caught="2.1 to 2.4, 2.6, 2.9 to 2.11, 5.6 to 5.8, 5.19, 5.20", verdicts={"2.1": FAILED_OK}),
    Fault(peer=NoPongInsideMessages, rule="6455-5.4-3", caught="5.6 to 5.8, 5.19, 5.20", verdicts={"5.6": FAILED_OK, "5.19": FAILED_OK}),
    Fault(peer=PongsBehindMessages, rule="6455-5.4-3", caught="5.6 to 5.8, 5.19, 5.20", verdicts={"5.6": FAILED_OK, "5.19": FAILED_OK}),
    Fault(peer=LosesFragmentsAtPings, rule="6455-5.4-3", caught="5.6 to 5.8, 5.19, 5.20", verdicts={"5.6": FAILED_OK}),
    Fault(peer=PongsTwice, rule="6455-5.5.2-1", caught="2.1 to 2.4, 2.6, 2.9 to 2.11, 5.6 to 5.8, 5.19, 5.20", verdicts={"2.1": FAILED_OK}),
    Fault(peer=EmptyPongs, rule="6455-5.5.3-1", caught="2.2 to 2.4, 2.6, 2.9 to 2.11, 5.6 to 5.8, 5.19, 5.20", verdicts={"2.2": FAILED_OK, "2.4": FAILED_OK}),
    Fault(peer=PongsWithText, rule="6455-5.5.3-1", caught="2.3, 2.4, 2.6", verdicts={"2.3": FAILED_OK}),
    Fault(peer=LatePongs, rule="6455-5.5.3-1", caught="2.10, 2.11", verdicts={"2.10": FAILED_OK, "2.11": FAILED_OK}),
    Fault(peer=AnswersPongs, rule="6455-5.5.3-2", caught="2.7 to 2.9", verdicts={"2.7": FAILED_OK, "2.8": FAILED_OK, "2.9": FAILED_OK}),
    Fault(peer=RefusesPongs, rule="6455-5.5.3-2", caught="2.7 to 2.9", verdicts={"2.7": WRONG_CODE, "2.9": FAILED}),
)

TEXT = (
    Fault(peer=TakesInvalidUtf8, rule="6455-8.1-1", caught=invalid_text, verdicts={"6.3.1": FAILED, "6.4.1": FAILED, "6.12.8": FAILED, "6.20.7": FAILED, "7.5.1": WRONG}),
    Fault(peer=ReplacesInvalidText, rule="6455-8.1-1", caught=invalid_text, verdicts={"6.3.1": FAILED, "6.20.7": FAILED}),
    Fault(peer=TakesEveryStructure, rule="6455-8.1-1", caught="6.3.1 to 6.4.4, 6.10.1, 6.11.5, 6.17.1 to 6.17.3, 6.18.1 to 6.18.3, 6.19.1 to 6.19.3, 6.20.1 to 6.21.8, 7.5.1", verdicts={"6.17.1": FAILED}),
    Fault(peer=TakesTruncatedText, rule="6455-8.1-1", caught="6.6.1, 6.6.3, 6.6.4, 6.6.6, 6.6.8, 6.6.10, 6.14.6, 6.14.7", verdicts={"6.6.1": FAILED}),
    Fault(peer=TakesSurrogates, rule="6455-8.1-1", caught="6.3.1, 6.3.2, 6.20.1 to 6.21.8, 7.5.1", verdicts={"6.3.1": FAILED, "6.20.1": FAILED, "7.5.1": WRONG}),
    Fault(peer=FailsTextLate, rule="6455-8.1-1", caught="6.4.*", verdicts={f"6.4.{number}": "NON-STRICT/OK" for number in (1, 2, 3, 4)}),
    Fault(peer=RefusesNoncharacters, rule="6455-5.6-1", caught="6.9.3, 6.9.4, 6.11.4, 6.22.1 to 6.22.34, 6.23.6, 6.23.7", verdicts={"6.22.1": FAILED, "6.23.7": FAILED}),
    Fault(peer=KnowsBasicPlaneOnly, rule="6455-5.6-1", caught="6.4.2, 6.4.4, 6.5.4, 6.7.4, 6.9.4, 6.11.4, 6.22.3 to 6.22.34", verdicts={"6.5.4": FAILED}),
    Fault(peer=JudgesFragmentsAlone, rule="6455-5.6-1", caught="6.2.3, 6.2.4, 6.4.2", verdicts={"6.2.3": FAILED, "6.2.4": FAILED}),
    Fault(peer=EndsTextAtNul, rule="6455-5.6-1", caught="6.7.1", verdicts={"6.7.1": WRONG}),
)

CLOSING = (
    Fault(peer=NoCloseReply, rule="6455-5.5.1-3", caught=clean, verdicts={"1.1.1": OK_UNCLEAN, "7.1.2": OK_UNCLEAN, "7.7.1": OK_UNCLEAN}),
    Fault(peer=IgnoresClose, rule="6455-5.5.1-3", caught=lambda case: clean(case) or case.id in _INVALID_CLOSE, as_client=clean, verdicts={"1.1.1": OK_UNCLEAN, "7.3.1": OK_UNCLEAN}),
    Fault(peer=WrongReplyCode, rule="6455-5.5.1-3", caught=lambda case: clean(case) and 1011 not in case.closing.codes, verdicts={"7.1.1": WRONG, "7.7.3": WRONG, "1.1.1": WRONG_CODE}),
    Fault(peer=InvalidReplyCode, rule="6455-7.4.2-2", caught=clean, verdicts={"7.7.1": OK_UNCLEAN, "1.1.1": OK_UNCLEAN}),
    Fault(peer=ShortReply, rule="6455-5.5.1-3", caught=clean, verdicts={"7.1.1": OK_UNCLEAN}),
    Fault(peer=ReasonInLatin1, rule="6455-5.5.1-4", caught=clean, verdicts={"7.3.4": OK_UNCLEAN}),
    Fault(peer=TakesInvalidCodes, rule="6455-7.4.1-1", caught="7.9.*", as_client="", verdicts={"7.9.1": LEFT, "7.9.4": LEFT}),
    Fault(peer=TakesShortClose, rule="6455-5.5.1-1", caught="7.3.2", verdicts={"7.3.2": WRONG}),
    Fault(peer=TakesInvalidReason, rule="6455-5.5.1-4", caught="7.5.1", verdicts={"7.5.1": WRONG}),
    Fault(peer=RefusesPrivateCodes, rule="6455-7.4.2-2", caught="7.7.10 to 7.7.13", verdicts={"7.7.10": WRONG}),
    Fault(peer=RefusesEmptyClose, rule="6455-5.5.1-3", caught="7.3.1", verdicts={"7.3.1": WRONG}),
    Fault(peer=RefusesLongReasons, rule="6455-5.5.1-4", caught="7.3.5", verdicts={"7.3.5": WRONG}),
    Fault(peer=AnswersAfterClose, rule="6455-1.4-1", caught=clean, as_client="", verdicts={"7.1.3": "FAILED/FAILED BY CLIENT", "1.1.1": OK_UNCLEAN}),
    Fault(peer=ClosesFirst, rule="6455-5.4-4", caught="3.2 to 3.4, 4.1.3 to 4.1.5, 4.2.3 to 4.2.5, 5.15, 9.7.1 to 9.8.4, 12.*, 13.*", verdicts={"9.7.1": FAILED, "12.1.3": FAILED}),
    Fault(peer=KeepsTcp, rule="6455-5.5.1-3", roles=SERVER, caught=decides, verdicts={"1.1.1": OK_UNCLEAN, "2.1": OK_UNCLEAN, "7.7.1": LEFT}),
    Fault(peer=WrongFailureCode, rule="6455-5.2-1", caught=must_fail, verdicts={"3.1": WRONG_CODE, "6.3.1": WRONG_CODE, "7.3.2": WRONG}),
    Fault(peer=ReadsOnAfterFailure, rule="6455-5.2-1", caught="2.5, 3.1 to 5.2, 5.9 to 5.18, 6.3.2, 6.4.3, 6.4.4, 7.3.2, 7.3.6, 7.5.1, 7.9.1 to 7.9.9", as_client="", verdicts={"3.1": LEFT, "4.1.1": LEFT}),
    Fault(peer=FailsInSilence, rule=None, caught=""),
    Fault(peer=ClosesTwice, rule=None, caught=""),
)

DEFLATE = (
    Fault(peer=NoDeflate, rule="7692-6.1-1", roles=SERVER, caught=deflates, verdicts={"12.1.3": "UNIMPLEMENTED/OK", "13.7.3": "UNIMPLEMENTED/OK"}),
    Fault(peer=OffersNoDeflate, rule="7692-6.1-1", roles=CLIENT, caught=deflates, verdicts={"12.1.3": "UNIMPLEMENTED/OK"}),
    Fault(peer=UnknownDeflateParameter, rule="7692-7-1", roles=SERVER, caught=deflates, verdicts={"12.1.3": FAILED, "13.7.3": FAILED}),
    Fault(peer=RepeatsParameter, rule="7692-7-1", roles=SERVER, caught=deflates, verdicts={"12.1.3": FAILED, "13.7.3": FAILED}),
    Fault(peer=WindowOutOfRange, rule="7692-7-1", roles=SERVER, caught=deflates, verdicts={"12.1.3": FAILED, "13.7.3": FAILED}),
    Fault(peer=AcceptsEveryOffer, rule="7692-7-1", roles=SERVER, caught=deflates, verdicts={"13.7.3": FAILED}),
    Fault(peer=KeepsContextInSpite, rule="7692-7.1.1.1-1", caught="13.2.3, 13.5.4, 13.6.5, 13.7.3", verdicts={"13.2.3": WRONG, "13.5.4": WRONG}),
    Fault(peer=ForgetsContext, rule="7692-7.2.2-1", caught=deflates, verdicts={"12.1.3": FAILED, "13.1.5": FAILED}),
    Fault(peer=WindowTooLarge, rule="7692-7.1.2.1-1", caught="13.3.4", verdicts={"13.3.4": WRONG}),
    Fault(peer=CorruptsDeflate, rule="7692-7.2.2-1", caught=deflates, verdicts={"12.1.3": WRONG, "12.5.5": WRONG}),
    Fault(peer=CutsDeflate, rule="7692-7.2.2-1", caught=deflates, verdicts={"12.1.3": WRONG}),
    Fault(peer=RepeatsDeflateEcho, rule="7692-7.2.2-1", caught=deflates, verdicts={"12.1.3": FAILED_OK, "13.2.3": FAILED_OK}),
    Fault(peer=ForgetsRsv1, rule="7692-6.1-1", caught=deflates, verdicts={"12.1.3": WRONG, "12.2.5": FAILED_OK}),
    Fault(peer=MarksWhatIsPlain, rule="7692-6.1-1", caught=deflates, verdicts={"12.1.3": WRONG}),
    Fault(peer=MarksEveryFragment, rule="7692-6.1-1", caught=deflates, verdicts={"12.1.3": WRONG}),
    Fault(peer=ReadsMarkedAsPlain, rule="7692-6.1-1", caught=deflates, verdicts={"12.1.3": WRONG}),
)

FAULTS = OPENING + FRAMING + CONTROL + TEXT + CLOSING + DEFLATE
