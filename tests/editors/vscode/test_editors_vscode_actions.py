"""What a user of VS Code gets from our items in the code action menu and from our commands."""

from __future__ import annotations

import pytest
from prices import EXPECTED, LINE, REPLY, SOURCE
from scripted_model import PATIENCE, ScriptedModel
from workbench import Workbench

FILES = {
    "plain": (SOURCE, EXPECTED),
    "crlf": (SOURCE.replace("\n", "\r\n"), EXPECTED.replace("\n", "\r\n")),
    "astral": tuple(text.replace("prices", "𝒳👩‍👩‍👧").replace("items[0]", "'😀🏳️‍🌈'") for text in (SOURCE, EXPECTED)),
    "astral on the line": tuple(
        text.replace("def total", "'😀'; total = 1\n\n\ndef total") for text in (SOURCE, EXPECTED)
    ),
    "no final newline": tuple(text.removesuffix("\n") for text in (SOURCE, EXPECTED)),
    "form feed": tuple(text.replace("\n\n\ndef total", "\n\x0c\n\ndef total") for text in (SOURCE, EXPECTED)),
}


def file(workbench: Workbench, name: str = "prices.py", text: str = SOURCE) -> None:
    """`text` in an editor, the cursor on `total`."""
    (workbench.folder / name).write_bytes(text.encode())
    workbench.open(name)
    line = next(number for number, line in enumerate(text.split("\n"), 1) if line.startswith("def total"))
    workbench.go(line)


CORE = ("crlf", "astral")
"""Of these, those that stand for all where time is short."""


@pytest.mark.parametrize(
    ("before", "after"),
    [pytest.param(*texts, id=name, marks=[pytest.mark.vscode_core] * (name in CORE)) for name, texts in FILES.items()],
)
def test_refactor_changes_the_function_and_one_undo_takes_it_back(
    workbench: Workbench, model: ScriptedModel, before: str, after: str
) -> None:
    """Without this a file with unusual characters or line ends is damaged, or undo does not give it back."""
    file(workbench, text=before)
    workbench.pick("GLM: Refactor")
    ask = workbench.asks(model)
    workbench.do("wait", selector=f"{workbench.TOAST}:has-text('waiting for the model')")
    workbench.picture("asked")
    ask.answer(REPLY.replace("prices", "𝒳👩‍👩‍👧") if "𝒳" in before else REPLY)
    workbench.idle()
    assert workbench.saved("prices.py") == after.encode()
    workbench.picture("refactored")

    workbench.press("Control+z")
    assert workbench.saved("prices.py") == before.encode()
    assert workbench.toasts() == []


