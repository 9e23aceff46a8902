"""The player: octets and time in, octets and deadlines out. No peer here, only what it would send."""

from __future__ import annotations

import h11
import pytest

from rawws_conformance.cases import autobahn
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Case, Role
from rawws_conformance.octets import FrameBuilder
from rawws_conformance.opening import accept_value
from rawws_conformance.player import Player
from rawws_conformance.reader import FrameReader, InFrame
from rawws_conformance.slices import Library

CASES = autobahn()
LIBRARY = Library(Corpora())
SERVER = FrameBuilder(masks=False)


def opened(case: Case | str, *, extensions: str = "", now: float = 100.0) -> Player:
    """A player whose server has just answered the request."""
    if isinstance(case, str):
        case = CASES[case]
    player = Player(case, Role.SERVER, LIBRARY, host="example.org", target="/x?y")
    player.start(now)
    request = b"".join(player.writes())
    key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))[18:].strip()
    lines = [
        b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: upgrade", b"Server: by hand",
        b"Sec-WebSocket-Accept: " + accept_value(key),
    ]  # fmt: skip
    if extensions:
        lines.append(b"Sec-WebSocket-Extensions: " + extensions.encode())
    player.receive(b"\r\n".join([*lines, b"", b""]), now)
    return player


def sent(player: Player) -> list[InFrame]:
    """The frames that the player has written."""
    frames = [item for item in FrameReader(masked=True).feed(b"".join(player.writes())) if isinstance(item, InFrame)]
    assert all(frame.masked for frame in frames)
    return frames


def verdict(player: Player, now: float = 200.0) -> str:
    """Both halves of it."""
    result = player.result(now)
    return f"{result.behavior}/{result.close_behavior}"


def test_the_request() -> None:
    """The request is one that h11 takes for a WebSocket upgrade; an offer is in it in groups 12 and 13 only."""
    for case_id, offers in (("1.1.1", False), ("12.1.1", True)):
        extra = (("Origin", "o"),)
        player = Player(CASES[case_id], Role.SERVER, LIBRARY, host="example.org:81", target="/x?y", extra=extra)
        player.start(0)
        server = h11.Connection(h11.SERVER)
        server.receive_data(b"".join(player.writes()))
        request = server.next_event()
        assert isinstance(request, h11.Request)
        headers = dict(request.headers)
        assert (request.method, request.target) == (b"GET", b"/x?y")
        assert headers[b"host"] == b"example.org:81"
        assert headers[b"origin"] == b"o"
        assert headers[b"sec-websocket-version"] == b"13"
        assert (b"sec-websocket-extensions" in headers) == offers


def test_a_passing_case_ends_as_soon_as_all_has_come() -> None:
    """No time limit is waited for: the close goes out with the last event, and the end of TCP ends the case."""
    player = opened("2.2")
    assert [frame.payload for frame in sent(player)] == [b"Hello, world!"]
    player.receive(SERVER.frame(10, b"Hello, world!"), 100.1)
    assert [(frame.opcode, frame.payload) for frame in sent(player)] == [(8, b"\x03\xe8")]
    player.receive(SERVER.frame(8, b"\x03\xe8"), 100.2)
    assert not player.done
    player.receive_end(100.3)
    assert player.done
    assert verdict(player) == "OK/OK"
    assert player.result(100.3).duration == pytest.approx(0.3)
    assert player.result(100.3).product == "by hand"


def test_the_end_of_tcp_has_a_second() -> None:
    """A server that does not end TCP within a second is cut, and was not clean."""
    player = opened("2.2")
    player.receive(SERVER.frame(10, b"Hello, world!") + SERVER.frame(8, b"\x03\xe8"), 100.1)
    assert player.deadline == pytest.approx(101.0)  # closing after 1 s, which is moot by now
    player.expire(101.05)
    assert not player.done
    player.expire(101.11)
    assert (player.done, player.drop) == (True, "abort")
    assert verdict(player) == "OK/UNCLEAN"


def test_a_close_has_to_be_answered_within_a_second() -> None:
    """Without a reply TCP is cut, and the sentence says why."""
    player = opened("7.7.1")
    player.expire(101.0)
    assert player.done
    assert verdict(player) == "OK/UNCLEAN"
    assert "reply to a Close" in player.result(101.0).close_result


