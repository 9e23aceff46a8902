"""aiohttp on uvloop, compressing with isal."""

from __future__ import annotations

import aiohttp
import uvloop
from isal import isal_zlib

from tests.benchmarks.servers.aiohttp_asyncio import run

if __name__ == "__main__":
    aiohttp.set_zlib_backend(isal_zlib)
    run(uvloop.run)
