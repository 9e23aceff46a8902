"""nginx in front of several servers, as people run it: TLS ends there, and a server that goes is passed over."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"

_DEADLINE = 20.0

_CONFIGURATION = """
daemon off;
master_process off;
worker_rlimit_nofile 65536;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {folder}/temp;
    proxy_temp_path {folder}/temp;
    fastcgi_temp_path {folder}/temp;
    scgi_temp_path {folder}/temp;
    uwsgi_temp_path {folder}/temp;
    upstream servers {{
{servers}
    }}
    server {{
        listen {host}:{port} ssl backlog=4096;
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        location / {{
            proxy_pass http://servers;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_read_timeout 1h;
            # A server that drains says 503, one that has gone nothing at all: the next one is asked.
            proxy_next_upstream error timeout http_503;
            proxy_next_upstream_tries 3;
        }}
    }}
}}
"""


def find() -> str | None:
    """The program, None where it is not installed."""
    return shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


@contextmanager
def running(program: str, folder: Path, certificate: Path, sockets: Sequence[Path]) -> Iterator[int]:
    """nginx in front of these Unix sockets, for the block; where it listens."""
    (folder / "temp").mkdir()
    servers = "\n".join(f"        server unix:{path} max_fails=0;" for path in sockets)
    for _ in range(5):
        port = _free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(folder=folder, host=HOST, port=port, certificate=certificate, servers=servers)
        )
        process = subprocess.Popen([program, "-p", str(folder), "-c", str(configuration)], stderr=subprocess.DEVNULL)
        try:
            if _listens(process, port):
                yield port
                return
        finally:
            process.terminate()
            process.wait(_DEADLINE)
    raise RuntimeError(f"nginx did not start: {(folder / 'error.log').read_text()}")


def _free_port() -> int:
    # nginx cannot be told to take any free one. Somebody else may take this one meanwhile: then another is tried.
    with socket.create_server((HOST, 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until it does, or has ended."""
    until = time.monotonic() + _DEADLINE
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False
