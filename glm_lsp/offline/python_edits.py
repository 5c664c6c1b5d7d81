"""Small true edits of Python. Each rule takes a piece that parses and gives the edits it would make. None reformats, so
all else stays as it is, to the byte; and each looks at its result and keeps only what certainly means the same.
"""

from __future__ import annotations

import ast
import string
import tokenize
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from glm_lsp.offline.python_source import Edit, Source, apply, parsed_piece
from glm_lsp.text.lines import indentation, is_blank

Rule = Callable[[Source], list[Edit]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def improve(text: str, rule: Rule) -> str:
    """`text` after `rule`; unchanged where the rule finds nothing, or either text is not Python on its own."""
    source = Source.of(text)
    edits = rule(source) if source else []
    edited = apply(text, edits)
    return edited if edits and parsed_piece(edited) else text


def flatten(source: Source) -> list[Edit]:
    """`else` after branches that all leave (return, raise, continue, break): its block moves out by one level."""
    edits = []
    for node in source.nodes():
        if isinstance(node, ast.If) and not _is_elif(source, node):
            *_, last = chain = list(_chain(source, node))
            if last.orelse and all(_leaves(branch.body) for branch in chain):
                edits += _without_else(source, last)
    if not edits:
        return []
    flat = parsed_piece(apply(source.text, edits))
    return edits if flat and _flow(flat) == _flow(parsed_piece(source.text)) else []


def is_none(source: Source) -> list[Edit]:
    """`name == None` → `name is None` where only its truth is asked for; elsewhere `==` may build a query."""
    edits = []
    for test in _tests(source):
        if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not _is_simple(test.left):
            continue
        right = test.comparators[0]
        if not isinstance(right, ast.Constant) or right.value is not None:
            continue
        start, end = source.end(test.left), source.start(right)
        words = {"==": " is ", "!=": " is not "}.get(source.text[start:end].strip(" "))
        if words:
            edits.append(Edit(start, end, words))
    return edits


def f_strings(source: Source) -> list[Edit]:
    """`"…" % (a, b)` with `%s` and `%r`, and `"…".format(a, b=c)`, over names: the same as an f-string."""
    edits = []
    for node in source.nodes():
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            made = _from_percent(source, node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            made = _from_format(source, node, node.func.value)
        else:
            continue
        if made is not None:
            edits.append(Edit(source.start(node), source.end(node), made))
    return edits


def docstrings(source: Source) -> list[Edit]:
    """A skeleton in every function and method that has no docstring; functions inside functions are left out."""
    return [edit for function in _outer_functions(source.statements) for edit in _docstring(source, function)]


def first_docstring(source: Source) -> list[Edit]:
    """A skeleton in the first function that has no docstring, if it is also the first function there is."""
    return docstrings(source)[:1]


# if / else


def _is_elif(source: Source, node: ast.If) -> bool:
    return source.text.startswith("elif", source.start(node))


def _chain(source: Source, node: ast.If) -> Iterator[ast.If]:
    """`node` and the `elif`s that belong to it."""
    yield node
    match node.orelse:
        case [ast.If() as following] if _is_elif(source, following):
            yield from _chain(source, following)


def _leaves(block: Sequence[ast.stmt]) -> bool:
    return isinstance(block[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)


def _without_else(source: Source, node: ast.If) -> list[Edit]:
    """The edits that take the `else` of `node` away, or none where its line holds more than layout."""
    first, body_end = node.orelse[0], _last_line(node.body)
    after_body = bisect_right(source.tokens, body_end, key=lambda token: token.start[0])
    at = next(
        index
        for index in range(after_body, len(source.tokens))
        if source.tokens[index].type == tokenize.NAME and source.tokens[index].string == "else"
    )
    line, column = source.tokens[at].start
    following = source.tokens[at + 2]
    if following.start[0] != line or following.type == tokenize.COMMENT:
        return []
    if following.type != tokenize.NEWLINE:
        return [Edit(source.offset(line, column), source.offset(line, following.start[1]), "")]
    outer, inner = indentation(source.lines[line - 1]), indentation(source.lines[first.lineno - 1])
    if not inner.startswith(outer):
        return []
    edits = [Edit(source.offset(line, 0), source.offset(line + 1, 0), "")]
    for number in range(line + 1, _end_of_block(source, node.orelse, inner) + 1):
        text = source.lines[number - 1]
        if number not in source.inside_strings and not is_blank(text) and text.startswith(inner):
            edits.append(Edit(source.offset(number, len(outer)), source.offset(number, len(inner)), ""))
    return edits


def _end_of_block(source: Source, block: Sequence[ast.stmt], indent: str) -> int:
    """The block's last line, comments after its last statement included."""
    end = _last_line(block)
    for line in source.lines[end:]:
        if not line.startswith(indent + "#"):
            break
        end += 1
    return end


def _last_line(block: Sequence[ast.stmt]) -> int:
    return block[-1].end_lineno or block[-1].lineno


def _flow(tree: ast.Module | None) -> str:
    """The tree, which is changed, written so that it is the same with and without `else` after branches that leave."""
    return ast.dump(_Flat().visit(tree)) if tree else ""


class _Flat(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if not node.orelse or not _leaves(node.body):
            return node
        after, node.orelse = node.orelse, []
        return [node, *after]


# None


def _tests(source: Source) -> Iterator[ast.expr]:
    """The expressions of which only the truth is asked."""
    for node in source.nodes():
        if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
            yield from _operands(node.test)


def _operands(test: ast.expr) -> Iterator[ast.expr]:
    match test:
        case ast.BoolOp(values=values):
            for value in values:
                yield from _operands(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _operands(operand)
        case _:
            yield test


# f-strings


@dataclass(frozen=True, slots=True)
class _Field:
    """A replacement field: the expression as Python text, the conversion (`s`, `r`, `a` or nothing), the format."""

    value: str
    conversion: str
    format: str


_Parts = list[str | _Field]


def _from_percent(source: Source, node: ast.BinOp) -> str | None:
    literal, right = node.left, node.right
    if not isinstance(right, ast.Tuple) or not all(map(_is_simple, right.elts)) or not _is_plain(source, node, literal):
        return None
    values = [ast.unparse(value) for value in right.elts]
    return _as_f_string(source, literal, lambda text: _percent_parts(text, values))


def _from_format(source: Source, node: ast.Call, literal: ast.expr) -> str | None:
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    if not all(map(_is_simple, values)) or not _is_plain(source, node, literal):
        return None
    named = {str(index): ast.unparse(value) for index, value in enumerate(node.args)}
    for keyword in node.keywords:
        if keyword.arg is None:  # `**values`
            return None
        named[keyword.arg] = ast.unparse(keyword.value)
    return _as_f_string(source, literal, lambda text: _format_parts(text, named))


def _is_plain(source: Source, node: ast.expr, literal: ast.expr) -> bool:
    """Whether `node` begins with the one literal token of a string without prefix, and holds no comment."""
    if not isinstance(literal, ast.Constant) or source.start(literal) != source.start(node):
        return False
    segment, start = source.segment(literal), source.start(node)
    glued = start > 0 and (source.text[start - 1].isalnum() or source.text[start - 1] == "_")
    if glued or segment[0] not in "\"'" or segment not in source.string_tokens:
        return False
    return "#" not in source.text[source.end(literal) : source.end(node)]


def _is_simple(value: ast.expr) -> bool:
    """A name, or a name with attributes: cheap to read, and without quotes."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Name)


def _as_f_string(source: Source, literal: ast.expr, parts: Callable[[str], _Parts | None]) -> str | None:
    """The f-string with the parts of the literal's source text, if Python reads in it the parts of the literal's value:
    the two differ where an escape hides a brace or a percent sign."""
    assert isinstance(literal, ast.Constant)  # noqa: S101 - `_is_plain` has looked
    assert isinstance(literal.value, str)  # noqa: S101
    segment = source.segment(literal)
    quote = segment[:3] if segment.startswith(('"""', "'''")) else segment[0]
    found, meant = parts(segment[len(quote) : -len(quote)]), parts(literal.value)
    if not found or not meant or not any(isinstance(part, _Field) for part in found):
        return None
    made = f"f{quote}{''.join(map(_written, found))}{quote}"
    return made if _read(made) == meant else None


def _percent_parts(text: str, values: Sequence[str]) -> _Parts | None:
    """`%s` is `str()`, which a class may keep apart from `format()`; hence the conversion is always written."""
    parts: _Parts = []
    left, at = list(values), 0
    while (place := text.find("%", at)) >= 0:
        kind = text[place + 1 : place + 2]
        _add(parts, text[at:place])
        at = place + 2
        if kind == "%":
            _add(parts, "%")
        elif kind in ("s", "r") and left:
            parts.append(_Field(left.pop(0), kind, ""))
        else:
            return None
    _add(parts, text[at:])
    return None if left else parts


def _format_parts(text: str, values: Mapping[str, str]) -> _Parts | None:
    parts: _Parts = []
    names = []
    try:
        for literal, name, spec, conversion in string.Formatter().parse(text):
            _add(parts, literal)
            if name is None:
                continue
            if "{" in (spec or ""):
                return None
            names.append(name)
            parts.append(_Field(values[name or str(len(names) - 1)], conversion or "", spec or ""))
    except (ValueError, KeyError):
        return None
    numbered = any(not name for name in names) and any(name.isdecimal() for name in names)
    used = {name or str(index) for index, name in enumerate(names)}
    automatic = [name for name in names if not name]
    if numbered or used != set(values) or (automatic and len(automatic) != len(names)):
        return None
    return parts


def _add(parts: _Parts, text: str) -> None:
    """Put `text` at the end, as one part with any text that stands there."""
    if not text:
        return
    if parts and isinstance(parts[-1], str):
        parts[-1] += text
    else:
        parts.append(text)


def _written(part: str | _Field) -> str:
    if isinstance(part, str):
        return part.replace("{", "{{").replace("}", "}}")
    conversion = f"!{part.conversion}" if part.conversion else ""
    return f"{{{part.value}{conversion}{':' if part.format else ''}{part.format}}}"


def _read(text: str) -> _Parts | None:
    """The parts of the f-string `text`, as Python reads it."""
    source = Source.of(text)
    match source and source.statements:
        case [ast.Expr(value=ast.JoinedStr(values=values))]:
            pass
        case _:
            return None
    parts: _Parts = []
    for value in values:
        match value:
            case ast.Constant(value=str(literal)):
                _add(parts, literal)
            case ast.FormattedValue(value=expression, conversion=conversion, format_spec=None):
                parts.append(_Field(ast.unparse(expression), chr(conversion) if conversion > 0 else "", ""))
            case ast.FormattedValue(
                value=expression,
                conversion=conversion,
                format_spec=ast.JoinedStr(values=[ast.Constant(value=str(spec))]),
            ):
                parts.append(_Field(ast.unparse(expression), chr(conversion) if conversion > 0 else "", spec))
            case _:
                return None
    return parts


# docstrings


def _outer_functions(statements: Sequence[ast.stmt]) -> Iterator[Function]:
    for statement in statements:
        if isinstance(statement, Function):
            yield statement
        elif isinstance(statement, ast.ClassDef):
            yield from _outer_functions(statement.body)


def _docstring(source: Source, function: Function) -> list[Edit]:
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        return []
    head = next(
        token for token in source.tokens if token.type == tokenize.NEWLINE and token.start[0] >= function.lineno
    )
    if first.lineno <= head.start[0]:  # `def f(): return 1`
        return []
    indent = indentation(source.lines[first.lineno - 1])
    at = source.offset(head.start[0] + 1, 0)
    return [Edit(at, at, "".join(f"{indent}{line}\n" if line else "\n" for line in _skeleton(function, indent)))]


def _skeleton(function: Function, indent: str) -> list[str]:
    """The docstring's lines: the name in words, and a section for what there is to describe."""
    words = function.name.strip("_").replace("_", " ") or function.name
    summary = f"{words[0].upper()}{words[1:]}."
    step = "\t" if indent.endswith("\t") else "    "
    sections: list[str] = []
    if described := _parameters(function):
        sections += ["", "Args:", *(f"{step}{name}: To be described." for name in described)]
    if any(isinstance(node, ast.Return) and node.value is not None for node in own_nodes(function)):
        sections += ["", "Returns:", f"{step}To be described."]
    if raised := raised_names(function):
        sections += ["", "Raises:", *(f"{step}{name}: To be described." for name in raised)]
    return ['"""' + summary, *sections, '"""'] if sections else [f'"""{summary}"""']


def _parameters(function: Function) -> list[str]:
    return [name for name in parameter_names(function.args) if name.lstrip("*") not in ("self", "cls")]


def parameter_names(arguments: ast.arguments) -> list[str]:
    """The parameters in the order of the signature, stars included."""
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    names += [f"*{arguments.vararg.arg}"] if arguments.vararg else []
    names += [argument.arg for argument in arguments.kwonlyargs]
    return names + ([f"**{arguments.kwarg.arg}"] if arguments.kwarg else [])


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes below `function`, in the order of the text, without those of functions and classes inside it."""
    for child in ast.iter_child_nodes(function):
        yield child
        if not isinstance(child, Function | ast.ClassDef | ast.Lambda):
            yield from own_nodes(child)


def raised_names(function: ast.AST) -> list[str]:
    """The names of what is raised, in the order of the text, each once."""
    names = []
    for node in own_nodes(function):
        if isinstance(node, ast.Raise) and node.exc is not None:
            called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if _is_simple(called):
                names.append(ast.unparse(called))
    return list(dict.fromkeys(names))
