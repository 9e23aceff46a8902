"""What a user gets from `pip install rawws`, in a virtual environment where nothing else is."""

from __future__ import annotations

import json
import os
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


#: Whether the functions in C are there.
ACCELERATED = "from rawws.core import accelerator; print(accelerator.ACCELERATED, accelerator.__file__)"


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end, whatever its exit status."""
    # What is installed for a test is gone afterwards, and coverage would look for its lines.
    unwanted = ("COVERAGE_", "RAWWS_SPEEDUPS")
    env = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)} | environment
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=100, check=False)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources, without anything that was made of them."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("rawws", "tests", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """A wheel made from an sdist made from the sources: what the package index would carry."""
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


def test_the_accelerator_comes_along(clean_python: Path, tmp_path: Path) -> None:
    """The wheel brings the functions in C with it, and they are found without anything being asked for."""
    result = run(clean_python, "-I", "-c", ACCELERATED, cwd=tmp_path)
    accelerated, file = result.stdout.split()
    if accelerated == "False":
        pytest.skip("rawws was built without a C compiler")
    assert result.stderr == ""
    assert Path(file).is_relative_to(clean_python.parent.parent)


@pytest.mark.parametrize("compiler", ["false", "/no/such/compiler"])
def test_it_installs_without_a_compiler(compiler: str, source: Path, tmp_path: Path) -> None:
    """Where nothing can be compiled, installing succeeds all the same, and rawws works: slower, and in Python alone."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    result = run(*pip, "--target", tmp_path / "site", source, cwd=tmp_path, CC=compiler)
    assert result.returncode == 0, result.stderr
    here = {"PYTHONPATH": str(tmp_path / "site")}
    chosen = run(sys.executable, "-c", ACCELERATED, cwd=tmp_path, **here)
    assert (chosen.stdout.split()[0], chosen.stderr) == ("False", "")
    assert Path(chosen.stdout.split()[1]).is_relative_to(tmp_path)
    exchange = run(sys.executable, "-c", EXCHANGE, cwd=tmp_path, **here)
    assert (exchange.stdout.split(), exchange.stderr) == (["HELLO", "CLOSED", "CLOSED"], "")


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
