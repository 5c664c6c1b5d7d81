"""What a user of Emacs with lsp-mode gets from our items in the code action menu."""

from __future__ import annotations

import pytest
from living import LSP_MODE, Start
from real_emacs import Emacs
from scripted_model import ScriptedModel
from sources import EXPECTED, FILES, FIRST, REPLY, SOURCE, TOTAL
from workplace import snippet

ALONE = "(setq lsp-auto-guess-root t lsp-client-packages nil)"
"""It would ask for the project's root, and load what it knows of a hundred other servers."""

Session = tuple[Emacs, ScriptedModel]


@pytest.fixture
def session(start: Start) -> Session:
    emacs, model = start(ALONE + snippet("emacs.md", "elisp", LSP_MODE))
    emacs.prompt = "Select code action"
    emacs.start_afresh()
    model.forget()
    return emacs, model


@pytest.mark.parametrize(("before", "reply", "after"), FILES.values(), ids=FILES.keys())
def test_refactor_changes_the_function_and_one_undo_takes_it_back(
    session: Session, before: str, reply: str, after: str
) -> None:
    """Without this a file with unusual characters or line ends is damaged, or undo does not give it back."""
    emacs, model = session
    emacs.open("prices.py", before.encode())
    emacs.pick("GLM: Refactor", TOTAL)
    model.next_ask().answer(reply)

    assert (emacs.job_end(), emacs.told()) == ("delivered", [])
    assert emacs.saved() == after.encode()
    emacs.undo()
    assert emacs.saved() == before.encode()


def test_explain_opens_a_window(session: Session) -> None:
    """Without this a user never finds the explanation."""
    emacs, model = session
    emacs.open("prices.py", SOURCE.encode())
    emacs.pick("GLM: Explain", TOTAL)
    model.next_ask().answer("It adds up *all* prices.\n")
    assert (emacs.job_end(), emacs.told()) == ("delivered", [])
    emacs.terminal.wait("It adds up *all* prices.")
    assert emacs.eval("(buffer-name (window-buffer))") == "prices.py"


def test_an_explanation_does_not_take_the_place_of_what_the_user_types_in(session: Session) -> None:
    """lsp-mode by itself switches the window to it, and what the user types next goes into the explanation."""
    emacs, model = session
    emacs.open("prices.py", SOURCE.encode())
    emacs.pick("GLM: Explain", TOTAL)
    ask = model.next_ask()
    emacs.do("(goto-char (point-max))")
    emacs.press("# typ")
    ask.answer("It adds up.\n")
    assert emacs.job_end() == "delivered"
    assert [one.startswith("GLM: the explanation is in ") for one in emacs.told()] == [True]
    emacs.press("ing\r")
    assert emacs.text() == f"{SOURCE}# typing\n"


def test_cancel_stops_the_job(session: Session) -> None:
    """Without this a user who changes their mind gets the edit all the same, or pays for it."""
    emacs, model = session
    emacs.open("prices.py", SOURCE.encode())
    emacs.pick("GLM: Refactor", TOTAL)
    ask = model.next_ask()
    emacs.press("\x1bxglm-cancel\r")
    assert ask.abandoned.wait(5)
    assert (emacs.job_end(), emacs.told()) == ("cancelled", [])
    assert emacs.text() == SOURCE


def test_typing_while_the_model_takes_its_time(session: Session) -> None:
    """Without this the edit lands where the text has been moved away, or Emacs stands still."""
    emacs, model = session
    emacs.open("prices.py", SOURCE.encode())
    emacs.pick("GLM: Refactor", TOTAL)
    ask = model.next_ask()
    emacs.work.traffic.answered("workspace/executeCommand", emacs.began)
    emacs.wait_for_ticks(10)
    emacs.go(FIRST)
    emacs.press("# typed\r")
    ask.answer(REPLY)
    assert (emacs.job_end(), emacs.told()) == ("delivered", [])
    assert emacs.text() == f"# typed\n{EXPECTED}"
