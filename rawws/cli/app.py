"""`--app module:handler`: from a name to the coroutine function that it names."""

from __future__ import annotations

import importlib
import inspect
import operator
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

from rawws.cli.problem import Problem, sentence_of
from rawws.trio import WebSocket

Handler = Callable[[WebSocket], Awaitable[None]]


async def echo(ws: WebSocket) -> None:
    """Send back every message as it came: what `rawws serve` does when it is not told anything else."""
    async for message in ws:
        await ws.send(message)


def load_app(name: str) -> Handler:
    """The handler that `name` names, such as `chat:handler` or `package.module:rooms.handler`.

    The current folder is searched first, as with `python -m`. Raises Problem, which says what is missing.
    """
    module_name, colon, path = name.partition(":")
    if not (colon and module_name and path):
        raise Problem(f"--app is module:handler, not {name!r}")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        module = importlib.import_module(module_name)
    except Exception as exc:
        if isinstance(exc, ModuleNotFoundError) and exc.name and (module_name + ".").startswith(exc.name + "."):
            raise Problem(f"there is no module {exc.name!r} for --app {name}") from exc
        raise Problem(f"module {module_name!r} cannot be imported: {type(exc).__name__}: {sentence_of(exc)}") from exc
    try:
        handler = operator.attrgetter(path)(module)
    except AttributeError as exc:
        raise Problem(f"module {module_name!r} has no {path!r}") from exc
    if not _is_coroutine_function(handler):
        raise Problem(f"{name} is not an async function of one WebSocket")
    return cast("Handler", handler)


def _is_coroutine_function(handler: object) -> bool:
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(getattr(handler, "__call__", None))  # noqa: B004
