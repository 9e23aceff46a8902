"""Who imports what from outside: the half of the architecture that import-linter does not see.

That imports between the rooms of rawws point downward, `make lint` checks ([tool.importlinter] in pyproject.toml).
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "rawws"
JUDGE = ROOT / "conformance" / "rawws_conformance"

#: What would bring a socket, a clock, a thread, a process or an event loop into the core, or would hide an import.
NO_IO = frozenset({
    "_socket", "_ssl", "_thread", "asyncio", "concurrent", "datetime", "http.client", "http.server", "importlib",
    "multiprocessing", "queue", "sched", "select", "selectors", "signal", "socket", "socketserver", "ssl", "subprocess",
    "threading", "time", "urllib.request",
})  # fmt: skip


@dataclass(frozen=True)
class Room:
    """What the modules of one folder may import from outside rawws. A name stands for all that is beneath it.

    third_party: packages that are installed, or modules of them: the judge may have `rawws.spec` and no more of rawws.
    stdlib: modules of the standard library, where only these are welcome; None for all of them.
    banned: modules of the standard library that are not.
    """

    third_party: frozenset[str] = frozenset()
    stdlib: frozenset[str] | None = None
    banned: frozenset[str] = frozenset()

    def welcomes(self, name: str) -> bool:
        """Whether `name`, a dotted name from outside rawws, may be imported here."""
        parts = name.split(".")
        prefixes = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
        if parts[0] not in sys.stdlib_module_names:
            return not prefixes.isdisjoint(self.third_party)
        if self.stdlib is not None:
            return not prefixes.isdisjoint(self.stdlib)
        return prefixes.isdisjoint(self.banned)


CORE = frozenset({"h11", "wsproto"})

#: Every room of the house; "" is rawws/__init__.py and what lies beside it. A new folder is a new row.
ROOMS = {
    "": Room(stdlib=frozenset({"__future__"})),
    "spec": Room(stdlib=frozenset({"__future__", "dataclasses", "enum", "typing"})),
    "core": Room(third_party=CORE, banned=NO_IO),
    "trio": Room(
        third_party=CORE | {"trio", "idna", "isal", "prometheus_client", "python_socks"}, banned=frozenset({"asyncio"})
    ),
    "testing": Room(third_party=CORE | {"hypothesis"}, banned=NO_IO),
    "cli": Room(third_party=CORE | {"trio", "click", "rich"}, banned=frozenset({"asyncio"})),
}

#: The facts of the RFCs, which the judge may know; it may not know how rawws obeys them.
FACTS = frozenset({"rawws.spec"})

#: The rooms of the conformance suite, a distribution of its own; "" is what lies beside its folders.
JUDGES_ROOMS = {
    "": Room(third_party=FACTS | {"h11", "trio", "pytest"}, banned=frozenset({"asyncio"})),
    "adapters": Room(
        third_party=frozenset({"rawws.core", "isal", "wsproto", "websockets"}), banned=NO_IO - {"importlib"}
    ),
    "cases": Room(banned=NO_IO),
    "cli": Room(third_party=frozenset({"trio", "click", "rich"}), banned=frozenset({"asyncio"})),
    "reports": Room(third_party=FACTS, banned=NO_IO - {"datetime"}),
    "runs": Room(third_party=frozenset({"h11", "trio"}), banned=frozenset({"asyncio"})),
}

#: The one module of the judge that meets the core, as somebody to judge.
THE_ADAPTER = JUDGE / "adapters" / "of_rawws.py"


def imported_names(source: str, package: str = "rawws") -> list[str]:
    """Every name from outside `package` that `source` imports, wherever it does so (`if TYPE_CHECKING` included).

    Of `from http import client` that is `http.client`. A relative import stays inside the package.
    """
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Name) and node.id == "__import__":
            names.append("importlib.__import__")
    return [name for name in names if name.split(".")[0] != package]


def strangers(room: str, source: str) -> list[str]:
    """What `source` imports and `room` does not welcome."""
    return [name for name in imported_names(source) if not ROOMS[room].welcomes(name)]


def room_of(path: Path) -> str:
    """The name of the room that `path`, a module of rawws, belongs to."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


