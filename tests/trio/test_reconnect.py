"""`reconnect`: one connection after the other, against servers that come and go."""

from __future__ import annotations

import functools
import itertools
import ssl
from typing import Any

import pytest
import trio

import rawws.trio
from rawws.core import Limits
from rawws.core.errors import WrongType
from rawws.core.reconnect import Cause, ReconnectPolicy, Why
from rawws.trio import GaveUp, HTTPRequest, HTTPResponse, Phase, WebSocket
from rawws.trio.reconnect import why_not

from tests.trio.peer import HOST
from tests.trio.running import certificates, echo, eventually, in_trio, serving

QUICK = ReconnectPolicy(first_delay=0.01, max_delay=0.02)


def url_of(server: rawws.trio.Server) -> str:
    """Where to connect to."""
    return f"{'wss' if server.secure else 'ws'}://{HOST}:{server.port}/"


@in_trio()
async def test_a_connection_that_ends_is_followed_by_another() -> None:
    """Closed by the server or torn off, in good order or not, the next one comes; leaving the block closes the last."""
    handled: list[WebSocket] = []

    async def handler(ws: WebSocket) -> None:
        handled.append(ws)
        await ws.send(f"{len(handled)}")
        if len(handled) == 1:
            await ws.close(1012)
        elif len(handled) == 2:
            ws.cut()
        elif len(handled) == 3:
            raise RuntimeError("planted")
        else:
            async for _ in ws:
                pass

    received: list[str | bytes] = []
    causes: list[Why | None] = []
    async with serving(handler) as server:
        async with rawws.trio.reconnect(url_of(server), policy=QUICK) as sessions:
            async for ws in sessions:
                causes.append(sessions.last)
                assert sessions.phase is Phase.OPEN
                try:
                    async for message in ws:
                        received.append(message)
                        if message == "4":
                            break
                except trio.BrokenResourceError:
                    continue
                if len(received) == 4:
                    break
        assert sessions.phase is Phase.ENDED
        await eventually(lambda: not server.connections)
        assert handled[3].close_code == 1000
    assert received == ["1", "2", "3", "4"]
    assert [why and (why.cause, why.code) for why in causes] == [
        None, (Cause.CLOSED, 1012), (Cause.NETWORK, None), (Cause.CLOSED, 1011),
    ]  # fmt: skip


@in_trio()
async def test_a_server_that_is_not_there_yet() -> None:
    """As long as nobody listens, it is tried again; the state can be watched meanwhile."""
    [listener] = await trio.open_tcp_listeners(0, host=HOST)
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    async with trio.open_nursery() as nursery:
        async with rawws.trio.reconnect(f"ws://{HOST}:{port}/", policy=QUICK) as sessions:

            async def watch() -> None:
                await eventually(lambda: sessions.failed >= 3 and sessions.phase is Phase.WAITING)
                assert sessions.last is not None
                assert sessions.last.cause is Cause.NETWORK
                assert sessions.next_try_at is not None
                await nursery.start(functools.partial(rawws.trio.serve, echo, HOST, port))

            nursery.start_soon(watch)
            async for ws in sessions:
                assert sessions.next_try_at is None
                await ws.send("here")
                assert await ws.receive() == "here"
                break
        nursery.cancel_scope.cancel()


@in_trio(virtual=True)
async def test_the_state_can_be_watched() -> None:
    """Each phase is told to all who watch, with what goes along, up to the end; and the end to who comes late.

    Who is slow is told the newest only: here no delay ends before all have seen that it began.
    """
    refused = opened = 0

    def refuse(request: HTTPRequest) -> HTTPResponse | None:
        nonlocal refused
        refused += 1
        return HTTPResponse(503, b"no\n") if refused == 1 else None

    watched: list[rawws.trio.State] = []
    told: list[rawws.trio.State] = []
    ready = trio.Event()

    async def watch(sessions: rawws.trio.Sessions, into: list[rawws.trio.State]) -> None:
        async for state in sessions.states():
            into.append(state)
            ready.set()

    async with serving(echo, on_request=refuse) as server, trio.open_nursery() as nursery:
        policy = ReconnectPolicy(first_delay=0.01, max_delay=0.01)
        async with rawws.trio.reconnect(url_of(server), policy=policy) as sessions:
            nursery.start_soon(watch, sessions, watched)
            nursery.start_soon(watch, sessions, told)
            await ready.wait()
            async for ws in sessions:
                await eventually(lambda: watched[-1].phase is Phase.OPEN)
                assert sessions.state == watched[-1]
                opened += 1
                if opened == 2:
                    break
                await ws.close(4000)
    assert watched == told
    phases = [state.phase for state in watched]
    assert phases == [
        Phase.CONNECTING, Phase.WAITING, Phase.CONNECTING, Phase.OPEN,
        Phase.WAITING, Phase.CONNECTING, Phase.OPEN, Phase.ENDED,
    ]  # fmt: skip
    assert [state.failed for state in watched] == [0, 1, 1, 1, 2, 2, 2, 2]
    assert [state.last and state.last.cause for state in watched[:4]] == [None, *[Cause.REFUSED] * 3]
    assert [state.next_try_at is not None for state in watched] == [phase is Phase.WAITING for phase in phases]
    late: list[rawws.trio.State] = []
    await watch(sessions, late)
    assert late == [sessions.state]


