"""The project's own rules, `.glm/rules.md`: read with every request, once the user trusts them."""

from __future__ import annotations

from pathlib import Path

from glm_lsp.context.snippet import Snippet
from glm_lsp.errors import Refused
from glm_lsp.state import trust
from glm_lsp.workspace import paths

NAME = "rules.md"


def rules(state: Path, folder: Path) -> Snippet | None:
    """The rules of a workspace folder; None if it has none, or they are not trusted as they are now. Those bytes are
    used that were compared with what was trusted."""
    try:
        found = trust.prompts(folder)
    except Refused:
        return None
    if NAME not in found or trust.standing(state, folder, found) != "trusted":
        return None
    text = found[NAME].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        return None
    name = f".glm/{NAME}"
    return Snippet("rules", f"the project's rules, {name}", paths.uri_of(folder / name), name, "markdown", text + "\n")
