"""`python -m rawws_conformance`."""

from __future__ import annotations

from rawws_conformance.cli import main

if __name__ == "__main__":
    main()
