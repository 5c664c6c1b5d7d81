"""What the region uses from other files of the project, as the lines that define it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from glm_lsp.context.project import Project
from glm_lsp.context.snippet import Snippet
from glm_lsp.context.tokens import estimate
from glm_lsp.index.uses import uses
from glm_lsp.syntax.definitions import Definition
from glm_lsp.syntax.parse import Tree
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Point, Range, Text

LONGEST_BODY = 40
"""Lines of a function that may be shown whole."""
_BODIES = frozenset({"function", "method", "property"})
_TYPES = frozenset({"class", "type"})


@dataclass(frozen=True, slots=True)
class Detail:
    """What may be shown besides a signature: of a function its `source`, of a type its `members`."""

    source: str = ""
    members: tuple[Definition, ...] = ()

    @property
    def tokens(self) -> int:
        return estimate(self.source) + sum(map(signature_tokens, self.members))


@dataclass(frozen=True, slots=True)
class Used:
    """A definition the region uses. `how` is that of `index.uses`; `weight` says how much it matters among its like."""

    path: str
    definition: Definition
    how: Literal["resolved", "imported", "named"]
    weight: float


def used(project: Project, tree: Tree, region: LineSpan, importance: Mapping[str, float]) -> tuple[Used, ...]:
    """What the lines of `region` use from other files: what is certain first, then by how often it is used and how
    important its file is (`importance`, of 1 together)."""
    found: dict[tuple[str, str], Used] = {}
    for use in uses(project.index, tree, project.path, *region):
        definition = _current(project, use.path, use.definition)
        key = (use.path, use.definition.qualified)
        if definition is not None and key not in found:
            weight = use.times * (0.1 + importance.get(use.path, 0.0))
            found[key] = Used(use.path, definition, use.how, weight)
    order = ("resolved", "imported", "named")
    return tuple(sorted(found.values(), key=lambda one: (order.index(one.how), -one.weight, one.path)))


def _current(project: Project, path: str, definition: Definition) -> Definition | None:
    """The definition as it is in the open document, where its file is open."""
    outline = project.outline(path)
    if definition in outline:
        return definition
    return next((one for one in outline if one.qualified == definition.qualified), None)


def detail(project: Project, one: Used) -> Detail | None:
    """More of a definition than its signature; None if there is no more, or it is too long."""
    definition = one.definition
    if definition.kind in _BODIES and definition.last - definition.first <= LONGEST_BODY:
        text = project.text(one.path)
        source = _source(text, definition) if text else ""
        return Detail(source=source) if source else None
    if definition.kind in _TYPES:
        own = [member for member in project.outline(one.path) if member.parent == definition.qualified]
        members = tuple(one for one in own if not one.name.startswith("_") or one.name == "__init__")
        return Detail(members=members) if members else None
    return None


def _source(text: Text, definition: Definition) -> str:
    """The lines of a definition; none if the file has changed since it was read."""
    lines = text.lines[definition.first : definition.last]
    at = definition.line - definition.first
    if not (0 <= at < len(lines) and definition.name in lines[at]):
        return ""
    return "".join(line.rstrip("\r\n") + "\n" for line in lines)


def holders(project: Project, path: str) -> dict[str, Definition]:
    """The types of a file, under whose heads members stand."""
    return {one.qualified: one for one in project.outline(path) if one.kind in _TYPES}


def snippets(project: Project, chosen: Iterable[Used], details: Mapping[Used, Detail]) -> list[Snippet]:
    """One snippet for each file, in the order of `chosen`; `details` are those that are to be shown."""
    files: dict[str, list[Used]] = {}
    for one in chosen:
        files.setdefault(one.path, []).append(one)
    return [_snippet(project, path, group, details) for path, group in files.items()]


def _snippet(project: Project, path: str, group: list[Used], details: Mapping[Used, Detail]) -> Snippet:
    language = project.language(path)
    above = holders(project, path)
    shown: dict[str, Definition] = {}
    sources: dict[str, str] = {}
    for one in group:
        more = details.get(one, Detail())
        for each in (one.definition, *more.members):
            shown.setdefault(each.qualified, each)  # a property is its getter, which stands first
        sources[one.definition.qualified] = more.source
        # A member stands under the head of what it belongs to.
        parent = above.get(one.definition.parent)
        while parent is not None and parent.qualified not in shown:
            shown[parent.qualified] = parent
            parent = above.get(parent.parent)
    lines = sorted(shown.values(), key=lambda each: (each.first, -each.last, each.line))
    text = "".join(sources.get(each.qualified) or signature(each, language) for each in lines)
    names = ", ".join(one.definition.qualified for one in group)
    span = Range(Point(min(each.first for each in lines), 0), Point(max(each.last for each in lines), 0))
    return Snippet("definitions", f"used from {path}: {names}", project.uri(path), path, language, text, span)


def signature(definition: Definition, language: str) -> str:
    """A definition's head as lines of code, at the depth of its place."""
    depth = definition.qualified.count(".") * "    "
    decorator = f"{depth}@property\n" if definition.kind == "property" and language == "python" else ""
    return f"{decorator}{depth}{definition.signature}{' …' if definition.kind in _BODIES else ''}\n"


def signature_tokens(definition: Definition) -> int:
    """About how many tokens `signature` has, with its indentation and marks."""
    return estimate(definition.signature) + (8 if definition.kind == "property" else 5)
