"""The table of embedders, and the program that runs their tests, on a small project made here: no network is needed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.embedders.projects import PROJECTS, Difference, Project
from tests.embedders.redirect import redirect
from tests.embedders.run import main
from tests.embedders.suite import Report, run_suite
from tests.embedders.verdict import compare
from tests.packages import ROOT


def test_the_table_names_the_embedders_that_must_pass() -> None:
    """The four projects are there, each once."""
    assert [project.name for project in PROJECTS] == ["trio-websocket", "httpx-ws", "hypercorn", "uvicorn"]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_a_row_says_the_same_next_year(project: Project) -> None:
    """Whatever pip is asked for has one version, so that a release of somebody else changes no verdict."""
    assert re.fullmatch(r"\d+(\.\d+)+", project.version)
    assert [text for text in project.requirements if not re.fullmatch(r"[\w\[\]-]+==\d+(\.\d+)+", text)] == []
    assert project.least > 50


def test_a_difference_needs_a_sentence() -> None:
    """A test may fail with rawws only where a numbered sentence of an RFC says that wsproto is wrong."""
    assert Difference(requirement="6455-5.1-2", reason="because").reason == "because"
    with pytest.raises(ValueError, match="6455-0-0"):
        Difference(requirement="6455-0-0", reason="because")


# -- redirecting ------------------------------------------------------------------------------------------------------

REDIRECTED = [
    ("import wsproto\n", "import rawws.core as wsproto\n", 1),
    ("import wsproto as w\n", "import rawws.core as w\n", 1),
    ("import wsproto.utilities\n", "import rawws.core.utilities, rawws.core as wsproto\n", 1),
    ("import wsproto.frame_protocol as fp\n", "import rawws.core.frame_protocol as fp\n", 1),
    ("import os, wsproto\n", "import os, rawws.core as wsproto\n", 1),
    ("from wsproto import events\n", "from rawws.core import events\n", 1),
    ("from wsproto.events import (\n  Ping,\n)\n", "from rawws.core.events import (\n  Ping,\n)\n", 1),
    ("'ä'; import wsproto; x = 1  # wsproto\n", "'ä'; import rawws.core as wsproto; x = 1  # wsproto\n", 1),
    ("def f():\n    import wsproto\n    from wsproto import events\n",
     "def f():\n    import rawws.core as wsproto\n    from rawws.core import events\n", 2),
    ("import wsprotocol\nfrom wsprotocol import wsproto\n", "import wsprotocol\nfrom wsprotocol import wsproto\n", 0),
    ("from .wsproto import x\n", "from .wsproto import x\n", 0),
    ("text = '''\nimport wsproto\n'''\n", "text = '''\nimport wsproto\n'''\n", 0),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected", "count"), REDIRECTED)
def test_imports_are_redirected_and_nothing_else(source: str, expected: str, count: int) -> None:
    """Every form of import statement moves to rawws.core; strings, comments and other names stay."""
    assert redirect(source) == (expected, count)


def test_redirected_modules_use_rawws() -> None:
    """The names that a redirected module binds lead to rawws.core, whichever way it imports them."""
    import rawws.core.utilities

    source = "import wsproto\nimport wsproto.utilities\n"
    source += "from wsproto.connection import Connection\nimport wsproto.handshake as h\n"
    names: dict[str, object] = {}
    exec(redirect(source)[0] + "found = wsproto, wsproto.utilities, Connection, h.H11Handshake", names)
    core = rawws.core
    assert names["found"] == (core, core.utilities, core.Connection, core.H11Handshake)


def test_the_how_to_does_the_same(tmp_path: Path) -> None:
    """The command in the documents moves every import that stands on a line of its own."""
    how_to = (ROOT / "docs" / "how-to" / "embed.md").read_text(encoding="utf-8")
    command = how_to.split("```sh\n")[1].split("```")[0]
    sources = [source for source, _, _ in REDIRECTED if not re.search("[,;'] *(import )?wsproto|^text", source)]
    sources += ["try:\n    import wsproto  # noqa\nexcept ImportError:\n    import wsproto.events # noqa\n"]
    assert len(sources) >= 9
    for number, source in enumerate(sources):
        (tmp_path / f"m{number}.py").write_text(source, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("import wsproto\n", encoding="utf-8")
    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True, timeout=60)
    for number, source in enumerate(sources):
        assert (tmp_path / f"m{number}.py").read_text(encoding="utf-8") == redirect(source)[0]
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "import wsproto\n"


# -- the verdict ------------------------------------------------------------------------------------------------------

PROJECT = Project(
    name="tiny",
    version="1.0",
    package="tiny",
    requirements=(),
    least=2,
    differences={"t.py::wrong": Difference(requirement="6455-5.1-2", reason="accepts unmasked frames")},
)


def report(core: str, outcomes: dict[str, str], **changes: object) -> Report:
    """A report about a run that used `core`, with `changes`."""
    made = {"wsproto": 0, "rawws.core": 0} | {core: 3}
    fields = {"outcomes": outcomes, "texts": {}, "made": made, "unhandled": [], "package_from_tree": True} | changes
    return Report(**fields)  # type: ignore[arg-type]


GOOD = {"t.py::a": "passed", "t.py::b": "passed", "t.py::c": "failed", "t.py::wrong[1]": "passed"}
EXPLAINED = GOOD | {"t.py::wrong[1]": "failed"}


def test_what_passes_with_both_is_good() -> None:
    """A test that fails with both is no reason to complain, nor is one with a reason in the table."""
    verdict = compare(PROJECT, report("wsproto", GOOD), report("rawws.core", EXPLAINED))
    assert verdict.good
    assert verdict.explained == ["t.py::wrong[1]"]


@pytest.mark.parametrize("outcome", ["failed", "skipped", None])
def test_what_passes_with_wsproto_only_is_bad(outcome: str | None) -> None:
    """A test that fails, is skipped or is not found any more with rawws.core is a regression."""
    outcomes = EXPLAINED | {"t.py::a": outcome}
    verdict = compare(PROJECT, report("wsproto", GOOD), report("rawws.core", {k: v for k, v in outcomes.items() if v}))
    assert not verdict.good
    assert verdict.regressions == ["t.py::a"]


WSPROTO = report("wsproto", GOOD)
RAWWS = report("rawws.core", EXPLAINED)


@pytest.mark.parametrize(
    ("wsproto", "rawws", "complaint"),
    [
        (WSPROTO, report("rawws.core", GOOD), "t.py::wrong is in the table of differences"),
        (report("wsproto", {"t.py::wrong": "passed"}), report("rawws.core", {}), "only 1 tests pass with wsproto"),
        (report("rawws.core", GOOD), RAWWS, "with wsproto: nothing of it was used"),
        (WSPROTO, report("wsproto", EXPLAINED), "with rawws.core: 3 connections or handshakes are of wsproto"),
        (WSPROTO, report("rawws.core", EXPLAINED, package_from_tree=False), "with rawws.core: the library that"),
    ],
)
def test_complaints(wsproto: Report, rawws: Report, complaint: str) -> None:
    """A run that proves nothing is bad, and so is a difference that outlives its reason."""
    verdict = compare(PROJECT, wsproto, rawws)
    assert not verdict.good
    assert any(text.startswith(complaint) for text in verdict.complaints), verdict.complaints


# -- a run, for real --------------------------------------------------------------------------------------------------

LIBRARY = """
from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection

