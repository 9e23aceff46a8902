"""All 517 cases of Autobahn as data, and a judge that plays them against any WebSocket implementation.

| module      | what it holds                                                                           |
|-------------|-----------------------------------------------------------------------------------------|
| `model`     | what a case is: steps, expectations, verdicts; data without behaviour                    |
| `cases`     | the cases themselves, a module per group                                                 |
| `exchange`  | cases as JSON and back; the schema is beside it                                          |
| `player`    | plays one case without a socket and without a clock: octets and time in, verdict out     |
| `runs`      | what moves the octets: `tcp` to a server, `memory` to a sans-IO implementation           |
| `adapters`  | sans-IO implementations for `runs.memory`                                                |
| `report`    | what a run has shown; `reports` makes files of it                                         |
| `api`       | the runs as Python functions; `pytest_plugin` makes fixtures of them                      |
| `wstest`    | Autobahn's spec files                                                                    |

The judge shares no behaviour with rawws: it builds its octets itself and imports `rawws.spec`, the facts of the RFCs,
and nothing else of it. The one exception is the adapter that puts `rawws.core` before the judge.
"""

from __future__ import annotations

__version__ = "0.1.0"
