"""Faults that people make: the ones that issues and advisories of other implementations tell of."""

from __future__ import annotations

from fuzz.faults.fault import Fault

_CORE = "rawws/core/"

FAULTS: tuple[Fault, ...] = (
    # Cuts: what comes in several pieces.
    Fault(
        "drop an octet at a cut",
        _CORE + "frame_decoder.py",
        "            self._buffer += data\n",
        "            self._buffer += data[:-1] or data\n",
    ),
    Fault(
        "forget the mask's phase behind a cut",
        _CORE + "frame_decoder.py",
        "apply_mask(data, self._key, self._consumed)",
        "apply_mask(data, self._key, 0)",
    ),
    Fault(
        "begin behind the wrong octet when what came in one piece is copied",
        _CORE + "frame_decoder.py",
        "bytearray(memoryview(self._buffer)[self._position :]), 0",
        "bytearray(memoryview(self._buffer)[self._position or 1 :]), 0",
    ),
    Fault(
        "lose the octets behind a message that has landed",
        _CORE + "frame_decoder.py",
        "            data = memoryview(data)[count:]\n",
        "            data = b''\n",
    ),
    Fault(
        "forget the character that was begun in the piece before, where large text lands",
        _CORE + "landing_text.py",
        "            octets = self._begun + octets\n",
        "            octets = octets\n",
    ),
    Fault(
        "await the rest of large text that is wrong already",
        _CORE + "landing_text.py",
        "            self.wrong = True\n",
        "            self.wrong = self.landed == self.size\n",
    ),
    Fault(
        "go on behind a run of compressed messages as if its last were still to come",
        _CORE + "scanning_decoder.py",
        "        self._scanned(stop)\n        if message is None:\n",
        "        if message is not None:\n            self._scanned(stop)\n        if message is None:\n",
    ),
    # Lengths.
    Fault(
        "refuse a control frame of 125 octets",
        _CORE + "frame_header.py",
        "    if length > MAX_PAYLOAD_NORMAL and control:",
        "    if length >= MAX_PAYLOAD_NORMAL and control:",
    ),
    Fault(
        "write 125 octets with a length of 16 bits",
        _CORE + "frame_header.py",
        "    if length <= 125:",
        "    if length < 125:",
    ),
    Fault(
        "write 65,535 octets with a length of 64 bits",
        _CORE + "frame_header.py",
        "    elif length <= 0xFFFF:",
        "    elif length < 0xFFFF:",
    ),
    Fault(
        "take 65,536 octets for a length that would fit into 16 bits",
        _CORE + "frame_header.py",
        "    if length <= MAX_PAYLOAD_TWO_BYTE:",
        "    if length <= MAX_PAYLOAD_TWO_BYTE + 1:",
    ),
    Fault(
        "in C: take a length of 126 in the form of 16 bits for too long a form",
        _CORE + "_speedups.c",
        "        uint64_t most_of_shorter = length == 126 ? 125 : 0xFFFF;",
        "        uint64_t most_of_shorter = length == 126 ? 126 : 0xFFFF;",
    ),
    Fault(
        "in C: take a payload one octet larger than is allowed",
        _CORE + "_speedups.c",
        "    if (length > (uint64_t)max_bytes) {",
        "    if (length > (uint64_t)max_bytes + 1) {",
    ),
    # Text.
    Fault(
        "skip the check of UTF-8 at the end of a message",
        _CORE + "message_decoder.py",
        "decoder.decode(payload, finished)",
        "decoder.decode(payload, False)",
    ),
    Fault(
        "forget the characters that were begun in the fragment before",
        _CORE + "message_decoder.py",
        "(begun + payload)[: exc.start]",
        "payload[: exc.start]",
    ),
    Fault(
        "wait for the third octet of a surrogate",
        _CORE + "message_decoder.py",
        'b"\\xed\\xa0" <= begun',
        'b"\\xed\\xa0\\x80" <= begun',
    ),
    # Order of frames.
    Fault(
        "let a new message begin inside another",
        _CORE + "message_decoder.py",
        "        elif opcode is not _CONTINUATION:",
        "        elif opcode is None:",
    ),
    Fault(
        "take a control frame between compressed fragments for a part of the message",
        _CORE + "frame_decoder.py",
        "            compressed = self._compressed and not self._control\n",
        "            compressed = self._compressed\n",
    ),
    Fault(
        "count the fragments of all messages together",
        _CORE + "frame_decoder.py",
        "                self._fragments = self._wire_bytes = self._message_bytes = 0\n",
        "                self._wire_bytes = self._message_bytes = 0\n",
    ),
    # Compression.
    Fault(
        "drop the deflate context although it is taken over",
        _CORE + "inflate.py",
        "        if not self.takeover:\n",
        "        if self.takeover:\n",
    ),
    Fault(
        "forget the four octets that end a compressed message",
        _CORE + "inflate.py",
        "data + EMPTY_BLOCK_TAIL if last and self._begun else data",
        "data",
    ),
    Fault(
        "lose what stands behind a block with BFINAL set",
        _CORE + "inflate.py",
        "        self._position -= len(self._stream.unused_data)\n",
        "        self._position = len(self._input)\n",
    ),
    Fault(
        "let the compressor go in the middle of a fragmented message",
        _CORE + "extensions.py",
        "and not self._compressor_used and not self._outbound_open",
        "and not self._compressor_used",
    ),
    Fault(
        "inflate with no bound",
        _CORE + "frame_decoder.py",
        "        if bound is not None and self._message_bytes > bound:",
        "        if bound is not None and self._message_bytes < 0:",
    ),
    Fault(
        "compress on with what the peer's inflater has not seen",
        _CORE + "extensions.py",
        "            self._compressor = None\n            return None\n        return output\n",
        "            return None\n        return output\n",
    ),
    Fault(
        "keep the compressor's context although it is not taken over",
        _CORE + "extensions.py",
        "        if self.client_no_context_takeover if client else self.server_no_context_takeover:\n"
        "            self._compressor = None\n",
        "        if self.server_no_context_takeover if client else self.client_no_context_takeover:\n"
        "            self._compressor = None\n",
    ),
    Fault(
        "compress with a larger window than was agreed on",
        _CORE + "extensions.py",
        "        return min(agreed, self._own_window_bits or agreed)\n",
        "        return self._own_window_bits or agreed\n",
    ),
    # Behind the end.
    Fault(
        "deliver after a failure",
        _CORE + "connection.py",
        "        self._stop_reading()\n        return _close_frame(exc.code, str(exc))\n",
        "        return _close_frame(exc.code, str(exc))\n",
    ),
    Fault(
        "tell the end of the stream twice",
        _CORE + "connection.py",
        "        if self._state is _CLOSED or self._at_end:\n",
        "        if self._at_end:\n",
    ),
    Fault(
        "hold on to an unfinished message when a session has ended",
        _CORE + "session.py",
        "        if not self.streaming:\n            self._parts = None\n",
        "        pass\n",
    ),
    Fault(
        "answer a Close with another code",
        _CORE + "session.py",
        "self._connection.send(CloseConnection(code)))\n            self._close_complete",
        "self._connection.send(CloseConnection(1000)))\n            self._close_complete",
    ),
    Fault(
        "cut a reason that is too long in the middle of a character",
        _CORE + "close_payload.py",
        'encoded[:MAX_REASON_BYTES].decode("utf-8", errors="ignore").encode("utf-8")',
        "encoded[:MAX_REASON_BYTES]",
    ),
    Fault(
        "answer a ping with a pong of its own",
        _CORE + "session.py",
        "self._connection.send(Pong(payload))",
        "self._connection.send(Pong())",
    ),
    # Sessions.
    Fault(
        "give the rest of a message that is to be skipped as a message of its own",
        _CORE + "session.py",
        "        self._skipping = self._streaming\n",
        "        self._skipping = False\n",
    ),
    Fault(
        "count a pong for the pings that come behind its own",
        _CORE + "keepalive.py",
        "            key, handle = self._pending.popitem(last=False)\n",
        "            key, handle = self._pending.popitem(last=True)\n",
    ),
    # The opening handshake.
    Fault(
        "accept a line that ends with LF alone",
        _CORE + "head.py",
        "            if buffer[newline - 1] != _CR:",
        "            if newline == self._line_start:",
    ),
    Fault(
        "keep only the last of the octets that come before the answer",
        _CORE + "handshake.py",
        "        self._early += data\n",
        "        self._early = bytearray(data)\n",
    ),
    Fault(
        "split lists at commas inside quotation marks",
        _CORE + "headers.py",
        '_split_outside_quotes(value) if \'"\' in value else value.split(",")',
        'value.split(",")',
    ),
    Fault(
        "let DEL through in a header that is sent",
        _CORE + "headers.py",
        r"\x0a-\x1f\x7f]",
        r"\x0a-\x1f]",
    ),
    Fault(
        "accept a window larger than was demanded",
        _CORE + "deflate_parameters.py",
        "    if (response.server_max_window_bits or _LARGEST_WINDOW) > (offer.server_max_window_bits or _LARGEST_WINDOW):",
        "    if (response.server_max_window_bits or 0) > (offer.server_max_window_bits or _LARGEST_WINDOW) + 9:",
    ),
    # The transport.
    Fault(
        "lose a message when its receiver is cancelled",
        "rawws/trio/websocket.py",
        "            if is_cancelled():\n                await trio.lowlevel.checkpoint_if_cancelled()\n"
        "            return messages.pop(0)\n        self._begin_to_receive",
        "            message = messages.pop(0)\n            if is_cancelled():\n"
        "                await trio.lowlevel.checkpoint_if_cancelled()\n            return message\n"
        "        self._begin_to_receive",
    ),
    Fault(
        "send a message although its sender was cancelled",
        "rawws/trio/websocket.py",
        "        if is_cancelled():\n            await trio.lowlevel.checkpoint_if_cancelled()\n        if self._writer.has_room",
        "        if self._writer.has_room",
    ),
    Fault(
        "lose an octet where the kernel takes a part of a frame",
        "rawws/trio/writer.py",
        "memoryview(frame)[taken:]",
        "memoryview(frame)[taken + 1 :]",
    ),
    Fault(
        "lose the end of what a stream takes in two calls",
        "rawws/trio/stream_transport.py",
        "            backlog.appendleft(memoryview(piece)[_MOST_WRITTEN - size :])\n",
        "",
    ),
)
