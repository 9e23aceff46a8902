"""The fixtures for pytest, as somebody uses them who has installed the package: in a test session of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

#: Seconds that a session may take.
DEADLINE = 100

#: What the user has: a server and a driver, here of this repository.
THEIRS = """
import threading
from contextlib import contextmanager

import pytest
from websockets.sync.client import connect
from websockets.sync.server import serve

@pytest.fixture
def url():
    def echo(connection):
        for message in connection:
            connection.send(message)

    with serve(echo, "127.0.0.1", 0, server_header="their server") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()

def drive(url, agent="theirs", cases=None):
    with connect(f"{url}/getCaseCount", proxy=None) as connection:
        count = int(connection.recv())
    for number in range(1, (cases or count) + 1):
        with connect(f"{url}/runCase?case={number}&agent={agent}", proxy=None) as connection:
            for message in connection:
                connection.send(message)
"""


def session(folder: Path, tests: str) -> subprocess.CompletedProcess[str]:
    """Run these tests, with nothing of this repository's configuration."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "conftest.py").write_text("from theirs import url", encoding="utf-8")
    (folder / "theirs.py").write_text(THEIRS, encoding="utf-8")
    (folder / "test_theirs.py").write_text(f"from theirs import drive\n{tests}", encoding="utf-8")
    return pytest_in(folder, "-q", "test_theirs.py")


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder to its end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment["PYTHONPATH"] = str(folder)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip


def test_whoever_passes(tmp_path: Path) -> None:
    """A server and a client that fail nothing let the test pass, and the reports are where they were wanted."""
    tests = """
def test_server(server_conformance, url):
    run = server_conformance(url, cases=["1.*", "2.*", "7.7.*"], out="servers")
    assert run.agent == "their server" and len(run.results) == 16 + 11 + 13

def test_ours(server_conformance, url):
    server_conformance(url, suite="rawws", cases=["24.1.*", "24.2.*", "29.1.*"], strict=True)

def test_client(client_conformance):
    with client_conformance(cases=["1.1.1", "5.3", "7.7.1"], out="clients") as server:
        drive(server.url)
"""
    done = session(tmp_path, tests)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    assert all((tmp_path / name / "index.html").is_file() for name in ("servers", "clients"))


def test_whoever_fails(tmp_path: Path) -> None:
    """What failed is in the message of the test; what may fail, or has not been played, is judged as it was said."""
    tests = """
def test_too_large(server_conformance, url):
    server_conformance(url, cases=["1.1.1", "9.1.6"])

def test_allowed(server_conformance, url):
    server_conformance(url, cases=["1.1.1", "9.1.6"], allow=["9.*"])

def test_strict(server_conformance, url):
    server_conformance(url, suite="rawws", cases=["20.4.1"], strict=True)

def test_nobody(client_conformance):
    with client_conformance(cases=["1.1.1"]):
        pass

def test_not_all(client_conformance):
    with client_conformance(cases=["1.1.1", "1.1.2"]) as server:
        drive(server.url, cases=1)
"""
    done = session(tmp_path, tests)
    assert done.returncode == 1, done.stdout
    assert "4 failed, 1 passed" in done.stdout
    for words in (
        "their server: 1 of 2 cases failed",
        "9.1.6 FAILED, close",
        "20.4.1 NON-STRICT, close OK: An outcome that the case expects",
        "no client has played a case on ws://127.0.0.1:",
        "theirs played 1 of 2 cases",
    ):
        assert words in done.stdout


def test_they_say_what_they_are(tmp_path: Path) -> None:
    """`pytest --fixtures` shows them, each with a sentence."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    shown = pytest_in(tmp_path, "--fixtures").stdout
    assert "server_conformance [session scope]" in shown
    assert "client_conformance [session scope]" in shown
    assert "A function that plays the cases against a server at a URL" in shown
