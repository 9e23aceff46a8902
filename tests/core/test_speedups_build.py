"""The accelerator's source: compiled without a warning, and run under the sanitizers, which are shown to be awake."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "rawws" / "core" / "_speedups.c"
PROGRAM = Path(__file__).parent / "sanitized.py"

#: Of the interpreter that runs the tests, or the system's.
COMPILER = shutil.which(shlex.split(os.environ.get("CC", sysconfig.get_config_var("CC") or "cc"))[0]) or "cc"

STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wno-sign-conversion", "-Werror"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"]


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end, whatever its exit status."""
    environment = {**os.environ, **environment}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110, check=False
    )


def compile_it(source: Path, target: Path, *options: str) -> None:
    """Make `target` of `source`; skips without a compiler or Python's headers."""
    include = sysconfig.get_path("include")
    if shutil.which(COMPILER) is None or not (Path(include) / "Python.h").exists():
        pytest.skip("no C compiler, or no headers of Python")
    done = run(COMPILER, *options, f"-isystem{include}", "-O1", "-g", "-fPIC", "-shared", source, "-o", target)
    if "cannot find" in done.stderr and "san" in done.stderr:
        pytest.skip("the compiler has no sanitizers")
    assert (done.returncode, done.stderr) == (0, "")


def library_of(compiler: str, name: str) -> str:
    """Where the compiler keeps one of its libraries."""
    return run(compiler, f"-print-file-name={name}").stdout.strip()


def run_sanitized(target: Path, how: str) -> subprocess.CompletedProcess[str]:
    """Run the corpus against `target`; whatever the sanitizers find ends it."""
    return run(
        sys.executable,
        PROGRAM,
        target,
        how,
        PYTHONPATH=str(ROOT),
        # Python's own allocator would put many objects into one block, and hide what is read beyond one of them.
        PYTHONMALLOC="malloc",
        LD_PRELOAD=library_of(COMPILER, "libasan.so"),
        # CPython keeps memory until its end, and says so to nobody.
        ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1",
    )


@pytest.mark.parametrize("optimised", ["-O0", "-O2", "-O3"])
def test_it_is_compiled_without_a_warning(optimised: str, tmp_path: Path) -> None:
    """Every warning that matters is an error; how much is optimised decides what the compiler can see."""
    compile_it(SOURCE, tmp_path / "_speedups.so", *STRICT, optimised)


def test_masking_goes_by_vectors(tmp_path: Path) -> None:
    """GCC takes 16 or 32 octets at a time through the masking loop, with the options that setup.py asks for."""
    options = ["-O3", "-fopt-info-vec-optimized"]
    compile_it(SOURCE, tmp_path / "_speedups.so", "-O3")
    said = run(COMPILER, "--version").stdout
    if "Free Software Foundation" not in said:
        pytest.skip("another compiler than GCC says it in other words")
    assert 'extra_compile_args=["-O3"]' in (ROOT / "setup.py").read_text(encoding="utf-8")
    include = f"-I{sysconfig.get_path('include')}"
    told = run(COMPILER, *options, include, "-fPIC", "-c", SOURCE, "-o", tmp_path / "object").stderr
    lines = SOURCE.read_text(encoding="utf-8").splitlines()
    found = {lines[int(line.split(":")[1]) - 1].strip() for line in told.splitlines() if "loop vectorized" in line}
    assert "for (; index + (Py_ssize_t)sizeof word <= length; index += sizeof word) {" in found


def test_nothing_is_read_or_written_outside(tmp_path: Path) -> None:
    """Hostile lengths, cut anywhere: the address and undefined-behaviour sanitizers have nothing to say."""
    compile_it(SOURCE, tmp_path / "_speedups.so", *SANITIZERS)
    done = run_sanitized(tmp_path / "_speedups.so", "compare")
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout.split()[0]) > 7000


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        (" || (uint64_t)(size - header) < length) {", ") {", "AddressSanitizer"),
        ("        if (size < header) {\n", "        if (0) {\n", "AddressSanitizer"),
        ("    if (length > (uint64_t)max_bytes) {", "    if ((Py_ssize_t)length * 3 > max_bytes) {", "signed integer"),
        ("+ size, payload.octets, payload.length, key", "+ size, payload.octets, 99 + size, key", "AddressSanitizer"),
    ],
    ids=["a length that is not checked", "a header that is not checked", "an overflow", "a write beyond the end"],
)
def test_the_sanitizers_find_a_planted_fault(right: str, wrong: str, found: str, tmp_path: Path) -> None:
    """The same corpus finds a bound that is not checked: the silence above means something."""
    text = SOURCE.read_text(encoding="utf-8")
    assert text.count(right) == 1
    planted = tmp_path / "planted.c"
    planted.write_text(text.replace(right, wrong), encoding="utf-8")
    compile_it(planted, tmp_path / "_speedups.so", *SANITIZERS)
    done = run_sanitized(tmp_path / "_speedups.so", "run")
    assert done.returncode != 0
    assert found in done.stderr
