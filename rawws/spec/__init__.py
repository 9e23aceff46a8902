"""Facts of the RFCs as tables: no behaviour, no imports from anywhere else.

| module         | what it holds                                                    |
|----------------|------------------------------------------------------------------|
| `opcodes`      | every opcode of RFC 6455 §5.2 and what it stands for             |
| `close_codes`  | every range and code of RFC 6455 §7.4, and who may send it       |
| `requirements` | the numbered sentences that code, tests and failures cite by id  |
| `states`       | connection states × what may be sent and received in them        |
"""

from rawws.spec.close_codes import CLOSE_CODES, CloseCode, close_code_is_receivable, close_code_is_sendable
from rawws.spec.opcodes import OPCODES, OpcodeFact
from rawws.spec.requirements import REQUIREMENTS, Requirement
from rawws.spec.states import RECEIVING, SENDABLE, SENDING, STATES, Receiving, Sending

__all__ = [
    "CLOSE_CODES",
    "OPCODES",
    "RECEIVING",
    "REQUIREMENTS",
    "SENDABLE",
    "SENDING",
    "STATES",
    "CloseCode",
    "OpcodeFact",
    "Receiving",
    "Requirement",
    "Sending",
    "close_code_is_receivable",
    "close_code_is_sendable",
]