@in_trio(virtual=True)
async def test_a_server_that_drains_is_left_alone_for_as_long_as_it_says() -> None:
    """A Close with 1012 that says when to come back, and a 503 that does, are both obeyed."""
    opened: list[float] = []
    drained = trio.Event()

    async def come_back(port: int) -> None:
        async with rawws.trio.reconnect(f"ws://{HOST}:{port}/", policy=QUICK) as sessions:
            async for ws in sessions:
                opened.append(trio.current_time())
                if len(opened) == 2:
                    assert sessions.last is not None
                    assert (sessions.last.code, sessions.last.retry_after) == (1012, 30.0)
                    return
                with pytest.raises(trio.BrokenResourceError):
                    await ws.receive()
                drained.set()

    async with trio.open_nursery() as nursery:
        server = await nursery.start(functools.partial(rawws.trio.serve, echo, HOST, 0))
        nursery.start_soon(come_back, server.port)
        await eventually(lambda: opened)
        await server.drain(0.0, retry_after=30)
        await drained.wait()
        async with trio.open_nursery() as again:
            await again.start(functools.partial(rawws.trio.serve, echo, HOST, server.port))
            await eventually(lambda: len(opened) == 2)
            again.cancel_scope.cancel()
    assert 30.0 <= opened[1] - opened[0] < 40.0


@pytest.mark.parametrize("status", [401, 403, 404, 301])
@in_trio()
async def test_it_gives_up_where_trying_is_pointless(status: int) -> None:
    """A refusal that would be the same again is GaveUp, caused by it, after one try."""

    def refuse(request: HTTPRequest) -> HTTPResponse:
        return HTTPResponse(status, b"no\n")

    async with (
        serving(echo, on_request=refuse) as server,
        rawws.trio.reconnect(url_of(server), policy=QUICK) as sessions,
    ):
        with pytest.raises(GaveUp) as caught:
            async for _ in sessions:
                pytest.fail("there is no connection")
        assert caught.value.why.status == status
        assert caught.value.failed == 1
        assert isinstance(caught.value.__cause__, rawws.trio.Rejected)
        assert sessions.phase is Phase.ENDED
        with pytest.raises(StopAsyncIteration):
            await anext(sessions)


@in_trio(virtual=True)
async def test_what_the_server_asks_for_is_waited_for() -> None:
    """503 with |Retry-After| is obeyed: no try comes before."""
    tries: list[float] = []

    def refuse(request: HTTPRequest) -> HTTPResponse | None:
        tries.append(trio.current_time())
        return HTTPResponse(503, b"", [(b"Retry-After", b"30")]) if len(tries) < 3 else None

    async with (
        serving(echo, on_request=refuse) as server,
        rawws.trio.reconnect(url_of(server), policy=QUICK) as sessions,
    ):
        async for _ in sessions:
            break
    assert [30.0 <= later - before < 32.0 for before, later in itertools.pairwise(tries)] == [True, True]


@in_trio()
async def test_a_policy_violation_is_final() -> None:
    """A Close with 1008 ends it, with no error but its own."""

    async def handler(ws: WebSocket) -> None:
        await ws.close(1008, "not you")

    async with serving(handler) as server, rawws.trio.reconnect(url_of(server), policy=QUICK) as sessions:
        with pytest.raises(GaveUp, match="not you") as caught:
            async for ws in sessions:
                with pytest.raises(trio.BrokenResourceError):
                    await ws.receive()
        assert caught.value.why.code == 1008
        assert caught.value.__cause__ is None


@in_trio(virtual=True)
async def test_a_connection_that_lasted_begins_the_count_anew() -> None:
    """Connections that end at once count as tries that came to nothing, one that lasted does not."""
    ends_after = [0.0, 0.0, 20.0, 0.0]

    async def handler(ws: WebSocket) -> None:
        await trio.sleep(ends_after.pop(0) if ends_after else 0.0)

    counts: list[int] = []
    policy = ReconnectPolicy(first_delay=0.01, max_delay=0.02, stable_after=10.0, attempts=3)
    async with serving(handler) as server, rawws.trio.reconnect(url_of(server), policy=policy) as sessions:
        with pytest.raises(GaveUp):
            async for ws in sessions:
                counts.append(sessions.failed)
                async for _ in ws:
                    pass
    assert counts == [0, 1, 2, 0, 1, 2]