@pytest.mark.vscode_core
def test_what_was_not_saved_stays(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this what a user typed and did not save is lost, or the model never sees it."""
    file(workbench)
    workbench.go(1)
    workbench.type("# mine\n")
    workbench.go(LINE + 1)
    workbench.pick("GLM: Refactor")
    ask = workbench.asks(model)
    assert "# mine" in ask.prompt
    ask.answer(REPLY)
    workbench.idle()
    assert workbench.saved("prices.py") == ("# mine\n" + EXPECTED).encode()
    workbench.press("Control+z")
    assert workbench.saved("prices.py") == ("# mine\n" + SOURCE).encode()


@pytest.mark.vscode_core
def test_the_file_that_was_asked_about_is_changed_and_no_other(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this the edit lands in whatever file the user has gone on to."""
    file(workbench, "other.py")
    file(workbench)
    workbench.pick("GLM: Refactor")
    ask = workbench.asks(model)
    workbench.open("other.py")
    workbench.type("# elsewhere\n")
    ask.answer(REPLY)
    workbench.idle()
    lines = SOURCE.splitlines(keepends=True)
    assert workbench.saved("other.py") == "".join([*lines[: LINE - 1], "# elsewhere\n", *lines[LINE - 1 :]]).encode()
    workbench.open("prices.py")
    assert workbench.saved("prices.py") == EXPECTED.encode()


@pytest.mark.vscode_core
def test_edit_does_what_the_user_types(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this there is no way to say in one's own words what to change."""
    file(workbench)
    workbench.command("GLM: Edit…")
    workbench.do("wait", selector=f"{workbench.INPUT}[placeholder='make it async']")
    workbench.type("use the built-in sum")
    workbench.picture("instruction")
    workbench.press("Enter")
    ask = workbench.asks(model)
    assert "use the built-in sum" in ask.prompt
    ask.answer(REPLY)
    workbench.idle()
    assert workbench.saved("prices.py") == EXPECTED.encode()


def test_undo_by_command_takes_the_edit_back_after_more_was_typed(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this an edit that one regrets later can only be taken back together with one's own work."""
    file(workbench)
    workbench.pick("GLM: Refactor")
    workbench.asks(model).answer(REPLY)
    workbench.idle()
    workbench.go(1)
    workbench.type("# mine\n")
    assert workbench.saved("prices.py") == ("# mine\n" + EXPECTED).encode()
    workbench.command("GLM: Undo Last GLM Edit")
    workbench.do("wait", selector=".tab.active.dirty")
    assert workbench.saved("prices.py") == ("# mine\n" + SOURCE).encode()


@pytest.mark.parametrize(
    ("said", "way"),
    [
        pytest.param(REPLY[:30], "button", id="streaming-button", marks=pytest.mark.vscode_core),
        pytest.param(REPLY[:30], "key", id="streaming-key"),
        pytest.param("", "button", id="waiting-button"),
    ],
)
def test_cancel_changes_nothing_and_hangs_up(workbench: Workbench, model: ScriptedModel, said: str, way: str) -> None:
    """Without this a user who changes their mind gets the edit all the same, or pays for it."""
    file(workbench)
    workbench.pick("GLM: Refactor")
    ask = workbench.asks(model)
    ask.say(said)
    workbench.toast("answering" if said else "waiting for the model")
    workbench.picture("before")
    if way == "button":
        workbench.button("Cancel")
    else:
        workbench.press("Control+Alt+g", "c")
    assert ask.abandoned.wait(PATIENCE)
    workbench.idle()
    assert workbench.toasts() == []
    assert workbench.do("count", selector=".tab.active.dirty") == 0
    assert workbench.saved("prices.py") == SOURCE.encode()


def test_a_refusal_says_why_and_changes_nothing(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this a user waits for an edit that will never come."""
    file(workbench)
    workbench.pick("GLM: Refactor")
    workbench.asks(model).answer("CANNOT: it is already clear\n")
    workbench.toast("it is already clear")
    workbench.idle()
    workbench.picture("refused")
    assert len(workbench.toasts()) == 1
    assert workbench.saved("prices.py") == SOURCE.encode()


def test_the_context_menu_asks_too(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this a user of the mouse has to learn keys."""
    file(workbench)
    workbench.do("click", selector=".view-line:has-text('def total')", button="right")
    workbench.do("hover", selector=".context-view .action-label:text-is('GLM')")
    workbench.do("wait", selector=".context-view .action-label:text-is('Explain')")
    workbench.picture("menu")
    workbench.do("click", selector=".context-view .action-label:text-is('Refactor…')")
    workbench.do("wait", selector=f"{workbench.INPUT}[placeholder='the one refactoring that helps its reader most']")
    workbench.picture("how")
    workbench.press("Enter")
    workbench.asks(model).answer(REPLY)
    workbench.idle()
    assert workbench.saved("prices.py") == EXPECTED.encode()


def test_the_palette_offers_what_the_server_serves(workbench: Workbench) -> None:
    """Without this the palette holds commands that do nothing, or lacks those that would work."""
    without_a_file = [title for title in workbench.palette("GLM: ") if title.startswith("GLM: ")]
    assert without_a_file == [
        "GLM: Choose Server Program…",
        "GLM: Refine Last Result…",
        "GLM: Remove API Key",
        "GLM: Restart Server",
        "GLM: Retry",
        "GLM: Set API Key…",
        "GLM: Show Log",
        "GLM: Show Menu…",
        "GLM: Trust This Project's Prompts…",
        "GLM: Undo Last GLM Edit",
        "GLM: Usage",
    ]
    file(workbench)
    offered = workbench.palette("GLM: ")
    assert {"GLM: Ask…", "GLM: Edit…", "GLM: Explain", "GLM: Fix", "GLM: Refactor…"} <= set(offered)
    assert not {"GLM: Stop", "GLM: Accept Change", "GLM: Show Offered Changes"} & set(offered)
