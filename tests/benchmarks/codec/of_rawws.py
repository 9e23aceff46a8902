"""rawws.core by wsproto's face."""

from __future__ import annotations

import rawws.core
import rawws.core.connection
import rawws.core.events
import rawws.core.extensions

from tests.benchmarks.codec import events
from tests.benchmarks.codec.cases import Case, Codec


def make(case: Case) -> Codec:
    """A codec for the case."""
    return events.make(case, rawws.core)
