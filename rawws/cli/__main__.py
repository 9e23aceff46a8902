"""`python -m rawws.cli` is `rawws`."""

from __future__ import annotations

import sys

from rawws.cli import main

sys.exit(main())
