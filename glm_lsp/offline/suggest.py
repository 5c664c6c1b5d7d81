"""Suggestions by rules: those of the refactorings whose rule would change the region. Each instruction is one that the
rules for edits understand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from glm_lsp.offline.asked import Asked
from glm_lsp.offline.python_edits import Rule, f_strings, first_docstring, flatten, improve, is_none


@dataclass(frozen=True, slots=True)
class _Known:
    title: str
    why: str
    instruction: str
    rule: Rule


_KNOWN = (
    _Known("Flatten the if/else", "There is less nesting to keep in mind.", "Flatten it by an early return.", flatten),
    _Known("Compare with `is None`", "There is one None, and `==` can be redefined.", "Use `is None`.", is_none),
    _Known("Use f-strings", "Each value stands where it is read.", "Write the formatting as f-strings.", f_strings),
    _Known("Add a docstring", "A reader learns what it is for.", "Add a docstring.", first_docstring),
)


def suggestions(asked: Asked) -> str:
    """The answer, as JSON."""
    found = [_entry(one) for one in _KNOWN if asked.language == "python" and _applies(one.rule, asked.region)]
    return json.dumps({"suggestions": found}, indent=1) + "\n"


def _applies(rule: Rule, region: str) -> bool:
    return improve(region, rule) != region


def _entry(one: _Known) -> Mapping[str, str]:
    # Without a quotation it is about the whole region.
    return {"title": one.title, "why": f"{one.why} (offline stand-in)", "quote": "", "instruction": one.instruction}