@in_trio()
async def test_a_hook_resumes_each_connection() -> None:
    """`on_open` has each connection first, and is told why the one before ended; where it breaks, the next is tried."""
    told: list[Why | None] = []

    async def resume(ws: WebSocket, last: Why | None) -> None:
        told.append(last)
        await ws.send(f"resume {len(told)}")
        assert await ws.receive() == f"resume {len(told)}"
        if len(told) == 2:
            ws.cut()
            await ws.receive()

    async def handler(ws: WebSocket) -> None:
        await ws.send(await ws.receive())
        await ws.send("go on")
        await ws.receive()

    async with (
        serving(handler) as server,
        rawws.trio.reconnect(url_of(server), policy=QUICK, on_open=resume) as sessions,
    ):
        async for ws in sessions:
            assert await ws.receive() == "go on"
            if len(told) == 3:
                break
            await ws.close(4000)
    assert told[0] is None
    assert [why.cause for why in told[1:] if why] == [Cause.LEFT, Cause.NETWORK]


@in_trio()
async def test_other_errors_of_the_hook_come_out() -> None:
    """What is no end of the connection is the application's own, and closes it."""

    async def resume(ws: WebSocket, last: Why | None) -> None:
        raise LookupError("planted")

    async with serving(echo) as server:
        with pytest.raises(LookupError, match="planted"):
            async with rawws.trio.reconnect(url_of(server), on_open=resume) as sessions:
                async for _ in sessions:
                    pytest.fail("the hook has failed")
        await eventually(lambda: not server.connections)


@in_trio()
async def test_what_breaks_elsewhere_in_the_hook_comes_out() -> None:
    """An error of the same kind that another channel raised is the application's own: the connection is open."""

    async def resume(ws: WebSocket, last: Why | None) -> None:
        elsewhere, its_end = trio.open_memory_channel[str](0)
        its_end.close()
        await elsewhere.send("state")

    async with serving(echo) as server:
        with pytest.raises(trio.BrokenResourceError):
            async with rawws.trio.reconnect(url_of(server), policy=QUICK, on_open=resume) as sessions:
                await anext(sessions)


