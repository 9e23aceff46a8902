"""Opening handshakes, good and hostile: every row of the battery."""

from __future__ import annotations

from tests.core.battery.answers import ANSWERS
from tests.core.battery.bad_requests import BAD_REQUESTS
from tests.core.battery.good_requests import GOOD_REQUESTS
from tests.core.battery.offers import DEFLATE_ANSWERS, OFFERS

ROWS = (*GOOD_REQUESTS, *BAD_REQUESTS, *OFFERS, *ANSWERS, *DEFLATE_ANSWERS)
