"""Answers by rules. Pure: the messages of a request in, the text of the answer out.

Every answer says that it comes from the offline stand-in, and none says it inside the code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from glm_lsp.offline.asked import Asked, Turn, read
from glm_lsp.offline.comments import commented
from glm_lsp.offline.explain import explain
from glm_lsp.offline.python_edits import Rule, docstrings, f_strings, first_docstring, flatten, improve, is_none
from glm_lsp.offline.python_source import LONGEST, Source
from glm_lsp.offline.suggest import suggestions
from glm_lsp.reply.sentinels import CANNOT, SEARCH, fence_for
from glm_lsp.text.lines import is_blank, split

NAME = "offline stand-in"

_Change = Callable[[Asked], str | None]
"""The region's new text, or None (or the same text) where there is nothing to do."""


def _python(rule: Rule) -> _Change:
    def change(asked: Asked) -> str | None:
        return improve(asked.region, rule) if asked.language == "python" else None

    return change


_FLATTEN = ("flattened the if/else", _python(flatten))
_IS_NONE = ("compared with `is None`", _python(is_none))
_F_STRINGS = ("wrote the formatting as f-strings", _python(f_strings))
_FIRST_DOCSTRING = ("added the skeleton of a docstring", _python(first_docstring))
_DOCSTRINGS = ("added skeletons of docstrings", _python(docstrings))
_COMMENT = ("added a comment to be filled in", commented)

_REFACTORINGS = (_FLATTEN, _IS_NONE, _F_STRINGS)
_BY_WORDS: tuple[tuple[re.Pattern[str], tuple[tuple[str, _Change], ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), changes)
    for pattern, changes in (
        (r"\bdocstrings?\b", (_DOCSTRINGS,)),
        (r"\bf-?strings?\b|\bformat(ting)? strings?\b", (_F_STRINGS,)),
        (r"\bis none\b|== ?none\b", (_IS_NONE,)),
        (r"\bflatten|\bearly return|\bguard clause|\belse\b", (_FLATTEN,)),
        (r"\bcomments?\b", (_COMMENT,)),
    )
)
_SUGGESTIONS = '{"suggestions"'
"""The task says how they are to be answered."""
_DOCUMENT = re.compile(r"\bdocstring\b")
_ANYTHING = re.compile(r"\brefactor|\bimprove\b|\bclean|\bsimplif|\btidy\b", re.IGNORECASE)


def answer(turns: Sequence[Turn]) -> str:
    """The answer to a conversation: an explanation in Markdown, a new text of the region in one fence, suggestions as
    JSON, or `CANNOT:`."""
    asked = read(turns)
    if asked is None:
        return f"{NAME}: there is no marked region in this request, and rules can speak of nothing else.\n"
    try:
        if _SUGGESTIONS in asked.task:
            return suggestions(asked)
        return _edit(asked) if asked.wants_edit else explain(asked)
    except RecursionError:  # syntax trees are walked by recursion
        return _cannot("the code is nested too deeply for its rules")


def _edit(asked: Asked) -> str:
    if SEARCH in asked.task:
        return _cannot("its rules write one region, not changes in several places")
    if is_blank(asked.region):
        return _cannot("it cannot write code where there is none yet")
    if len(asked.with_region(asked.region)) > LONGEST:
        return _cannot("the file is too long for its rules")
    if asked.language == "python" and _inside_string(asked):
        return _cannot("the region stands inside a string")
    done, region = _improved(asked)
    if not done:
        return _cannot("none of its rules applies here")
    fence = fence_for(region)
    return f"{NAME}: {', '.join(done)}.\n\n{fence}{asked.language}\n{region}{fence}\n"


def _improved(asked: Asked) -> tuple[list[str], str]:
    """What was done, in words, and the region after it."""
    named = [change for pattern, changes in _BY_WORDS if pattern.search(asked.words) for change in changes]
    if not asked.words and _DOCUMENT.search(asked.task):
        named = [_DOCSTRINGS]
    if named:
        return _made(asked, named)
    if not _ANYTHING.search(f"{asked.task}\n{asked.words}"):
        return [], asked.region
    if asked.language != "python" or Source.of(asked.region) is None:
        return _made(asked, (_COMMENT,))
    done, region = _made(asked, _REFACTORINGS)
    return (done, region) if done else _made(asked, (_FIRST_DOCSTRING,))


def _made(asked: Asked, changes: Sequence[tuple[str, _Change]]) -> tuple[list[str], str]:
    done = []
    for words, change in changes:
        region = change(asked)
        if region is not None and region != asked.region and not _breaks_the_file(asked, region):
            done.append(words)
            asked = replace(asked, region=region)
    return done, asked.region


def _breaks_the_file(asked: Asked, region: str) -> bool:
    """Whether the file would no longer parse: a selection may end in the middle of a block that `region` moves."""
    return (
        asked.language == "python"
        and Source.of(asked.with_region(asked.region)) is not None
        and Source.of(asked.with_region(region)) is None
    )


def _inside_string(asked: Asked) -> bool:
    """Whether the region begins inside a string: what parses there as code is not code."""
    file = Source.of(asked.with_region(asked.region))
    if file is not None:
        return len(split(asked.before)) in file.inside_strings
    return any(asked.before.count(mark) % 2 for mark in ('"""', "'''"))


def _cannot(reason: str) -> str:
    return f"{CANNOT} {NAME}: {reason}.\n"
