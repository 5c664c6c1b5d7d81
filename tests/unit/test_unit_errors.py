"""Programs act on an error's reason: two errors that ask for different things must not share one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from glm_lsp.errors import GlmError

SCHEMA = Path(__file__).parents[2] / "glm_lsp" / "lsp" / "schemas" / "job.json"


def all_of(kind: type[GlmError]) -> Iterator[type[GlmError]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ == "glm_lsp.errors":
            yield from all_of(below)


def test_each_error_has_a_reason_of_its_own_that_the_schema_names() -> None:
    reasons = [kind.reason for kind in all_of(GlmError)]
    assert len(reasons) == len(set(reasons)) > 20
    said = json.loads(SCHEMA.read_text())["$defs"]["message"]["properties"]["reason"]
    assert all(re.fullmatch(said["pattern"], reason) for reason in reasons)
    named = re.findall(r"[a-z]+(?:-[a-z]+)*", said["description"])
    assert set(reasons) <= set(named)
