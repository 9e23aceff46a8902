"""What deflates and inflates: the standard library's `zlib`, or a module with its face that somebody hands in."""

from __future__ import annotations

from typing import Any, Protocol


class ZlibModule(Protocol):
    """The part of `zlib` that permessage-deflate uses; `isal.isal_zlib` and `zlib_ng.zlib_ng` have it, too."""

    @property
    def Z_SYNC_FLUSH(self) -> int:  # noqa: N802  zlib's name
        """What ends a message."""

    @property
    def Z_BEST_COMPRESSION(self) -> int:  # noqa: N802  (the same)
        """The highest level."""

    @property
    def error(self) -> type[Exception]:
        """What is raised for octets that are no DEFLATE."""

    def compressobj(self, level: int = ..., method: int = ..., wbits: int = ..., memLevel: int = ...) -> Any:  # noqa: ANN401, N803  (the same)
        """A new compressor."""

    def decompressobj(self, wbits: int = ...) -> Any:  # noqa: ANN401  zlib does not name the type
        """A new decompressor."""


def can_inflate(module: ZlibModule) -> bool:
    """Whether `Inflater` can use the module: a copy of a decompressor shows it whether a message has ended."""
    return hasattr(module.decompressobj(), "copy")
