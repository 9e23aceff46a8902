"""The sentences that rawws obeys, each with an id that code, tests and failures cite.

An id is `RFC-section-ordinal`: `6455-5.1-2` is the second requirement that this list takes from RFC 6455 §5.1.
Ids never change their meaning; a new sentence gets the next free ordinal of its section. The quotes are verbatim but for
line breaks, and for the bullets and numbers where a sentence runs into a list.
"""

from __future__ import annotations

from typing import NamedTuple


class Requirement(NamedTuple):
    """One sentence of a specification.

    id: `RFC-section-ordinal`.
    role: whom it binds: "client", "server" or "both".
    text: the sentence, quoted.
    """

    id: str
    role: str
    text: str

    @property
    def rfc(self) -> int:
        """The number of the RFC, such as 6455."""
        return int(self.id.split("-")[0])

    @property
    def section(self) -> str:
        """The section without the sign, such as `5.1`."""
        return self.id.split("-")[1]


_ROWS: tuple[tuple[str, str, str], ...] = (
    # RFC 6455 §1.4: the closing handshake, in an overview that calls itself non-normative
    ("6455-1.4-1", "both", "After sending a control frame indicating the connection should be closed, a peer does not send any further "
     "data; after receiving a control frame indicating the connection should be closed, a peer discards any further data "
     "received."),
    # RFC 6455 §4.1: what the client sends, and how it judges the answer
    ("6455-4.1-1", "client", "The handshake MUST be a valid HTTP request as specified by [RFC2616]."),
    ("6455-4.1-2", "client", "The method of the request MUST be GET, and the HTTP version MUST be at least 1.1."),
    ("6455-4.1-3", "client", "The request MUST contain a |Host| header field whose value contains /host/ plus optionally "
     '":" followed by /port/ (when not using the default port).'),
    ("6455-4.1-4", "client", 'The request MUST contain an |Upgrade| header field whose value MUST include the "websocket" keyword.'),
    ("6455-4.1-5", "client", 'The request MUST contain a |Connection| header field whose value MUST include the "Upgrade" token.'),
    ("6455-4.1-6", "client", "The request MUST include a header field with the name |Sec-WebSocket-Key|. The value of this header "
     "field MUST be a nonce consisting of a randomly selected 16-byte value that has been base64-encoded (see Section 4 "
     "of [RFC4648])."),
    ("6455-4.1-7", "client", "The request MUST include a header field with the name |Sec-WebSocket-Version|. The value of this "
     "header field MUST be 13."),
    ("6455-4.1-8", "client", "The elements that comprise this value MUST be non-empty strings with characters in the range U+0021 to "
     "U+007E not including separator characters as defined in [RFC2616] and MUST all be unique strings."),
    ("6455-4.1-9", "client", "If the status code received from the server is not 101, the client handles the response per HTTP "
     "[RFC2616] procedures."),
    ("6455-4.1-10", "client", "If the response lacks an |Upgrade| header field or the |Upgrade| header field contains a value that is "
     'not an ASCII case-insensitive match for the value "websocket", the client MUST _Fail the WebSocket Connection_.'),
    ("6455-4.1-11", "client", "If the response lacks a |Connection| header field or the |Connection| header field doesn't contain a "
     'token that is an ASCII case-insensitive match for the value "Upgrade", the client MUST _Fail the WebSocket Connection_.'),
    ("6455-4.1-12", "client", "If the response lacks a |Sec-WebSocket-Accept| header field or the |Sec-WebSocket-Accept| contains a "
     "value other than the base64-encoded SHA-1 of the concatenation of the |Sec-WebSocket-Key| (as a string, not "
     'base64-decoded) with the string "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" but ignoring any leading and trailing '
     "whitespace, the client MUST _Fail the WebSocket Connection_."),
    ("6455-4.1-13", "client", "If the response includes a |Sec-WebSocket-Extensions| header field and this header field indicates the "
     "use of an extension that was not present in the client's handshake (the server has indicated an extension not "
     "requested by the client), the client MUST _Fail the WebSocket Connection_."),
    ("6455-4.1-14", "client", "If the response includes a |Sec-WebSocket-Protocol| header field and this header field indicates the "
     "use of a subprotocol that was not present in the client's handshake (the server has indicated a subprotocol not "
     "requested by the client), the client MUST _Fail the WebSocket Connection_."),
    ("6455-4.1-15", "client", "Once the client's opening handshake has been sent, the client MUST wait for a response from the server "
     "before sending any further data."),
    ("6455-4.1-16", "client", "If the server's response is validated as provided for above, it is said that _The WebSocket Connection is "
     "Established_ and that the WebSocket Connection is in the OPEN state."),
    # RFC 6455 §4.2: how the server judges the request
    ("6455-4.2.1-1", "server", 'An HTTP/1.1 or higher GET request, including a "Request-URI" [RFC2616] that should be interpreted as '
     "a /resource name/ defined in Section 3 (or an absolute HTTP/HTTPS URI containing the /resource name/)."),
    ("6455-4.2.1-2", "server", "A |Host| header field containing the server's authority."),
    ("6455-4.2.1-3", "server", 'An |Upgrade| header field containing the value "websocket", treated as an ASCII case-insensitive value.'),
    ("6455-4.2.1-4", "server", 'A |Connection| header field that includes the token "Upgrade", treated as an ASCII case-insensitive value.'),
    ("6455-4.2.1-5", "server", "A |Sec-WebSocket-Key| header field with a base64-encoded (see Section 4 of [RFC4648]) value that, when "
     "decoded, is 16 bytes in length."),
    ("6455-4.2.1-6", "server", "A |Sec-WebSocket-Version| header field, with a value of 13."),
    ("6455-4.2.1-7", "server", "If the server, while reading the handshake, finds that the client did not send a handshake that matches "
     "the description below (note that as per [RFC2616], the order of the header fields is not important), including "
     "but not limited to any violations of the ABNF grammar specified for the components of the handshake, the server "
     "MUST stop processing the client's handshake and return an HTTP response with an appropriate error code (such as "
     "400 Bad Request)."),
    ("6455-4.2.2-1", "server", "If the server does not validate the origin, it will accept connections from anywhere. If the server does "
     "not wish to accept this connection, it MUST return an appropriate HTTP error code (e.g., 403 Forbidden) and abort "
     "the WebSocket handshake described in this section."),
    ("6455-4.2.2-2", "server", "If this version does not match a version understood by the server, the server MUST abort the WebSocket "
     "handshake described in this section and instead send an appropriate HTTP error code (such as 426 Upgrade "
     "Required) and a |Sec-WebSocket-Version| header field indicating the version(s) the server is capable of "
     "understanding."),
    ("6455-4.2.2-3", "server", "The value chosen MUST be derived from the client's handshake, specifically by selecting one of the "
     "values from the |Sec-WebSocket-Protocol| field that the server is willing to use for this connection (if any)."),
    ("6455-4.2.2-4", "server", "If the server finishes these steps without aborting the WebSocket handshake, the server considers the "
     "WebSocket connection to be established and that the WebSocket connection is in the OPEN state."),
    # RFC 6455 §5: frames
    ("6455-5.1-1", "client", "To avoid confusing network intermediaries (such as intercepting proxies) and for security reasons that are "
     "further discussed in Section 10.3, a client MUST mask all frames that it sends to the server (see Section 5.3 for "
     "further details)."),
    ("6455-5.1-2", "server", "The server MUST close the connection upon receiving a frame that is not masked."),
    ("6455-5.1-3", "server", "A server MUST NOT mask any frames that it sends to the client."),
    ("6455-5.1-4", "client", "A client MUST close a connection if it detects a masked frame."),
    ("6455-5.1-5", "both", "A data frame MAY be transmitted by either the client or the server at any time after opening handshake "
     "completion and before that endpoint has sent a Close frame (Section 5.5.1)."),
    ("6455-5.2-1", "both", "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values. If a nonzero value "
     "is received and none of the negotiated extensions defines the meaning of such a nonzero value, the receiving "
     "endpoint MUST _Fail the WebSocket Connection_."),
    ("6455-5.2-2", "both", "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."),
    ("6455-5.2-3", "both", "If 127, the following 8 bytes interpreted as a 64-bit unsigned integer (the most significant bit MUST be 0) "
     "are the payload length."),
    ("6455-5.2-4", "both", "Note that in all cases, the minimal number of bytes MUST be used to encode the length, for example, the "
     "length of a 124-byte-long string can't be encoded as the sequence 126, 0, 124."),
    ("6455-5.3-1", "client", "The masking key needs to be unpredictable; thus, the masking key MUST be derived from a strong source of "
     "entropy, and the masking key for a given frame MUST NOT make it simple for a server/proxy to predict the masking "
     "key for a subsequent frame."),
    ("6455-5.4-1", "both", "A fragmented message consists of a single frame with the FIN bit clear and an opcode other than 0, followed "
     "by zero or more frames with the FIN bit clear and the opcode set to 0, and terminated by a single frame with the "
     "FIN bit set and an opcode of 0."),
    ("6455-5.4-2", "both", "The fragments of one message MUST NOT be interleaved between the fragments of another message unless an "
     "extension has been negotiated that can interpret the interleaving."),
    ("6455-5.4-3", "both", "An endpoint MUST be capable of handling control frames in the middle of a fragmented message."),
    ("6455-5.4-4", "both", "Message fragments MUST be delivered to the recipient in the order sent by the sender."),
    ("6455-5.5-1", "both", "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented."),
    ("6455-5.5.1-1", "both", "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer (in network byte "
     "order) representing a status code with value /code/ defined in Section 7.4."),
    ("6455-5.5.1-2", "both", "The application MUST NOT send any more data frames after sending a Close frame."),
    ("6455-5.5.1-3", "both", "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST send a "
     "Close frame in response. (When sending a Close frame in response, the endpoint typically echos the status code it "
     "received.) It SHOULD do so as soon as practical."),
    ("6455-5.5.1-4", "both", "Following the 2-byte integer, the body MAY contain UTF-8-encoded data with value /reason/, the "
     "interpretation of which is not defined by this specification."),
    ("6455-5.5.1-5", "both", "After both sending and receiving a Close message, an endpoint considers the WebSocket connection closed "
     "and MUST close the underlying TCP connection."),
    ("6455-5.5.2-1", "both", "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already received "
     "a Close frame."),
    ("6455-5.5.2-2", "both", "An endpoint MAY send a Ping frame any time after the connection is established and before the connection is "
     "closed."),
    ("6455-5.5.3-1", "both", 'A Pong frame sent in response to a Ping frame must have identical "Application data" as found in the '
     "message body of the Ping frame being replied to."),
    ("6455-5.5.3-2", "both", "A Pong frame MAY be sent unsolicited."),
    ("6455-5.6-1", "both", 'The "Payload data" is text data encoded as UTF-8. Note that a particular text frame might include a partial '
     "UTF-8 sequence; however, the whole message MUST contain valid UTF-8."),
    # RFC 6455 §7: closing
    ("6455-7.1.4-1", "both", "When the underlying TCP connection is closed, it is said that _The WebSocket Connection is Closed_ and that "
     "the WebSocket connection is in the CLOSED state."),
    ("6455-7.1.4-2", "both", "If the WebSocket connection could not be established, it is also said that _The WebSocket Connection is "
     "Closed_, but not _cleanly_."),
    ("6455-7.1.5-1", "both", "If _The WebSocket Connection is Closed_ and no Close control frame was received by the endpoint (such as "
     "could occur if the underlying transport connection is lost), _The WebSocket Connection Close Code_ is considered "
     "to be 1006."),
    ("6455-7.1.5-2", "both", "If this Close control frame contains no status code, _The WebSocket Connection Close Code_ is considered to "
     "be 1005."),
    ("6455-7.1.7-1", "client", "Except as indicated above or as specified by the application layer (e.g., a script using the WebSocket "
     "API), clients SHOULD NOT close the connection."),
    ("6455-7.1.7-2", "both", "An endpoint MUST NOT continue to attempt to process data (including a responding Close frame) from the remote "
     "endpoint after being instructed to _Fail the WebSocket Connection_."),
    ("6455-7.1.7-3", "both", "If _The WebSocket Connection is Established_ prior to the point where the endpoint is required to _Fail the "
     "WebSocket Connection_, the endpoint SHOULD send a Close frame with an appropriate status code (Section 7.4) before "
     "proceeding to _Close the WebSocket Connection_."),
    ("6455-7.2.1-1", "client", "If at any point the underlying transport layer connection is unexpectedly lost, the client MUST _Fail the "
     "WebSocket Connection_."),
    ("6455-7.2.3-1", "client", "To prevent this, clients SHOULD use some form of backoff when trying to reconnect after abnormal closures "
     "as described in this section."),
    ("6455-7.2.3-2", "client", "The first reconnect attempt SHOULD be delayed by a random amount of time."),
    ("6455-7.2.3-3", "client", "Should the first reconnect attempt fail, subsequent reconnect attempts SHOULD be delayed by increasingly "
     "longer amounts of time, using a method such as truncated binary exponential backoff."),
    ("6455-7.4.1-1", "both", "1005 is a reserved value and MUST NOT be set as a status code in a Close control frame by an endpoint."),
    ("6455-7.4.1-2", "both", "1006 is a reserved value and MUST NOT be set as a status code in a Close control frame by an endpoint."),
    ("6455-7.4.1-3", "both", "1015 is a reserved value and MUST NOT be set as a status code in a Close control frame by an endpoint."),
    ("6455-7.4.2-1", "both", "Status codes in the range 0-999 are not used."),
    ("6455-7.4.2-2", "both", "Status codes in the range 1000-2999 are reserved for definition by this protocol, its future revisions, and "
     "extensions specified in a permanent and readily available public specification."),
    # RFC 6455 §8 to §10
    ("6455-8.1-1", "both", "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a "
     "valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_."),
    ("6455-9.1-1", "both", "If a value is received by either the client or the server during negotiation that does not conform to the "
     "ABNF below, the recipient of such malformed data MUST immediately _Fail the WebSocket Connection_."),
    ("6455-10.2-1", "server", "Servers that are not intended to process input from any web page but only for certain sites SHOULD verify "
     "the |Origin| field is an origin they expect. If the origin indicated is unacceptable to the server, then it SHOULD "
     "respond to the WebSocket handshake with a reply containing HTTP 403 Forbidden status code."),
    ("6455-10.4-1", "both", "Implementations that have implementation- and/or platform-specific limitations regarding the frame size or "
     "total message size after reassembly from multiple frames MUST protect themselves against exceeding those limits."),
    ("6455-10.7-1", "both", "If, at any time, an endpoint is faced with data that it does not understand or that violates some criteria by "
     "which the endpoint determines safety of input, or when the endpoint sees an opening handshake that does not "
     "correspond to the values it is expecting (e.g., incorrect path or origin in the client request), the endpoint MAY "
     "drop the TCP connection. If the invalid data was received after a successful WebSocket handshake, the endpoint "
     "SHOULD send a Close frame with an appropriate status code (Section 7.4) before proceeding to _Close the WebSocket "
     "Connection_."),
    # RFC 6455 §11.3: how often a header field may come
    ("6455-11.3.1-1", "client", "The |Sec-WebSocket-Key| header field MUST NOT appear more than once in an HTTP request."),
    # (as erratum 3433, verified in 2012, has corrected it: the RFC said the contrary here, against its own §4.2.2)
    ("6455-11.3.2-1", "server", "The |Sec-WebSocket-Extensions| header field MAY appear multiple times in an HTTP response (which is logically "
     "the same as a single |Sec-WebSocket-Extensions| header field that contains all values)."),
    ("6455-11.3.3-1", "server", "The |Sec-WebSocket-Accept| header MUST NOT appear more than once in an HTTP response."),
    ("6455-11.3.4-1", "server", "However, the |Sec-WebSocket-Protocol| header field MUST NOT appear more than once in an HTTP response."),
    ("6455-11.3.5-1", "client", "However, the |Sec-WebSocket-Version| header field MUST NOT appear more than once in an HTTP request."),
    # RFC 7692: permessage-deflate
    ("7692-5-1", "client", "If a server gives an invalid response, such as accepting a PMCE that the client did not offer, the client MUST "
     "_Fail the WebSocket Connection_."),
    ("7692-6.1-1", "both", "An endpoint MUST NOT set the \"Per-Message Compressed\" bit of control frames and non-first fragments of a data "
     "message. An endpoint receiving such a frame MUST _Fail the WebSocket Connection_."),
    ("7692-7-1", "server", "A server MUST decline an extension negotiation offer for this extension if any of the following conditions "
     "are met: The negotiation offer contains an extension parameter not defined for use in an offer. The negotiation "
     "offer contains an extension parameter with an invalid value. The negotiation offer contains multiple extension "
     "parameters with the same name. The server doesn't support the offered configuration."),
    ("7692-7-2", "client", "A client MUST _Fail the WebSocket Connection_ if the peer server accepted an extension negotiation offer for "
     "this extension with an extension negotiation response meeting any of the following conditions: The negotiation "
     "response contains an extension parameter not defined for use in a response. The negotiation response contains an "
     "extension parameter with an invalid value. The negotiation response contains multiple extension parameters with "
     "the same name. The client does not support the configuration that the response represents."),
    ("7692-7.1.1.1-1", "server", "A server accepts an extension negotiation offer that includes the \"server_no_context_takeover\" extension "
     "parameter by including the \"server_no_context_takeover\" extension parameter in the corresponding extension "
     "negotiation response to send back to the client."),
    ("7692-7.1.2.1-1", "server", "A server accepts an extension negotiation offer with this parameter by including the "
     "\"server_max_window_bits\" extension parameter in the extension negotiation response to send back to the client "
     "with the same or smaller value as the offer."),
    ("7692-7.1.2.2-1", "server", "If a received extension negotiation offer doesn't have the \"client_max_window_bits\" extension parameter, "
     "the corresponding extension negotiation response to the offer MUST NOT include the \"client_max_window_bits\" "
     "extension parameter."),
    ("7692-7.2.2-1", "both", "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message. Decompress the "
     "resulting data using DEFLATE."),
    ("7692-7.2.3.4-1", "both", "On platforms on which the flush method using an empty DEFLATE block with no compression is not available, "
     "implementors can choose to flush data using DEFLATE blocks with \"BFINAL\" set to 1."),
    # HTTP/1.1
    ("9110-5.5-1", "both", "Field values containing CR, LF, or NUL characters are invalid and dangerous, due to the varying ways that "
     "implementations might parse and interpret those characters; a recipient of CR, LF, or NUL within a field value "
     "MUST either reject the message or replace each of those characters with SP before further processing or "
     "forwarding of that message."),
    ("9112-3.2-1", "server", "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host "
     "header field and to any request message that contains more than one Host header field line or a Host header field "
     "with an invalid field value."),
    ("9112-2.2-1", "server", "When a server listening only for HTTP request messages, or processing what appears from the start-line to be "
     "an HTTP request message, receives a sequence of octets that does not match the HTTP-message grammar aside from "
     "the robustness exceptions listed above, the server SHOULD respond with a 400 (Bad Request) response and close the "
     "connection."),
    ("9112-6.1-1", "server", "A server MAY reject a request that contains both Content-Length and Transfer-Encoding or process such a request "
     "in accordance with the Transfer-Encoding alone."),
    ("6585-5-1", "server", "The 431 status code indicates that the server is unwilling to process the request because its header fields "
     "are too large."),
    ("9110-15.5.14-1", "server", "The 413 (Content Too Large) status code indicates that the server is refusing to process a request because "
     "the request content is larger than the server is willing or able to process."),
    ("9110-15.2-1", "client", "A client MUST be able to parse one or more 1xx responses received prior to a final response, even if the "
     "client does not expect one."),
    # The opening handshake in detail: RFC 6455
    ("6455-3-1", "both", "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used on these URIs."),
    ("6455-4.1-17", "client", "If the server's response does not conform to the requirements for the server's handshake as defined in this "
     "section and in Section 4.2.2, the client MUST _Fail the WebSocket Connection_."),
    ("6455-4.2.2-5", "server", "If multiple extensions are to be used, they can all be listed in a single |Sec-WebSocket-Extensions| header "
     "field or split between multiple instances of the |Sec-WebSocket-Extensions| header field."),
    ("6455-9.1-2", "both", "When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to the "
     "'token' ABNF."),
    # The opening handshake in detail: RFC 7692
    ("7692-7.1.2.2-2", "server", "If the \"client_max_window_bits\" extension parameter in a received extension negotiation offer has a value, "
     "the server may either ignore this value or use this value to avoid allocating an unnecessarily big LZ77 sliding "
     "window by including the \"client_max_window_bits\" extension parameter in the corresponding extension negotiation "
     "response to the offer with a value equal to or smaller than the received value."),
    # The opening handshake in detail: HTTP
    ("9110-5.3-1", "both", "This means that, aside from the well-known exception noted below, a sender MUST NOT generate multiple field "
     "lines with the same name in a message (whether in the headers or trailers) or append a field line when a field line "
     "of the same name already exists in the message, unless that field's definition allows multiple field line values to "
     "be recombined as a comma-separated list (i.e., at least one alternative of the field's definition allows a "
     "comma-separated list, such as an ABNF rule of #(values) defined in Section 5.6.1)."),
    ("9110-5.6.1.2-1", "both", "A recipient MUST parse and ignore a reasonable number of empty list elements: enough to handle common mistakes "
     "by senders that merge values, but not so much that they could be used as a denial-of-service mechanism."),
    ("9110-7.8-1", "server", "A server MUST ignore an Upgrade header field that is received in an HTTP/1.0 request."),
    ("9110-8.6-1", "server", "A server MUST NOT send a Content-Length header field in any response with a status code of 1xx (Informational) "
     "or 204 (No Content)."),
    ("9110-9.3.1-1", "both", "Although request message framing is independent of the method used, content received in a GET request has no "
     "generally defined semantics, cannot alter the meaning or target of the request, and might lead some implementations "
     "to reject the request and close the connection because of its potential as a request smuggling attack (Section 11.2 "
     "of [HTTP/1.1])."),
    ("9110-15-1", "client", "A client that receives a response with an invalid status code SHOULD process the response as if it had a 5xx "
     "(Server Error) status code."),
    ("9110-15.3.6-1", "server", "Since the 205 status code implies that no additional content will be provided, a server MUST NOT generate "
     "content in a 205 response."),
    ("9110-15.5.6-1", "server", "The origin server MUST generate an Allow header field in a 405 response containing a list of the target "
     "resource's currently supported methods."),
    ("9110-15.5.22-1", "server", "The server MUST send an Upgrade header field in a 426 response to indicate the required protocol(s) "
     "(Section 7.8)."),
    ("9110-15.6.6-1", "server", "The 505 (HTTP Version Not Supported) status code indicates that the server does not support, or refuses to "
     "support, the major version of HTTP that was used in the request message."),
    ("9112-2.2-2", "both", "A recipient of such a bare CR MUST consider that element to be invalid or replace each bare CR with SP before "
     "processing the element or forwarding the message."),
    ("9112-2.2-3", "server", "In the interest of robustness, a server that is expecting to receive and parse a request-line SHOULD ignore at "
     "least one empty line (CRLF) received prior to the request-line."),
    ("9112-2.2-4", "both", "Although the line terminator for the start-line and fields is the sequence CRLF, a recipient MAY recognize a "
     "single LF as a line terminator and ignore any preceding CR."),
    ("9112-3.2-2", "server", "Recipients of an invalid request-line SHOULD respond with either a 400 (Bad Request) error or a 301 (Moved "
     "Permanently) redirect with the request-target properly encoded."),
    ("9112-3.2.2-1", "server", "When an origin server receives a request with an absolute-form of request-target, the origin server MUST "
     "ignore the received Host header field (if any) and instead use the host information of the request-target."),
    ("9112-5.1-1", "server", "A server MUST reject, with a response status code of 400 (Bad Request), any received request message that "
     "contains whitespace between a header field name and colon."),
    ("9112-5.2-1", "server", "A server that receives an obs-fold in a request message that is not within a \"message/http\" container MUST "
     "either reject the message by sending a 400 (Bad Request), preferably with a representation explaining that obsolete "
     "line folding is unacceptable, or replace each received obs-fold with one or more SP octets prior to interpreting the "
     "field value or forwarding the message downstream."),
    ("9112-5.2-2", "client", "A user agent that receives an obs-fold in a response message that is not within a \"message/http\" container MUST "
     "replace each received obs-fold with one or more SP octets prior to interpreting the field value."),
    ("9112-6.3-1", "client", "Any response to a HEAD request and any response with a 1xx (Informational), 204 (No Content), or 304 (Not "
     "Modified) status code is always terminated by the first empty line after the header fields, regardless of the header "
     "fields present in the message, and thus cannot contain a message body or trailer section."),
    ("9112-6.3-2", "both", "If the sender closes the connection or the recipient times out before the indicated number of octets are "
     "received, the recipient MUST consider the message to be incomplete and close the connection."),
    ("9112-7.1-1", "both", "A recipient MUST be able to parse and decode the chunked transfer coding."),
    ("9112-8-1", "server", "A server that receives an incomplete request message, usually due to a canceled request or a triggered timeout "
     "exception, MAY send an error response prior to closing the connection."),
    ("9112-8-2", "client", "A client that receives an incomplete response message, which can occur when a connection is closed prematurely "
     "or when decoding a supposedly chunked transfer coding fails, MUST record the message as incomplete."),
    ("9112-9.2-1", "client", "If a client receives data on a connection that doesn't have outstanding requests, the client MUST NOT consider "
     "that data to be a valid response; the client SHOULD close the connection, since message delimitation is now "
     "ambiguous, unless the data consists only of one or more CRLF (which can be discarded per Section 2.2)."),
    ("9112-9.6-1", "both", "A sender SHOULD send a Connection header field (Section 7.6.1 of [HTTP]) containing the \"close\" connection "
     "option when it intends to close a connection."),
    # The way to the server: URL and proxy
    ("6455-4.1-18", "client", "If the client is configured to use a proxy when using the WebSocket Protocol to connect to host /host/ and "
     "port /port/, then the client SHOULD connect to that proxy and ask it to open a TCP connection to the host given by "
     "/host/ and the port given by /port/."),
    ("9110-4.2.4-1", "both", "A sender MUST NOT generate the userinfo subcomponent (and its \"@\" delimiter) when an \"http\" or \"https\" URI "
     "reference is generated within a message as a target URI or field value."),
    ("9110-9.3.6-1", "client", "There is no default port; a client MUST send the port number even if the CONNECT request is based on a URI "
     "reference that contains an authority component with an elided port (Section 4.1)."),
    ("9110-9.3.6-2", "client", "A client MUST ignore any Content-Length or Transfer-Encoding header fields received in a successful response "
     "to CONNECT."),
)

#: Every requirement by its id.
REQUIREMENTS: dict[str, Requirement] = {row[0]: Requirement(*row) for row in _ROWS}
