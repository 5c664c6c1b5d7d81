"""How far our estimates of tokens are off in a workspace, learned from what the server counted."""

from __future__ import annotations

from pathlib import Path

from glm_lsp.context.tokens import MARGIN
from glm_lsp.state import place

WEIGHT = 0.2
"""How much one answer counts beside all before it (an exponential moving average)."""
FOLDER = "tokens"
LEAST = 500
"""Tokens of a prompt one can learn from: in a shorter one the server's own words weigh too much."""


def factor(state: Path, workspace: str) -> float:
    """The server's tokens for one of ours in `workspace`; 1.0 as long as nothing is known."""
    known = place.read_json(_note(state, workspace)).get("factor")
    return _within(known) if isinstance(known, float) else 1.0


def learn(state: Path, workspace: str, estimated: int, counted: int) -> None:
    """Take note that a prompt of about `estimated` tokens had `counted`. Errors: Failed if it cannot be kept."""
    if min(estimated, counted) < LEAST:
        return
    known = factor(state, workspace)
    mixed = known + WEIGHT * (_within(counted / estimated) - known)
    place.folder(state, FOLDER)
    place.write_json(_note(state, workspace), {"workspace": workspace, "factor": _within(mixed)})


def _within(value: float) -> float:
    """Further off than the margin of the wall is no error of estimation: a server that counts otherwise."""
    return min(max(value, MARGIN), 1 / MARGIN)


def _note(state: Path, workspace: str) -> Path:
    return state / FOLDER / f"{place.name_of(workspace)}.json"
