"""The projects that embed wsproto, and what it takes to run their tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rawws.spec import REQUIREMENTS


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Why a test that passes with wsproto may fail with rawws: what it asks of wsproto is wrong.

    requirement: id of the sentence in `rawws.spec.REQUIREMENTS` that wsproto breaks there.
    reason: what happens, for people.

    Raises ValueError where there is no such sentence.
    """

    requirement: str
    reason: str

    def __post_init__(self) -> None:
        if self.requirement not in REQUIREMENTS:
            raise ValueError(f"{self.requirement!r} is no sentence that rawws obeys")


@dataclass(frozen=True, kw_only=True)
class Project:
    """One project.

    name, version: on the Python Package Index. package: what one imports.
    source: the folder of the source distribution that holds `package`.
    requirements: what its tests need besides its own dependencies, for pip.
    paths: the tests that we run, from the root of the source distribution. options: for pytest.
    settings: the project's pytest.ini, where its source distribution has no settings for pytest.
    least: so many tests, at the least, pass with wsproto; fewer means that something here is broken.
    differences: node id of a test, without its parameters, and why it may fail with rawws.
    """

    name: str
    version: str
    package: str
    source: str = "."
    requirements: tuple[str, ...]
    paths: tuple[str, ...] = ("tests",)
    options: tuple[str, ...] = ()
    settings: str = ""
    least: int
    differences: Mapping[str, Difference] = field(default_factory=dict)


#: Whom we ask. A project's own settings of pytest hold, but for `addopts`: it asks for coverage, or for eight processes
#: at once. What its tests need is pinned to what its lock file has, or to what was new when it was published.
PROJECTS = (
    Project(
        name="trio-websocket",
        version="0.12.2",
        package="trio_websocket",
        requirements=("attrs==25.3.0", "pytest==8.4.2", "pytest-trio==0.8.0", "trio==0.31.0", "trustme==1.2.1"),
        settings="[pytest]\ntrio_mode = true\n",
        least=64,
    ),
    Project(
        name="httpx-ws",
        version="0.9.0",
        package="httpx_ws",
        # Its client and its ASGI transport are redirected. The server that they talk to is uvicorn as it is published,
        # with wsproto in one half of the tests and `websockets` in the other.
        requirements=(
            "anyio==4.11.0",
            "httpx==0.28.1",
            "pytest==8.4.2",
            "starlette==0.48.0",
            "trio==0.31.0",
            "uvicorn[standard]==0.38.0",
            "websockets==15.0.1",
        ),
        least=140,
    ),
    Project(
        name="hypercorn",
        version="0.18.0",
        package="hypercorn",
        source="src",
        requirements=(
            "h2==4.3.0",  # from 4.4 on, it refuses the CONNECT with which two of the tests open a WebSocket over HTTP/2
            "httpx==0.28.1",
            "hypothesis==6.142.5",
            "mock==5.2.0",
            "pytest==8.4.2",
            "pytest-asyncio==1.2.0",
            "pytest-trio==0.8.0",
            "trio==0.31.0",
        ),
        least=196,
    ),
    Project(
        name="uvicorn",
        version="0.54.0",
        package="uvicorn",
        requirements=(
            "a2wsgi==1.10.10",
            "httpx2==2.16.2",
            "pytest==9.1.1",
            "pytest-mock==3.15.1",
            "trustme==1.2.1",
            "uvicorn[standard]==0.54.0",
            "zttp==0.0.35",
        ),
        # Of some thousand tests, those that meet its wsproto implementation.
        paths=(
            "tests/protocols/test_websocket.py",
            "tests/protocols/test_http.py::test_supported_upgrade_request",
            "tests/protocols/test_http.py::test_keepalive_timeout_with_pipelined_websocket_upgrade",
            "tests/protocols/test_http.py::test_http2_upgrade_request",
            "tests/middleware/test_logging.py::test_trace_logging_on_ws_protocol",
            "tests/middleware/test_proxy_headers.py::test_proxy_headers_websocket_x_forwarded_proto",
        ),
        options=("-k", "not websockets-sansio"),
        least=240,
    ),
)