@pytest.mark.parametrize(
    ("room", "source", "expected"),
    [
        ("spec", "from enum import Enum", []),
        ("spec", "import re", ["re"]),
        ("spec", "import wsproto", ["wsproto"]),
        ("core", "import zlib, h11._events", []),
        ("core", "from h11 import Request", []),
        ("core", "from urllib.parse import urlsplit", []),
        ("core", "from rawws.spec import OPCODES", []),
        ("core", "def f():\n    import time", ["time"]),
        ("core", "from http import HTTPStatus, client", ["http.client"]),
        ("core", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import trio", ["trio"]),
        ("core", "__import__('socket')", ["importlib.__import__"]),
        ("trio", "import socket, ssl, trio", []),
        ("trio", "import trio.abc, click", ["click"]),
        ("cli", "import click, rich.console", []),
        ("cli", "import asyncio", ["asyncio"]),
        ("", "from __future__ import annotations", []),
        ("", "import sys", ["sys"]),
    ],
)
def test_strangers_are_recognised(room: str, source: str, expected: list[str]) -> None:
    """The test below sees the imports that it has to see, in every form that they can take."""
    assert strangers(room, source) == expected


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_import_only_what_their_room_welcomes(path: Path) -> None:
    """No module of rawws imports anything from outside that its room does not welcome."""
    assert strangers(room_of(path), path.read_text(encoding="utf-8")) == []


def test_every_room_has_its_rules() -> None:
    """Every folder with modules in it has a row in the table above, and every row has its folder."""
    assert {room_of(path) for path in PACKAGE.rglob("*.py")} == set(ROOMS)


def judges_room_of(path: Path) -> str:
    """The name of the room that `path`, a module of the conformance suite, belongs to."""
    parts = path.relative_to(JUDGE).parts
    return parts[0] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", sorted(JUDGE.rglob("*.py")), ids=lambda path: str(path.relative_to(JUDGE)))
def test_the_judge_imports_only_what_its_rooms_welcome(path: Path) -> None:
    """No module of the conformance suite imports what its room does not welcome; of rawws that is `rawws.spec`."""
    names = imported_names(path.read_text(encoding="utf-8"), "rawws_conformance")
    assert [name for name in names if not JUDGES_ROOMS[judges_room_of(path)].welcomes(name)] == []


def test_the_judge_meets_the_core_in_one_module() -> None:
    """Beside the facts, only the adapter that has the core judged imports anything of rawws."""
    meeting = set()
    for path in JUDGE.rglob("*.py"):
        names = imported_names(path.read_text(encoding="utf-8"), "rawws_conformance")
        if any(f"{name}.".startswith("rawws.") and not f"{name}.".startswith("rawws.spec.") for name in names):
            meeting.add(path)
    assert meeting == {THE_ADAPTER}


def test_every_room_of_the_judge_has_its_rules() -> None:
    """Every folder of the conformance suite has a row in its table, and every row has its folder."""
    assert {judges_room_of(path) for path in JUDGE.rglob("*.py")} == set(JUDGES_ROOMS)


def newly_imported(module: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after `import module`, and had not before."""
    script = f"""
import json, sys
sys.path[:] = {[str(ROOT), *sys.path]!r}
before = set(sys.modules)
import {module}
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    # -I and -S: no environment variable and no .pth file gets to import something first.
    command = [sys.executable, "-I", "-S", "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout))


def test_rawws_imports_nothing() -> None:
    """`import rawws` loads rawws/__init__.py and not one module more: no trio, no socket, no core."""
    assert newly_imported("rawws") == {"rawws"}


def test_testing_wants_no_hypothesis() -> None:
    """`import rawws.testing` loads neither hypothesis nor any input and output: only its strategies want the extra."""
    loaded = newly_imported("rawws.testing")
    assert "rawws.testing.pair" in loaded
    assert loaded.isdisjoint({"hypothesis", "rawws.testing.strategies"})
    assert loaded.isdisjoint({"asyncio", "socket", "ssl", "threading", "trio"})


def test_the_core_brings_no_io_along() -> None:
    """`import rawws.core` loads no socket, thread, process or event loop, not even through h11 and wsproto."""
    loaded = newly_imported("rawws.core")
    assert "wsproto" in loaded
    assert loaded.isdisjoint({"asyncio", "selectors", "socket", "ssl", "subprocess", "threading", "trio"})
