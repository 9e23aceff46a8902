"""Runs against servers, over real sockets on the loopback address."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
import trio
import trustme

from rawws.core import Limits
from rawws.trio import serve
from rawws.trio.websocket import WebSocket
from rawws_conformance.cases import autobahn
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Case, Role, Seconds
from rawws_conformance.runs.plan import Kind, LoadWatch, by_kind, is_doubtful, kind_of
from rawws_conformance.runs.tcp import ServerRun
from rawws_conformance.runs.wire import BadUrl, ConnectFailed, parse_url
from rawws_conformance.slices import Library
from rawws_conformance.verdict import Result

from tests.conformance import servers
from tests.conformance.peers import Peer

CASES = autobahn()
LIBRARY = Library(Corpora())

#: A few cases of every group, and of every way to write and to wait.
_SOME = (
    "1.1.1", "1.1.8", "1.2.7", "2.5", "2.6", "2.11", "3.2", "3.3", "3.4", "3.7", "4.1.5", "5.7", "5.18", "5.19",
    "6.2.3", "6.3.2", "6.4.1", "6.4.4", "6.21.3", "7.1.5", "7.1.6", "7.3.6", "7.7.9", "7.9.3", "7.13.2", "9.1.4",
    "9.3.4", "9.5.3", "9.7.5", "10.1.1", "12.1.3", "12.2.11", "12.3.10", "13.2.5", "13.3.6", "13.7.3",
)  # fmt: skip


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run a coroutine, with a deadline."""

    async def limited() -> None:
        with trio.fail_after(60):
            await main()

    trio.run(limited)


def some(*case_ids: str) -> list[Case]:
    """Cases by id."""
    return [CASES[case_id] for case_id in case_ids]


def server_run(
    port: int,
    *,
    scheme: str = "ws",
    context: ssl.SSLContext | None = None,
    jobs: int = 32,
    seconds: Seconds | None = None,
) -> ServerRun:
    """A quick run against a port of this machine."""
    target = parse_url(f"{scheme}://localhost:{port}/path?query")
    target = target if scheme == "wss" else parse_url(f"{scheme}://127.0.0.1:{port}/path?query")
    return ServerRun(
        target=target, library=LIBRARY, context=context, jobs=jobs, quick=True, seconds=seconds or Seconds()
    )


def failed(playing: ServerRun) -> dict[str, str]:
    """What was not perfect, and why."""
    return {
        result.case_id: f"{result.behavior}/{result.close_behavior} {result.result} {result.close_result}"
        for result in playing.results.values()
        if not result.perfect
    }


@pytest.mark.parametrize("jobs", [1, 32])
def test_a_right_server_passes(jobs: int) -> None:
    """Every kind of case passes over TCP, one at a time and many at a time; each is told once."""

    async def main() -> None:
        async with servers.serving(servers.echo) as port:
            playing = server_run(port, jobs=jobs)
            told: list[str] = []
            playing.told = lambda result: told.append(result.case_id)
            await playing.play(some(*(_SOME if jobs > 1 else _SOME[::4])))
            assert failed(playing) == {}
            assert sorted(told) == sorted(playing.results)

    run(main)


