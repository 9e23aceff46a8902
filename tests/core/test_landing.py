"""Where large frames land: room for what has come, not for what has been announced."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawws.core import landing
from rawws.core.landing import LandingPlace
from rawws.core.limits import DEFAULT_LIMITS

from tests.core.lines_run import lines_run

KIB = 1024


@pytest.fixture(autouse=True)
def _no_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins in a process that has read nothing large yet."""
    monkeypatch.setattr(landing, "_spare", [])


def put(place: LandingPlace, data: bytes) -> bytes:
    """Write to the room as `recv_into` does; give back what did not go in."""
    room = place.room()
    count = min(len(room), len(data))
    room[:count] = data[:count]
    place.added(count)
    return data[count:]


@settings(derandomize=True, deadline=None)
@given(
    pieces=st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 70_000)), max_size=20),
    size=st.integers(0, 200_000),
)
def test_what_lands_is_what_came(pieces: list[tuple[bool, int, int]], size: int) -> None:
    """However octets come, by `add` or straight into the room: they lie in their order, and no more than will come."""
    place = LandingPlace(size)
    came = bytearray()
    for straight, value, count in pieces:
        data = bytes((value,)) * count
        rest = put(place, data) if straight else data[place.add(data) :]
        assert place.landed + len(rest) == len(came) + count
        came += data[: count - len(rest)]
        assert bytes(place.octets()) == came
        assert len(came) <= size
        assert place.full is (len(came) == size)
        assert not place.wrong


def test_room_grows_with_what_has_come() -> None:
    """A frame that announces 4 GiB gets 64 KiB, and then four times what has come."""
    place = LandingPlace(1 << 32)
    assert len(place.room()) == 64 * KIB
    place.added(1)
    assert len(place.room()) == 64 * KIB - 1
    place.added(64 * KIB - 1)
    assert len(place.room()) == 192 * KIB
    place.added(10)
    place.add(bytes(300 * KIB))
    assert len(place.octets()) + len(place.room()) <= 4 * 365 * KIB


def test_no_more_room_than_will_come() -> None:
    """The last octets get room for themselves and not for one more."""
    place = LandingPlace(10)
    assert len(place.room()) == 10
    place.added(7)
    assert len(place.room()) == 3
    place.added(0)
    assert place.add(b"abcde") == 3
    assert place.full
    assert len(place.room()) == 0
    assert bytes(place.octets()) == bytes(7) + b"abc"


@pytest.mark.parametrize("count", [-1, 11, 1 << 40])
def test_more_cannot_have_been_written_than_there_was_room_for(count: int) -> None:
    """A count that cannot be is a ValueError, and nothing has landed."""
    place = LandingPlace(10)
    place.room()
    with pytest.raises(ValueError, match="no room"):
        place.added(count)
    assert place.landed == 0
    with pytest.raises(ValueError, match="no room"):
        place.added(1)


def test_the_room_is_gone_when_it_has_been_used() -> None:
    """A view that somebody has kept reads and writes nothing any more."""
    place = LandingPlace(10)
    room = place.room()
    place.added(1)
    with pytest.raises(ValueError, match="released"):
        room[0] = 1


def test_the_place_is_used_again() -> None:
    """One place waits for the next frame, smaller or larger; what an earlier frame left there is never given."""
    first = LandingPlace(100 * KIB)
    first.add(b"a" * 100 * KIB)
    left = first._octets
    first.leave()
    second = LandingPlace(70 * KIB)
    assert second._octets is left
    assert len(second.room()) == 70 * KIB
    second.added(0)
    second.add(b"b" * 10)
    assert bytes(second.octets()) == b"b" * 10
    second.leave()
    third = LandingPlace(1 << 20)
    third.add(b"c" * (1 << 20))
    assert bytes(third.octets()) == b"c" * (1 << 20)


def test_what_is_kept_is_bounded() -> None:
    """One place is kept, and none of more than 1 MiB."""
    places = [LandingPlace(100) for _ in range(3)]
    for place in places:
        place.add(b"a" * 100)
    for place in places:
        place.leave()
    assert [len(spare) for spare in landing._spare] == [100]
    landing._spare.clear()
    large = LandingPlace((1 << 20) + 1)
    large.add(bytes((1 << 20) + 1))
    large.leave()
    assert landing._spare == []


def test_the_largest_message_by_default_leaves_its_place() -> None:
    """Nobody who has not set limits reads a message for which memory is mapped each time anew."""
    most = DEFAULT_LIMITS.max_message_bytes
    assert most is not None
    for _ in range(2):
        place = LandingPlace(most)
        assert not place.full
        place.add(bytes(most))
        assert place.full is True
        place.leave()
        assert [len(spare) for spare in landing._spare] == [most]


def test_a_place_that_may_be_written_to_is_not_used_again() -> None:
    """Who has not said what came of the room that was given keeps it: the next message lands elsewhere."""
    place = LandingPlace(100)
    room = place.room()
    place.leave()
    other = LandingPlace(100)
    other.add(b"a" * 100)
    room[:] = b"b" * 100
    assert bytes(other.octets()) == b"a" * 100


def test_landing_octet_by_octet_is_linear() -> None:
    """Twice the octets, each of its own, run twice the lines."""

    def land(size: int) -> None:
        place = LandingPlace(size)
        for _ in range(size):
            place.add(b"a")

    assert lines_run(lambda: land(2000)) < 2.5 * lines_run(lambda: land(1000))