def test_close_after() -> None:
    """A peer that says nothing gets an empty Close after the case's time, and fails."""
    player = opened("2.2")
    sent(player)
    player.expire(100.99)
    assert sent(player) == []
    player.expire(101.0)
    assert [(frame.opcode, frame.payload) for frame in sent(player)] == [(8, b"")]
    player.receive(SERVER.frame(8, b""), 101.1)
    player.receive_end(101.2)
    assert verdict(player) == "FAILED/OK"


def test_kill_after() -> None:
    """A peer that does not fail the connection is given up with Close 1001, which counts as the tester's close."""
    player = opened("3.1")
    sent(player)
    player.receive(SERVER.frame(1, b"Hello, world!"), 100.1)
    player.expire(101.0)
    assert [(frame.opcode, frame.payload[:2]) for frame in sent(player)] == [(8, b"\x03\xe9")]
    player.receive(SERVER.frame(8, b"\x03\xe9"), 101.1)
    player.receive_end(101.2)
    assert verdict(player) == "FAILED/FAILED"


def test_pauses_leave_events_while_open() -> None:
    """6.4: each pause that ends while the connection is OPEN is an event, and then comes the next part."""
    player = opened("6.4.1")
    assert [frame.opcode for frame in sent(player)] == [1]
    player.expire(101.0)
    assert [frame.opcode for frame in sent(player)] == [0]
    player.receive(SERVER.frame(8, b"\x03\xef"), 101.5)
    player.receive_end(101.6)
    assert verdict(player) == "OK/OK"


def test_pauses_end_the_script_when_the_connection_closes() -> None:
    """6.4: nothing more is sent when the peer has begun to close before the pause is over."""
    player = opened("6.4.1")
    player.receive(SERVER.frame(8, b"\x03\xef"), 100.5)
    sent(player)
    player.expire(101.0)
    assert sent(player) == []
    player.receive_end(101.1)
    assert verdict(player) == "FAILED/OK"


def test_a_frame_in_parts_is_one_frame() -> None:
    """6.4.3: the three parts are one frame under one mask."""
    player = opened("6.4.3")
    data = b"".join(player.writes())
    for now in (101.0, 102.0):
        player.expire(now)
        data += b"".join(player.writes())
    frames = [item for item in FrameReader(masked=True).feed(data) if isinstance(item, InFrame)]
    assert [frame.payload.hex() for frame in frames] == ["cebae1bdb9cf83cebcceb5f4908080656469746564"]


def test_writes() -> None:
    """A step is written together, frame by frame, or so many octets at a time, as it says."""
    assert [len(data) for data in opened("5.6").writes()] == [15 + 18 + 15]
    assert [len(data) for data in opened("5.7").writes()] == [15, 18, 15]
    assert {len(data) for data in opened("5.8").writes()} == {1}
    assert [len(data) for data in opened("7.1.2").writes()] == [8 + 6]


def test_early_octets_belong_to_the_connection() -> None:
    """Frames that come in the same read as the response are not lost."""
    player = Player(CASES["7.1.1"], Role.SERVER, LIBRARY)
    player.start(0)
    request = b"".join(player.writes())
    key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))[18:].strip()
    response = b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n"
    player.receive(response % accept_value(key) + SERVER.frame(1, b"Hello World!"), 0)
    assert [frame.opcode for frame in sent(player)] == [1, 8]


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "status 404"),
        (b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", "Sec-WebSocket-Accept"),
        (b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n", "Connection"),
        (b"HTTP/1.1 101 x\r\nConnection: upgrade\r\n\r\n", "Upgrade"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "no HTTP response"),
        (bytes(range(256)) * 4, "no HTTP response"),
        (b"HTTP/1.1 101 x\r\n" + b"X: y\r\n" * 20_000, "no HTTP response"),
    ],
)
def test_openings_that_fail(octets: bytes, words: str) -> None:
    """Whatever is no right answer ends the case with a sentence."""
    player = Player(CASES["1.1.1"], Role.SERVER, LIBRARY)
    player.start(0)
    for at in range(0, len(octets), 4096):
        player.receive(octets[at : at + 4096], 0)
    assert player.done
    assert verdict(player) == "FAILED/FAILED"
    assert words in player.result(0).close_result


