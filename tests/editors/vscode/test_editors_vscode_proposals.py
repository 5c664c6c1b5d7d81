"""Edits that are offered in VS Code: the diff, and each change accepted or rejected by mouse and by keys."""

from __future__ import annotations

import pytest
from prices import EXPECTED, LINE, SOURCE
from scripted_model import ScriptedModel
from workbench import Workbench

FIRST = ("result = 0\n", "result = 0.0\n")
SECOND = ("return result\n", "return round(result, 2)\n")
BOTH = SOURCE.replace(*FIRST).replace(*SECOND)
REPLY = "```python\n" + BOTH.split("\n\n\n")[1] + "\n```\n"
PICK = ".quick-input-list .monaco-list-row"
LENS = ".codelens-decoration a"
DIFF = ".tab[data-resource-name='prices.py'][aria-label*='GLM: Refactor']"


@pytest.fixture
def settings(settings: dict[str, object]) -> dict[str, object]:
    return settings | {"glm.edit.delivery": "preview"}


def offered(workbench: Workbench, model: ScriptedModel, text: str = SOURCE) -> None:
    """Two changes to `total`, beside the file that has the keyboard."""
    (workbench.folder / "prices.py").write_bytes(text.encode())
    workbench.open("prices.py")
    workbench.go(text.splitlines().index("def total(prices):") + 1)
    workbench.pick("GLM: Refactor")
    workbench.asks(model).answer(REPLY)
    workbench.do("wait", selector=DIFF)
    workbench.do("wait", selector=f"{workbench.STATUS}:has-text('2 changes offered')")
    workbench.do("wait", selector=".editor-group-container:nth-child(1) " + LENS)


def decided(workbench: Workbench) -> None:
    """Nothing is left to decide."""
    workbench.do("wait", selector=DIFF, state="detached")
    workbench.do("wait", selector=LENS, state="detached")
    workbench.idle()
    assert workbench.toasts() == []


