"""What a server does, for Prometheus and whatever else reads OpenMetrics text; needs the extra `metrics`.

    metrics = rawws.trio.metrics.Metrics()
    server = await nursery.start(functools.partial(serve, handler, host, port, on_request=metrics))
    metrics.add(server)

Nothing is counted for this alone: the numbers are read from `Server.counts` and `Server.traffic` when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

try:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
except ImportError as exc:  # pragma: no cover - the tests have it
    raise ImportError("rawws.trio.metrics needs prometheus-client: pip install rawws[metrics]") from exc

from rawws.trio.http import HTTPRequest, HTTPResponse

if TYPE_CHECKING:
    from rawws.core.ended import SessionStats
    from rawws.trio.counts import Counts
    from rawws.trio.server import Server

#: Each count of a session: name of the series, what it says, and the field of SessionStats for each direction.
_TRAFFIC = (
    ("messages", "Messages", "messages_received", "messages_sent"),
    ("message_length", "Octets of binary and characters of text messages", "bytes_received", "bytes_sent"),
    ("pings", "Pings", "pings_received", "pings_sent"),
)


class Metrics:
    """For `serve(on_request=…)`: answers a GET of one path with the numbers of one server, or of several together.

    path: what is answered. registry: of prometheus_client; your own metrics come along where you give yours.

    Raises ValueError for what is no path.
    """

    def __init__(self, path: str = "/metrics", *, registry: CollectorRegistry | None = None) -> None:
        if not path.startswith("/"):
            raise ValueError(f"path must be such as /metrics, not {path!r}")
        self._path = path
        self._servers: list[Server] = []
        self._registry = CollectorRegistry() if registry is None else registry
        self._registry.register(self)

    def add(self, server: Server) -> None:
        """Tell of this server, too. Its counts stay when it has ended, as counts of Prometheus never go back."""
        self._servers.append(server)

    def __call__(self, request: HTTPRequest) -> HTTPResponse | None:
        """The numbers, as OpenMetrics text; None for other paths."""
        if request.path != self._path:
            return None
        body: bytes = generate_latest(self._registry)  # type: ignore[no-untyped-call]
        return HTTPResponse(200, body, [(b"Content-Type", CONTENT_TYPE_LATEST.encode("ascii"))])

    def collect(self) -> Iterator[Metric]:
        """What prometheus_client asks its collectors for."""
        counts = [server.counts for server in self._servers]
        yield _gauge("connections", "Open WebSocket connections", sum(len(each.connections) for each in self._servers))
        yield _gauge("ready", "Servers that let new connections in", sum(each.ready for each in self._servers))
        yield from _handshakes(counts)
        closed = CounterMetricFamily("rawws_closed", "Connections that have ended, by close code", labels=["code"])
        for code in sorted(set().union(*(each.closed for each in counts))):
            closed.add_metric([str(code)], sum(each.closed[code] for each in counts))
        yield closed
        errors = sum(each.handler_errors for each in counts)
        yield CounterMetricFamily("rawws_handler_errors", "Handlers that have raised", value=errors)
        yield from _traffic([server.traffic for server in self._servers])


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"rawws_{name}", text, value=value)


def _handshakes(counts: list[Counts]) -> Iterator[Metric]:
    family = CounterMetricFamily("rawws_handshakes", "Opening handshakes, by what was answered", labels=["status"])
    family.add_metric(["101"], sum(each.opened for each in counts))
    for status in sorted(set().union(*(each.refused for each in counts))):
        family.add_metric([str(status)], sum(each.refused[status] for each in counts))
    family.add_metric(["none"], sum(each.failed + each.cut for each in counts))
    yield family


def _traffic(stats: list[SessionStats]) -> Iterator[Metric]:
    for name, text, received, sent in _TRAFFIC:
        family = CounterMetricFamily(f"rawws_{name}", text, labels=["direction"])
        for direction, field in (("received", received), ("sent", sent)):
            family.add_metric([direction], sum(getattr(each, field) for each in stats))
        yield family
