"""wsproto."""

from __future__ import annotations

import wsproto
import wsproto.connection
import wsproto.events
import wsproto.extensions

from tests.benchmarks.codec import events
from tests.benchmarks.codec.cases import Case, Codec


def make(case: Case) -> Codec:
    """A codec for the case."""
    return events.make(case, wsproto)