@in_trio()
async def test_a_hook_with_tasks_of_its_own_ends_with_the_connection() -> None:
    """A group of what says that the connection has ended counts as one: the next is tried."""
    tries = 0

    async def resume(ws: WebSocket, last: Why | None) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ws.receive)
                ws.cut()

    async with (
        serving(echo) as server,
        rawws.trio.reconnect(url_of(server), policy=QUICK, on_open=resume) as sessions,
    ):
        await anext(sessions)
    assert tries == 2


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.CONNECTING, Phase.OPEN])
@in_trio()
async def test_another_task_may_end_it(phase: Phase) -> None:
    """Whatever the loop is doing when another task calls `aclose`, it gives out nothing more and ends."""
    given = 0

    async def resume(ws: WebSocket, last: Why | None) -> None:
        if phase is Phase.CONNECTING:
            await ws.receive()

    async def loop(sessions: rawws.trio.Sessions) -> None:
        nonlocal given
        async for ws in sessions:
            given += 1
            if phase is Phase.WAITING:
                ws.cut()
            else:
                with pytest.raises(trio.ClosedResourceError):
                    await ws.receive()

    policy = ReconnectPolicy(first_delay=1000, max_delay=1000)
    async with (
        serving(echo) as server,
        rawws.trio.reconnect(url_of(server), policy=policy, on_open=resume) as sessions,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(loop, sessions)
        await eventually(lambda: sessions.phase is phase and (server.connections or phase is Phase.WAITING))
        before = given
        await sessions.aclose()
    assert given == before
    assert sessions.phase is Phase.ENDED
    assert sessions.next_try_at is None


@in_trio(virtual=True)
async def test_a_wait_that_was_cancelled_goes_on() -> None:
    """Who is cancelled while waiting for the next try, and comes again, does not come sooner for it."""

    async def refuse(request: HTTPRequest) -> HTTPResponse:
        return HTTPResponse(503, b"", [(b"Retry-After", b"30")])

    async with (
        serving(echo, on_request=refuse) as server,
        rawws.trio.reconnect(url_of(server), policy=QUICK) as sessions,
    ):
        for _ in range(10):
            with trio.move_on_after(2):
                await anext(sessions)
        assert sessions.failed == 1


@in_trio(virtual=True)
async def test_a_slow_closing_is_no_proof_of_stability() -> None:
    """A connection that was given up at once counts as one that came to nothing, however long its closing took."""

    async def handler(ws: WebSocket) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(60)

    limits = Limits(max_queued_messages=0)  # so that the server sees no Close
    async with (
        serving(handler, limits=limits) as server,
        rawws.trio.reconnect(url_of(server), policy=QUICK) as sessions,
    ):
        await anext(sessions)
        begun = trio.current_time()
        await anext(sessions)
        assert trio.current_time() - begun >= 10
        assert sessions.failed == 1


@pytest.mark.parametrize("after", [0.0, 0.001, 0.003, 0.01, 0.03, 0.1])
@in_trio()
async def test_cancelled_it_leaves_nothing(after: float) -> None:
    """Cancelled while it connects, waits or is open, it closes what there is."""
    before = trio.lowlevel.current_statistics().tasks_living

    async def handler(ws: WebSocket) -> None:
        await ws.send("hello")

    async with trio.open_nursery():
        async with serving(handler) as server:
            with trio.move_on_after(after):
                async with rawws.trio.reconnect(url_of(server), policy=QUICK) as sessions:
                    async for ws in sessions:
                        async for _ in ws:
                            pass
            await eventually(lambda: not server.connections)
        await eventually(lambda: trio.lowlevel.current_statistics().tasks_living == before)


@in_trio()
async def test_an_error_of_the_block_comes_out_as_itself() -> None:
    """The block's own exception is not wrapped, and the server hears 1011."""
    handled: list[WebSocket] = []

    async def handler(ws: WebSocket) -> None:
        handled.append(ws)
        await ws.receive()

    async with serving(handler) as server:
        with pytest.raises(LookupError, match="mine"):
            async with rawws.trio.reconnect(url_of(server)) as sessions:
                async for _ in sessions:
                    raise LookupError("mine")
        await eventually(lambda: handled and handled[0].close_code == 1011)


WRONG: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"url": "http://example.com/"}, rawws.trio.InvalidURL),
    ({"policy": 7}, TypeError),
    ({"on_open": 7}, TypeError),
    ({"subprotocols": "chat"}, TypeError),
    ({"subprotocols": [7]}, WrongType),
    ({"open_timeout": -1}, ValueError),
    ({"stream": object()}, ValueError),
    ({"no_such_setting": 1}, TypeError),
]


@pytest.mark.parametrize(("arguments", "error"), WRONG, ids=range(len(WRONG)))
def test_wrong_arguments_are_refused_at_the_call(arguments: dict[str, Any], error: type[Exception]) -> None:
    """What no connection could be made with is found out before anything is tried."""
    with pytest.raises(error):
        rawws.trio.reconnect(**{"url": "ws://example.com/", **arguments})


@in_trio()
async def test_an_untrusted_server_is_given_up() -> None:
    """A certificate that does not verify will not verify the next time."""
    async with (
        serving(echo, ssl_context=certificates().server) as server,
        rawws.trio.reconnect(url_of(server), ssl_context=certificates().stranger, policy=QUICK) as sessions,
    ):
        with pytest.raises(GaveUp) as caught:
            await anext(sessions)
        assert caught.value.why.cause is Cause.UNTRUSTED


def test_reasons_are_told_apart() -> None:
    """Each kind of failure to connect has its cause."""

    def because(cause: Exception) -> rawws.trio.ConnectError:
        error = rawws.trio.ConnectError("no")
        error.__cause__ = cause
        return error

    refused = rawws.trio.Rejected(503, [(b"Retry-After", b"7")], b"")
    causes = {
        Cause.TIMEOUT: rawws.trio.OpenTimeout("slow"),
        Cause.INVALID_HANDSHAKE: rawws.trio.InvalidHandshake("odd"),
        Cause.NETWORK: because(ssl.SSLEOFError("the stream ended")),
        Cause.TLS: because(ssl.SSLError("record layer failure")),
        Cause.UNTRUSTED: because(ssl.SSLCertVerificationError("expired")),
        Cause.PROXY: rawws.trio.ProxyError("busy", 503, [(b"retry-after", b"9")]),
        Cause.REFUSED: refused,
    }
    assert {cause: why_not(error).cause for cause, error in causes.items()} == {cause: cause for cause in causes}
    assert why_not(refused).retry_after == 7.0
    assert (why_not(causes[Cause.PROXY]).status, why_not(causes[Cause.PROXY]).retry_after) == (503, 9.0)
