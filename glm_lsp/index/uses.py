"""What the lines of a file use from other files of the project, the likeliest first.

Python is resolved (`python_types`). For other languages, and where that does not reach, names are looked up, and of
what is defined under a name the nearest by import is taken.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from glm_lsp.index.files import indexed_language
from glm_lsp.index.modules import distance, files_of
from glm_lsp.index.python_names import Place
from glm_lsp.index.python_types import Types
from glm_lsp.index.python_uses import Found, used
from glm_lsp.index.query import Index, Located
from glm_lsp.syntax.contents import contents
from glm_lsp.syntax.definitions import Definition
from glm_lsp.syntax.languages import language
from glm_lsp.syntax.names import Import, identifiers
from glm_lsp.syntax.parse import Tree

CANDIDATES = 3
"""How many definitions of one name are given, where it is not known which is meant."""
COMMON = 12
"""A name that is defined more often than this says too little to guess by."""
_PACKAGES = frozenset({"go", "java", "csharp"})
"""Languages whose files see what stands beside them without an import."""
_BUILTIN = frozenset(name for kind in (str, bytes, list, dict, set, int, object) for name in dir(kind))
"""Members a Python value most often has for being of a built-in type."""


class Use(NamedTuple):
    """A definition in another file. `how`: `resolved` is certain as far as the text tells, `imported` means that its
    file is imported and the name is used, `named` that only the name agrees. `times`: how often it is used."""

    path: str
    definition: Definition
    how: Literal["resolved", "imported", "named"]
    times: int


def uses(index: Index, tree: Tree, path: str, first: int, last: int) -> tuple[Use, ...]:
    """What the lines `first` to `last` (not included) of `path`, whose text is that of `tree`, use from other files:
    the resolved first, each kind by how often. `path` is relative to the index's folder, with `/`."""
    own, imports = contents(tree)
    if language(tree.language).name == "python":
        types = Types(index, path, tree.text.lines, own, imports)
        try:
            found = used(types, tree.text.lines, own, first, last)
        except RecursionError:  # an expression nested a thousand deep
            found = None
        if found is None:
            found = _unparsed(types, tree, first, last)
        counts = Counter(place for place in found.places if place.path != path)
        resolved = [Use(place.path, place.definition, "resolved", times) for place, times in counts.most_common()]
        unknown = Counter(name for name in found.open if name not in _BUILTIN)
        members = [one for one in index.definitions_of(unknown, COMMON + 1) if one.definition.parent]
        taken = {(use.path, use.definition.name) for use in resolved}
        guessed = _nearest(index, path, imports, unknown, members)
        return (*resolved, *(use for use in guessed if (use.path, use.definition.name) not in taken))
    here = {definition.name for definition in own}
    names = Counter(name.name for name in identifiers(tree, first, last) if name.name not in here or name.receiver)
    return tuple(_nearest(index, path, imports, names, index.definitions_of(names, COMMON + 1)))


def _unparsed(types: Types, tree: Tree, first: int, last: int) -> Found:
    """Of Python with a mistake in it: what its names mean at the top of the file, and its members."""
    names = identifiers(tree, first, last)
    places = [place for name in names if not name.receiver for place in types.places(types.path, name.name)]
    return Found(
        [place for place in places if isinstance(place, Place)], [name.name for name in names if name.receiver]
    )


def _nearest(
    index: Index, path: str, imports: Iterable[Import], names: Mapping[str, int], candidates: Iterable[Located]
) -> list[Use]:
    """Of the definitions of each name those in files that `path` imports, else the nearest."""
    id_ = indexed_language(path)
    imported = {file for entry in imports for file in files_of(index, entry.module, path)}
    by_name: dict[str, list[Located]] = {}
    for one in candidates:
        if one.path != path and language(indexed_language(one.path)).blocks == language(id_).blocks:
            by_name.setdefault(one.definition.name, []).append(one)
    found: list[Use] = []
    for name, known in by_name.items():
        folder = posixpath.dirname(path)
        near = [
            one for one in known if one.path in imported or (id_ in _PACKAGES and posixpath.dirname(one.path) == folder)
        ]
        if near or len(known) <= COMMON:
            chosen = sorted(near or known, key=lambda one: (distance(one.path, path), one.path))[:CANDIDATES]
            found += [Use(one.path, one.definition, "imported" if near else "named", names[name]) for one in chosen]
    return sorted(found, key=lambda use: (use.how != "imported", distance(use.path, path), -use.times))
