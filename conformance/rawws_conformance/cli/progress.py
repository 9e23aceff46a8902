"""The progress bar. rich, which takes a while to import, comes only where there is somebody to see it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Is told how many cases have failed so far, each time that one more has been played.
Advance = Callable[[int], None]


@contextmanager
def progress_bar(total: int) -> Iterator[Advance]:
    """A bar of so many cases on standard error, if that is a terminal, until the end of the block."""
    if not sys.stderr.isatty():
        yield lambda _failed: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - see above

    from rawws_conformance.cli.common import console  # noqa: PLC0415 - the same

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[failed]}"))
    with Progress(*columns, console=console(), transient=True) as progress:
        task = progress.add_task("cases", total=total, failed="")

        def advance(failed: int) -> None:
            progress.update(task, advance=1, failed=f"{failed} failed" if failed else "")

        yield advance
