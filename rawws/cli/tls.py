"""TLS contexts from files."""

from __future__ import annotations

import ssl

from rawws.cli.problem import Problem, sentence_of
from rawws.trio import CertificateFiles


def server_context(certificate: str | None, key: str | None) -> CertificateFiles | None:
    """What `--tls-cert` and `--tls-key` ask for; None for neither. Raises Problem for files that cannot be used."""
    if certificate is None:
        if key is not None:
            raise Problem("--tls-key needs --tls-cert")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _load_certificate(context, certificate, key, "--tls-cert", "--tls-key")
    return CertificateFiles(certificate, key)


def _load_certificate(
    context: ssl.SSLContext, certificate: str, key: str | None, certificate_option: str, key_option: str
) -> None:
    """Let a context show a certificate. Raises Problem for files that cannot be used."""
    _check_readable(certificate_option, certificate)
    if key is not None:
        _check_readable(key_option, key)

    def no_passphrase() -> str:
        # Who asks for one cannot be started by a machine.
        raise Problem(f"the key of {key_option} has a passphrase; give one without")

    try:
        context.load_cert_chain(certificate, key, password=no_passphrase)
    except ssl.SSLError as exc:
        if exc.reason == "KEY_VALUES_MISMATCH":
            where = key or certificate
            raise Problem(f"the key in {where} does not belong to the certificate in {certificate}") from exc
        if key is None:
            text = f"{certificate} does not hold a certificate and its key in PEM (or use {key_option})"
            raise Problem(text) from exc
        raise Problem(f"{certificate} and {key} do not hold a certificate and its key in PEM") from exc


def client_context(
    authorities: str | None, certificate: str | None = None, key: str | None = None, *, insecure: bool = False
) -> ssl.SSLContext:
    """What `--ca`, `--cert`, `--key` and `--insecure` ask for. Raises Problem for files that cannot be used."""
    if authorities is not None:
        _check_readable("--ca", authorities)
    try:
        context = ssl.create_default_context(cafile=authorities)
    except ssl.SSLError as exc:
        raise Problem(f"{authorities} does not hold certificates in PEM") from exc
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        _load_certificate(context, certificate, key, "--cert", "--key")
    elif key is not None:
        raise Problem("--key needs --cert")
    return context


def _check_readable(option: str, name: str) -> None:
    """ssl says only that something is wrong with some file; this says with which, and what."""
    try:
        with open(name, "rb") as file:  # noqa: PTH123  a file name in, the same file name out
            file.read(1)
    except (OSError, ValueError) as exc:
        raise Problem(f"cannot read {option} {name}: {sentence_of(exc)}") from exc
