"""The menu: what is offered where, what is not, and in which form each client can take it."""

from __future__ import annotations

from typing import Any

import pytest
from scripted_editor import Start
from test_e2e_actions import BEFORE, LINE

EDITS = ["Refactor", "Add types", "Document", "Simplify"]
MENU = ["Refactor", "Explain", "Suggest refactorings", "Add types", "Document", "Simplify", "Write tests"]
"""At `LINE` of `BEFORE`: what something there calls for."""
REST = ["Rename for clarity", "Optimise", "Handle errors", "Modernise"]
"""The first of what nothing there calls for, for those who ask for refactorings alone."""
INVOKED, AUTOMATIC = {"triggerKind": 1}, {"triggerKind": 2}
HERE = {"start": {"line": LINE, "character": 0}, "end": {"line": LINE, "character": 4}}
FOUND: dict[str, Any] = {"diagnostics": [{"range": HERE, "message": "unused", "severity": 2, "source": "lint"}]}


def titles(actions: list[dict[str, Any]]) -> list[str]:
    return [action["title"].removeprefix("GLM: ") for action in actions]


ONLY: list[tuple[list[str] | None, list[str]]] = [
    (None, MENU),
    ([""], MENU),
    (["refactor"], [*EDITS, *REST]),
    (["refactor.rewrite"], [*EDITS, *REST]),
    (["refactor.rewrite.glm.refactor"], ["Refactor"]),
    (["refactor.rewrite.glm.optimise"], ["Optimise"]),
    (["refactor.extract"], []),
    (["refactoring"], []),
    (["refactor.rew"], []),
    (["glm.explain"], ["Explain"]),
    (["glm.explain", "refactor.rewrite.glm.types"], ["Explain", "Add types"]),
    (["source"], []),
    (["source.fixAll"], []),
    (["source.organizeImports"], []),
    (["quickfix"], []),
    ([], []),
]


async def test_only_is_heeded_by_segments(start: Start) -> None:
    """On save, editors ask for `source.*`: GLM must never run there."""
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        for only, expected in ONLY:
            context = INVOKED if only is None else {**INVOKED, "only": only}
            assert titles(await editor.actions(uri, LINE, **context)) == expected, only


LIT: dict[str, list[tuple[bool, bool, list[str]]]] = {
    "off": [(False, False, []), (True, True, [])],
    "diagnostics": [
        (False, False, []),
        (True, False, []),
        (False, True, ["Fix", "Explain this finding"]),
        (True, True, ["Fix", "Explain this finding"]),
    ],
    "selection": [
        (False, False, []),
        (False, True, ["Fix", "Explain this finding"]),
        (True, False, ["Refactor", "Explain", "Suggest refactorings", "Extract"]),
    ],
}
"""By the setting `actions.automatic`: whether something is selected, whether there is a finding, and the menu."""


@pytest.mark.parametrize("automatic", LIT)
async def test_nothing_lights_up_by_itself_without_a_reason(start: Start, automatic: str) -> None:
    """The loudest complaint about such menus is a lightbulb on every line."""
    async with start(options={"actions": {"automatic": automatic}}) as editor:
        editor.wire.answer("workspace/configuration", lambda params: [None])
        uri = editor.open("a.py", BEFORE)
        for selection, finding, expected in LIT[automatic]:
            context: dict[str, Any] = {**AUTOMATIC, **(FOUND if finding else {})}
            found = await editor.actions(uri, LINE, LINE + 1 if selection else None, **context)
            assert titles(found) == expected


async def test_a_missing_trigger_kind_is_an_invocation(start: Start) -> None:
    """lsp-mode never sends one."""
    async with start("emacs-lsp-mode") as editor:
        uri = editor.open("a.py", BEFORE)
        assert titles(await editor.actions(uri, LINE)) == MENU


async def test_disabled_actions_are_gone(start: Start) -> None:
    async with start(options={"actions": {"disabled": ["refactor"]}}) as editor:
        uri = editor.open("a.py", BEFORE)
        assert titles(await editor.actions(uri, LINE)) == MENU[1:]


async def test_the_user_s_configuration_counts_as_soon_as_the_client_gives_it(start: Start) -> None:
    async with start() as editor:
        editor.wire.answer("workspace/configuration", lambda params: [{"actions": {"disabled": ["explain"]}}])
        uri = editor.open("a.py", BEFORE)
        editor.wire.notify("workspace/didChangeConfiguration", {"settings": None})
        await editor.wire.expect("workspace/configuration", after=1)
        assert titles(await editor.actions(uri, LINE)) == [title for title in MENU if title != "Explain"]


async def test_an_instruction_in_a_comment_comes_first_and_is_shortened(start: Start) -> None:
    words = "turn this into a table of functions, one for each of the cases we have met so far"
    async with start() as editor:
        uri = editor.open("a.py", BEFORE.replace("def pick", f"# glm: {words}\ndef pick"))
        first, *others = titles(await editor.actions(uri, LINE + 1))
        assert first.startswith("turn this into")
        assert len(first) <= 60
        assert first.endswith("…")
        assert others == MENU


async def test_resolve_gives_back_what_it_got(start: Start) -> None:
    """Neovim and Helix resolve every action, also those of other servers or of an older menu."""
    async with start("nvim") as editor:
        uri = editor.open("a.py", BEFORE)
        for item in [*await editor.actions(uri, LINE), {"title": "a stranger's", "data": {"x": [1]}}]:
            assert await editor.wire.request("codeAction/resolve", item) == item


async def test_a_client_without_literals_gets_commands(start: Start) -> None:
    async with start("vscode", {"textDocument": {"codeAction": {"codeActionLiteralSupport": None}}}) as editor:
        uri = editor.open("a.py", BEFORE)
        for item in await editor.actions(uri, LINE):
            assert item["command"] == "glm.run"


async def test_arguments_are_complete_and_hold_the_requested_range(start: Start) -> None:
    """eglot and lsp-mode run the command without resolving it."""
    async with start("emacs-eglot") as editor:
        uri = editor.open("a.py", BEFORE, version=5)
        item, *_ = await editor.actions(uri, LINE, LINE + 2)
        (argument,) = item["command"]["arguments"]
        assert argument == {
            "action": "refactor",
            "uri": uri,
            "version": 5,
            "range": {"start": {"line": LINE, "character": 0}, "end": {"line": LINE + 2, "character": 0}},
        }
        assert "isPreferred" not in item
