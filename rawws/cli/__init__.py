"""The `rawws` command: `pip install rawws[cli]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]

# What a shell reports of a process that Ctrl-C has ended: 128 and the number of SIGINT.
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give its exit status.

    arguments: those after the command's name; None for those of this process.
    0: it did what it was asked to. 1: the other end, or something on the way, kept it from that. 2: it was asked for
    what cannot be, which a sentence on stderr explains. 130: interrupted.
    """
    try:
        try:
            import click  # noqa: F401, PLC0415  here, so that their absence can be told in a sentence
            import rich  # noqa: F401, PLC0415
            import trio  # noqa: F401, PLC0415
        except ModuleNotFoundError as exc:
            if exc.name not in {"click", "rich", "trio"}:
                raise
            sys.stderr.write(f"rawws: the command needs {exc.name}, which pip install 'rawws[cli]' brings\n")
            return 2
        from rawws.cli.command import run  # noqa: PLC0415

        return run(arguments)
    except KeyboardInterrupt:
        return _INTERRUPTED
