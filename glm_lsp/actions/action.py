"""What an action is, and how its file is read.

An action is one Markdown file: front matter between two `---` lines, then the instruction for the model. The built-in
ones lie in `actions/prompts/`; a project's own in `.glm/actions/` have the same form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from glm_lsp.errors import BadInput

Mode = Literal["edit", "explain"]
Scope = Literal["selection", "function", "file", "diagnostic"]
Reach = Literal["region", "region+imports", "file", "workspace"]
"""How far an action's edit may go; bytes outside it are identical afterwards, whatever the reply."""

KINDS = ("quickfix.glm", "refactor.rewrite.glm", "refactor.extract.glm", "glm")
"""The roots of all our code action kinds. Never `source`: those run on save."""


@dataclass(frozen=True, slots=True)
class Action:
    """`title` without "GLM: "; `kind` an LSP code action kind; `languages` LSP language ids, empty for all;
    `instruction` what the model is told; `needs_instruction`: it is nothing without the user's own words; `source`:
    "built-in" or the file it was read from."""

    id: str
    title: str
    kind: str
    mode: Mode
    instruction: str
    scope: Scope = "function"
    reach: Reach = "region"
    languages: tuple[str, ...] = ()
    needs_instruction: bool = False
    source: str = "built-in"


def parse(id: str, text: str, source: str) -> Action:
    """The action written in `text`.

    Errors: BadInput, naming file and line, if it cannot be one.
    """
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        raise BadInput(f"{source}:1: an action file begins with a line `---`.")
    fields: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines[1:], 2):
        if line.strip() == "---":
            break
        name, colon, value = line.partition(":")
        if not colon:
            raise BadInput(f"{source}:{number}: expected `name: value`, found {line!r}.")
        fields[name.strip()] = (number, value.strip().strip("\"'"))
    else:
        raise BadInput(f"{source}:1: the front matter has no closing `---`.")
    instruction = "\n".join(lines[number:]).strip()
    if not instruction:
        raise BadInput(f"{source}:{number}: the action has no instruction.")

    known = {"title", "kind", "mode", "scope", "reach", "languages", "needs"}
    for name, (at, _) in fields.items():
        if name not in known:
            raise BadInput(f"{source}:{at}: unknown field `{name}`. Known: {', '.join(sorted(known))}.")

    def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
        at, value = fields.get(name, (1, default))
        if value not in allowed:
            raise BadInput(f"{source}:{at}: `{name}` must be one of {', '.join(allowed)}.")
        return value

    mode = choice("mode", get_args(Mode), "edit")
    kind_at, kind = fields.get("kind", (1, f"glm.{id}" if mode == "explain" else f"refactor.rewrite.glm.{id}"))
    if not any(kind == root or kind.startswith(root + ".") for root in KINDS):
        raise BadInput(f"{source}:{kind_at}: `kind` must begin with one of {', '.join(KINDS)}.")
    return Action(
        id=id,
        title=fields.get("title", (1, id.replace("-", " ").capitalize()))[1],
        kind=kind,
        mode=mode,  # type: ignore[arg-type]  # `choice` has just checked it
        instruction=instruction,
        scope=choice("scope", get_args(Scope), "function"),  # type: ignore[arg-type]  # checked
        reach=choice("reach", get_args(Reach), "region"),  # type: ignore[arg-type]  # checked
        languages=tuple(name for name in fields.get("languages", (1, ""))[1].strip("[]").replace(",", " ").split()),
        needs_instruction="instruction" in fields.get("needs", (1, ""))[1],
        source=source,
    )
