"""Which functions handle the octets: those in C where they are there, fit and are wanted, else their twins."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from importlib.util import module_from_spec
from linecache import getline
from types import ModuleType

import pytest

import rawws.core
from rawws.core import accelerator, scan

from tests.core.twins import TWINS

UNWANTED = os.environ.get("RAWWS_SPEEDUPS") == "0"

#: Which functions a fresh interpreter chooses, after `{before}`; and that one message passes through them.
CHOICE = """
import sys, types
{before}
from rawws.core import accelerator
from rawws.core.connection import CLIENT, SERVER, Connection
from rawws.core.events import TextMessage
server = Connection(SERVER)
server.receive_data(Connection(CLIENT).send(TextMessage("hello")))
assert list(server.events()) == [TextMessage("hello")]
modules = {{getattr(accelerator, name).__module__ for name in accelerator.__all__[1:]}}
print(accelerator.ACCELERATED, *sorted(modules, key=str))
"""

CHOSEN_TWINS = "False rawws.core.encoding rawws.core.masking rawws.core.payloads rawws.core.scan"


def choice(before: str = "", **environment: str) -> tuple[str, str]:
    """What a fresh interpreter chooses after the statement `before`, and what it says on stderr."""
    kept = {name: value for name, value in os.environ.items() if name != "RAWWS_SPEEDUPS"}
    done = subprocess.run(
        [sys.executable, "-c", CHOICE.format(before=before)],
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def test_the_functions_in_c_are_used() -> None:
    """Where they were built and nobody turned them off, the codec uses the functions in C."""
    if choice() == (CHOSEN_TWINS, ""):
        pytest.skip("rawws was built without a C compiler")
    assert choice() == ("True rawws.core._speedups", "")


def test_the_other_tests_use_what_they_were_told_to() -> None:
    """The run of these tests that `make test` makes with RAWWS_SPEEDUPS=0 is one of the twins, and the other is not."""
    chosen = [getattr(accelerator, name) for name in TWINS]
    twins = list(TWINS.values())
    assert sorted(TWINS) == sorted(accelerator.__all__[1:])
    assert (chosen == twins) is (not accelerator.ACCELERATED)
    assert not (accelerator.ACCELERATED and UNWANTED)


def test_the_environment_turns_them_off() -> None:
    """RAWWS_SPEEDUPS=0 chooses the twins, without a word; any other value changes nothing."""
    assert choice(RAWWS_SPEEDUPS="0") == (CHOSEN_TWINS, "")
    assert choice(RAWWS_SPEEDUPS="1") == choice()


def test_a_build_without_them_uses_the_twins() -> None:
    """Where they are missing, nobody is warned: that is a way to install rawws."""
    assert choice("sys.modules['rawws.core._speedups'] = None") == (CHOSEN_TWINS, "")


def test_another_version_is_ignored_with_a_warning() -> None:
    """Functions that were built for another rawws are not used, and a warning says so."""
    chosen, said = choice("sys.modules['rawws.core._speedups'] = types.SimpleNamespace(VERSION=0)")
    assert chosen == CHOSEN_TWINS
    assert "RuntimeWarning" in said
    assert "it is of version 0" in said


def test_functions_that_cannot_be_loaded_are_ignored_with_a_warning() -> None:
    """A file that the loader refuses (built for another Python, a library missing) is no reason to stop."""
    before = """
class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name == "rawws.core._speedups":
            raise ImportError("undefined symbol: PyNothing")
sys.meta_path.insert(0, Refusing())
"""
    chosen, said = choice(before)
    assert chosen == CHOSEN_TWINS
    assert "RuntimeWarning" in said
    assert "undefined symbol: PyNothing" in said


# -- imported once more, in this process ------------------------------------------------------------------------------

IN_C = "rawws.core._speedups"

#: The line of `imported_anew` that does.
IMPORTS = "spec.loader.exec_module(module)"


class Refusing:
    """Finds that the functions in C cannot be loaded."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuse that one."""
        if name == IN_C:
            raise ImportError("undefined symbol: PyNothing")


def compiled(version: int) -> ModuleType:
    """What stands for functions in C, of this version."""
    module = ModuleType(IN_C)
    vars(module).update(VERSION=version, **{name: object() for name in TWINS})
    return module


def imported_anew() -> tuple[ModuleType, list[warnings.WarningMessage]]:
    """The accelerator as somebody who imports it now would get it, and what they are told."""
    spec = accelerator.__spec__
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        spec.loader.exec_module(module)
    return module, told


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Sets what there is to import, where nothing has been imported and nothing is said in the environment."""
    monkeypatch.delenv("RAWWS_SPEEDUPS", raising=False)
    monkeypatch.delitem(sys.modules, IN_C, raising=False)
    monkeypatch.delattr(rawws.core, "_speedups", raising=False)
    return monkeypatch


@pytest.mark.parametrize(("said", "wanted"), [(None, True), ("", True), ("1", True), ("00", True), ("0", False)])
def test_what_fits_is_used_where_it_is_wanted(only: pytest.MonkeyPatch, said: str | None, wanted: bool) -> None:
    """Only the value 0 in the environment turns them off; nobody is warned either way."""
    functions = compiled(accelerator.VERSION)
    only.setitem(sys.modules, IN_C, functions)
    if said is not None:
        only.setenv("RAWWS_SPEEDUPS", said)
    module, told = imported_anew()
    assert module.ACCELERATED is wanted
    for name, twin in TWINS.items():
        assert getattr(module, name) is (getattr(functions, name) if wanted else twin)
    assert told == []


@pytest.mark.parametrize("version", [accelerator.VERSION - 1, accelerator.VERSION + 1])
def test_neither_an_older_nor_a_newer_version_is_used(only: pytest.MonkeyPatch, version: int) -> None:
    """Who imports the accelerator is told which version was found, and which is wanted."""
    only.setitem(sys.modules, IN_C, compiled(version))
    module, [told] = imported_anew()
    assert (module.ACCELERATED, module.scan) == (False, scan.scan)
    assert f"it is of version {version}, and not {accelerator.VERSION}" in str(told.message)
    assert told.category is RuntimeWarning
    assert getline(told.filename, told.lineno).strip() == IMPORTS


def test_what_is_missing_is_not_missed(only: pytest.MonkeyPatch) -> None:
    """Built without a compiler, rawws says nothing."""
    only.setitem(sys.modules, IN_C, None)
    module, told = imported_anew()
    assert (module.ACCELERATED, module.scan, told) == (False, scan.scan, [])


def test_what_cannot_be_loaded_is_told(only: pytest.MonkeyPatch) -> None:
    """Who imports the accelerator is told why."""
    only.setattr(sys, "meta_path", [Refusing(), *sys.meta_path])
    module, [told] = imported_anew()
    assert (module.ACCELERATED, module.scan) == (False, scan.scan)
    assert "undefined symbol: PyNothing" in str(told.message)
    assert told.category is RuntimeWarning
    assert getline(told.filename, told.lineno).strip() == IMPORTS
