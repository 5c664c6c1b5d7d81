"""What a user of Helix gets from our items in the code action menu."""

from __future__ import annotations

import time

import pytest
from real_helix import Helix
from scripted_model import ScriptedModel
from sources import EXPECTED, FILES, REPLY, SOURCE, TOTAL

EXPLANATION = "It adds up all prices."


@pytest.mark.parametrize(("before", "reply", "after"), FILES.values(), ids=FILES.keys())
def test_refactor_changes_the_function_and_one_undo_takes_it_back(
    helix: Helix, model: ScriptedModel, before: str, reply: str, after: str
) -> None:
    """Without this a file with unusual characters or line ends is damaged, or undo does not give it back."""
    helix.open("prices.py", before.encode())
    helix.pick("GLM: Refactor", TOTAL)
    model.next_ask().answer(reply)

    assert (helix.job_end(), helix.told()) == ("delivered", [])
    assert helix.saved() == after.encode()
    helix.undo()
    assert helix.saved() == before.encode()


SECONDS = 21
"""That the model takes: longer than Helix waits for any answer."""


def test_a_model_that_takes_its_time_holds_nothing_up(helix: Helix, model: ScriptedModel) -> None:
    """Helix waits with all its screen for some answers, and drops what comes after twenty seconds."""
    helix.open("prices.py", SOURCE.encode())
    helix.pick("GLM: Refactor", TOTAL)
    ask = model.next_ask()
    helix.work.traffic.answered("workspace/executeCommand", helix.began)
    time.sleep(SECONDS)
    helix.type("ggO# typed")
    assert helix.saved() == f"# typed\n{SOURCE}".encode()

    ask.answer(REPLY)
    assert (helix.job_end(), helix.told()) == ("delivered", [])
    assert helix.saved() == f"# typed\n{EXPECTED}".encode()


def test_typing_into_the_very_place_is_kept_and_said(helix: Helix, model: ScriptedModel) -> None:
    """Without this the edit takes the user's words away."""
    helix.open("prices.py", SOURCE.encode())
    helix.pick("GLM: Refactor", TOTAL)
    ask = model.next_ask()
    helix.type(f"{TOTAL + 1}GA  # typed")
    ask.answer(REPLY)
    assert helix.job_end() == "refused"
    helix.terminal.wait("changed meanwhile")
    assert helix.saved() == SOURCE.replace("result = 0", "result = 0  # typed").encode()


def test_explain_shows_markdown_and_hover_repeats_it(helix: Helix, model: ScriptedModel) -> None:
    """Without this a user never finds the explanation, or their file again."""
    helix.open("prices.py", SOURCE.encode())
    helix.pick("GLM: Explain", TOTAL)
    model.next_ask().answer(f"{EXPLANATION}\n")
    assert (helix.job_end(), helix.told()) == ("delivered", [])
    helix.terminal.wait(EXPLANATION)
    helix.terminal.press("ga")
    helix.terminal.wait(" prices.py ")
    helix.terminal.wait(lambda screen: not any(EXPLANATION in line for line in screen))
    helix.terminal.press(" k")
    helix.terminal.wait(EXPLANATION)
    helix.terminal.press("\x1b")
    helix.terminal.wait(lambda screen: not any(EXPLANATION in line for line in screen))


def test_an_explanation_does_not_take_the_place_of_what_the_user_types_in(helix: Helix, model: ScriptedModel) -> None:
    """Helix shows a document in the place of the user's, who would type on into the explanation."""
    helix.open("prices.py", SOURCE.encode())
    helix.pick("GLM: Explain", TOTAL)
    ask = model.next_ask()
    helix.terminal.press("ggO# ty")
    helix.terminal.wait("# ty")
    ask.answer(f"{EXPLANATION}\n")
    assert helix.job_end() == "delivered"
    assert [one.startswith("GLM: the explanation is in ") for one in helix.told()] == [True]
    helix.type("ping")
    assert helix.saved() == f"# typing\n{SOURCE}".encode()


def test_the_cancel_of_the_page_cancels(helix: Helix, model: ScriptedModel) -> None:
    """Without this a user who changes their mind gets the edit all the same, or pays for it."""
    helix.open("prices.py", SOURCE.encode())
    helix.pick("GLM: Refactor", TOTAL)
    ask = model.next_ask()
    helix.terminal.press(":lsp-workspace-command glm.cancel {}\r")
    assert ask.abandoned.wait(5)
    assert (helix.job_end(), helix.told()) == ("cancelled", [])
    assert helix.saved() == SOURCE.encode()


def test_fixes_of_the_other_server_come_first(helix: Helix, model: ScriptedModel) -> None:
    """Without this `Enter` alone, by habit, asks a model instead of taking the fix."""
    helix.open("prices.py", SOURCE.encode())
    rows = helix.pick("GLM: Refactor", TOTAL)
    model.next_ask().answer(REPLY)
    assert helix.job_end() == "delivered"
    assert rows[0].startswith("Other: fix")
    assert rows.index("Other: extract") < rows.index("GLM: Refactor")
