"""The progress bar. rich, which takes a while to import, comes only where there is somebody to see it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rawws_conformance.cli.common import console
from rawws_conformance.verdict import Result


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[Result], None]]:
    """A bar of so many cases on standard error, if that is a terminal; what is given is to be told each result."""
    if not sys.stderr.isatty():
        yield lambda _result: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - see above

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[failed]}"))
    with Progress(*columns, console=console(), transient=True) as progress:
        task = progress.add_task("cases", total=total, failed="")

        failed = 0

        def told(result: Result) -> None:
            nonlocal failed
            failed += result.failed
            progress.update(task, advance=1, failed=f"{failed} failed" if failed else "")

        yield told
