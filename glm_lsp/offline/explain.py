"""An explanation from the shape of the code: what it names, takes, calls, raises, gives back, and where it forks.

Nothing here knows what the code is for, and the text says so; all it does say can be counted in the region.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from glm_lsp.offline.asked import Asked
from glm_lsp.offline.python_edits import Function, own_nodes, parameter_names, raised_names
from glm_lsp.offline.python_source import LONGEST, Source
from glm_lsp.syntax import tree
from glm_lsp.text.lines import Text, is_blank, split

HEADING = "**offline stand-in:** read from the shape of the code by rules; no model was asked, so not what it is for."

_MOST = 10
"""Items in one list."""
_LONGEST_CODE = 80
"""Characters of one piece of code or docstring."""
_STEERING = re.compile(r"\b(if|else|for|while|switch|case|match|try|catch|throw|return|await|goto)\b")


def explain(asked: Asked) -> str:
    """Markdown. Begins with the heading that says who answers."""
    source = Source.of(asked.region) if asked.language in ("python", "") else None
    parts = _python(source) if source else _any(asked)
    return "\n".join([HEADING, "", *parts]) + "\n"


# Python


def _python(source: Source) -> list[str]:
    parts: list[str] = []
    loose = []
    for statement in source.statements:
        if isinstance(statement, Function):
            parts += [*_function(source, statement), ""]
        elif isinstance(statement, ast.ClassDef):
            parts += [*_class(source, statement), ""]
        else:
            loose.append(statement)
    if loose:
        lines = _count(sum((one.end_lineno or one.lineno) - one.lineno + 1 for one in loose), "line")
        parts += [f"{_count(len(loose), 'statement')} outside functions and classes, {lines}.", ""]
        parts += [*_shape(ast.Module(loose, [])), ""]
    return parts[:-1]


def _function(source: Source, function: Function) -> list[str]:
    kind = "async function" if isinstance(function, ast.AsyncFunctionDef) else "function"
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function)):
        kind = f"generator {kind}" if kind == "function" else "async generator function"
    called = f"{function.name}({', '.join(parameter_names(function.args))})"
    lines = _count((function.end_lineno or function.lineno) - function.lineno + 1, "line")
    items = [*_doc(function), *_parameters(function), *_shape(function)]
    return [f"{code(called)} is {'an' if kind.startswith('a') else 'a'} {kind} of {lines}.", "", *items]


def _class(source: Source, statement: ast.ClassDef) -> list[str]:
    bases = [ast.unparse(base) for base in statement.bases]
    lines = _count((statement.end_lineno or statement.lineno) - statement.lineno + 1, "line")
    methods = [one for one in statement.body if isinstance(one, Function)]
    fields = [one.target for one in statement.body if isinstance(one, ast.AnnAssign)]
    items = _doc(statement)
    items += _item("Fields", (ast.unparse(field) for field in fields))
    items += _item("Raises", (name for method in methods for name in raised_names(method)))
    for method in methods:
        signature = f"{method.name}({', '.join(parameter_names(method.args))})"
        items.append(f"- Method {code(signature)}{_summary(method)}")
    based = f", based on {', '.join(code(base) for base in bases)}" if bases else ""
    return [f"{code(statement.name)} is a class of {lines}{based}.", "", *items]


def _summary(method: Function) -> str:
    first = (ast.get_docstring(method) or "").strip().split("\n")[0]
    return f": {code(first)}" if first else ", without a docstring"


def _doc(node: Function | ast.ClassDef) -> list[str]:
    first = (ast.get_docstring(node) or "").strip().split("\n")[0]
    return [f"- Its docstring begins: {code(first)}"] if first else ["- It has no docstring."]


def _parameters(function: Function) -> list[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    types = [f"{one.arg}: {ast.unparse(one.annotation)}" for one in every if one.annotation]
    defaults = [*arguments.defaults, *(value for value in arguments.kw_defaults if value is not None)]
    changing = [value for value in defaults if isinstance(value, ast.List | ast.Dict | ast.Set)]
    items = _item("Parameters with a type", types) + _item("Default values", map(ast.unparse, defaults))
    if changing:
        items.append("- Mind the default value that can be changed: all calls share it.")
    return items


def _shape(node: ast.AST) -> list[str]:
    nodes = list(own_nodes(node))
    returned = [one for one in nodes if isinstance(one, ast.Return)]
    caught = [
        ast.unparse(one.type) if one.type else "everything" for one in nodes if isinstance(one, ast.ExceptHandler)
    ]
    items = _item("Sets", _targets(nodes))
    items += _item("Calls", (ast.unparse(one.func) for one in nodes if isinstance(one, ast.Call)))
    items += _item("Raises", raised_names(node))
    items += _item("Catches", caught)
    items += _item("Returns", (ast.unparse(one.value) if one.value else "nothing" for one in returned))
    forks = [
        _count(sum(isinstance(one, kinds) for one in nodes), word)
        for kinds, word in (
            (ast.If | ast.IfExp | ast.Match, "branch"),
            (ast.For | ast.AsyncFor | ast.While | ast.comprehension, "loop"),
            (ast.With | ast.AsyncWith, "with block"),
        )
        if any(isinstance(one, kinds) for one in nodes)
    ]
    return items + ([f"- Flow: {', '.join(forks)}."] if forks else [])


def _targets(nodes: Sequence[ast.AST]) -> Iterator[str]:
    return (one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))


# Any language


def _any(asked: Asked) -> list[str]:
    lines = [line for line in split(asked.region) if not is_blank(line)]
    if not lines:
        return ["The region is empty."]
    items = [f"{_count(len(lines), 'line')} of {asked.language or 'text'} that {_are(len(lines))} not blank.", ""]
    items += _item("Defines", _defined(asked))
    words: dict[str, int] = {}
    for word in _STEERING.findall(asked.region):
        words[word] = words.get(word, 0) + 1
    items += _item("Words that steer, wherever they stand", (f"{word} × {count}" for word, count in words.items()))
    return items


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _defined(asked: Asked) -> list[str]:
    """The qualified names the region defines, where there is a grammar to tell."""
    if len(asked.with_region(asked.region)) > LONGEST:
        return []
    parsed = tree.parse(Text.of(asked.with_region(asked.region)), asked.language)
    first = len(split(asked.before)) - 1
    last = first + len(split(asked.region)) - 1
    return [found.qualified for found in tree.outline(parsed) if first <= found.line < last] if parsed else []


# Markdown


def code(text: str) -> str:
    """`text` as inline code on one line, cut where it is long; backticks in it get longer ones around it."""
    text = " ".join(text.split())
    if len(text) > _LONGEST_CODE:
        text = text[: _LONGEST_CODE - 1] + "…"
    marks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{marks}{space}{text}{space}{marks}"


def _item(title: str, texts: Iterable[str]) -> list[str]:
    every = list(dict.fromkeys(texts))
    if not every:
        return []
    more = f" and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return [f"- {title}: {', '.join(code(text) for text in every[:_MOST])}{more}"]


def _count(number: int, word: str) -> str:
    plural = f"{word}es" if word.endswith("ch") else f"{word}s"
    return f"{number} {word if number == 1 else plural}"
