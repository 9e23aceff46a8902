"""rawws.trio with a handler, compressing with isal, which it does by itself where that is installed."""

from __future__ import annotations

import isal.isal_zlib  # noqa: F401  without it, this is no other program than rawws_handler
import trio

from tests.benchmarks.servers.common import begin
from tests.benchmarks.servers.rawws_handler import main

if __name__ == "__main__":
    trio.run(main, begin())
