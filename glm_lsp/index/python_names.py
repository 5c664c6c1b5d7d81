"""What a Python name is: followed through the imports of the project's files, and up the classes it is a member of."""

from __future__ import annotations

import ast
import posixpath
import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from glm_lsp.errors import BadInput
from glm_lsp.index.modules import python_module
from glm_lsp.index.query import Index
from glm_lsp.syntax.definitions import Definition
from glm_lsp.syntax.names import Import

DEPTH = 12
"""How many steps from one definition to the next are followed."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Place(NamedTuple):
    """A definition in a file."""

    path: str
    definition: Definition


class Value(NamedTuple):
    """What an expression may be. `inner`: for `elements` what iterating gives and, for a mapping, what a key gives; for
    a `tuple` each of its items; for a `callable` what calling gives."""

    kind: Literal["module", "class", "instance", "function", "elements", "tuple", "callable"]
    path: str = ""
    definition: Definition | None = None
    inner: tuple[tuple[Value, ...], ...] = ()


Values = tuple[Value, ...]


class _File(NamedTuple):
    top: dict[str, Definition]
    members: dict[str, dict[str, Definition]]
    bound: dict[str, Import]
    stars: list[str]


class Names:
    """The names of one project, asked while one request is served. `path` is the file that is open, with `lines`; its
    outline and imports are those of its text, not of the index."""

    def __init__(
        self, index: Index, path: str, lines: Sequence[str], outline: Iterable[Definition], imports: Iterable[Import]
    ) -> None:
        self.path = path
        self._index = index
        self._lines: dict[str, Sequence[str]] = {path: lines}
        self._files = {path: _file(outline, imports)}
        self._functions: dict[tuple[str, int], Function | None] = {}
        self._places: dict[tuple[str, str], tuple[Place | Value, ...]] = {}
        self._modules: dict[tuple[str, str], tuple[str, ...]] = {}

    def places(self, path: str, name: str, seen: frozenset[tuple[str, str]] = frozenset()) -> tuple[Place | Value, ...]:
        """What a name of the module `path` means there: its definitions, followed through imports; a `Value` for a
        module."""
        if not seen:
            if (path, name) not in self._places:
                self._places[path, name] = self._followed(path, name, frozenset({(path, name)}))
            return self._places[path, name]
        if (path, name) in seen or len(seen) > DEPTH:
            return ()
        return self._followed(path, name, seen | {(path, name)})

    def _followed(self, path: str, name: str, seen: frozenset[tuple[str, str]]) -> tuple[Place | Value, ...]:
        file = self._file(path)
        if definition := file.top.get(name):
            return (Place(path, definition),)
        if entry := file.bound.get(name):
            return self._imported(path, entry, name, seen)
        for module in file.stars:
            for target in self._module(module, path):
                if found := self.places(target, name, seen):
                    return found
        return ()

    def _imported(
        self, path: str, entry: Import, name: str, seen: frozenset[tuple[str, str]]
    ) -> tuple[Place | Value, ...]:
        if not entry.name:
            module = entry.module if entry.alias else name
            return tuple(Value("module", target) for target in self._module(module, path)[:1])
        for target in self._module(entry.module, path):
            if found := self.places(target, entry.name, seen):
                return found
        inner = entry.module + ("" if entry.module.endswith(".") else ".") + entry.name
        return tuple(Value("module", target) for target in self._module(inner, path)[:1])

    def members(self, values: Values, name: str) -> tuple[Place | Value, ...]:
        """Where the member `name` of these values is defined: the nearest class that has it."""
        found: list[Place | Value] = []
        for value in values:
            if value.kind == "module":
                found += self.places(value.path, name) or self._submodule(value.path, name)
            elif value.kind in ("class", "instance") and value.definition is not None:
                for place in self.ancestors(Place(value.path, value.definition)):
                    member = self._file(place.path).members.get(place.definition.qualified, {}).get(name)
                    if member is not None:
                        found.append(Place(place.path, member))
                        break
        return tuple(dict.fromkeys(found))

    def _submodule(self, path: str, name: str) -> tuple[Value, ...]:
        folder = posixpath.dirname(path)
        if posixpath.basename(path) != "__init__.py":
            return ()
        files = (posixpath.join(folder, f"{name}.py"), posixpath.join(folder, name, "__init__.py"))
        return tuple(Value("module", file) for file in files if self._index.has(file))

    def ancestors(self, place: Place) -> tuple[Place, ...]:
        """A class and its bases, nearest first."""
        found = [place]
        for one in found:
            if len(found) > 40:
                break
            for base in arguments(one.definition.type):
                node = base.value if isinstance(base, ast.Subscript) else base
                found += [place for place in self.dotted(node, one.path) if _is_class(place) and place not in found]
        return tuple(found)

    def dotted(self, node: ast.expr, path: str) -> tuple[Place, ...]:
        """What `a` or `a.b.c` means at the top of the module `path`."""
        found: tuple[Place | Value, ...] = ()
        if isinstance(node, ast.Name):
            found = self.places(path, node.id)
        elif isinstance(node, ast.Attribute):
            owners = self._modules_of(node.value, path) or tuple(
                Value("class", place.path, place.definition) for place in self.dotted(node.value, path)
            )
            found = self.members(owners, node.attr)
        return tuple(place for place in found if isinstance(place, Place))

    def _modules_of(self, node: ast.expr, path: str) -> Values:
        """The modules `a` or `a.b` means."""
        if isinstance(node, ast.Name):
            return tuple(value for value in self.places(path, node.id) if isinstance(value, Value))
        if isinstance(node, ast.Attribute):
            inner = self.members(self._modules_of(node.value, path), node.attr)
            return tuple(value for value in inner if isinstance(value, Value))
        return ()

    def _module(self, module: str, path: str) -> tuple[str, ...]:
        if (module, path) not in self._modules:
            self._modules[module, path] = python_module(self._index, module, path)
        return self._modules[module, path]

    def _file(self, path: str) -> _File:
        if path not in self._files:
            self._files[path] = _file(self._index.outline(path), self._index.imports(path))
        return self._files[path]

    def class_named(self, path: str, qualified: str) -> Definition | None:
        """The class of that qualified name in a file."""
        parent, _, name = qualified.rpartition(".")
        file = self._file(path)
        found = file.members.get(parent, {}).get(name) if parent else file.top.get(name)
        return found if found is not None and found.kind == "class" else None

    def method_at(self, path: str, line: int) -> Place | None:
        """The method around an assignment to an attribute."""
        for members in self._file(path).members.values():
            for definition in members.values():
                if definition.kind in ("method", "property") and definition.first <= line < definition.last:
                    return Place(path, definition)
        return None

    def function(self, place: Place) -> Function | None:
        """The syntax tree of a function, read from its file; None if it does not parse."""
        key = (place.path, place.definition.line)
        if key not in self._functions:
            lines = self._source(place.path)[place.definition.first : place.definition.last]
            try:
                body = ast.parse(textwrap.dedent("".join(lines))).body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                body = []
            node = body[0] if body else None
            self._functions[key] = node if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None
        return self._functions[key]

    def _source(self, path: str) -> Sequence[str]:
        if path not in self._lines:
            try:
                text = self._index.text(path)
            except BadInput:
                text = ""
            self._lines[path] = [line + "\n" for line in text.split("\n")]
        return self._lines[path]


def _file(outline: Iterable[Definition], imports: Iterable[Import]) -> _File:
    top: dict[str, Definition] = {}
    members: dict[str, dict[str, Definition]] = {}
    for definition in outline:
        names = members.setdefault(definition.parent, {}) if definition.parent else top
        names.setdefault(definition.name, definition)
    bound: dict[str, Import] = {}
    stars = []
    for entry in imports:
        if entry.name == "*":
            stars.append(entry.module)
        else:
            bound.setdefault(entry.alias or entry.name or entry.module.partition(".")[0], entry)
    return _File(top, members, bound, stars)


def expression(text: str) -> ast.expr | None:
    """The syntax tree of an expression; None if it is none."""
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def arguments(text: str) -> list[ast.expr]:
    """The bases among what stands in a class's parentheses."""
    call = expression(f"f({text})") if text else None
    return call.args if isinstance(call, ast.Call) else []


def _is_class(place: Place) -> bool:
    return place.definition.kind == "class"
