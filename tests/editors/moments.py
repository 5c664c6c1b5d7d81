"""What the moments of typing have in common in all editors: the text, the edit that comes, and where the user types."""

from __future__ import annotations

from typing import Literal

SEED = 20_261_122
MOMENTS = 25
"""In each of the four strata."""

OLD = ["    result = 0", "    for price in prices:", "        result = result + price", "    return result"]
NEW = ["    return sum(prices)"]
REGION = ["def total(prices):", '    """All of them."""', *OLD]
REPLY = "\n".join(["```python", *REGION[:2], *NEW, "```", ""])

Place = Literal["in the edit", "at its edge", "in the region", "on another line", "new line above", "new line below"]
PLACES: tuple[Place, ...] = (
    "in the edit",
    "at its edge",
    "in the region",
    "on another line",
    "new line above",
    "new line below",
)
