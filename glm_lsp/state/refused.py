"""Request parameters a server refused, by origin: dropped once, not tried again."""

from __future__ import annotations

from pathlib import Path

from glm_lsp.state import place


def parameters(state: Path, origin: str) -> frozenset[str]:
    """The names that are not to be sent to `origin`."""
    entry = place.read_json(_path(state, origin))
    names = entry.get("parameters")
    if entry.get("origin") != origin or not isinstance(names, list):
        return frozenset()
    return frozenset(name for name in names if isinstance(name, str))


def remember(state: Path, origin: str, parameter: str) -> None:
    """`origin` refused `parameter`. Two servers that learn at once both learn."""
    path = _path(state, origin)
    with place.lock(path.parent):
        known = parameters(state, origin)
        if parameter not in known:
            place.write_json(path, {"origin": origin, "parameters": sorted(known | {parameter})})


def forget(state: Path, origin: str) -> bool:
    """Try everything again at `origin`; whether anything had been refused."""
    return place.remove(_path(state, origin))


def _path(state: Path, origin: str) -> Path:
    return place.folder(state, "refused") / f"{place.name_of(origin)}.json"