def test_nothing_is_written_until_the_user_says_so(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this a user who wants to see changes first has them in his file, or loses the keyboard to the diff."""
    offered(workbench, model)
    workbench.picture("offered")
    workbench.type("# typed ")
    lines = SOURCE.splitlines(keepends=True)
    typed = "".join([*lines[: LINE - 1], "# typed ", *lines[LINE - 1 :]])
    assert workbench.saved("prices.py") == typed.encode()


@pytest.mark.parametrize("end", [pytest.param("\n", marks=pytest.mark.vscode_core), "\r\n"], ids=["lf", "crlf"])
def test_one_change_is_accepted_and_the_other_rejected_by_mouse(
    workbench: Workbench, model: ScriptedModel, end: str
) -> None:
    """Without this it is all or nothing: one bad line costs all the good ones."""
    offered(workbench, model, SOURCE.replace("\n", end))
    workbench.do("click", selector=f"{LENS}:has-text('Accept Change')", which=1)
    workbench.do("wait", selector=f"{workbench.STATUS}:has-text('1 change offered')")
    workbench.picture("one accepted")
    workbench.do("click", selector=f"{LENS}:has-text('Reject')")
    decided(workbench)
    workbench.picture("decided")
    assert workbench.saved("prices.py") == SOURCE.replace(*SECOND).replace("\n", end).encode()


def test_changes_are_decided_by_keys_where_the_cursor_stands(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this whoever cannot use a mouse cannot use the preview."""
    offered(workbench, model, "NAMES = '😀𝒳'\n\n" + SOURCE)
    workbench.go(LINE + 3)
    workbench.press("Control+Alt+g", "a")
    workbench.do("wait", selector=f"{workbench.STATUS}:has-text('1 change offered')")
    workbench.go(LINE + 6)
    workbench.press("Control+Alt+g", "d")
    decided(workbench)
    assert workbench.saved("prices.py") == ("NAMES = '😀𝒳'\n\n" + SOURCE.replace(*FIRST)).encode()
    workbench.press("Control+z")
    assert workbench.saved("prices.py") == ("NAMES = '😀𝒳'\n\n" + SOURCE).encode()


@pytest.mark.parametrize(("button", "after"), [("Accept All Changes", BOTH), ("Reject All Changes", SOURCE)])
def test_the_diff_has_buttons_for_all(workbench: Workbench, model: ScriptedModel, button: str, after: str) -> None:
    """Without this a user has to find out which keys end a preview."""
    offered(workbench, model)
    workbench.do("click", selector=DIFF)
    workbench.do("wait", selector=f".editor-actions .action-label[aria-label*='{button}']")
    workbench.picture("diff")
    workbench.do("click", selector=f".editor-actions .action-label[aria-label*='{button}']")
    decided(workbench)
    workbench.open("prices.py")
    assert workbench.saved("prices.py") == after.encode()


def test_the_diff_has_buttons_for_the_change_at_its_cursor(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this a diff that is read with the keyboard is decided somewhere else."""
    offered(workbench, model)
    workbench.command("GLM: Show Offered Changes")
    workbench.do("wait", selector=".editor-instance .monaco-diff-editor .modified .monaco-editor.focused")
    workbench.press("Alt+F5")
    workbench.picture("at the second change")
    workbench.press("Control+Alt+g", "d")
    workbench.do("wait", selector=f"{workbench.STATUS}:has-text('1 change offered')")
    workbench.press("Control+Alt+g", "a")
    decided(workbench)
    assert workbench.saved("prices.py") == SOURCE.replace(*FIRST).encode()


def test_an_offer_follows_the_text(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this a change is written to the lines that stand where its own once stood."""
    offered(workbench, model)
    workbench.go(1)
    workbench.type("# one\n# two\n")
    workbench.go(LINE + 3)
    workbench.press("Control+Alt+g", "a")
    workbench.do("wait", selector=f"{workbench.STATUS}:has-text('1 change offered')")
    workbench.picture("followed")
    workbench.press("Control+Alt+g", "Shift+A")
    decided(workbench)
    assert workbench.saved("prices.py") == ("# one\n# two\n" + BOTH).encode()


def test_a_change_the_user_makes_himself_is_offered_no_more(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this what the user has written instead is overwritten."""
    offered(workbench, model)
    workbench.go(LINE + 1, 5)
    workbench.type("my_")
    workbench.do("wait", selector=f"{workbench.STATUS}:has-text('1 change offered')")
    workbench.press("Control+Alt+g", "Shift+A")
    decided(workbench)
    assert workbench.saved("prices.py") == SOURCE.replace(*SECOND).replace("result = 0\n", "my_result = 0\n").encode()


def compared(workbench: Workbench, model: ScriptedModel) -> None:
    """Two answers to choose from, the first in front."""
    (workbench.folder / "prices.py").write_text(SOURCE)
    workbench.open("prices.py")
    workbench.go(LINE)
    workbench.command("GLM: Compare Answers…")
    workbench.do("wait", selector=f"{PICK}:has-text('GLM: Simplify')")
    workbench.press("Enter")
    workbench.do("wait", selector=f"{PICK}:has-text('Warmer')")
    workbench.picture("ways to ask")
    workbench.press("Enter")
    asks = sorted((model.next_ask(), model.next_ask()), key=lambda ask: ask.body["temperature"])
    asks[0].answer(REPLY)
    asks[1].answer("```python\ndef total(prices):\n    return sum(prices)\n```\n")
    workbench.do("wait", selector=f"{PICK}:has-text('temperature 0.8')")
    workbench.do("wait", selector=DIFF)


def test_answers_are_compared_and_one_is_taken(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this the first answer is the only one, or both have to be copied together by hand."""
    compared(workbench, model)
    workbench.do("wait", selector=".monaco-diff-editor .view-line:has-text('round')")
    workbench.picture("the first")
    workbench.press("ArrowDown")
    workbench.do("wait", selector=".monaco-diff-editor .view-line:has-text('return sum(prices)')")
    workbench.picture("the second")
    workbench.press("Enter")
    decided(workbench)
    assert workbench.saved("prices.py") == EXPECTED.encode()


def test_one_change_of_one_answer_is_taken(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this answers can be compared only as wholes."""
    compared(workbench, model)
    workbench.do("wait", selector=".monaco-diff-editor .view-line:has-text('round')")
    workbench.press("Escape")
    workbench.do("click", selector=".monaco-diff-editor .view-line:has-text('round')")
    workbench.press("Control+Alt+g", "a")
    workbench.do("wait", selector=f"{workbench.STATUS}:has-text('1 change offered')")
    workbench.picture("one taken")
    workbench.press("Control+Alt+g", "Shift+D")
    decided(workbench)
    workbench.open("prices.py")
    assert workbench.saved("prices.py") == SOURCE.replace(*SECOND).encode()
