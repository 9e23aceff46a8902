"""A certificate for wss, made for one run: the same for everybody."""

from __future__ import annotations

from pathlib import Path

import trustme


def make_certificate(folder: Path) -> str:
    """The path of a PEM file with a private key and the chain of its certificate, for localhost."""
    path = folder / "localhost.pem"
    trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(path))
    return str(path)
