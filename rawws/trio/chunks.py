"""Messages chunk by chunk: plain iterator objects, since an abandoned async generator would have to be closed."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Generic, TypeVar

import trio

_T = TypeVar("_T")


class _Awaited(Generic[_T]):
    """A plain iterator in the clothes of an asynchronous one."""

    def __init__(self, iterator: Iterator[_T]) -> None:
        self._iterator = iterator

    def __aiter__(self) -> _Awaited[_T]:
        return self

    async def __anext__(self) -> _T:
        for item in self._iterator:
            return item
        raise StopAsyncIteration


def each(items: AsyncIterable[_T] | Iterable[_T]) -> AsyncIterator[_T]:
    """Iterate over either kind of iterable. Raises TypeError for what is neither."""
    if isinstance(items, AsyncIterable):
        return aiter(items)
    return _Awaited(iter(items))


class IncomingChunks:
    """The chunks of one message, as they come. begun: whether one was given."""

    def __init__(
        self,
        take: Callable[[IncomingChunks], Awaitable[tuple[str | bytes, bool]]],
        broken: Callable[[], trio.BrokenResourceError],
    ) -> None:
        self._take = take
        self._broken = broken
        self._final = False
        self.begun = False

    def __aiter__(self) -> IncomingChunks:
        return self

    async def __anext__(self) -> str | bytes:
        if self._final:
            raise StopAsyncIteration
        try:
            chunk, self._final = await self._take(self)
        except trio.EndOfChannel as exc:
            if self.begun:
                raise self._broken() from exc
            raise
        self.begun = True
        return chunk
