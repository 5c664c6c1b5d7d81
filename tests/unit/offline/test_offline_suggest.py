"""Without a network the suggestions work too: each is read, and its edit is one the stand-in can do."""

from __future__ import annotations

from glm_lsp.actions.catalogue import built_in
from glm_lsp.offline.asked import Turn
from glm_lsp.offline.rules import answer
from glm_lsp.reply.sentinels import region_end, region_start
from glm_lsp.reply.suggestions import suggested

REGION = "def f(a):\n    if a == None:\n        return 'x %s' % a\n    else:\n        return 2\n"


def asked(task: str, region: str = REGION, language: str = "python") -> str:
    file = f"=== GLM_DATA_ab12 begin file a.py ({language}) ===\n{region_start('ab12')}\n{region}{region_end('ab12')}\n"
    return answer([Turn("user", f"{file}=== GLM_DATA_ab12 end ===\n\n# Task\n\n{task}\n")])


def test_each_suggestion_can_be_carried_out() -> None:
    found = suggested(asked(built_in()["suggest"].instruction))
    assert found is not None
    assert "Flatten the if/else" in [one.title for one in found]
    for one in found:
        edit = f"{built_in()['edit'].instruction}\n\nThe user's instruction:\n\n{one.instruction}\n"
        assert "````" in asked(edit), f"{one.title}: the stand-in cannot do what it suggests"


def test_where_no_rule_applies_there_is_none() -> None:
    assert suggested(asked(built_in()["suggest"].instruction, "x = 1\n")) == ()
    assert suggested(asked(built_in()["suggest"].instruction, "let x = 1;\n", "rust")) == ()
