"""An explanation as an edit: a comment above what it explains, guarded like any other edit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from glm_lsp.edits.changes import FileChange, file_edit
from glm_lsp.edits.proposal import Proposal, Region
from glm_lsp.edits.protected import why_protected
from glm_lsp.edits.refusal import unusable
from glm_lsp.edits.request import EditRequest
from glm_lsp.edits.secrets import hidden
from glm_lsp.edits.source import Placed, Source
from glm_lsp.reply.fence import Mark, mark
from glm_lsp.syntax.comments import comment
from glm_lsp.text.lines import Text, body, indentation, is_blank, split

_FIRST = re.compile(
    r"#!(?!\[)|<\?(?:php|hh|xml)\b|<!doctype\b|@charset\b|[^\n]{0,200}-\*-|[ \t\f]*#[^\n]{0,200}coding[:=]"
    r"|#[ \t]*(?:syntax|escape|check)[ \t]*=",
    re.IGNORECASE,
)
"""Lines that mean something only where they stand, at the top: a shebang, an XML or PHP opening, an encoding (PEP 263),
Emacs's variables, a Dockerfile's directives."""
_MOST_FIRST = 4
_FRONT_MATTER = 200
"""Lines it has, at most."""
_ORDERS = re.compile(r"\b(glm|vim?|ex)(?=:)", re.IGNORECASE)
"""What our own menu, and Vim, would take for an instruction."""
_ENCODING = re.compile(r"coding(?=[:=])")
_TAG = re.compile(r"<(/?)(script|style)\b([^>]{0,200})", re.IGNORECASE)
_LANG = re.compile(r"\blang=[\"']?(\w+)")
_LANGUAGES = {"script": "javascript", "style": "css", "ts": "typescript", "tsx": "typescriptreact", "scss": "scss"}


class _Section(NamedTuple):
    """The lines `first` to `last` (not included) of a file, which are of one language."""

    language: str
    first: int
    last: int


def above(words: str, ask: EditRequest) -> Proposal:
    """`words`, an explanation in Markdown, as a comment in the document's own style above the region of `ask`, indented
    as it is; below what has to stand at the top of the file. Redaction tokens become `[hidden]`.

    Errors: BadInput if the language has no comments; ReplyUnusable if the words hold invisible characters, or a comment
    cannot stand there.
    """
    region = ask.region
    assert region is not None  # noqa: S101 - an explanation is one of a region
    document = ask.documents[region.uri]
    source = Source(document.text)
    line = _place(source.bodies, region.first, document.language)
    section = _section(source.bodies, line, document.language)
    near = source.bodies[line : max(region.last, line + 1)]
    indent = next((indentation(text) for text in near if not is_blank(text)), "")
    text = comment(_prose(hidden(words, ask.receipt), line), section.language, indent)
    new = tuple(map(body, split(text)[:-1]))
    intended = source.replaced([Placed(line, line, new)])
    _check_comment(intended, section, line, len(new))
    change = FileChange(region.uri, intended, document, quoted=lambda _: False)
    file = file_edit(change, replace(ask, region=Region(region.uri, line, max(region.last, line)), reach="region"))
    if file is None:
        return Proposal(())
    why = why_protected(ask.paths.get(region.uri, ""))
    return Proposal((file,), (why,) if why else ())


def _place(lines: Sequence[str], first: int, language: str) -> int:
    """The line above which the comment goes: `first`, or one near it that nothing forbids."""
    head = 0
    if lines and lines[0].rstrip() == "---" and language != "yaml":
        ends = (row for row, line in enumerate(lines[1:_FRONT_MATTER], 2) if line.rstrip() == "---")
        head = next(ends, 0)
    while head < min(len(lines), _MOST_FIRST) and _FIRST.match(lines[head]):
        head += 1
    # A line that goes on after a backslash goes on with what is put there.
    while first > head and lines[first - 1].endswith("\\"):
        first -= 1
    return max(first, head)


def _section(lines: Sequence[str], line: int, language: str) -> _Section:
    """The part of a page that `line` is in: markup, a script or a style."""
    whole = _Section(language, 0, len(lines))
    if language not in ("html", "vue", "svelte"):
        return whole
    for row in range(line - 1, -1, -1):
        tags = list(_TAG.finditer(lines[row]))
        if not tags:
            continue
        closing, name, attributes = tags[-1].groups()
        if closing:
            return whole
        given = _LANG.search(attributes)
        known = _LANGUAGES.get(given[1] if given else "", _LANGUAGES[name.lower()])
        end = f"</{name.lower()}"
        ends = (below for below in range(line, len(lines)) if end in lines[below].lower())
        return _Section(known, row + 1, next(ends, len(lines)))
    return whole


def _prose(markdown: str, line: int) -> str:
    """`markdown` as it reads in a comment that begins at `line`: code indented, without the marks of fences and
    headings; nothing in it is an order to a tool."""
    lines: list[str] = []
    fence: Mark | None = None
    for text in split(markdown.strip()):
        text = body(text)
        found = mark(text)
        if found is not None and (fence is None or found.closes(fence)):
            fence = found if fence is None else None
        elif fence is not None:
            lines.append(f"    {text}")
        elif text.startswith("#") and text.lstrip("#").startswith(" "):
            lines.append(text.lstrip("#").strip())
        elif text.strip() or (lines and lines[-1]):
            lines.append(text.rstrip())
    words = _ORDERS.sub(r"\1 ", "\n".join(lines)).replace("-*-", "- * -")
    return _ENCODING.sub("coding ", words) if line < 2 else words


def _check_comment(intended: Text, section: _Section, line: int, count: int) -> None:
    """Errors: ReplyUnusable if one of the `count` lines at `line` is no comment there, but a string's text, say."""
    from glm_lsp.syntax.tree import is_comment, parse

    part = Text(Source(intended).raw[section.first : section.last + count])
    tree = parse(part, section.language)
    rows = range(line - section.first, line - section.first + count)
    if tree is not None and not all(is_comment(tree, row) for row in rows if not is_blank(part.lines[row])):
        raise unusable("a comment cannot stand there: it would be part of the text", "No comment can stand there.")
