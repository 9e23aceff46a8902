"""RFC 6455 §4: the opening handshake over HTTP/1.1, in events and octets (wsproto.handshake).

    server                                            client
    ------                                            ------
    octets in      HeadReader, h11, judge_request     Request out     request_head, h11
    Request        the application decides            octets in       HeadReader, h11, judge_acceptance
    Accept out     acceptance          -> OPEN        101             AcceptConnection      -> OPEN
    Reject out     RefusalWriter, h11  -> REJECTING,  other answers   RejectConnection,
                                          CLOSED                      RefusalReader         -> REJECTING, CLOSED

A peer that breaks a rule makes `receive_data` raise RemoteProtocolError, once; `failure` then says which rule. A server
is REJECTING from then on, until the refusal (the error's `event_hint`, or another one) has been sent; a client is
CLOSED. Nothing that comes after a refusal, or after a violation, is looked at or kept: whatever follows a request that
was not accepted is a smuggled one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import h11

from rawws.core.connection import Connection, ConnectionState, ConnectionType
from rawws.core.errors import LocalProtocolError, WrongType, WrongValue
from rawws.core.events import AcceptConnection, Event, RejectConnection, RejectData, Request
from rawws.core.failure import Failure
from rawws.core.head import HeadReader
from rawws.core.headers import check_fields
from rawws.core.limits import DEFAULT_LIMITS, Limits
from rawws.core.negotiation import agree, client_extensions_handshake, make_offers, server_extensions_handshake
from rawws.core.outgoing import acceptance, check_extra_fields, check_target, request_head
from rawws.core.refusal_reader import Part, RefusalReader
from rawws.core.refusal_writer import RefusalWriter
from rawws.core.refused import HandshakeRefusedError, refuse
from rawws.core.request import WEBSOCKET_UPGRADE, WEBSOCKET_VERSION, judge_request, read_request
from rawws.core.response import Asked, judge_acceptance, read_response
from rawws.core.utilities import generate_nonce

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rawws.core.typing import Headers

__all__ = [
    "WEBSOCKET_UPGRADE",
    "WEBSOCKET_VERSION",
    "H11Handshake",
    "client_extensions_handshake",
    "server_extensions_handshake",
]

_SWITCHING_PROTOCOLS = 101

# What an established connection's handshake has left to say: an empty deque costs 600 octets for as long as it is open.
_NO_EVENTS: deque[Event] = deque(maxlen=0)


class H11Handshake:
    """The opening handshake of one connection, as either end.

    connection_type: CLIENT or SERVER.
    limits: of these, `max_header_bytes`, `max_headers`, `max_early_bytes` (server), `max_informational` and
        `max_refusal_bytes` (client) hold here; all of them go on to the connection.
    skip_informational: what a client makes of a 1xx response that is not 101. False, as in wsproto: it is a refusal,
        and the end. True, as RFC 9110 §15.2 wants it: up to `limits.max_informational` of them are passed over.

    client: whether this end is the client.
    failure: why the handshake failed, None where it has not.
    http_request: what a server read, also where it is a good HTTP request and no opening handshake; None once answered.
    agreed_extensions: the text of the response's |Sec-WebSocket-Extensions| header, "" where there was none.
    """

    __slots__ = (
        "_asked",
        "_body",
        "_connection",
        "_early",
        "_ended",
        "_events",
        "_h11",
        "_head",
        "_hinted",
        "_informational",
        "_limits",
        "_refusal",
        "_request",
        "_skip_informational",
        "_state",
        "agreed_extensions",
        "client",
        "failure",
        "http_request",
    )

    def __init__(
        self,
        connection_type: ConnectionType,
        limits: Limits = DEFAULT_LIMITS,
        *,
        skip_informational: bool = False,
    ) -> None:
        self.client = connection_type is ConnectionType.CLIENT
        self.failure: Failure | None = None
        self.http_request: h11.Request | None = None
        self.agreed_extensions = ""
        self._limits = limits
        self._skip_informational = skip_informational
        self._state = ConnectionState.CONNECTING
        self._connection: Connection | None = None
        self._events: deque[Event] = deque()
        # The stream from the peer: has it ended, and what is being read of it?
        self._ended = False
        self._head: HeadReader | None = HeadReader(limits, client=self.client)
        # Server: the request that waits for an answer, what came behind it, and the refusal that is being sent.
        self._request: Request | None = None
        self._early: bytearray | None = None
        self._refusal: RefusalWriter | None = None
        # Client: what the request asked for, who reads the heads of answers, how many 1xx have come, the body of a
        # refusal, and whether the hint of a failure was "sent".
        self._asked: Asked | None = None
        self._h11: h11.Connection | None = None
        self._informational = 0
        self._body: RefusalReader | None = None
        self._hinted = False

    @property
    def state(self) -> ConnectionState:
        """CONNECTING, REJECTING, OPEN or CLOSED."""
        return self._state

    @property
    def connection(self) -> Connection | None:
        """The established connection, None until there is one."""
        return self._connection

    def __repr__(self) -> str:
        return f"{type(self).__name__}(client={self.client}, state={self.state})"

    # -- the application's side -----------------------------------------------------------------------------------

    def initiate_upgrade_connection(self, headers: Headers, path: bytes | str) -> None:
        """Server: begin with an HTTP/1.1 GET request that somebody else has read.

        headers: its fields, whatever they hold. path: its target.
        Raises LocalProtocolError where they cannot have come from a request, or when this is a client or not at its
        beginning; RemoteProtocolError as `receive_data` does.
        """
        if self.client:
            raise LocalProtocolError("Cannot initiate an upgrade connection when acting as the client")
        if self._head is None or self._head.started or self._ended:
            raise LocalProtocolError("A request has come already")
        fields = check_fields(headers)
        target = bytes(path) if isinstance(path, (bytes, bytearray)) else check_target(path)
        if not target or any(octet <= 0x20 or octet >= 0x7F for octet in target):
            raise WrongValue(f"{target!r} is no request target")
        lines = [b"GET " + target + b" HTTP/1.1", *(b"%s: %s" % field for field in fields)]
        self.receive_data(b"\r\n".join(lines) + b"\r\n\r\n")

    def send(self, event: Event) -> bytes:
        """The octets to send for a Request (client), AcceptConnection, RejectConnection or RejectData (server).

        Raises LocalProtocolError, and changes nothing, where the event may not be sent now or holds what cannot be sent
        (then also a TypeError or ValueError).
        """
        if isinstance(event, Request):
            return self._send_request(event)
        if isinstance(event, AcceptConnection):
            return self._accept(event)
        if isinstance(event, RejectConnection):
            return self._reject(event)
        if isinstance(event, RejectData):
            return self._send_reject_data(event)
        raise LocalProtocolError(f"Event {event} cannot be sent during the handshake")

    def receive_data(self, data: bytes | bytearray | memoryview | None) -> None:
        """Take octets from the peer; None, or none at all as from `socket.recv`, says that no more will come.

        Raises RemoteProtocolError where the peer broke a rule, with the answer to send as `event_hint`;
        LocalProtocolError where octets come after the end of the stream, or belong to `connection`.
        """
        if data is None:
            data = b""
        elif not isinstance(data, (bytes, bytearray, memoryview)):
            raise WrongType(f"octets must be bytes, not {type(data).__name__}")
        if data and self._state is ConnectionState.OPEN:
            raise LocalProtocolError("The handshake is complete: what comes now goes to its connection")
        if not self._listening:
            return
        if data and self._ended:
            raise LocalProtocolError("Octets after the end of the stream")
        try:
            if not data:
                self._end_of_stream()
            elif self.client:
                self._receive_response(bytes(data))
            else:
                self._receive_request(bytes(data))
        except HandshakeRefusedError as exc:
            self._fail(exc)
            raise

    @property
    def pending(self) -> bool:
        """Whether `events` has something to give."""
        return bool(self._events)

    def events(self) -> Iterator[Event]:
        """What the peer's octets meant: each event once."""
        while self._events:
            yield self._events.popleft()
        if self._state is ConnectionState.OPEN:
            self._events = _NO_EVENTS

    @property
    def _listening(self) -> bool:
        """Whether what comes is still looked at: not after a violation, a refusal, or the end."""
        if self._state is ConnectionState.CONNECTING:
            return True
        return self.client and self._state is ConnectionState.REJECTING

    def _fail(self, error: HandshakeRefusedError) -> None:
        """RFC 6455 §4.1, §4.2.1: stop processing; a server has an answer left to send."""
        failure = error.failure
        self.failure = replace(failure, status_code=None) if self.client else failure
        self._finish(ConnectionState.CLOSED if self.client else ConnectionState.REJECTING)

    def _finish(self, state: ConnectionState) -> None:
        """Go to `state`, in which nothing more is read, and free what reading took."""
        self._state = state
        self._head = self._body = self._request = self._asked = self._early = None
        if state is not ConnectionState.REJECTING:
            self._h11 = self._refusal = self.http_request = None

    def _end_of_stream(self) -> None:
        if self._ended:
            return
        self._ended = True
        if self.client and self._body is not None:
            self._add_body(self._body.end())
        elif self.client and self._asked is not None:
            # 6455-7.2.1-1: "If at any point the underlying transport layer connection is unexpectedly lost, the client
            # MUST _Fail the WebSocket Connection_."
            raise refuse("Bad HTTP message", "6455-7.2.1-1", message="the stream ended before the answer")
        elif self._head is not None and self._head.started:
            # 9112-8-1: "A server that receives an incomplete request message, usually due to a canceled request or a
            # triggered timeout exception, MAY send an error response prior to closing the connection."
            raise refuse("Bad HTTP message", "9112-8-1", message="the stream ended inside the request")
        elif self._request is None:
            # Nothing was said, so nothing is wrong.
            self._finish(ConnectionState.CLOSED)
        # A client that has ended its own half of the stream may still read an answer; an accepted one is told 1006.

    # -- server ---------------------------------------------------------------------------------------------------

    def _receive_request(self, data: bytes) -> None:
        if self._head is not None:
            head = self._head.feed(data)
            if head is None:
                return
            self.http_request = read_request(head.octets)
            self._request = judge_request(self.http_request)
            self._head = None
            self._events.append(self._request)
            data = head.rest
        # 6455-4.1-15: "Once the client's opening handshake has been sent, the client MUST wait for a response from the
        # server before sending any further data." Many do not; what little they send is kept for the connection.
        if not data:
            return
        if self._early is None:
            self._early = bytearray()
        if len(self._early) + len(data) > self._limits.max_early_bytes:
            # 9110-15.5.14-1: "The 413 (Content Too Large) status code indicates that the server is refusing to process
            # a request because the request content is larger than the server is willing or able to process."
            text = "Too much came before the answer"
            raise refuse(text, "9110-15.5.14-1", status_code=413, limit="max_early_bytes")
        self._early += data

    def _accept(self, event: AcceptConnection) -> bytes:
        request = self._request
        if self.client or request is None or self._state is not ConnectionState.CONNECTING:
            raise LocalProtocolError(f"Connection cannot be accepted in state {self.state}: there is no request")
        # 6455-4.2.2-3: "The value chosen MUST be derived from the client's handshake, specifically by selecting one of
        # the values from the |Sec-WebSocket-Protocol| field that the server is willing to use for this connection (if
        # any)."
        if event.subprotocol is not None and event.subprotocol not in request.subprotocols:
            raise LocalProtocolError(f"unexpected subprotocol {event.subprotocol}")
        fields = check_extra_fields(event.extra_headers)
        agreed = agree(request.extensions, event.extensions)  # type: ignore[arg-type]  # a received Request holds str
        key = next(value for name, value in request.extra_headers if name == b"sec-websocket-key")
        answer = b", ".join([text for _, text in agreed])
        data = acceptance(key, event.subprotocol, answer, fields)
        self.agreed_extensions = answer.decode("ascii")
        extensions = [extension for extension, _ in agreed]
        # 6455-4.2.2-4: "If the server finishes these steps without aborting the WebSocket handshake, the server
        # considers the WebSocket connection to be established and that the WebSocket connection is in the OPEN state."
        self._connection = Connection(ConnectionType.SERVER, extensions, bytes(self._early or b""), limits=self._limits)
        if self._ended:
            self._connection.receive_data(None)
        self._finish(ConnectionState.OPEN)
        return data

    def _reject(self, event: RejectConnection) -> bytes:
        if self.client and self.failure is not None and not self._hinted:
            # The hint of a client's failure: a client has no way to refuse but to close the connection.
            self._hinted = True
            return b""
        answered = self._refusal is not None or (self.failure is None and self._state is not ConnectionState.CONNECTING)
        if self.client or answered or self._state is ConnectionState.CLOSED:
            raise LocalProtocolError(f"Connection cannot be rejected in state {self.state}")
        # A server may refuse before there is a request, such as with 408 or 503.
        refusal = RefusalWriter(self.http_request, failed=self.failure is not None)
        data = refusal.head(event)
        self._refusal = refusal
        self._finish(ConnectionState.REJECTING if event.has_body else ConnectionState.CLOSED)
        return data

    def _send_reject_data(self, event: RejectData) -> bytes:
        if self._refusal is None:
            raise LocalProtocolError(f"Cannot send rejection data in state {self.state}")
        data = self._refusal.body(event)
        if event.body_finished:
            self._finish(ConnectionState.CLOSED)
        return data

    # -- client ---------------------------------------------------------------------------------------------------

    def _send_request(self, request: Request) -> bytes:
        if not self.client or self._asked is not None or self._state is not ConnectionState.CONNECTING:
            raise LocalProtocolError(f"A request cannot be sent in state {self.state}")
        # 6455-4.1-6: "The value of this header field MUST be a nonce consisting of a randomly selected 16-byte value
        # that has been base64-encoded (see Section 4 of [RFC4648])."
        key = generate_nonce()
        offers = make_offers(request.extensions)
        connection = h11.Connection(h11.CLIENT)
        try:
            data = connection.send(request_head(request, key, offers))
        except h11.LocalProtocolError as exc:
            raise WrongValue(str(exc)) from None
        self._h11 = connection
        self._asked = Asked(key, tuple(request.subprotocols), offers)
        return data

    def _receive_response(self, data: bytes) -> None:
        if self._body is not None:
            self._add_body(self._body.feed(data))
            return
        # 9112-9.2-1: "If a client receives data on a connection that doesn't have outstanding requests, the client MUST
        # NOT consider that data to be a valid response; the client SHOULD close the connection".
        if self._h11 is None or self._asked is None:
            raise refuse("Bad HTTP message", "9112-9.2-1", message="octets before the request")
        while self._head is not None:
            head = self._head.feed(data)
            if head is None:
                return
            data = head.rest
            response = read_response(self._h11, head.octets)
            if isinstance(response, h11.Response):
                # 6455-4.1-9: "If the status code received from the server is not 101, the client handles the response
                # per HTTP [RFC2616] procedures."
                self._refused(response)
                self._body = RefusalReader(response, self._limits.max_refusal_bytes)
                self._add_body(self._body.feed(data))
            elif response.status_code == _SWITCHING_PROTOCOLS:
                self._establish(response, self._asked, data)
            elif self._skip_informational:
                self._pass_over()
            else:
                self._refused(response)

    def _pass_over(self) -> None:
        # 9110-15.2-1: "A client MUST be able to parse one or more 1xx responses received prior to a final response,
        # even if the client does not expect one." More than a few are a server that will never answer.
        self._informational += 1
        if self._informational > self._limits.max_informational:
            raise refuse("Too many 1xx responses", "9110-15.2-1", limit="max_informational")
        self._head = HeadReader(self._limits, client=True)

    def _establish(self, response: h11.InformationalResponse, asked: Asked, rest: bytes) -> None:
        accepted = judge_acceptance(response, asked)
        # 6455-4.1-16: "If the server's response is validated as provided for above, it is said that _The WebSocket
        # Connection is Established_ and that the WebSocket Connection is in the OPEN state."
        self._connection = Connection(ConnectionType.CLIENT, accepted.extensions, rest, limits=self._limits)
        values = [value for name, value in response.headers if name == b"sec-websocket-extensions"]
        self.agreed_extensions = b", ".join(values).decode("latin-1")
        self._events.append(accepted)
        self._finish(ConnectionState.OPEN)

    def _refused(self, response: h11.Response | h11.InformationalResponse) -> None:
        has_body = isinstance(response, h11.Response)
        headers = list(response.headers)
        self._events.append(RejectConnection(headers=headers, status_code=response.status_code, has_body=has_body))
        self._finish(ConnectionState.REJECTING if has_body else ConnectionState.CLOSED)

    def _add_body(self, part: Part) -> None:
        if part.data:
            self._events.append(RejectData(data=part.data, body_finished=False))
        if part.error is not None:
            raise part.error
        if part.finished:
            self._events.append(RejectData(data=b"", body_finished=True))
            self._finish(ConnectionState.CLOSED)
