"""What the command cannot do it refuses with a sentence on stderr and exit status 2."""

from __future__ import annotations

import socket
import sys
import tempfile
from pathlib import Path

import pytest
import trustme

from rawws.cli import main

from tests.cli.running import run

#: Arguments, and a part of the sentence that refuses them.
REFUSED = [
    (["bogus"], "No such command"),
    (["--bogus"], "No such option"),
    (["serve", "--bogus"], "No such option"),
    (["serve", "argument"], "unexpected extra argument"),
    (["serve", "--port", "65536"], "65536"),
    (["serve", "--port", "-1"], "-1"),
    (["serve", "--port", "http"], "http"),
    (["serve", "--max-message", "lots"], "'lots' is not a size"),
    (["serve", "--max-message", "64M"], "unit"),
    (["serve", "--max-fragments", "0"], "0 is not in the range"),
    (["serve", "--origin", "example.com"], "neither an origin"),
    (["serve", "--origin", "https://example.com/path"], "neither an origin"),
    (["serve", "--origin", "null"], "neither an origin"),
    (["serve", "--subprotocol", "two words"], "is not a name"),
    (["serve", "--host", "192.0.2.1"], "cannot listen on 192.0.2.1:8765: Cannot assign requested address"),  # RFC 5737
    (["serve", "--host", "a..b"], "cannot listen on a..b:8765: "),
    (["serve", "--host", "a..\x1b[2J"], r"cannot listen on a..\x1b[2J:8765: "),
    (["serve", "--app", "handler"], "--app is module:handler, not 'handler'"),
    (["serve", "--app", ":handler"], "--app is module:handler"),
    (["serve", "--app", "no_such_module:handler"], "there is no module 'no_such_module'"),
    (["serve", "--app", "json.no_such_module:handler"], "there is no module 'json.no_such_module'"),
    (["serve", "--app", "json:handler"], "module 'json' has no 'handler'"),
    (["serve", "--app", "json:loads"], "is no async function"),
    (["serve", "--app", "json:__name__"], "is no async function"),
    (["serve", "--tls-key", "key.pem"], "--tls-key needs --tls-cert"),
    (["serve", "--tls-cert", "/no/such/file"], "cannot read --tls-cert /no/such/file: No such file or directory"),
    (["serve", "--tls-cert", "/"], "cannot read --tls-cert /: Is a directory"),
    (["serve", "--tls-cert", __file__], "does not hold a certificate and its key in PEM"),
    (["connect"], "Missing argument 'URL'"),
    (["connect", "http://127.0.0.1/"], "ws or wss, not 'http'"),
    (["connect", "127.0.0.1:8765"], "ws://host/path or wss://host/path"),
    (["connect", "ws://127.0.0.1/#part"], "fragment"),
    (["connect", "ws://user:pass@word@127.0.0.1/"], "percent-encoded"),
    (["connect", "ws://"], "a host is named"),
    (["connect", "ws://127.0.0.1:99999/"], "from 1 to 65535"),
    (["connect", "ws://127.0.0.1/\x1b[2J"], "control characters"),
    (["connect", "ws://a..b/"], "no connection to a..b: that is no name of a host"),
    (["connect", "ws://127.0.0.1/", "--header", "no colon"], "is not NAME:VALUE"),
    (["connect", "ws://127.0.0.1/", "--header", "two words: value"], "illegal header name"),
    (["connect", "ws://127.0.0.1/", "--header", "Name: a\r\nInjected: b"], "illegal value"),
    (["connect", "ws://127.0.0.1/", "--header", "Name: ü"], "ASCII"),
    (["connect", "ws://127.0.0.1/", "--origin", "a\r\nb"], "illegal"),
    (["connect", "ws://127.0.0.1/", "--origin", "ü"], "ASCII"),
    (["connect", "ws://127.0.0.1/", "--subprotocol", "a,b"], "is not a name"),
    (["connect", "ws://127.0.0.1/", "--subprotocol", "a", "--subprotocol", "a"], "subprotocol"),
    (["connect", "ws://127.0.0.1/", "--expect", "-1"], "-1 is not in the range"),
    (["connect", "ws://127.0.0.1/", "--timeout", "0"], "not a positive number"),
    (["connect", "ws://127.0.0.1/", "--timeout", "nan"], "not a positive number"),
    (["connect", "ws://127.0.0.1/", "--timeout", "inf"], "not a positive number"),
    (["connect", "ws://127.0.0.1/", "--timeout", "soon"], "not a positive number"),
    (["connect", "ws://127.0.0.1/", "--send", "\udcff"], "is not UTF-8"),
    (["connect", "ws://127.0.0.1/", "--max-message", "1.5MiB"], "is not a size"),
    (["connect", "ws://127.0.0.1/", "--insecure"], "--insecure is for wss:// URLs"),
    (["connect", "ws://127.0.0.1/", "--ca", __file__], "--ca is for wss:// URLs"),
    (["connect", "wss://127.0.0.1/", "--ca", "/no/such/file"], "cannot read --ca /no/such/file: No such file"),
    (["connect", "wss://127.0.0.1/", "--ca", __file__], "does not hold certificates in PEM"),
    (["connect", "ws://127.0.0.1/", "--cert", __file__], "--cert is for wss:// URLs"),
    (["connect", "wss://127.0.0.1/", "--cert", "/no/such/file"], "cannot read --cert /no/such/file: No such file"),
    (["connect", "wss://127.0.0.1/", "--cert", __file__], "certificate and its key in PEM (or use --key)"),
    (["connect", "wss://127.0.0.1/", "--key", __file__], "--key needs --cert"),
    (["connect", "ws://127.0.0.1/", "--server-name", "x"], "server_hostname is for wss:// URLs"),
    (["connect", "ws://127.0.0.1/", "--proxy", "ftp://x"], "proxy: a proxy is spoken to by http"),
    (["connect", "ws://127.0.0.1/", "--proxy", "http://x", "--unix", "/x"], "do not go together"),
    (["connect", "ws://127.0.0.1/", "--proxy", "http://127.0.0.1:1"], "proxy http://127.0.0.1:1: Connection refused"),
    (["connect", "ws://127.0.0.1/", "--unix", "/no/such/socket"], "No such file or directory"),
    (["connect", "ws://127.0.0.1/", "--max-redirects", "-1"], "-1 is not in the range"),
    (["demo", "argument"], "unexpected extra argument"),
]


