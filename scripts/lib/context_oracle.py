"""What sampled functions use from other files, as jedi resolves it. Runs in an environment of its own.

    python context_oracle.py ROOT PACKAGE COUNT SEED > pairs.json

ROOT is a project, PACKAGE the folder in it whose functions are sampled. The answer is a list of
`{path, name, first, last, identifiers, seconds, uses: [{path, name, kind, lines}]}`: lines from 1, paths relative to
ROOT. One name in one file is one use, whatever the number of places it is set in (`lines`). Modules and parameters are
no uses, nor is the name of the function itself.
"""

from __future__ import annotations

import ast
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jedi


def functions(folder: Path) -> Iterator[tuple[Path, str, int, int]]:
    """Every function and method: its file, name, and lines from 1 with its decorators, the last included."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                yield path, node.name, first, node.end_lineno or node.lineno


def uses(project: Any, root: Path, path: Path, name: str, first: int, last: int) -> dict[str, Any]:
    started = time.perf_counter()
    script = jedi.Script(path=str(path), project=project)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    words = [word for word in names(script._module_node) if first <= word.start_pos[0] <= last]
    own = next(word for word in words if word.value == name and word.parent.type == "funcdef")
    for word in words:
        if word is own:
            continue
        for definition in script.goto(*word.start_pos, follow_imports=True):
            place = definition.module_path
            if place is None or definition.type in ("module", "param", "namespace") or definition.line is None:
                continue
            place = Path(place).resolve()
            if place == path or not place.is_relative_to(root):
                continue
            key = (place.relative_to(root).as_posix(), definition.name)
            entry = found.setdefault(key, {"path": key[0], "name": key[1], "kind": kind(definition), "lines": []})
            if definition.line not in entry["lines"]:
                entry["lines"].append(definition.line)
    return {
        "path": path.relative_to(root).as_posix(),
        "name": name,
        "first": first,
        "last": last,
        "identifiers": sorted({word.value for word in words}),
        "seconds": time.perf_counter() - started,
        "uses": list(found.values()),
    }


def names(node: Any) -> Iterator[Any]:
    if node.type == "name":
        yield node
    for child in getattr(node, "children", ()):
        yield from names(child)


def kind(definition: Any) -> str:
    if definition.type == "class":
        return "class"
    tree = definition._name.tree_name
    holder = tree.get_definition() if tree is not None else None
    if definition.type == "property" or (definition.type == "function" and is_property(holder)):
        return "property"
    if definition.type == "function":
        return "function"
    parent = definition.parent()
    inside = parent is not None and parent.type in ("class", "function", "instance")
    return "attribute" if inside or "." in definition.description.split("=")[0] else "module variable"


def is_property(holder: Any) -> bool:
    decorated = holder.parent if holder is not None else None
    return decorated is not None and decorated.type == "decorated" and "property" in decorated.children[0].get_code()


def main() -> None:
    root, package = Path(sys.argv[1]).resolve(), sys.argv[2]
    count, seed = int(sys.argv[3]), int(sys.argv[4])
    every = list(functions(root / package))
    sample = random.Random(seed).sample(every, min(count, len(every)))
    sources = [str(root), *([str(root / "src")] if (root / "src").is_dir() else [])]
    project = jedi.Project(str(root), added_sys_path=sources)
    json.dump([uses(project, root, *one) for one in sample], sys.stdout, indent=1)


if __name__ == "__main__":
    main()