def both():
    return WSConnection(ConnectionType.SERVER), Connection(ConnectionType.CLIENT)
"""

TESTS = """
import pathlib, threading
import pytest
import tiny
import wsproto

def test_passes():
    for connection in tiny.both():
        list(connection.events())

@pytest.mark.parametrize("text", ["a b", "x::y"])
def test_fails_once(text, request):
    mark = pathlib.Path(__file__).with_name("mark-" + text.replace(" ", "").replace(":", ""))
    first = not mark.exists()
    mark.touch()
    assert not first

def test_fails():
    assert tiny.both() is None

@pytest.fixture
def broken():
    yield
    raise RuntimeError

def test_fails_afterwards(broken):
    pass

def test_is_skipped():
    wsproto.Connection(wsproto.ConnectionType.CLIENT)
    pytest.skip()

def test_thread():
    def bad():
        raise RuntimeError("nobody catches this")
    thread = threading.Thread(target=bad)
    thread.start()
    thread.join()
"""


def test_a_suite_is_run_and_watched(tmp_path: Path) -> None:
    """From a real run come each test's outcome, at the last try, and whose connections the library made."""
    tree = tmp_path / "tree"
    (tree / "tests").mkdir(parents=True)
    (tree / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n", encoding="utf-8")
    (tree / "tiny.py").write_text(redirect(LIBRARY)[0], encoding="utf-8")
    (tree / "tests" / "test_tiny.py").write_text(TESTS, encoding="utf-8")
    (tree / "tests" / "test_broken.py").write_text("import no_such_module\n", encoding="utf-8")

    found = run_suite(PROJECT, Path(sys.executable), tree)

    prefix = "tests/test_tiny.py::"
    assert found.outcomes == {
        "tests/test_broken.py": "failed",
        prefix + "test_passes": "passed",
        prefix + "test_fails_once[a b]": "passed",
        prefix + "test_fails_once[x::y]": "passed",
        prefix + "test_fails": "failed",
        prefix + "test_fails_afterwards": "failed",
        prefix + "test_is_skipped": "skipped",
        prefix + "test_thread": "passed",
    }
    reason = "assert not True"
    assert found.again == {prefix + "test_fails_once[a b]": reason, prefix + "test_fails_once[x::y]": reason}
    assert sorted(found.texts) == ["tests/test_broken.py", prefix + "test_fails", prefix + "test_fails_afterwards"]
    assert "no_such_module" in found.texts["tests/test_broken.py"]
    assert found.unhandled == ["RuntimeError: nobody catches this"]
    assert found.package_from_tree
    # The library was used twice, and makes two; one test goes past the redirection.
    assert found.made == {"wsproto": 1, "rawws.core": 4}


def test_a_wrong_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A project that is not in the table is a mistake at the command line, and the table is shown."""
    with pytest.raises(SystemExit) as stopped:
        main(["flask"])
    assert stopped.value.code == 2
    assert "trio-websocket, httpx-ws, hypercorn, uvicorn" in capsys.readouterr().err
