"""How thoroughly property tests look."""

from __future__ import annotations

import os

QUICK = 4
"""`scripts/test unit` looks at one example in so many: it is run often, and picks others each time."""


def examples(count: int) -> int:
    """How many of `count` examples are looked at in this run."""
    return max(5, count // QUICK) if os.environ.get("QUICK_TESTS") else count