def assert_sentence(status: int, output: str, errors: str, expected: str) -> None:
    """Nothing on stdout, one line on stderr that tells what is wrong, and exit status 2."""
    assert status == 2
    assert output == ""
    assert errors.startswith("rawws: ")
    assert errors.endswith("\n")
    assert errors.count("\n") == 1
    assert errors.rstrip("\n").isprintable()
    assert expected in errors


@pytest.mark.parametrize(("arguments", "expected"), REFUSED, ids=[ascii(" ".join(row[0]))[1:50] for row in REFUSED])
def test_a_sentence_and_exit_2(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these is told in one printable line, and nothing is done."""
    monkeypatch.setattr(sys, "path", sys.path[:])
    status = main(arguments)
    assert_sentence(status, *capsys.readouterr(), expected)


def test_the_process_ends_with_2() -> None:
    """What `main` gives is the exit status of the process, and stderr holds the sentence and nothing else."""
    done = run("serve", "--max-message", "lots")
    assert_sentence(done.returncode, done.stdout, done.stderr, "'lots' is not a size")


def test_a_port_in_use() -> None:
    """A port that somebody else listens on is told with its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = run("serve", "--port", str(port))
    expected = f"cannot listen on 127.0.0.1:{port}: Address already in use"
    assert_sentence(done.returncode, done.stdout, done.stderr, expected)


def test_nobody_listens() -> None:
    """A server that is not there is told with the system's reason."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = run("connect", f"ws://127.0.0.1:{port}/")
    expected = f"no connection to 127.0.0.1:{port}: Connection refused"
    assert_sentence(done.returncode, done.stdout, done.stderr, expected)


def test_a_server_that_never_answers() -> None:
    """--timeout bounds the opening handshake."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = run("connect", f"ws://127.0.0.1:{port}/", "--timeout", "0.2")
    expected = "within 0.2 seconds (waited for the answer of the server)"
    assert_sentence(done.returncode, done.stdout, done.stderr, expected)


def test_a_module_that_fails(tmp_path: Path) -> None:
    """A module that raises while it is imported is told with what it raised, in one line."""
    (tmp_path / "broken.py").write_text("raise RuntimeError('no\\nluck \\x1b[2J')")
    done = run("serve", "--app", "broken:handler", cwd=tmp_path)
    assert_sentence(done.returncode, done.stdout, done.stderr, r"cannot be imported: RuntimeError: no luck \x1b[2J")


def test_a_module_whose_import_is_missing(tmp_path: Path) -> None:
    """A module that imports what is not there is not called missing itself."""
    (tmp_path / "broken.py").write_text("import no_such_module")
    done = run("serve", "--app", "broken:handler", cwd=tmp_path)
    expected = "module 'broken' cannot be imported: ModuleNotFoundError"
    assert_sentence(done.returncode, done.stdout, done.stderr, expected)


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate, its key, somebody else's key, and a key with a passphrase."""
    folder = tmp_path_factory.mktemp("pems")
    authority = trustme.CA()
    issued, other = authority.issue_cert("127.0.0.1"), authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    other.private_key_pem.write_to_path(folder / "other.pem")
    encrypt(issued.private_key_pem.bytes(), folder / "secret.pem")
    return folder


def encrypt(key: bytes, path: Path) -> None:
    """Write a private key with a passphrase."""
    from cryptography.hazmat.primitives import serialization

    loaded = serialization.load_pem_private_key(key, None)
    path.write_bytes(
        loaded.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (None, "does not hold a certificate and its key in PEM (or use --tls-key)"),
        ("other.pem", "does not belong to the certificate"),
        ("secret.pem", "has a passphrase"),
        ("missing.pem", "cannot read --tls-key"),
        ("certificate.pem", "do not hold a certificate and its key in PEM"),
    ],
)
def test_certificates_and_keys(pems: Path, key: str | None, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A certificate without its key, with a wrong one, or with one that cannot be used is told."""
    arguments = ["serve", "--tls-cert", str(pems / "certificate.pem")]
    if key is not None:
        arguments += ["--tls-key", str(pems / key)]
    assert_sentence(main(arguments), *capsys.readouterr(), expected)


def test_an_unreadable_certificate(pems: Path) -> None:
    """A file that may not be read is told as such; root, whom no file mode stops, becomes somebody else for that."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        secret = Path(folder) / "certificate.pem"
        secret.write_bytes((pems / "certificate.pem").read_bytes())
        secret.chmod(0)
        script = """
import os, sys, rawws.cli.command
os.geteuid() or os.seteuid(65534)
status = rawws.cli.main()
os.seteuid(os.getuid())
sys.exit(status)
"""
        done = run("serve", "--tls-cert", str(secret), prefix=[sys.executable, "-c", script])
    assert_sentence(done.returncode, done.stdout, done.stderr, "Permission denied")
