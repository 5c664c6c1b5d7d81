"""What the lines of a file use from other files of the project, the likeliest first.

Python is resolved (`python_types`). For other languages, and where that does not reach, names are looked up, and of what
is defined under a name the nearest by import is taken.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal, NamedTuple

from glm_lsp.index.modules import distance, files_of
from glm_lsp.index.python_types import Types
from glm_lsp.index.python_uses import used
from glm_lsp.index.query import Index, Located
from glm_lsp.syntax.definitions import Definition
from glm_lsp.syntax.languages import language
from glm_lsp.syntax.tree import Tree, identifiers, imports, outline

CANDIDATES = 3
"""How many definitions of one name are given, where it is not known which is meant."""
COMMON = 12
"""A name that is defined more often than this says too little to guess by."""


class Use(NamedTuple):
    """A definition in another file. `how`: `resolved` is certain as far as the text tells, `imported` means that its
    file is imported and the name is used, `named` that only the name agrees. `times`: how often it is used."""

    path: str
    definition: Definition
    how: Literal["resolved", "imported", "named"]
    times: int


def uses(index: Index, tree: Tree, path: str, first: int, last: int) -> tuple[Use, ...]:
    """What the lines `first` to `last` (not included) of `path`, whose text is that of `tree`, use from other files.
    Certain ones first, then by how often."""
    own = outline(tree)
    if language(tree.language).name == "python":
        types = Types(index, path, tree.text.lines, own, imports(tree))
        found = used(types, tree.text.lines, own, first, last)
        if found is not None:
            counts = Counter(place for place in found.places if place.path != path)
            resolved = [Use(place.path, place.definition, "resolved", count) for place, count in counts.most_common()]
            taken = {(use.path, use.definition.name) for use in resolved}
            guessed = [
                use
                for use in _named(index, tree, path, Counter(found.open), members=True)
                if (use.path, use.definition.name) not in taken
            ]
            return tuple(resolved + guessed)
    here = {definition.name for definition in own}
    names = Counter(name.name for name in identifiers(tree, first, last) if name.name not in here or name.receiver)
    return tuple(_named(index, tree, path, names, members=False))


def _named(index: Index, tree: Tree, path: str, names: Counter[str], members: bool) -> list[Use]:
    near = {file for entry in imports(tree) for file in files_of(index, entry.module, path)}
    by_name: dict[str, list[Located]] = {}
    for located in index.definitions_of(names, COMMON + 1):
        if located.path != path and _fits(index, located, tree.language, members):
            by_name.setdefault(located.definition.name, []).append(located)
    found: list[Use] = []
    for name, candidates in by_name.items():
        imported = [one for one in candidates if one.path in near]
        if len(candidates) > COMMON and not imported:
            continue
        chosen = sorted(imported or candidates, key=lambda one: (distance(one.path, path), one.path))[:CANDIDATES]
        found += [Use(one.path, one.definition, "imported" if imported else "named", names[name]) for one in chosen]
    return sorted(found, key=lambda use: (use.how != "imported", distance(use.path, path), -use.times))


def _fits(index: Index, located: Located, id_: str, members: bool) -> bool:
    if language(index.language(located.path)).blocks != language(id_).blocks:
        return False
    return not members or bool(located.definition.parent)
