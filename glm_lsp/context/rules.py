"""Rules that are read with every request: the user's own, and the project's once the user trusts them.

Both are files `rules.md` in a folder `.glm`: in the user's config directory, and in the workspace folder.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from glm_lsp.context.snippet import Snippet
from glm_lsp.errors import Refused
from glm_lsp.state import trust
from glm_lsp.text.lines import with_newlines
from glm_lsp.workspace import paths

NAME = "rules.md"


def in_force(uri: str, folders: Collection[Path], state: Path | None, config: Path | None) -> tuple[Snippet, ...]:
    """The rules a question about the document `uri` is asked under: the user's own, then the project's, which have the
    last word. `state` is where trust is kept, `config` the user's config directory."""
    folder = paths.folder_of(uri, folders)
    found = (
        own_rules(config, folders) if config is not None else None,
        rules(state, folder) if state is not None and folder is not None else None,
    )
    return tuple(one for one in found if one is not None)


def own_rules(config: Path, folders: Collection[Path]) -> Snippet | None:
    """The rules of the user whose config directory this is; None if he has none. They need no trust, unless that
    directory is one of the workspace `folders`: what lies there may be a project's."""
    if config in folders:
        return None
    try:
        text = _text(trust.prompts(config, links=True).get(NAME, b""))
    except Refused:
        return None
    # Without a URI: what a project ignores is no word about the user's own file.
    return Snippet("rules", f"your own rules, .glm/{NAME}", "", "the user", "markdown", text) if text else None


def rules(state: Path, folder: Path) -> Snippet | None:
    """The rules of a workspace folder; None if it has none, or they are not trusted as they are now. Those bytes are
    used that were compared with what was trusted."""
    try:
        found = trust.prompts(folder)
    except Refused:
        return None
    if NAME not in found or trust.standing(state, folder, found) != "trusted":
        return None
    text = _text(found[NAME])
    title, uri = f"the project's rules, .glm/{NAME}", paths.uri_of(folder / ".glm" / NAME)
    return Snippet("rules", title, uri, "this project", "markdown", text) if text else None


def _text(data: bytes) -> str:
    """Lines ended by `\\n`; empty if there is nothing in it."""
    text = with_newlines(data.decode("utf-8-sig", "replace")).strip()
    return f"{text}\n" if text else ""
