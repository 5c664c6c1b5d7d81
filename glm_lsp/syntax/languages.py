"""What is known about each language, as data: its ids, files, grammar, comments and how its blocks are written.

A `language` is a `languageId` of LSP 3.18 §textDocumentItem (VS Code's ids first, then file types of Vim and Emacs).
A language that is not here has no grammar and the comment style `#`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

Blocks = Literal["indent", "brace", "end", "none"]
"""How a block is written: by indentation, in braces, up to the word `end`, or not in a way that shows in its lines."""


@dataclass(frozen=True, slots=True)
class Language:
    """`ids[0]` is the language's own name. `grammar` is `module:function` of a tree-sitter wheel, or empty.
    `line` and `block` are comment tokens, empty where the language has none. `patterns` names the row of
    `syntax.patterns` to use, where it is not the language's own."""

    ids: tuple[str, ...]
    suffixes: tuple[str, ...] = ()
    grammar: str = ""
    line: str = ""
    block: tuple[str, str] | None = None
    blocks: Blocks = "none"
    patterns: str = ""

    @property
    def name(self) -> str:
        return self.ids[0]


_C = ("/*", "*/")
_XML = ("<!--", "-->")

LANGUAGES: tuple[Language, ...] = (
    # With a grammar.
    Language(("python",), (".py", ".pyi", ".pyw"), "tree_sitter_python:language", "#", None, "indent"),
    Language(
        ("javascript", "javascriptreact"),
        (".js", ".jsx", ".mjs", ".cjs"),
        "tree_sitter_javascript:language",
        "//",
        _C,
        "brace",
    ),
    Language(("typescript",), (".ts", ".mts", ".cts"), "tree_sitter_typescript:language_typescript", "//", _C, "brace"),
    Language(
        ("typescriptreact", "tsx"),
        (".tsx",),
        "tree_sitter_typescript:language_tsx",
        "//",
        _C,
        "brace",
        patterns="typescript",
    ),
    Language(("go",), (".go",), "tree_sitter_go:language", "//", _C, "brace"),
    Language(("rust",), (".rs",), "tree_sitter_rust:language", "//", _C, "brace"),
    Language(("java",), (".java",), "tree_sitter_java:language", "//", _C, "brace"),
    Language(("c",), (".c", ".h"), "tree_sitter_c:language", "//", _C, "brace"),
    Language(
        ("cpp", "cuda-cpp"),
        (".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", ".cu"),
        "tree_sitter_cpp:language",
        "//",
        _C,
        "brace",
    ),
    Language(("csharp", "cs"), (".cs",), "tree_sitter_c_sharp:language", "//", _C, "brace"),
    Language(("ruby",), (".rb", ".rake"), "tree_sitter_ruby:language", "#", ("=begin", "=end"), "end"),
    Language(("php",), (".php",), "tree_sitter_php:language_php", "//", _C, "brace"),
    Language(("shellscript", "bash", "sh", "zsh"), (".sh", ".bash"), "tree_sitter_bash:language", "#", None, "brace"),
    Language(("lua",), (".lua",), "tree_sitter_lua:language", "--", ("--[[", "]]"), "end"),
    Language(("json",), (".json",), "tree_sitter_json:language"),
    Language(("jsonc", "json5"), (".jsonc", ".json5"), "tree_sitter_json:language", "//", _C, patterns="json"),
    Language(("yaml",), (".yaml", ".yml"), "tree_sitter_yaml:language", "#"),
    Language(("toml",), (".toml",), "tree_sitter_toml:language", "#"),
    Language(("html",), (".html", ".htm"), "tree_sitter_html:language", "", _XML),
    Language(("css",), (".css",), "tree_sitter_css:language", "", _C, "brace"),
    # Without one: comments and indentation only.
    Language(("scss", "less", "sass"), (".scss", ".less"), "", "//", _C, "brace"),
    Language(("kotlin",), (".kt", ".kts"), "", "//", _C, "brace"),
    Language(("swift",), (".swift",), "", "//", _C, "brace"),
    Language(("scala",), (".scala",), "", "//", _C, "brace"),
    Language(("dart",), (".dart",), "", "//", _C, "brace"),
    Language(("groovy",), (".groovy", ".gradle"), "", "//", _C, "brace"),
    Language(("zig",), (".zig",), "", "//", None, "brace"),
    Language(("objective-c", "objective-cpp", "objc", "objcpp"), (".m", ".mm"), "", "//", _C, "brace"),
    Language(("fsharp",), (".fs",), "", "//", ("(*", "*)"), "indent"),
    Language(("proto", "proto3"), (".proto",), "", "//", _C, "brace"),
    Language(("vue", "svelte"), (".vue", ".svelte"), "", "", _XML),
    Language(("xml", "xsl", "svg"), (".xml", ".xsl", ".svg"), "", "", _XML),
    Language(("markdown",), (".md",), "", "", _XML),
    Language(("perl", "raku"), (".pl", ".pm"), "", "#", None, "brace"),
    Language(("r",), (".r", ".R"), "", "#", None, "brace"),
    Language(("julia",), (".jl",), "", "#", ("#=", "=#"), "end"),
    Language(("elixir",), (".ex", ".exs"), "", "#", None, "end"),
    Language(("crystal",), (".cr",), "", "#", None, "end"),
    Language(("powershell",), (".ps1",), "", "#", ("<#", "#>"), "brace"),
    Language(("dockerfile",), (), "", "#"),
    Language(("makefile", "make"), (".mk",), "", "#"),
    Language(("cmake",), (".cmake",), "", "#"),
    Language(("terraform", "hcl"), (".tf", ".hcl"), "", "#", _C, "brace"),
    Language(("nix",), (".nix",), "", "#", _C),
    Language(("graphql",), (".graphql",), "", "#", None, "brace"),
    Language(("coffeescript", "coffee"), (".coffee",), "", "#", None, "indent"),
    Language(("nim",), (".nim",), "", "#", None, "indent"),
    Language(("gdscript",), (".gd",), "", "#", None, "indent"),
    Language(("ini", "properties", "dosini"), (".ini", ".cfg"), "", "#"),
    Language(("sql", "plsql"), (".sql",), "", "--", _C),
    Language(("haskell",), (".hs",), "", "--", ("{-", "-}"), "indent"),
    Language(("elm",), (".elm",), "", "--", ("{-", "-}"), "indent"),
    Language(("ada",), (".adb", ".ads"), "", "--", None, "end"),
    Language(("clojure", "lisp", "commonlisp", "scheme", "racket"), (".clj", ".lisp", ".scm", ".rkt"), "", ";"),
    Language(("emacs-lisp", "elisp"), (".el",), "", ";"),
    Language(("erlang",), (".erl",), "", "%"),
    Language(("latex", "tex", "bibtex", "plaintex"), (".tex",), "", "%"),
    Language(("matlab", "octave"), (), "", "%", None, "end"),
    Language(("ocaml",), (".ml", ".mli"), "", "", ("(*", "*)"), "indent"),
    Language(("pascal",), (".pas",), "", "//", ("{", "}"), "end"),
    Language(("vb",), (".vb",), "", "'", None, "end"),
    Language(("vim", "viml"), (".vim",), "", '"', None, "end"),
    Language(("fortran", "fortran-modern"), (".f90",), "", "!", None, "end"),
)

UNKNOWN = Language(("",), (), "", "#")


@cache
def _by_id() -> dict[str, Language]:
    return {id_: row for row in LANGUAGES for id_ in row.ids}


@cache
def _by_suffix() -> dict[str, Language]:
    return {suffix: row for row in LANGUAGES for suffix in row.suffixes}


def language(id_: str) -> Language:
    """The row of a `languageId`; `UNKNOWN` for one that is not in the table."""
    return _by_id().get(id_, UNKNOWN)


def of_suffix(suffix: str) -> str:
    """The `languageId` of files that end with `suffix` (`.py`); empty for none we know."""
    row = _by_suffix().get(suffix) or _by_suffix().get(suffix.lower())
    return row.name if row else ""
