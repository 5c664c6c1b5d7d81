"""Which file an import means.

Nothing is executed and no search path is known: a module is found by the names of its files and folders. Of several
that fit, the one nearest to the importing file is meant.
"""

from __future__ import annotations

import posixpath
import re

from glm_lsp.index.files import indexed_language
from glm_lsp.index.query import Index
from glm_lsp.syntax.languages import language

_RELATIVE = re.compile(r"\.{1,2}(/|$)")


def files_of(index: Index, module: str, path: str) -> tuple[str, ...]:
    """The files the module `module`, as written in an import of `path`, may be; the likeliest first. Paths as in
    `Index`."""
    id_ = indexed_language(path)
    if id_ == "python":
        return python_module(index, module, path)
    folder = posixpath.dirname(path)
    if _RELATIVE.match(module) or id_ in ("c", "cpp", "shellscript", "ruby", "php"):
        found = _by_path(index, posixpath.normpath(posixpath.join(folder, module)), id_)
        if found or _RELATIVE.match(module):
            return found
    parts = [part for part in re.split(r"::|[./\\]", module) if part and part not in ("crate", "super", "self")]
    while parts and not (index.with_tail(parts[-1]) or id_ == "go"):
        # `use a::b::Name` and `import a.b.Name` end with what is taken from the module.
        parts.pop()
    if not parts:
        return ()
    if id_ == "go":
        return _package(index, parts, path)
    return _nearest([file for file in index.with_tail(parts[-1]) if _ends_with(file, parts)], path)


def python_module(index: Index, module: str, path: str) -> tuple[str, ...]:
    """The file of a Python module: `.a`, `..`, `a.b` (the Python reference, §5.7 and §5.4.2)."""
    dots = len(module) - len(module.lstrip("."))
    parts = [part for part in module[dots:].split(".") if part]
    if dots:
        folder = posixpath.dirname(path)
        for _ in range(dots - 1):
            folder = posixpath.dirname(folder)
        base = posixpath.join(folder, *parts)
        return tuple(
            file
            for file in (f"{base}.py", f"{base}/__init__.py", f"{base}.pyi")
            if file.lstrip("/") and index.has(file)
        )
    if not parts:
        return ()
    found = [file for file in index.with_tail(parts[-1]) if _ends_with(file, parts)]
    return _nearest([file for file in found if _importable(index, file, parts, path)], path)


def _importable(index: Index, file: str, parts: list[str], path: str) -> bool:
    """Whether a module is at the top where `import` looks: not in a package, unless the importer lies beside it."""
    stem = file.rpartition(".")[0].removesuffix("/__init__")
    root = f"/{stem}".removesuffix("/" + "/".join(parts)).lstrip("/")
    return root == posixpath.dirname(path) or not index.has(posixpath.join(root, "__init__.py"))


def _by_path(index: Index, base: str, id_: str) -> tuple[str, ...]:
    """A file named by its path, with or without its suffix, or the folder it stands for."""
    name = posixpath.basename(base)
    stem = name.partition(".")[0]
    candidates = [*index.with_tail(stem), *index.with_tail(name)]
    stems = {base, posixpath.splitext(base)[0]}
    return tuple(
        dict.fromkeys(
            file
            for file in candidates
            if file == base
            or (file.partition(".")[0] in stems and language(indexed_language(file)).blocks == language(id_).blocks)
            or posixpath.dirname(file) == base
        )
    )


def _package(index: Index, parts: list[str], path: str) -> tuple[str, ...]:
    """The files of a Go package: those of the folder whose path ends as the import does."""
    for length in range(len(parts), 0, -1):
        folder = "/".join(parts[-length:])
        found = [file for file in index.in_folder(folder) if file.endswith(".go") and not file.endswith("_test.go")]
        if found:
            return _nearest(found, path)
    return ()


def _ends_with(file: str, parts: list[str]) -> bool:
    """Whether the names of a file's folders and its own are, from the last, those of the module."""
    stem = file.rpartition(".")[0]
    for own in ("/__init__", "/index", "/mod"):
        stem = stem.removesuffix(own)
    return f"/{stem}".endswith("/" + "/".join(parts))


def _nearest(files: list[str], path: str) -> tuple[str, ...]:
    return tuple(sorted(files, key=lambda file: (distance(file, path), len(file), file)))


def distance(one: str, other: str) -> int:
    """How many folders lie between two files, up and down."""
    first, second = one.split("/")[:-1], other.split("/")[:-1]
    common = 0
    while common < min(len(first), len(second)) and first[common] == second[common]:
        common += 1
    return len(first) + len(second) - 2 * common
