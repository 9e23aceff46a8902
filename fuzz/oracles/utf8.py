"""Where octets stop being UTF-8: Table 3-7 of the Unicode Standard (RFC 3629 §4), and nothing of Python's."""

from __future__ import annotations

_TAIL = (0x80, 0xBF)

#: The first octet of a character, from and to, and what each of the octets behind it may be.
_FORMS: tuple[tuple[int, int, tuple[tuple[int, int], ...]], ...] = (
    (0x00, 0x7F, ()),
    (0xC2, 0xDF, (_TAIL,)),
    (0xE0, 0xE0, ((0xA0, 0xBF), _TAIL)),
    (0xE1, 0xEC, (_TAIL, _TAIL)),
    # Behind 0xED no surrogate: its second octet would be 0xA0 or more.
    (0xED, 0xED, ((0x80, 0x9F), _TAIL)),
    (0xEE, 0xEF, (_TAIL, _TAIL)),
    (0xF0, 0xF0, ((0x90, 0xBF), _TAIL, _TAIL)),
    (0xF1, 0xF3, (_TAIL, _TAIL, _TAIL)),
    (0xF4, 0xF4, ((0x80, 0x8F), _TAIL, _TAIL)),
)


def first_bad_octet(data: bytes) -> int | None:
    """The index of the first octet with which no UTF-8 can begin as `data` does; None where there is none.

    `len(data)` where the last character is not complete.
    """
    position = 0
    while position < len(data):
        form = next((tails for low, high, tails in _FORMS if low <= data[position] <= high), None)
        if form is None:
            return position
        for low, high in form:
            position += 1
            if position == len(data):
                return position
            if not low <= data[position] <= high:
                return position
        position += 1
    return None
