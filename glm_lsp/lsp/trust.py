"""Whether a project's own prompts may be used: what the person is asked and shown, and what he answers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glm_lsp.errors import BadInput
from glm_lsp.plain import plain
from glm_lsp.state import place, trust
from glm_lsp.workspace import paths

if TYPE_CHECKING:
    from glm_lsp.actions.custom import Project
    from glm_lsp.lsp.session import Session

TRUST, SHOW, LATER, NEVER = "Trust", "Show", "Not now", "Never"
NAMED = 3
"""Actions that the question names."""


async def answer(session: Session, found: Project) -> bool | None:
    """What the person says of the prompts of the project. None: nothing, which is no trust, and the question comes
    again in another session."""
    editor = session.editor
    words = question(found)
    if not editor.client.show_message_request:
        editor.show("info", f"{words} If so, run `glm-lsp trust {plain(str(found.folder))}`.")
        return None
    where = ""
    while True:
        choice = await editor.choose("info", words + where, (TRUST, SHOW, LATER, NEVER))
        if choice != SHOW:
            return {TRUST: True, NEVER: False}.get(choice or LATER)
        path = await session.desk.keep_explanation("prompts", shown(found))
        where = "" if await editor.show_document(path.as_uri()) else f" They are shown in {path}."


def question(found: Project) -> str:
    """What the person is asked about the project's prompts."""
    titles = [f"“{action.title}”" for action in found.found.actions.values()]
    count = sum(name != "rules.md" for name in found.files)
    more = "" if len(titles) <= NAMED else ", …"
    actions = f"{count} action{'s' if count > 1 else ''}" if count else ""
    actions += f" ({', '.join(titles[:NAMED])}{more})" if titles else ""
    parts = " and ".join(part for part in ("rules" if "rules.md" in found.files else "", actions) if part)
    begin = "brings its own prompts for GLM" if found.standing == "new" else "has changed its own prompts for GLM"
    hidden = [plain(name) for name, data in found.files.items() if _hidden(data)]
    warning = f" Beware: {', '.join(hidden[:NAMED])} holds characters that cannot be seen." if hidden else ""
    return f"The project {plain(found.folder.name, 80)} {begin}: {parts}. Use them?{warning}"


def shown(found: Project) -> str:
    """The prompts that the question is about, as Markdown; characters that cannot be seen stand as `\\u202e`."""
    from glm_lsp.reply.markdown import inert
    from glm_lsp.reply.sentinels import fence_for

    parts = [f"# The prompts of {plain(str(found.folder))}\n"]
    for name, data in found.files.items():
        text = "".join(
            character if character in "\n\t" or character.isprintable() else character.encode("unicode_escape").decode()
            for character in data.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        )
        fence = fence_for(text)
        parts.append(f"## .glm/{plain(name)}\n\n{fence}markdown\n{text.rstrip()}\n{fence}\n")
    return inert("\n".join(parts))


def trust_folder(session: Session, argument: Mapping[str, Any]) -> Any:
    """`glm.trust {folder, trust}` → null: whether the prompts of a workspace folder, as they are now, may be used.

    `folder` is its URI, or its path. Errors: BadInput for another folder, or one without prompts; Refused; Failed.
    """
    named, trusted = argument.get("folder"), argument.get("trust")
    path = (paths.path_of(named) if "://" in named else Path(named)) if isinstance(named, str) else None
    if path is None or not isinstance(trusted, bool):
        raise BadInput("`folder` must be a folder's URI or path, and `trust` true or false.")
    folder = next((one for one in session.folders if os.path.normpath(one) == os.path.normpath(path)), None)
    if folder is None:
        raise BadInput(f"{plain(str(path))} is not a workspace folder of this editor.", "Run `glm-lsp trust DIR`.")
    return session.prompts.decide(folder, trusted=trusted)


def remember(folder: Path, files: Mapping[str, bytes] | None, trusted: bool) -> None:
    """Remember the answer about `files`; without them, about the prompts that `folder` has now."""
    state = place.root(os.environ)
    if files is None and not trusted:
        trust.revoke(state, folder)
        return
    files = trust.prompts(folder) if files is None else files
    if not files:
        raise BadInput(f"There are no prompts in {folder / '.glm'}, so there is nothing to trust.")
    trust.decide(state, folder, files, trusted=trusted)


def _hidden(data: bytes) -> str:
    """The first kind of character in it that cannot be seen."""
    from glm_lsp.edits.invisible import added

    return added("", data.decode("utf-8-sig", "replace"))
