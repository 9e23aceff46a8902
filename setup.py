"""The accelerator, which is compiled; all else about the build is in pyproject.toml.

It has to stand here as long as setuptools calls extension modules in pyproject.toml an experiment.
"""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "rawws.core._speedups",
            ["rawws/core/_speedups.c"],
            # Without a compiler or Python's headers rawws installs all the same, and is slower.
            optional=True,
            # Debian's Python asks for -O2, with which GCC makes no vectors of the masking loop.
            extra_compile_args=["-O3"],
        )
    ]
)