def test_rawws_passes() -> None:
    """The server of rawws passes the same cases."""

    async def echo(websocket: WebSocket) -> None:
        async for message in websocket:
            await websocket.send(message)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            limits = Limits(max_message_bytes=64 << 20)
            server = await nursery.start(partial(serve, echo, "127.0.0.1", 0, limits=limits))
            playing = server_run(server.port)
            await playing.play(some(*_SOME))
            nursery.cancel_scope.cancel()
        assert failed(playing) == {}

    run(main)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that nobody else knows."""
    return trustme.CA()


def test_tls(authority: trustme.CA) -> None:
    """Cases pass over wss; a certificate that nobody vouches for is a sentence, and no connection."""
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(server_context)
    client_context = ssl.create_default_context()
    authority.configure_trust(client_context)

    async def main() -> None:
        async with servers.serving(servers.echo, server_context) as port:
            playing = server_run(port, scheme="wss", context=client_context)
            cases = some("1.1.8", "2.11", "3.2", "5.8", "7.1.1", "7.9.1", "9.1.4", "9.3.4", "12.1.8", "12.5.9")
            await playing.play(cases)
            assert failed(playing) == {}
            with pytest.raises(ConnectFailed, match="TLS"):
                await server_run(port, scheme="wss").probe()

    run(main)


class NoPongs(Peer):
    """Answers no ping."""

    def ping(self, payload: bytes) -> None:  # noqa: D102 - its class says what is wrong
        pass


def test_faults_are_caught_over_tcp() -> None:
    """A fault of the server is found over TCP as it is in memory, and spoils no other case."""

    async def main() -> None:
        async with servers.serving(partial(servers.echo, peer_class=NoPongs)) as port:
            playing = server_run(port)
            await playing.play(some("1.1.1", "2.1", "2.4", "5.6", "9.7.2"))
            assert set(failed(playing)) == {"2.1", "2.4", "5.6"}

    run(main)


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (servers.garbage, "no HTTP response"),
        (servers.endless, "no HTTP response"),
        (servers.hangs_up, "lost before it was open"),
        (servers.refuses, "status 503"),
        (servers.never, "not complete after 0.3 s"),
    ],
)
def test_servers_that_are_none(handler: servers.Handler, words: str) -> None:
    """A server that answers garbage, never, or too much fails each case with a sentence, and the run goes on."""

    async def main() -> None:
        async with servers.serving(handler) as port:
            playing = server_run(port, seconds=Seconds(opening=0.3))
            await playing.play(some("1.1.1", "9.1.1", "12.1.3"))
            assert len(playing.results) == 3
            for result in playing.results.values():
                assert result.failed
                assert words in result.close_result

    run(main)


def test_nobody_is_there() -> None:
    """A port without a server is an error with a sentence before any case is played; a lost server fails the cases."""

    async def main() -> None:
        async with servers.serving(servers.echo) as port:
            playing = server_run(port)
            await playing.probe()
        with pytest.raises(ConnectFailed, match="Connection refused"):
            await server_run(port).probe()
        await playing.play(some("1.1.1"))
        assert "no connection" in playing.results["1.1.1"].close_result

    run(main)


def test_a_run_that_is_stopped_keeps_its_results() -> None:
    """Cancelling a run leaves the results of the cases that were played, and of those that were being played."""

    async def main() -> None:
        async with servers.serving(servers.echo) as port:
            playing = server_run(port)
            told = trio.Event()
            playing.told = lambda _result: told.set()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(playing.play, some("1.1.1", "6.4.1"))
                await told.wait()
                nursery.cancel_scope.cancel()
            assert playing.results["1.1.1"].perfect
            assert "stopped" in playing.results["6.4.1"].notes[0]

    run(main)


def test_what_load_decided_is_played_again() -> None:
    """A case that fails by its time limit while the peer is busy is played again, and the second verdict counts."""

    async def main() -> None:
        busy = True

        async def moody(stream: trio.abc.Stream) -> None:
            nonlocal busy
            if busy:
                await servers.slow_echo(stream, seconds=0.6)
            else:
                await servers.echo(stream)

        def told(result: Result) -> None:
            nonlocal busy
            busy = False

        async with servers.serving(moody) as port:
            playing = server_run(port)
            playing.told = told
            # 6.5.1 has half a second; 2.1 has a whole one, passes, and ends the load.
            await playing.play(some("6.5.1", "6.5.2", "2.1"))
            assert playing.again == {"6.5.1", "6.5.2"}
            assert failed(playing) == {}
            assert not any(result.under_load for result in playing.results.values())

    run(main)


def test_what_no_load_explains_counts_at_once() -> None:
    """A case that fails by its time limit on a quick peer is not played again."""

    async def main() -> None:
        async with servers.serving(partial(servers.echo, peer_class=NoPongs)) as port:
            playing = server_run(port)
            await playing.play(some("2.1", "1.1.1"))
            assert playing.again == set()
            assert set(failed(playing)) == {"2.1"}

    run(main)


def test_kinds() -> None:
    """Cases are waiting, light, round trips or bulk, and the heaviest of a kind come first."""
    kinds = by_kind(CASES.values(), quick=False)
    assert [case.id for case in kinds[Kind.WAITING]] == ["5.19", "5.20", "6.4.1", "6.4.2", "6.4.3", "6.4.4"]
    assert {case.numbers[0] for case in kinds[Kind.BULK]} == {9}
    assert {case.numbers[0] for case in kinds[Kind.TRIPS]} == {9, 12, 13}
    assert {case.numbers[0] for case in kinds[Kind.LIGHT]} == {1, 2, 3, 4, 5, 6, 7, 9, 10}
    assert kinds[Kind.BULK][0].id in {"9.1.6", "9.2.6"}
    assert kind_of(CASES["9.7.1"], quick=True) is Kind.LIGHT


def test_load_is_what_is_late_for_a_limit() -> None:
    """What is late by half a time limit is load for a case with this limit, if it happened meanwhile."""
    watch = LoadWatch()
    watch.note(10, 0.3)
    assert watch.was_loaded(9, 0.5)
    assert not watch.was_loaded(9, 1.0)
    assert not watch.was_loaded(11, 0.5)


def test_what_was_read_at_once_is_played_again_with_longer_pauses() -> None:
    """Whoever has read at once what was written bit by bit gets the time to read it bit by bit."""

    async def main() -> None:
        async with servers.serving(partial(servers.drowsy, seconds=0.01)) as port:
            playing = server_run(port)
            await playing.play(some("3.2", "3.3", "3.4", "4.1.5", "4.2.5"))
            verdicts = {case_id: str(result.behavior) for case_id, result in playing.results.items()}
            # In 3.2 all is written at once.
            assert verdicts == {"3.2": "NON-STRICT", "3.3": "OK", "3.4": "OK", "4.1.5": "OK", "4.2.5": "OK"}
            assert "3.2" not in playing.again

    run(main)


def test_doubtful() -> None:
    """Only a verdict that a time limit may have decided is doubtful."""

    async def main() -> None:
        async with servers.serving(partial(servers.echo, peer_class=NoPongs)) as port:
            playing = server_run(port)
            await playing.play(some("2.1", "1.1.1"))
            assert is_doubtful(playing.results["2.1"])
            assert not is_doubtful(playing.results["1.1.1"])

    run(main)


@pytest.mark.parametrize(
    ("url", "address", "host", "path", "tls"),
    [
        ("ws://example.org", ("example.org", 80), "example.org", "/", False),
        ("wss://example.org/a?b=c", ("example.org", 443), "example.org", "/a?b=c", True),
        ("ws://example.org:9001/x", ("example.org", 9001), "example.org:9001", "/x", False),
        ("127.0.0.1:9001", ("127.0.0.1", 9001), "127.0.0.1:9001", "/", False),
        ("ws://[::1]:9001", ("::1", 9001), "[::1]:9001", "/", False),
        ("ws://example.org:80/", ("example.org", 80), "example.org", "/", False),
    ],
)
def test_urls(url: str, address: tuple[str, int], host: str, path: str, tls: bool) -> None:
    """A URL says where to connect, and what to write into the request."""
    target = parse_url(url)
    assert (target.address, target.host, target.path, target.tls) == (address, host, path, tls)


@pytest.mark.parametrize("url", ["", "http://x", "ws://", "ws://x:99999", "ws://x y", "ws://ü.org", "ws:///path", "ws://[::1"])
def test_bad_urls(url: str) -> None:
    """What is no URL of a WebSocket server is refused with a sentence."""
    with pytest.raises(BadUrl):
        parse_url(url)


def test_cases_for_clients_are_left_out() -> None:
    """A case that is not for servers is not played against one."""

    async def main() -> None:
        async with servers.serving(servers.echo) as port:
            playing = server_run(port)
            case = CASES["1.1.1"]
            changed = Case(**{name: getattr(case, name) for name in case.__slots__} | {"roles": (Role.CLIENT,)})
            await playing.play([changed])
            assert playing.results == {}

    run(main)
