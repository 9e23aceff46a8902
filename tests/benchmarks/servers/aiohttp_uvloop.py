"""aiohttp on uvloop."""

from __future__ import annotations

import uvloop

from tests.benchmarks.servers.aiohttp_asyncio import run

if __name__ == "__main__":
    run(uvloop.run)
