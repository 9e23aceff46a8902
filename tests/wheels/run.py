"""A wheel that other machines can install, and the tests of the core run from where it was installed.

`make wheels`, or `python -m tests.wheels.run` from the root of the repository: an sdist is made, a wheel of that, and
auditwheel gives it the tag of the oldest systems that it runs on. In a virtual environment with that wheel and what the
tests want, and out of sight of the sources, tests/core runs. What is left lies in dist/.

It has to run in an environment with the dependency group `wheels`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DIST = ROOT / "dist"

#: What is copied to where no sources are: the tests, and the configuration of pytest.
_WANTED = ("pyproject.toml", "tests")

#: What looks at the sources or at docs/ is left out, as in pyproject.toml, under [tool.cibuildwheel].
_NOT_FROM_A_WHEEL = ("budget_codec", "budget_session", "speedups_build", "wsproto_report")

_LOCATE = "import rawws; from rawws.core import accelerator; print(accelerator.ACCELERATED, rawws.__file__)"


class WheelError(Exception):
    """Something is not as it should be; the text says what."""


def main() -> int:
    """Build, repair, install and test; 0 if all is well, else 1."""
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            wheel = repair(build(folder / "built"))
            _say(f"built     {wheel.relative_to(ROOT)}")
            python = install(wheel, folder / "venv")
            _say(f"installed {locate(python, folder)}")
            run_tests(python, folder / "tests")
    except WheelError as exc:
        _say(str(exc))
        return 1
    return 0


def build(folder: Path) -> Path:
    """An sdist in dist/, and a wheel made of it in `folder`. Raises WheelError."""
    shutil.rmtree(DIST, ignore_errors=True)
    _run(sys.executable, "-m", "build", "--sdist", "--outdir", DIST, ROOT)
    (sdist,) = DIST.glob("rawws-*.tar.gz")
    # As pip would: of the sdist alone, in an environment of its own.
    _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, sdist)
    (wheel,) = folder.glob("rawws-*.whl")
    return wheel


def repair(wheel: Path) -> Path:
    """The wheel in dist/, with the tag of what it needs of its system. Raises WheelError."""
    with zipfile.ZipFile(wheel) as archive:
        if not any(re.fullmatch(r"rawws/core/_speedups\..*\.so", name) for name in archive.namelist()):
            raise WheelError("the wheel is without the accelerator: are there a C compiler and Python's headers?")
    if sys.platform != "linux":
        return Path(shutil.copy(wheel, DIST))
    _run(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", DIST, wheel)
    (repaired,) = DIST.glob("rawws-*.whl")
    if "manylinux" not in repaired.name and "musllinux" not in repaired.name:
        raise WheelError(f"{repaired.name} can be installed on no other machine")
    return repaired


def install(wheel: Path, folder: Path) -> Path:
    """The interpreter of a new virtual environment with the wheel and what the tests want. Raises WheelError."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    wanted = (f"{wheel}[all]", "--group", f"{ROOT / 'pyproject.toml'}:wheel-tests")
    _run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *wanted)
    return python


def locate(python: Path, folder: Path) -> str:
    """Where the interpreter finds rawws. Raises WheelError unless that is its own, with the accelerator."""
    accelerated, file = _run(python, "-c", _LOCATE, cwd=folder).split()
    if not Path(file).is_relative_to(python.parent.parent):
        raise WheelError(f"rawws was found at {file}, which is not where it was installed")
    if accelerated != "True":
        raise WheelError("the wheel was installed, and its accelerator is not found")
    return file


def run_tests(python: Path, folder: Path) -> None:
    """Run tests/core with the interpreter, where the sources of rawws are not. Raises WheelError."""
    folder.mkdir()
    for name in _WANTED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    left_out = [f"--ignore=tests/core/test_{name}.py" for name in _NOT_FROM_A_WHEEL]
    arguments = ["--quiet", "--numprocesses=auto", "-m", "not battery", *left_out, "tests/core"]
    _run(python, "-m", "pytest", *arguments, cwd=folder, shown=True)


def _run(*command: str | Path, cwd: Path = ROOT, shown: bool = False) -> str:
    """What a command prints; it goes to the terminal if `shown`. Raises WheelError when it fails."""
    # Nothing of this environment tells the other one where to look. (auditwheel looks for patchelf on the path.)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RAWWS_SPEEDUPS"))}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=not shown, text=True, check=False)
    if done.returncode:
        raise WheelError(f"{' '.join(map(str, command))} failed\n{done.stdout or ''}{done.stderr or ''}")
    return done.stdout or ""


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
