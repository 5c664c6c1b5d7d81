"""What a piece of Python uses, and where that is defined."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from glm_lsp.index.python_names import Function, Place, Values
from glm_lsp.index.python_types import Types
from glm_lsp.syntax.definitions import Definition


class Found(NamedTuple):
    """`places`: what the names mean, in the order they are used, with repeats. `open`: names of members whose owner is
    not known."""

    places: list[Place]
    open: list[str]


def used(types: Types, lines: Sequence[str], outline: Sequence[Definition], first: int, last: int) -> Found | None:
    """What the lines `first` to `last` (not included) use. None if they, and what is around them, do not parse."""
    start, stop = _around(outline, first, last)
    try:
        body = ast.parse(textwrap.dedent("".join(lines[start:stop]))).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    owners = {definition.line: definition.parent for definition in outline if definition.kind in ("method", "property")}
    walk = _Walk(types, owners, start, first, last)
    walk.block(body, {})
    return walk.found


def _around(outline: Sequence[Definition], first: int, last: int) -> tuple[int, int]:
    """The lines to read: the outermost function around them, or they themselves."""
    around = [
        definition
        for definition in outline
        if definition.kind in ("function", "method", "property")
        and definition.first <= first
        and last <= definition.last
    ]
    widest = max(around, key=lambda definition: definition.last - definition.first, default=None)
    return (widest.first, widest.last) if widest else (first, last)


class _Walk:
    def __init__(self, types: Types, owners: dict[int, str], start: int, first: int, last: int) -> None:
        self.types = types
        self.owners = owners
        self.start, self.first, self.last = start, first, last
        self.found = Found([], [])

    def block(self, statements: Sequence[ast.stmt], environment: dict[str, Values]) -> None:
        for statement in statements:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self._function(statement, environment)
            elif isinstance(statement, ast.ClassDef):
                for node in (*statement.decorator_list, *statement.bases, *(word.value for word in statement.keywords)):
                    self._expression(node, environment)
                self.block(statement.body, dict(environment))
                self.types.bind(statement, self.types.path, environment)
            elif isinstance(statement, ast.Import | ast.ImportFrom):
                self._imports(statement, environment)
            else:
                self._statement(statement, environment)

    def _function(self, node: Function, environment: dict[str, Values]) -> None:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        annotations = [argument.annotation for argument in every if argument is not None and argument.annotation]
        defaults = [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]
        for one in (*node.decorator_list, *annotations, *defaults, *([node.returns] if node.returns else [])):
            self._expression(one, environment)
        owner = self.owners.get(self.start + node.lineno - 1, "")
        inner = dict(environment)
        inner.update(self.types.parameters_of(node, self.types.path, owner))
        self.block(node.body, inner)
        self.types.bind(node, self.types.path, environment)

    def _imports(self, node: ast.Import | ast.ImportFrom, environment: dict[str, Values]) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            environment.pop(name, None)
            if isinstance(node, ast.ImportFrom):
                self._record(self.types.places(self.types.path, name), node)

    def _statement(self, node: ast.stmt | ast.ExceptHandler | ast.match_case, environment: dict[str, Values]) -> None:
        """One statement: first what it uses, then what it binds, then what stands in it."""
        inner: list[ast.AST] = []
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
                inner.append(child)
            else:
                self._expression(child, environment)
        self.types.bind(node, self.types.path, environment)
        for child in inner:
            if isinstance(child, ast.ExceptHandler | ast.match_case):
                self._statement(child, environment)
            elif isinstance(child, ast.stmt):
                self.block([child], environment)

    def _expression(self, node: ast.AST, environment: dict[str, Values]) -> None:
        match node:
            case ast.Name(id=name):
                if name not in environment:
                    self._record(self.types.places(self.types.path, name), node)
            case ast.Attribute(value=value, attr=name):
                self._expression(value, environment)
                owner = self.types.infer(value, self.types.path, environment)
                places = self.types.members(owner, name)
                self._record(places, node)
                if not places and self._here(node) and not owner:
                    self.found.open.append(name)
            case ast.Constant(value=str(text)):
                self._annotation(text, node, environment)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                local = dict(environment)
                for generator in node.generators:
                    self._expression(generator.iter, local)
                    self.types.bind(generator, self.types.path, local)
                    for condition in generator.ifs:
                        self._expression(condition, local)
                results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
                for result in results:
                    self._expression(result, local)
            case ast.Lambda(args=arguments):
                for default in (*arguments.defaults, *arguments.kw_defaults):
                    if default is not None:
                        self._expression(default, environment)
                self._expression(node.body, environment | self.types.parameters_of(node, self.types.path, ""))
            case _:
                for child in ast.iter_child_nodes(node):
                    self._expression(child, environment)
                self.types.bind(node, self.types.path, environment)

    def _annotation(self, text: str, node: ast.AST, environment: dict[str, Values]) -> None:
        """A string may be an annotation: one that is a name we know is taken for one."""
        if text.isidentifier() and text not in environment:
            self._record([place for place in self.types.places(self.types.path, text) if _is_class(place)], node)

    def _record(self, places: Sequence[object], node: ast.AST) -> None:
        if self._here(node):
            self.found.places.extend(place for place in places if isinstance(place, Place))

    def _here(self, node: ast.AST) -> bool:
        return self.first <= self.start + getattr(node, "lineno", 0) - 1 < self.last


def _is_class(place: object) -> bool:
    return isinstance(place, Place) and place.definition.kind == "class"
