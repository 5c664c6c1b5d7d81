"""Which actions make sense at a place, and which of them are worth a line in the menu there.

The loudest complaints about such menus are that they are everywhere and that they are long. So an action is offered
where something calls for it, and is otherwise reached by its kind (`context.only`), the command palette, or by being
pinned. Everything is decided from memory: no I/O, no parse, and a bounded number of lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from glm_lsp.actions import signs
from glm_lsp.actions.action import Action
from glm_lsp.syntax.comments import has_comments
from glm_lsp.syntax.region import region
from glm_lsp.text.lines import Range, Text

Reason = signs.Sign | Literal["blank", "selection", "finding", "findings", "words", "question"]
"""What calls for an action. Besides the signs in the lines: a blank line; a selection; a diagnostic; several; an
instruction in a `glm: …` comment; one that asks."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is known, from memory, of where a menu opens. `comment` is the instruction of a `glm: …` comment there."""

    language: str
    reasons: frozenset[Reason] = frozenset()
    comment: str = ""


def place_at(text: Text, span: Range, language: str, findings: int, comment: str) -> Place:
    """The place `span` in `text`; `findings`: how many diagnostics the menu was asked about."""
    found: set[Reason] = set(signs.signs(text.lines, region(text, span, language, None), language))
    if "code" not in found:
        found.add("blank")
    if span.start != span.end:
        found.add("selection")
    if findings:
        found.add("finding")
    if findings > 1:
        found.add("findings")
    if comment:
        found.add("question" if comment.rstrip().endswith("?") else "words")
    return Place(language, frozenset(found), comment)


class _Call(NamedTuple):
    """`reason` calls for an action with `weight`; there is no reason for it elsewhere."""

    reason: Reason
    weight: int


_CALLS: Mapping[str, tuple[_Call, ...]] = {
    "edit": (_Call("words", 100), _Call("question", 95)),
    "ask": (_Call("question", 100),),
    "fix": (_Call("finding", 90),),
    "explain-diagnostic": (_Call("finding", 85),),
    "complete": (_Call("gap", 80),),
    "refactor": (_Call("code", 70),),
    "explain": (_Call("code", 60),),
    "suggest": (_Call("code", 57),),
    "extract": (_Call("selection", 55),),
    "fix-file": (_Call("findings", 54),),
    "translate-comments": (_Call("foreign", 52),),
    "handle-errors": (_Call("fallible", 50),),
    "modernise": (_Call("dated", 48),),
    "types": (_Call("untyped", 46),),
    "document": (_Call("undocumented", 44),),
    "simplify": (_Call("branches", 42),),
    "tests": (_Call("function", 40),),
    "optimise": (_Call("loops", 38),),
    "rename-better": (_Call("terse", 36),),
    "explain-file": (_Call("blank", 34),),
    "explain-comment": (),
}
"""What calls for the built-in actions, and how much."""
_OWN = (_Call("code", 65), _Call("blank", 65))
"""An action somebody has written himself is always welcome."""


def applicable(catalogue: Mapping[str, Action], place: Place, disabled: Sequence[str] = ()) -> list[Action]:
    """The actions that can be used at `place`, most relevant first, then in the catalogue's order."""
    found = [action for action in catalogue.values() if action.id not in disabled and _possible(action, place)]
    return sorted(found, key=lambda action: -weight(action, place))


def called_for(actions: Iterable[Action], place: Place, *, automatic: bool) -> list[Action]:
    """Those of `actions` that something at `place` calls for. `automatic`: nobody asked for the menu, so it has only
    what answers a diagnostic or the user's own comment."""
    return [
        action
        for action in actions
        if weight(action, place) and (not automatic or action.needs_diagnostics or action.needs_instruction)
    ]


def first(actions: Sequence[Action], room: int, pinned: Sequence[str]) -> list[Action]:
    """As many of `actions` as there is room for, in their order; the pinned ones are among them before others."""
    kept = [action.id for action in actions if action.id in pinned]
    kept += [action.id for action in actions if action.id not in pinned]
    return [action for action in actions if action.id in kept[:room]]


def weight(action: Action, place: Place) -> int:
    """How much `place` calls for `action`; 0: not at all."""
    calls = _CALLS.get(action.id, ()) if action.source == "built-in" else _OWN
    return max((call.weight for call in calls if call.reason in place.reasons), default=0)


def _possible(action: Action, place: Place) -> bool:
    return (
        (not action.languages or place.language in action.languages)
        and (not action.needs_diagnostics or "finding" in place.reasons)
        and (not action.needs_selection or "selection" in place.reasons)
        and (not action.needs_instruction or bool(place.comment))
        and (action.delivery != "comment" or has_comments(place.language))
    )
