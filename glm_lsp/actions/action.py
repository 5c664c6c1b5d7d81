"""What an action is, and how its file is read.

An action is one Markdown file: front matter between two `---` lines, then the instruction for the model. The built-in
ones lie in `actions/prompts/`; a project's own in `.glm/actions/` have the same form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from glm_lsp.errors import BadInput

Mode = Literal["edit", "explain", "suggest"]
"""What comes of it: an edit, words to read, or suggestions of edits to choose from."""
Scope = Literal["selection", "function", "file", "diagnostic"]
Reach = Literal["region", "region+imports", "file", "workspace"]
"""How far an action's edit may go; bytes outside it are identical afterwards, whatever the reply."""
Need = Literal["instruction", "selection", "diagnostics"]
"""What an action is nothing without: the user's own words; a selection; somebody's findings."""
Delivery = Literal["chosen", "comment"]
"""How an explanation arrives: as the user's settings say, or always as a comment above the region."""
Surroundings = Literal["usual", "tests"]
"""What goes along: `tests`: also where tests of the region belong, and how the project writes and runs its own."""

KINDS = ("quickfix.glm", "refactor.rewrite.glm", "refactor.extract.glm", "glm")
"""The roots of all our code action kinds. Never `source`: those run on save."""


@dataclass(frozen=True, slots=True)
class Action:
    """`title` without "GLM: "; `kind` an LSP code action kind; `languages` LSP language ids, empty for all;
    `instruction` what the model is told; `delivery` is that of an explanation; `context` what goes along; `source`:
    "built-in" or the file it was read from.

    An action that needs a selection is about that part of its region, which is the function around it: so there is
    room beside the part. The scope `diagnostic` implies the need of one.
    """

    id: str
    title: str
    kind: str
    mode: Mode
    instruction: str
    scope: Scope = "function"
    reach: Reach = "region"
    languages: tuple[str, ...] = ()
    needs: frozenset[Need] = frozenset()
    delivery: Delivery = "chosen"
    context: Surroundings = "usual"
    source: str = "built-in"

    @property
    def needs_instruction(self) -> bool:
        return "instruction" in self.needs

    @property
    def needs_selection(self) -> bool:
        return "selection" in self.needs

    @property
    def needs_diagnostics(self) -> bool:
        return self.scope == "diagnostic" or "diagnostics" in self.needs

    @property
    def in_blocks(self) -> bool:
        """Whether its edit is asked for as SEARCH/REPLACE blocks, not as the region's new text."""
        return self.mode == "edit" and self.reach in ("file", "workspace")

    def writes(self, delivery: str) -> bool:
        """Whether its answer is written into the file, where explanations are delivered as `delivery`
        (`explain.delivery` of the settings)."""
        if self.mode == "explain":
            return "comment" in (delivery, self.delivery)
        return self.mode == "edit"


_FIELDS = frozenset({"title", "kind", "mode", "scope", "reach", "languages", "needs", "delivery", "context"})


def parse(id: str, text: str, source: str, modes: Sequence[Mode] = get_args(Mode)) -> Action:
    """The action written in `text`; `modes` are those it may have.

    Errors: BadInput, naming file and line, if it cannot be one.
    """
    fields, instruction = _read(text, source)

    def choice(name: str, allowed: Sequence[str], default: str) -> str:
        at, value = fields.get(name, (1, default))
        if value not in allowed:
            raise BadInput(f"{source}:{at}: `{name}` must be one of {', '.join(allowed)}.")
        return value

    def several(name: str, allowed: Sequence[str] = ()) -> tuple[str, ...]:
        at, value = fields.get(name, (1, ""))
        found = tuple(value.strip("[]").replace(",", " ").split())
        if allowed and not set(found) <= set(allowed):
            raise BadInput(f"{source}:{at}: `{name}` must be some of {', '.join(allowed)}.")
        return found

    mode = choice("mode", modes, "edit")
    kind_at, kind = fields.get("kind", (1, f"refactor.rewrite.glm.{id}" if mode == "edit" else f"glm.{id}"))
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
        languages=several("languages"),
        needs=frozenset(several("needs", get_args(Need))),  # type: ignore[arg-type]  # checked
        delivery=choice("delivery", get_args(Delivery), "chosen"),  # type: ignore[arg-type]  # checked
        context=choice("context", get_args(Surroundings), "usual"),  # type: ignore[arg-type]  # checked
        source=source,
    )


def _read(text: str, source: str) -> tuple[Mapping[str, tuple[int, str]], str]:
    """The front matter, each field with its line (from 1) and its value, and the instruction below it.

    Errors: BadInput, naming file and line.
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
    for name, (at, _) in fields.items():
        if name not in _FIELDS:
            raise BadInput(f"{source}:{at}: unknown field `{name}`. Known: {', '.join(sorted(_FIELDS))}.")
    return fields, instruction
