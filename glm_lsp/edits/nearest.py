"""The lines of a file that look most like lines that were not found: for the repair ask only, never for an edit."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 25
WINDOWS = 4000
"""Places that are looked at closely at most."""


def nearest(old: Sequence[str], lines: Sequence[str]) -> tuple[int, list[str]] | None:
    """The first line (from 0) and the text of the part of `lines` most like `old`; None if nothing is."""
    from rapidfuzz.fuzz import ratio

    wanted = [line.strip() for line in old if line.strip()]
    if not wanted:
        return None
    size = min(len(old), len(lines))
    known = set(wanted)
    places = {row for row, line in enumerate(lines) if line.strip() in known}
    starts = sorted({max(0, min(row - at, len(lines) - size)) for row in places for at in range(min(size, 8))})
    if not starts:
        starts = list(range(len(lines) - size + 1))
    starts = starts[:: max(1, len(starts) // WINDOWS)]
    text = "\n".join(wanted[:SHOWN])
    best, score = None, 50.0
    for start in starts:
        window = "\n".join(line.strip() for line in lines[start : start + min(size, SHOWN)])
        if (found := ratio(text, window, score_cutoff=score)) > score:
            best, score = start, found
    return None if best is None else (best, list(lines[best : best + min(size, SHOWN)]))
