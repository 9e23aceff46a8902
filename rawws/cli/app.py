"""`--app module:handler`: from a name to the function that it names."""

from __future__ import annotations

import importlib
import inspect
import operator
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from rawws.cli.problem import Problem, sentence_of
from rawws.trio import OnMessage, WebSocket

Handler = Callable[[WebSocket], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class App:
    """What is done with connections: a coroutine for each, or a plain function for each message."""

    handler: Handler | None = None
    on_message: OnMessage | None = None


async def echo(ws: WebSocket) -> None:
    """Send back every message as it came: what `rawws serve` does when it is not told anything else."""
    async for message in ws:
        await ws.send(message)


def load_app(name: str) -> App:
    """What `name` names, such as `chat:handler` or `package.module:rooms.handler`.

    An async function takes one WebSocket; a plain function takes a WebSocket and a message.

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
    if _is_coroutine_function(handler):
        return App(handler=cast("Handler", handler))
    if not _takes_two(handler):
        raise Problem(f"{name} is no async function of one WebSocket, and no function of a WebSocket and a message")
    return App(on_message=cast("OnMessage", handler))


def _takes_two(function: object) -> bool:
    """Whether this can be called with a WebSocket and a message."""
    if not callable(function) or isinstance(function, type):
        return False
    try:
        inspect.signature(function).bind(None, None)
    except (TypeError, ValueError):
        return False
    return True


def _is_coroutine_function(handler: object) -> bool:
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(getattr(handler, "__call__", None))  # noqa: B004