def test_a_server_that_never_answers() -> None:
    """The opening handshake has five seconds."""
    player = Player(CASES["1.1.1"], Role.SERVER, LIBRARY)
    player.start(10)
    assert player.deadline == 15
    player.expire(15)
    assert player.done
    assert "5 s" in player.result(15).close_result


def test_endless_1xx_are_bounded() -> None:
    """A server that sends one interim response after the other is cut."""
    player = Player(CASES["1.1.1"], Role.SERVER, LIBRARY)
    player.start(0)
    for _ in range(100_000):
        player.receive(b"HTTP/1.1 100 Continue\r\n\r\n", 0)
        if player.done:
            return
    raise AssertionError("100,000 interim responses were taken")


def test_events_without_end_are_bounded() -> None:
    """A peer that pings forever is cut, with a note."""
    player = opened("2.2")
    player.receive(SERVER.frame(9, b"") * 20_000, 100)
    assert (player.done, player.drop) == (True, "abort")
    assert "Too much" in player.result(100).notes[0]


def test_octets_without_end_are_bounded() -> None:
    """A peer that sends an endless message is cut."""
    player = opened("2.2")
    chunk = SERVER.frame(0, bytes(1 << 20), fin=False)
    player.receive(SERVER.frame(2, b"", fin=False), 100)
    for _ in range(1000):
        player.receive(chunk, 100)
        if player.done:
            return
    raise AssertionError("a gigabyte was taken")


def test_a_large_frame_is_not_waited_for() -> None:
    """A frame that claims far more than was asked for asks for is refused by its head."""
    player = opened("2.2")
    player.receive(b"\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00", 100)
    assert player.done
    assert "far more than was asked for" in player.result(100).notes[0]


def test_pings_between_round_trips_are_answered() -> None:
    """A peer may ping at any time: in an echo step that is no event, and it is answered."""
    player = opened("9.7.2")
    assert [frame.opcode for frame in sent(player)] == [1]
    player.receive(SERVER.frame(9, b"alive?"), 100)
    assert [(frame.opcode, frame.payload) for frame in sent(player)] == [(10, b"alive?")]
    player.receive(SERVER.frame(1, b"*" * 16), 100)
    assert [frame.opcode for frame in sent(player)] == [1]


def test_the_content_of_a_large_echo_is_a_note() -> None:
    """9.*: Autobahn compares type and length; a wrong content is a note of ours beside its OK."""
    player = opened("9.1.1")
    sent(player)
    payload = bytearray((b"BAsd7&jh23" * 6554)[:65536])
    payload[500] ^= 1
    player.receive(SERVER.frame(1, bytes(payload)) + SERVER.frame(8, b"\x03\xe8"), 100)
    player.receive_end(100)
    assert verdict(player) == "OK/OK"
    assert "octet 500" in player.result(100).notes[0]


def test_no_agreement_about_deflate() -> None:
    """12.*: without the extension the case is UNIMPLEMENTED and closes at once."""
    player = opened("12.1.1")
    assert [(frame.opcode, frame.payload) for frame in sent(player)] == [(8, b"\x03\xe8")]
    player.receive(SERVER.frame(8, b"\x03\xe8"), 100)
    player.receive_end(100)
    assert verdict(player) == "UNIMPLEMENTED/OK"


def test_the_wire_log_is_bounded() -> None:
    """A case that moves many octets keeps the beginning and the end of its wire log, and says what is missing."""
    player = opened("9.7.6")
    for _ in range(1000):
        player.writes()
        player.receive(SERVER.frame(1, b"*" * 4096), 100)
    log = player.result(100).log
    assert sum(len(entry.octets) for entry in log) < 1 << 20
    assert log[0].kind == "sent"
    assert log[0].octets.startswith(b"GET ")


def test_stop() -> None:
    """A case that is stopped has a result, which says so."""
    player = opened("2.2")
    player.stop(101)
    assert player.done
    assert "stopped" in player.result(101).notes[0]
