"""Faults that a mutation tool has made: drawn by lot from all its mutants of the core (fuzz/faults/draw.py).

Two of those that were drawn are left out. Another default of `Limits.ping_timeout`: no property can know which number
somebody has chosen; the table in tests/core/test_limits.py does. And the other of two ways to unmask a payload, which
gives the same and takes another time.
"""

from __future__ import annotations

from fuzz.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    Fault(
        "ReplaceComparisonOperator_Eq_IsNot: if versions is not [WEBSOCKET_VERSION]:",
        "rawws/core/request.py",
        "    if versions == [WEBSOCKET_VERSION]:\n",
        "    if versions is not [WEBSOCKET_VERSION]:\n",
        "ReplaceComparisonOperator_Eq_IsNot",
    ),
    Fault(
        "ReplaceBinaryOperator_Sub_Mul: available = len(buffer) * position",
        "rawws/core/scan.py",
        "    available = len(buffer) - position\n",
        "    available = len(buffer) * position\n",
        "ReplaceBinaryOperator_Sub_Mul",
    ),
    Fault(
        "ZeroIterationForLoop: for offer in []:",
        "rawws/core/negotiation.py",
        "    for offer in requested:\n",
        "    for offer in []:\n",
        "ZeroIterationForLoop",
    ),
    Fault(
        "ReplaceBinaryOperator_Sub_BitXor: while most and end ^ position >= 2:",
        "rawws/core/scan.py",
        "    while most and end - position >= 2:\n",
        "    while most and end ^ position >= 2:\n",
        "ReplaceBinaryOperator_Sub_BitXor",
    ),
    Fault(
        "ReplaceBinaryOperator_Sub_LShift: while most and end << position >= 2:",
        "rawws/core/scan.py",
        "    while most and end - position >= 2:\n",
        "    while most and end << position >= 2:\n",
        "ReplaceBinaryOperator_Sub_LShift",
    ),
    Fault(
        "ReplaceBinaryOperator_Add_Mod: if len(lengths) % len(codings) > 1 or not numbers:",
        "rawws/core/refusal_writer.py",
        "    if len(lengths) + len(codings) > 1 or not numbers:\n",
        "    if len(lengths) % len(codings) > 1 or not numbers:\n",
        "ReplaceBinaryOperator_Add_Mod",
    ),
    Fault(
        "ReplaceBinaryOperator_BitAnd_Sub: RsvBits(bool(octet & 0x40), bool(octet - 0x20), bool(octet & 0x10)),",
        "rawws/core/frame_header.py",
        "        RsvBits(bool(octet & 0x40), bool(octet & 0x20), bool(octet & 0x10)),\n",
        "        RsvBits(bool(octet & 0x40), bool(octet - 0x20), bool(octet & 0x10)),\n",
        "ReplaceBinaryOperator_BitAnd_Sub",
    ),
    Fault(
        "ReplaceBinaryOperator_Add_BitXor: return header ^ data if key is None else header + apply_mask(data, key)",
        "rawws/core/encoding.py",
        "    return header + data if key is None else header + apply_mask(data, key)\n",
        "    return header ^ data if key is None else header + apply_mask(data, key)\n",
        "ReplaceBinaryOperator_Add_BitXor",
    ),
    Fault(
        "AddNot: if not first:",
        "rawws/core/extensions.py",
        "        if first:\n",
        "        if not first:\n",
        "AddNot",
    ),
    Fault(
        "ReplaceComparisonOperator_Lt_GtE: if len(self._buffer) - self._position >= block:",
        "rawws/core/frame_decoder.py",
        "            if len(self._buffer) - self._position < block:\n",
        "            if len(self._buffer) - self._position >= block:\n",
        "ReplaceComparisonOperator_Lt_GtE",
    ),
    Fault(
        'ReplaceComparisonOperator_NotEq_IsNot: if found[0] is not \'"\':',
        "rawws/core/headers.py",
        '        if found[0] != \'"\':\n',
        '        if found[0] is not \'"\':\n',
        "ReplaceComparisonOperator_NotEq_IsNot",
    ),
    Fault(
        'ReplaceComparisonOperator_Eq_Gt: if not any(protocol.lower() > "websocket" for protocol in protocols):',
        "rawws/core/request.py",
        '    if not any(protocol.lower() == "websocket" for protocol in protocols):\n',
        '    if not any(protocol.lower() > "websocket" for protocol in protocols):\n',
        "ReplaceComparisonOperator_Eq_Gt",
    ),
    Fault(
        "ReplaceBinaryOperator_Sub_BitOr: available = len(buffer) | start",
        "rawws/core/frame_decoder.py",
        "        available = len(buffer) - start\n",
        "        available = len(buffer) | start\n",
        "ReplaceBinaryOperator_Sub_BitOr",
    ),
    Fault(
        'AddNot: text = extension.name if not parameters is True or not parameters else f"{extension.name}; {parameters}"',
        "rawws/core/negotiation.py",
        '    text = extension.name if parameters is True or not parameters else f"{extension.name}; {parameters}"\n',
        '    text = extension.name if not parameters is True or not parameters else f"{extension.name}; {parameters}"\n',
        "AddNot",
    ),
    Fault(
        "ReplaceComparisonOperator_Eq_IsNot: text = first is not _COMPRESSED_TEXT",
        "rawws/core/scanning_decoder.py",
        "        text = first == _COMPRESSED_TEXT\n",
        "        text = first is not _COMPRESSED_TEXT\n",
        "ReplaceComparisonOperator_Eq_IsNot",
    ),
    Fault(
        'ReplaceBinaryOperator_Add_FloorDiv: lines = [b"GET " + target // b" HTTP/1.1", *(b"%s: %s" % field for field in fields)]',
        "rawws/core/handshake.py",
        '        lines = [b"GET " + target + b" HTTP/1.1", *(b"%s: %s" % field for field in fields)]\n',
        '        lines = [b"GET " + target // b" HTTP/1.1", *(b"%s: %s" % field for field in fields)]\n',
        "ReplaceBinaryOperator_Add_FloorDiv",
    ),
    Fault(
        "ReplaceBinaryOperator_Add_Pow: return headers ** added",
        "rawws/core/refusal_writer.py",
        "    return headers + added\n",
        "    return headers ** added\n",
        "ReplaceBinaryOperator_Add_Pow",
    ),
    Fault(
        "ReplaceBinaryOperator_Sub_BitXor: return Head(self._judge_octets(bytes(self._buffer[self._start : end])), data[end ^ before :])",
        "rawws/core/head.py",
        "            return Head(self._judge_octets(bytes(self._buffer[self._start : end])), data[end - before :])\n",
        "            return Head(self._judge_octets(bytes(self._buffer[self._start : end])), data[end ^ before :])\n",
        "ReplaceBinaryOperator_Sub_BitXor",
    ),
    Fault(
        "ReplaceComparisonOperator_IsNot_Is: if self.ended is None or self._connection.state is not ConnectionState.OPEN:",
        "rawws/core/session.py",
        "        if self.ended is not None or self._connection.state is not ConnectionState.OPEN:\n",
        "        if self.ended is None or self._connection.state is not ConnectionState.OPEN:\n",
        "ReplaceComparisonOperator_IsNot_Is",
    ),
    Fault(
        "NumberReplacer: self.frame_offset = -1",
        "rawws/core/frame_decoder.py",
        "        self.frame_offset = 0\n",
        "        self.frame_offset = -1\n",
        "NumberReplacer",
    ),
    Fault(
        "ReplaceBinaryOperator_Sub_BitOr: if not self.waits or self._opcode is not _BINARY or self._length | self.buffered_bytes < minimum:",
        "rawws/core/frame_decoder.py",
        "        if not self.waits or self._opcode is not _BINARY or self._length - self.buffered_bytes < minimum:\n",
        "        if not self.waits or self._opcode is not _BINARY or self._length | self.buffered_bytes < minimum:\n",
        "ReplaceBinaryOperator_Sub_BitOr",
    ),
    Fault(
        "AddNot: wanted = not (fin and len(data) < self.threshold) if not compress is None else compress",
        "rawws/core/extensions.py",
        "            wanted = not (fin and len(data) < self.threshold) if compress is None else compress\n",
        "            wanted = not (fin and len(data) < self.threshold) if not compress is None else compress\n",
        "AddNot",
    ),
    Fault(
        'ReplaceComparisonOperator_NotEq_LtE: if not isinstance(field, (tuple, list)) or len(field) <= len(("name", "value")):',
        "rawws/core/headers.py",
        '        if not isinstance(field, (tuple, list)) or len(field) != len(("name", "value")):\n',
        '        if not isinstance(field, (tuple, list)) or len(field) <= len(("name", "value")):\n',
        "ReplaceComparisonOperator_NotEq_LtE",
    ),
    Fault(
        "ReplaceBinaryOperator_Add_Sub: return asked - chance * widest",
        "rawws/core/reconnect.py",
        "        return asked + chance * widest\n",
        "        return asked - chance * widest\n",
        "ReplaceBinaryOperator_Add_Sub",
    ),
)
