"""What the network, TLS or the peer did, as the one error that `connect` raises for it."""

from __future__ import annotations

import os
import ssl

from rawws.core.errors import RemoteProtocolError, WrongValue
from rawws.trio.errors import ConnectError, InvalidHandshake
from rawws.trio.opening import EndOfStream

#: What keeps a connection from being made. ValueError (UnicodeError included): a host that no resolver, or no
#: certificate, can have the name of.
FAILURES = (OSError, EndOfStream, RemoteProtocolError, ValueError)


def connect_error(exc: BaseException, where: str) -> ConnectError:
    """The error to raise from `cause_of(exc)`. where: host and port."""
    exc = _of_tls(exc) or exc
    if isinstance(exc, RemoteProtocolError):
        return InvalidHandshake(f"the answer of {where} is no WebSocket handshake: {exc}")
    if isinstance(exc, ssl.SSLCertVerificationError):
        return ConnectError(f"the certificate of {where} is not trusted: {exc.verify_message}")
    if isinstance(exc, ssl.SSLError):
        return ConnectError(f"no TLS connection to {where}: {reason(exc)}")
    return ConnectError(f"no connection to {where}: {reason(exc)}")


def reason(exc: BaseException) -> str:
    """What happened, in a few words."""
    if isinstance(exc, EndOfStream):
        return "it ended before there was an answer"
    if isinstance(exc, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {exc.verify_message}"
    if isinstance(exc, ssl.SSLError):
        return (getattr(exc, "reason", None) or "failure").replace("_", " ").lower()
    if isinstance(exc, OSError):
        return ", ".join(dict.fromkeys(_sentence(each) for each in _attempts(exc)))
    if isinstance(exc, ValueError) and not isinstance(exc, WrongValue):
        return "that is no name of a host"
    return " ".join(str(exc).split())


def cause_of(exc: BaseException) -> BaseException:
    """What happened, as an exception: of several attempts that failed alike, the first one's.

    trio keeps the reasons why each address of a host could not be reached behind an error of its own, and a given
    stream keeps what TLS says behind one that says that it broke.
    """
    if (failure := _of_tls(exc)) is not None:
        return failure
    if isinstance(exc, OSError):
        attempts = _attempts(exc)
        if len({each.errno for each in attempts}) == 1:
            return attempts[0]
    return exc


def _of_tls(exc: BaseException | None) -> ssl.SSLError | None:
    """The error of TLS that an error stands for, None where there is none."""
    while exc is not None and not isinstance(exc, ssl.SSLError):
        exc = exc.__cause__
    return exc


def _attempts(exc: OSError) -> list[OSError]:
    """Why each address could not be reached; the error itself where there was one address or none."""
    behind = exc.__cause__
    causes = behind.exceptions if isinstance(behind, BaseExceptionGroup) else (behind,)
    found = [each for cause in causes if isinstance(cause, OSError) for each in _attempts(cause)]
    return found if exc.errno is None and found else [exc]


def _sentence(exc: OSError) -> str:
    # A positive number is the system's; those of getaddrinfo are negative, and bring their own words.
    if exc.errno is not None and exc.errno > 0:
        return os.strerror(exc.errno)
    return exc.strerror or " ".join(str(exc).split()) or type(exc).__name__
