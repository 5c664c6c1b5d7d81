"""What a Python name or expression is, as far as the text tells: enough to find where its members are defined.

Annotations, constructor calls, `self`, return types, inheritance, what a function returns, what a container holds.
Nothing is executed and flow is not followed. Where several are possible, all are given; where nothing is known, none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from glm_lsp.index.python_names import DEPTH, Function, Names, Place, Value, Values, expression
from glm_lsp.index.query import Index
from glm_lsp.syntax.definitions import Definition
from glm_lsp.syntax.names import Import

Environment = Mapping[str, Values]

_TRANSPARENT = frozenset(
    {
        "Optional", "Union", "Annotated", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "Awaitable",
        "Unpack", "InitVar",
    }
)  # fmt: skip
_CONTAINERS = frozenset(
    {
        "list", "set", "frozenset", "tuple", "deque", "List", "Set", "FrozenSet", "Tuple", "Deque", "Sequence",
        "Iterable", "Iterator", "Generator", "AsyncIterable", "AsyncIterator", "AsyncGenerator", "Collection",
        "MutableSequence", "AbstractSet", "KeysView", "ValuesView", "ContextManager", "AbstractContextManager",
        "AsyncContextManager",
    }
)  # fmt: skip
_MAPPINGS = frozenset(
    {"dict", "Dict", "Mapping", "MutableMapping", "DefaultDict", "defaultdict", "OrderedDict", "ChainMap", "ItemsView"}
)
_SAME_ELEMENTS = frozenset({"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "filter", "deque"})


class Types(Names):
    """The types of one project, asked while one request is served."""

    def __init__(
        self, index: Index, path: str, lines: Sequence[str], outline: Iterable[Definition], imports: Iterable[Import]
    ) -> None:
        super().__init__(index, path, lines, outline, imports)
        self._evaluated: dict[tuple[str, str, int], Values] = {}
        self._returned: dict[tuple[str, int], Values] = {}
        self._depth = 0

    def values(self, places: Iterable[Place | Value]) -> Values:
        found: list[Value] = []
        for place in places:
            found += [place] if isinstance(place, Value) else self._value(place)
        return tuple(dict.fromkeys(found))

    def _value(self, place: Place) -> Values:
        key = (place.path, place.definition.qualified, place.definition.line)
        if key not in self._evaluated:
            self._evaluated[key] = ()  # of what is defined by itself nothing is known
            if self._depth < DEPTH:
                self._depth += 1
                self._evaluated[key] = self._evaluate(place)
                self._depth -= 1
        return self._evaluated[key]

    def _evaluate(self, place: Place) -> Values:
        path, definition = place
        if definition.kind == "class":
            return (Value("class", path, definition),)
        if definition.kind in ("function", "method"):
            return (Value("function", path, definition),)
        if definition.kind == "property":
            return self.returned(place)
        if definition.type:
            return self.annotated(definition.type, path, definition.parent)
        node = expression(definition.value)
        if node is None:
            return ()
        function = self.method_at(path, definition.line) if definition.kind == "attribute" else None
        return self.infer(node, path, self.parameters(function) if function else {})

    def returned(self, place: Place) -> Values:
        """What calling a function gives: its annotation, else what it returns."""
        path, definition = place
        if definition.type:
            return self.annotated(definition.type, path, definition.parent)
        key = (path, definition.line)
        if key not in self._returned:
            self._returned[key] = ()
            node = self.function(place)
            if node is not None and self._depth < 4:
                self._depth += 1
                environment = dict(self.parameters(place))
                for statement in ast.walk(node):
                    self.bind(statement, path, environment)
                results = [
                    self.infer(one.value, path, environment)
                    for one in ast.walk(node)
                    if isinstance(one, ast.Return) and one.value
                ]
                self._returned[key] = tuple(dict.fromkeys(value for result in results for value in result))
                self._depth -= 1
        return self._returned[key]

    def parameters(self, place: Place) -> dict[str, Values]:
        """What the parameters of a function are, by their annotations, defaults, and where they stand."""
        node = self.function(place)
        if node is None:
            return {}
        return self.parameters_of(
            node, place.path, place.definition.parent if place.definition.kind != "function" else ""
        )

    def parameters_of(self, node: Function | ast.Lambda, path: str, owner: str) -> dict[str, Values]:
        found: dict[str, Values] = {}
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
        defaults.update(
            {a: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None}
        )
        for argument in (*positional, *arguments.kwonlyargs):
            if argument.annotation is not None:
                found[argument.arg] = self.annotated(argument.annotation, path, owner)
            elif argument in defaults:
                found[argument.arg] = self.infer(defaults[argument], path, {})
            else:
                found[argument.arg] = ()
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None:
                inner = self.annotated(rest.annotation, path, owner) if rest.annotation else ()
                found[rest.arg] = (Value("elements", inner=((), inner) if rest is arguments.kwarg else (inner,)),)
        if owner and positional and positional[0].annotation is None and (own := self.class_named(path, owner)):
            decorators = {ast.unparse(one) for one in getattr(node, "decorator_list", ())}
            if "staticmethod" not in decorators:
                bound = "classmethod" in decorators or positional[0].arg in ("cls", "mcs")
                found[positional[0].arg] = (Value("class" if bound else "instance", path, own),)
        return found

    def bind(self, node: ast.AST, path: str, environment: dict[str, Values]) -> None:
        """Take note of what one statement (or comprehension, or `:=`) binds."""
        match node:
            case ast.Assign():
                values = self.infer(node.value, path, environment)
                for target in node.targets:
                    self._unpack(target, values, environment)
            case ast.AnnAssign(target=ast.Name(id=name)):
                environment[name] = self.annotated(node.annotation, path, "")
            case ast.NamedExpr(target=ast.Name(id=name)):
                environment[name] = self.infer(node.value, path, environment)
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                self._unpack(node.target, self.elements(self.infer(node.iter, path, environment)), environment)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    if item.optional_vars is not None:
                        values = self.entered(self.infer(item.context_expr, path, environment))
                        self._unpack(item.optional_vars, values, environment)
            case ast.ExceptHandler(type=kind, name=str(name)):
                kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind] if kind else []
                environment[name] = tuple(
                    value for one in kinds for value in self.called(self.infer(one, path, environment))
                )
            case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), kind]):
                kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
                narrowed = tuple(value for one in kinds for value in self.called(self.infer(one, path, environment)))
                environment[name] = tuple(dict.fromkeys((*environment.get(name, ()), *narrowed)))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                environment.setdefault(name, ())

    def _unpack(self, target: ast.expr, values: Values, environment: dict[str, Values]) -> None:
        match target:
            case ast.Name(id=name):
                known = environment.get(name, ())
                environment[name] = tuple(dict.fromkeys((*values, *known)))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for at, part in enumerate(parts):
                    self._unpack(part, self._item(values, at), environment)
            case ast.Starred(value=inner):
                self._unpack(inner, values, environment)

    def _item(self, values: Values, at: int) -> Values:
        found: list[Value] = []
        for value in values:
            if value.kind == "tuple":
                found += value.inner[at] if at < len(value.inner) else ()
            else:
                found += self.elements((value,))
        return tuple(found)

    def infer(self, node: ast.expr, path: str, environment: Environment) -> Values:
        """What an expression may be, in the file `path`, with these local names."""
        match node:
            case ast.Name(id=name):
                return environment[name] if name in environment else self.values(self.places(path, name))
            case ast.Attribute(value=value, attr=name):
                return self.values(self.members(self.infer(value, path, environment), name))
            case ast.Call():
                return self._call(node, path, environment)
            case ast.Await(value=value) | ast.Starred(value=value) | ast.NamedExpr(value=value):
                return self.infer(value, path, environment)
            case ast.BoolOp(values=parts):
                return self._all(parts, path, environment)
            case ast.IfExp(body=body, orelse=other):
                return self._all([body, other], path, environment)
            case ast.BinOp(left=left, op=ast.Add() | ast.BitOr() | ast.Sub()):
                return self.infer(left, path, environment)
            case ast.Subscript(value=value):
                values = self.infer(value, path, environment)
                if isinstance(node.slice, ast.Slice):
                    return values
                if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
                    return self._item(values, node.slice.value)
                return tuple(found for one in values for found in self._subscript(one))
            case ast.Tuple(elts=parts):
                return (Value("tuple", inner=tuple(self.infer(part, path, environment) for part in parts)),)
            case ast.List(elts=parts) | ast.Set(elts=parts):
                return (Value("elements", inner=(self._all(parts[:8], path, environment),)),)
            case ast.Dict(keys=keys, values=parts):
                inner = (
                    self._all([key for key in keys[:8] if key], path, environment),
                    self._all(parts[:8], path, environment),
                )
                return (Value("elements", inner=inner),)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                local = self._comprehended(node.generators, path, environment)
                return (Value("elements", inner=(self.infer(node.elt, path, local),)),)
            case ast.DictComp():
                local = self._comprehended(node.generators, path, environment)
                return (
                    Value("elements", inner=(self.infer(node.key, path, local), self.infer(node.value, path, local))),
                )
        return ()

    def _all(self, nodes: Iterable[ast.expr], path: str, environment: Environment) -> Values:
        return tuple(dict.fromkeys(value for node in nodes for value in self.infer(node, path, environment)))

    def _comprehended(
        self, generators: list[ast.comprehension], path: str, environment: Environment
    ) -> dict[str, Values]:
        local = dict(environment)
        for generator in generators:
            self.bind(generator, path, local)
        return local

    def _call(self, node: ast.Call, path: str, environment: Environment) -> Values:
        match node.func:
            case ast.Name(id="super"):
                own = environment.get("self") or environment.get("cls") or ()
                return tuple(
                    Value(value.kind, parent.path, parent.definition)
                    for value in own
                    if value.definition is not None
                    for parent in self.ancestors(Place(value.path, value.definition))[1:]
                )
            case ast.Name(id=name) | ast.Attribute(attr=name) if name == "cast" and len(node.args) == 2:
                return self.annotated(node.args[0], path, "")
            case ast.Name(id=name) if name in _SAME_ELEMENTS and node.args and name not in environment:
                return (Value("elements", inner=(self.elements(self.infer(node.args[-1], path, environment)),)),)
            case ast.Name(id="next" | "min" | "max") if node.args:
                return self.elements(self.infer(node.args[0], path, environment))
            case ast.Name(id="enumerate") if node.args:
                inner = self.elements(self.infer(node.args[0], path, environment))
                return (Value("elements", inner=((Value("tuple", inner=((), inner)),),)),)
            case ast.Name(id="zip"):
                parts = tuple(self.elements(self.infer(part, path, environment)) for part in node.args)
                return (Value("elements", inner=((Value("tuple", inner=parts),),)),)
            case ast.Attribute(attr="copy" | "deepcopy" | "replace") if node.args:
                return self.infer(node.args[0], path, environment)
            case ast.Attribute(value=owner, attr=name):
                for value in self.infer(owner, path, environment):
                    if value.kind == "elements":
                        return self._method_of_container(value, name)
                    if value.kind == "instance" and name == "__class__":
                        return (value._replace(kind="class"),)
            case ast.Name(id="type") if len(node.args) == 1:
                return tuple(one._replace(kind="class") for one in self.infer(node.args[0], path, environment))
        receiver = self.infer(node.func.value, path, environment) if isinstance(node.func, ast.Attribute) else ()
        return self.called(self.infer(node.func, path, environment), receiver)

    def _method_of_container(self, value: Value, name: str) -> Values:
        keys, items = value.inner[0], value.inner[-1]
        if name == "items":
            return (Value("elements", inner=((Value("tuple", inner=(keys, items)),),)),)
        if name == "values":
            return (Value("elements", inner=(items,)),)
        if name in ("get", "pop", "popleft", "setdefault", "popitem"):
            return items
        return (value,) if name in ("copy", "keys", "union", "difference", "intersection") else ()

    def called(self, values: Values, receiver: Values = ()) -> Values:
        """What calling these gives. `receiver`: what a method was called on, for one that returns `Self`."""
        found: list[Value] = []
        for value in values:
            if value.kind == "callable":
                found += value.inner[0]
            elif value.definition is None:
                continue
            elif value.kind == "class":
                found.append(value._replace(kind="instance"))
            elif value.kind == "function":
                if value.definition.type.strip("\"'") in ("Self", "typing.Self", "te.Self", "t.Self") and receiver:
                    found += [one._replace(kind="instance") for one in receiver]
                else:
                    found += self.returned(Place(value.path, value.definition))
            elif value.kind == "instance":
                found += [
                    result
                    for place in self.members((value,), "__call__")
                    if isinstance(place, Place)
                    for result in self.returned(place)
                ]
        return tuple(dict.fromkeys(found))

    def elements(self, values: Values, steps: int = 4) -> Values:
        """What iterating gives; `steps` is how many iterators may give another one."""
        found: list[Value] = []
        for value in values:
            if value.kind == "elements":
                found += value.inner[0] if value.inner else ()
            elif value.kind == "tuple":
                found += [one for part in value.inner for one in part]
            elif value.kind == "instance":
                iterators = self._method((value,), "__iter__") + self._method((value,), "__aiter__")
                others = tuple(one for one in iterators if one != value)
                found += self.elements(others, steps - 1) if steps else ()
                found += self._method((value,), "__next__") + self._method((value,), "__anext__")
            elif value.kind == "class":
                found.append(value._replace(kind="instance"))  # an enumeration
        return tuple(dict.fromkeys(found))

    def _subscript(self, value: Value) -> Values:
        if value.kind == "elements":
            return value.inner[-1] if value.inner else ()
        if value.kind == "tuple":
            return tuple(one for part in value.inner for one in part)
        if value.kind == "class":
            return (value,)
        return self._method((value,), "__getitem__")

    def _method(self, values: Values, name: str) -> Values:
        return tuple(
            result
            for place in self.members(values, name)
            if isinstance(place, Place)
            for result in self.returned(place)
        )

    def entered(self, values: Values) -> Values:
        """What `with` binds."""
        found: list[Value] = []
        for value in values:
            if value.kind == "elements":  # a generator made into a context manager
                found += value.inner[0] if value.inner else ()
            elif value.kind == "instance":
                found += self._method((value,), "__enter__") or self._method((value,), "__aenter__") or (value,)
        return tuple(dict.fromkeys(found))

    def annotated(self, annotation: str | ast.expr, path: str, owner: str) -> Values:
        """What something with this annotation is, written in the file `path` in the class `owner`."""
        node = expression(annotation) if isinstance(annotation, str) else annotation
        if node is None or self._depth > 2 * DEPTH:
            return ()
        self._depth += 1
        try:
            return self._annotated(node, path, owner)
        finally:
            self._depth -= 1

    def _annotated(self, node: ast.expr, path: str, owner: str) -> Values:
        match node:
            case ast.Constant(value=str(text)):
                return self.annotated(text, path, owner)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return tuple(dict.fromkeys(self.annotated(left, path, owner) + self.annotated(right, path, owner)))
            case ast.Name(id="Self") | ast.Attribute(attr="Self"):
                own = self.class_named(path, owner)
                return (Value("instance", path, own),) if own else ()
            case ast.Subscript(value=base, slice=inner):
                return self._generic(base, inner, path, owner)
            case ast.Name() | ast.Attribute():
                name = node.id if isinstance(node, ast.Name) else node.attr
                if name in _CONTAINERS or name in _MAPPINGS:
                    return (Value("elements", inner=((),)),)
                return self._instances(node, path)
        return ()

    def _instances(self, node: ast.Name | ast.Attribute, path: str) -> Values:
        found: list[Value] = []
        for place in self.dotted(node, path):
            if place.definition.kind == "class":
                found.append(Value("instance", place.path, place.definition))
            elif place.definition.kind in ("type", "variable", "attribute") and place.definition.value:
                found += self._alias(place)
        return tuple(found)

    def _alias(self, place: Place) -> Values:
        node = expression(place.definition.value)
        match node:
            case ast.Call(func=ast.Name(id="TypeVar") | ast.Attribute(attr="TypeVar")):
                bounds = [word.value for word in node.keywords if word.arg == "bound"] or node.args[1:]
                return tuple(value for bound in bounds for value in self.annotated(bound, place.path, ""))
            case ast.Call(func=ast.Name(id="NewType"), args=[_, base]):
                return self.annotated(base, place.path, "")
        return self.annotated(node, place.path, "") if node is not None else ()

    def _generic(self, base: ast.expr, inner: ast.expr, path: str, owner: str) -> Values:
        name = base.id if isinstance(base, ast.Name) else base.attr if isinstance(base, ast.Attribute) else ""
        parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if name == "Annotated":
            parts = parts[:1]
        if name == "Coroutine":
            return self.annotated(parts[-1], path, owner)
        if name in _TRANSPARENT:
            return tuple(dict.fromkeys(value for part in parts for value in self.annotated(part, path, owner)))
        if name in ("type", "Type"):
            return tuple(value._replace(kind="class") for value in self.annotated(parts[0], path, owner))
        if name == "Callable":
            return (Value("callable", inner=(self.annotated(parts[-1], path, owner),)),)
        if name in ("tuple", "Tuple") and not any(isinstance(part, ast.Constant) for part in parts):
            return (Value("tuple", inner=tuple(self.annotated(part, path, owner) for part in parts)),)
        if name in _MAPPINGS and len(parts) == 2:
            return (Value("elements", inner=tuple(self.annotated(part, path, owner) for part in parts)),)
        if name in _CONTAINERS or name in _MAPPINGS:
            return (Value("elements", inner=(self.annotated(parts[0], path, owner),)),)
        return self.annotated(base, path, owner)
