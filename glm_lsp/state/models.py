"""What the models endpoint said last, by origin: prices without a request, and a list without a network."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glm_lsp.state import place

FRESH_SECONDS = 24 * 3600.0


def save(state: Path, origin: str, models: Sequence[Mapping[str, Any]], *, now: float | None = None) -> None:
    """`models` are the objects as the endpoint gave them."""
    at = time.time() if now is None else now
    place.write_json(_path(state, origin), {"origin": origin, "at": at, "models": list(models)})


def load(
    state: Path, origin: str, *, fresh: float | None = FRESH_SECONDS, now: float | None = None
) -> list[Mapping[str, Any]] | None:
    """The objects, or None if there are none that are at most `fresh` seconds old (None: of any age)."""
    entry = place.read_json(_path(state, origin))
    at, models = entry.get("at"), entry.get("models")
    if entry.get("origin") != origin or not isinstance(at, int | float) or not isinstance(models, list):
        return None
    age = (time.time() if now is None else now) - at
    if fresh is not None and not 0 <= age <= fresh:
        return None
    return [model for model in models if isinstance(model, dict)]


def claim(state: Path, origin: str, *, now: float | None = None) -> bool:
    """Whether it is time to ask the endpoint again. It is for one caller a day, of all processes, whatever comes of it:
    a server without such an endpoint is not asked time and again."""
    at = time.time() if now is None else now
    path = _path(state, origin)
    with place.lock(path.parent):
        entry = place.read_json(path)
        last = [seen for seen in (entry.get("at"), entry.get("claimed")) if isinstance(seen, int | float)]
        if entry.get("origin") == origin and any(0 <= at - seen <= FRESH_SECONDS for seen in last):
            return False
        place.write_json(path, {**entry, "origin": origin, "claimed": at})
        return True


def _path(state: Path, origin: str) -> Path:
    return place.folder(state, "models") / f"{place.name_of(origin)}.json"
