"""A server's certificate, from files that somebody renews while the server runs."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Callable

import trio

_logger = logging.getLogger("rawws.server")

_StrPath = str | os.PathLike[str]


def default_server_context() -> ssl.SSLContext:
    """A context for servers as Python's ssl makes it by default, without a certificate."""
    return ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)


def _no_passphrase() -> str:
    raise ValueError("password: the key has a passphrase, and none was given")


class CertificateFiles:
    """For `serve(ssl_context=…)`: the certificate chain and the key in these files, as they were read last.

    certificate, key: PEM files; key None where both are in one. password: of the key.
    make_context: makes the contexts that the certificate is loaded into.

    Each `reload` makes a new context, for the connections that come afterwards; those that are open go on with what
    they have. Files that cannot be used leave everything as it was.

    Raises OSError for files that cannot be read, and ssl.SSLError for such that hold no certificate and its key.
    """

    def __init__(
        self,
        certificate: _StrPath,
        key: _StrPath | None = None,
        *,
        password: str | None = None,
        make_context: Callable[[], ssl.SSLContext] = default_server_context,
    ) -> None:
        self._certificate = certificate
        self._key = key
        self._password = password
        self._make_context = make_context
        self._seen: object = None
        self._context = self._load()

    def __repr__(self) -> str:
        return f"<CertificateFiles {os.fspath(self._certificate)!r}>"

    def __call__(self) -> ssl.SSLContext:
        """The context for the next connection."""
        return self._context

    def reload(self) -> None:
        """Read the files anew. Raises as making one does, and then nothing has changed."""
        self._context = self._load()

    def reload_if_changed(self) -> None:
        """Read the files anew if somebody has written them since they were read; raises as `reload` does."""
        if self._signature() != self._seen:
            self.reload()

    def _load(self) -> ssl.SSLContext:
        seen = self._signature()
        context = self._make_context()
        # Without a password to give, OpenSSL would ask whoever sits at the terminal.
        context.load_cert_chain(self._certificate, self._key, self._password or _no_passphrase)
        self._seen = seen
        return context

    def _signature(self) -> object:
        """What changes when somebody writes the files. Raises OSError."""
        files = [self._certificate] if self._key is None else [self._certificate, self._key]
        stats = [os.stat(file) for file in files]  # noqa: PTH116  str and Path alike
        return [(stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in stats]

    async def watch(self, seconds: float = 60.0) -> None:
        """Reload whenever the files have changed, looking every so many seconds; for a task of a nursery.

        Files that cannot be used (one may have been written, and the other not yet) are logged, and looked at again.
        """
        while True:
            await trio.sleep(seconds)
            try:
                self.reload_if_changed()
            except (OSError, ValueError) as exc:
                _logger.error(  # noqa: TRY400  a sentence is enough
                    "the certificate in %s cannot be used: %s; the one before stays",
                    os.fspath(self._certificate),
                    exc,
                    extra={"event": "certificate not reloaded"},
                )
            else:
                _logger.debug("the certificate in %s was looked at", os.fspath(self._certificate))
