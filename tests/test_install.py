"""What a user gets from `pip install rawws`, in a virtual environment where nothing else is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import rawws

ROOT = Path(__file__).parent.parent

#: Opening handshake, one message each way, closing handshake: the embedder's first quarter of an hour.
EXCHANGE = """
from rawws.core import ConnectionType, WSConnection
from rawws.core.events import AcceptConnection, CloseConnection, Request, TextMessage

client, server = WSConnection(ConnectionType.CLIENT), WSConnection(ConnectionType.SERVER)

def pass_on(sender, event, receiver):
    receiver.receive_data(sender.send(event))
    return list(receiver.events())

[request] = pass_on(client, Request(host="localhost", target="/chat"), server)
assert isinstance(request, Request) and request.target == "/chat", request
[accept] = pass_on(server, AcceptConnection(), client)
assert isinstance(accept, AcceptConnection), accept
[question] = pass_on(client, TextMessage(data="hello"), server)
assert question.data == "hello", question
[answer] = pass_on(server, TextMessage(data=question.data.upper()), client)
[close] = pass_on(client, CloseConnection(code=1000), server)
assert close.code == 1000, close
[echo] = pass_on(server, close.response(), client)
assert isinstance(echo, CloseConnection), echo
print(answer.data, server.state.name, client.state.name)
"""


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end, whatever its exit status."""
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=100, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel made from an sdist made from the sources: what the package index would carry."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("rawws", "tests", "docs"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    result = run(sys.executable, "-m", "build", "--no-isolation", "--outdir", source / "dist", cwd=source)
    assert result.returncode == 0, result.stdout + result.stderr
    [path] = (source / "dist").glob("*.whl")
    return path


@pytest.fixture(scope="module")
def clean_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new virtual environment after `pip install` of the wheel; skips without a network."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False, symlinks=True)  # the pip of this environment installs into the other: 3 s less
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    result = run(*pip, "install", "--quiet", "--retries", "2", wheel, cwd=folder)
    if result.returncode != 0 and "after connection broken by" in result.stderr:
        pytest.skip("no network, from which pip could fetch h11 and wsproto")
    assert result.returncode == 0, result.stderr
    return python


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """The wheel holds every module of rawws, py.typed and the licence; no tests and no other top-level package."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    metadata = f"rawws-{rawws.__version__}.dist-info"
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "rawws").rglob("*.py")}
    assert {name.split("/")[0] for name in names} == {"rawws", metadata}
    assert sources | {"rawws/py.typed", f"{metadata}/licenses/LICENSE"} <= names


def test_the_version_is_said_once(wheel: Path) -> None:
    """The version of the wheel is `rawws.__version__`, and only that."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = HeaderParser().parsestr(archive.read(f"rawws-{rawws.__version__}.dist-info/METADATA").decode())
    assert metadata["Version"] == rawws.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", rawws.__version__)


def test_the_install_brings_h11_and_wsproto_only(clean_python: Path) -> None:
    """Embedders want no more: `pip list` shows rawws, h11 and wsproto."""
    result = run(sys.executable, "-m", "pip", "--python", clean_python, "list", "--format", "json", cwd=ROOT / "tests")
    assert result.returncode == 0, result.stderr
    assert {row["name"] for row in json.loads(result.stdout)} == {"rawws", "h11", "wsproto"}


def test_the_core_works_alone(clean_python: Path, tmp_path: Path) -> None:
    """A client and a server of `rawws.core` shake hands, talk and close, with nothing else installed."""
    result = run(clean_python, "-I", "-c", EXCHANGE, cwd=tmp_path)
    assert result.stderr == ""
    assert result.stdout.split() == ["HELLO", "CLOSED", "CLOSED"]


def test_the_transport_names_its_extra(clean_python: Path, tmp_path: Path) -> None:
    """Without trio, `import rawws.trio` is an ImportError whose sentence says what to install."""
    result = run(clean_python, "-I", "-c", "import rawws.trio", cwd=tmp_path)
    assert result.returncode == 1
    last_line = result.stderr.strip().splitlines()[-1]
    assert last_line.startswith(("ImportError: ", "ModuleNotFoundError: "))
    assert "rawws[trio]" in last_line


def test_the_command_names_its_extra(clean_python: Path, tmp_path: Path) -> None:
    """Without click and rich, the `rawws` command says in a sentence what to install, and exits with 2."""
    result = run(clean_python.parent / "rawws", "--help", cwd=tmp_path)
    assert result.returncode == 2
    assert "rawws[cli]" in result.stderr
    assert "Traceback" not in result.stderr
