"""What a user of Emacs with eglot gets from our items in the code action menu."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from living import EGLOT, LSP_MODE, Start
from real_emacs import Emacs
from scripted_model import ScriptedModel
from sources import EXPECTED, FILES, FIRST, LAST, REPLY, SOURCE, TOTAL
from workplace import PAGES, snippet

EXPLANATION = "It adds up all prices."


@pytest.mark.parametrize(("before", "reply", "after"), FILES.values(), ids=FILES.keys())
def test_refactor_changes_the_function_and_one_undo_takes_it_back(
    eglot: Emacs, model: ScriptedModel, before: str, reply: str, after: str
) -> None:
    """Without this a file with unusual characters or line ends is damaged, or undo does not give it back."""
    eglot.open("prices.py", before.encode())
    eglot.pick("GLM: Refactor", TOTAL)
    model.next_ask().answer(reply)

    assert (eglot.job_end(), eglot.told()) == ("delivered", [])
    assert eglot.saved() == after.encode()
    assert {change.by for change in eglot.changes()} == {"glm"}

    eglot.undo()
    assert eglot.saved() == before.encode()


def test_without_a_region_the_function_around_point_is_meant(eglot: Emacs, model: ScriptedModel) -> None:
    """eglot itself asks for the expression at point: a single line would be refactored."""
    eglot.open("prices.py", SOURCE.encode())
    eglot.pick("GLM: Refactor", TOTAL + 1, column=6)
    model.next_ask().answer(REPLY)
    assert (eglot.job_end(), eglot.told()) == ("delivered", [])
    assert eglot.text() == EXPECTED


def test_the_server_is_told_the_language(eglot: Emacs, model: ScriptedModel) -> None:
    """Without this nothing that knows the language works: eglot names it after the mode it is set up for."""
    opened = eglot.work.traffic.method("client", "textDocument/didOpen")
    assert eglot.work.traffic.records[opened]["message"]["params"]["textDocument"]["languageId"] == "python"


def test_explain_opens_another_window_and_the_user_types_on(eglot: Emacs, model: ScriptedModel) -> None:
    """Without this an explanation swallows the keys of a user who went on typing."""
    eglot.open("prices.py", SOURCE.encode())
    eglot.pick("GLM: Explain", TOTAL)
    ask = model.next_ask()
    eglot.do("(goto-char (point-max))")
    eglot.press("# ty")
    ask.say(f"{EXPLANATION}\n\n")
    eglot.press("pi")
    ask.answer("- `prices`: numbers\n")
    assert (eglot.job_end(), eglot.told()) == ("delivered", [])
    eglot.terminal.wait(EXPLANATION)
    eglot.press("ng\r")

    assert eglot.text() == f"{SOURCE}# typing\n"
    names = "(vconcat (mapcar (lambda (window) (buffer-name (window-buffer window))) (window-list)))"
    edited, shown = eglot.eval(names)
    assert edited == "prices.py"
    text = eglot.eval(f'(with-current-buffer "{shown}" (buffer-string))')
    assert f"{EXPLANATION}\n\n- `prices`: numbers" in text


def test_the_last_explanation_is_in_the_echo_area(eglot: Emacs, model: ScriptedModel) -> None:
    """Without this a user has to look for the window, or to ask again."""
    eglot.open("prices.py", SOURCE.encode())
    eglot.pick("GLM: Explain", TOTAL)
    model.next_ask().answer(EXPLANATION)
    eglot.job_end()
    eglot.terminal.wait(EXPLANATION)
    eglot.do("(delete-other-windows)")
    eglot.go(LAST)
    eglot.terminal.wait(lambda screen: not any(EXPLANATION in line for line in screen))
    eglot.terminal.press("\x10" * (LAST - TOTAL))  # C-p
    eglot.terminal.wait(EXPLANATION)


SECONDS = 15
"""That the model takes: longer than eglot waits for any answer."""


def test_a_model_that_takes_its_time_holds_nothing_up(eglot: Emacs, model: ScriptedModel) -> None:
    """eglot waits for an answer with all of Emacs, and gives up after ten seconds."""
    eglot.open("prices.py", SOURCE.encode())
    eglot.pick("GLM: Refactor", TOTAL)
    ask = model.next_ask()

    traffic = eglot.work.traffic
    traffic.answered("workspace/executeCommand", eglot.began)
    for _ in range(SECONDS):
        time.sleep(1)
        eglot.wait_for_ticks(10)
    eglot.go(FIRST)
    eglot.press("# typed\r")
    assert eglot.text() == f"# typed\n{SOURCE}"

    ask.answer(REPLY)
    assert (eglot.job_end(), eglot.told()) == ("delivered", [])
    assert eglot.text() == f"# typed\n{EXPECTED}"


def test_two_jobs_at_once_and_each_is_undone_alone(eglot: Emacs, model: ScriptedModel) -> None:
    """Without this the second edit lands where the first has moved the text away."""
    eglot.open("prices.py", SOURCE.encode())
    eglot.pick("GLM: Refactor", TOTAL)
    total = model.next_ask()
    eglot.pick("GLM: Refactor", LAST)
    last = model.next_ask()
    total.answer(REPLY)
    assert eglot.job_end() == "delivered"
    eglot.press("")  # What comes between two commands is one change to Emacs, whoever made it.
    eglot.begin()
    last.answer("```python\ndef last(items):\n    *_, found = items\n    return found\n```\n")
    assert (eglot.job_end(), eglot.told()) == ("delivered", [])

    both = EXPECTED.replace("    return items[-1]", "    *_, found = items\n    return found")
    assert eglot.text() == both
    eglot.undo()
    assert eglot.text() == EXPECTED
    eglot.undo(more=True)
    assert eglot.text() == SOURCE


def test_typing_in_another_file_while_the_edit_comes(eglot: Emacs, model: ScriptedModel) -> None:
    """Without this an edit lands in the file the user has gone on to, or takes them away from it."""
    eglot.open("prices.py", SOURCE.encode())
    eglot.pick("GLM: Refactor", TOTAL)
    ask = model.next_ask()
    began = eglot.began
    eglot.open("other.py", SOURCE.encode())
    eglot.press("# ty")
    ask.answer(REPLY)
    eglot.press("pi")
    assert (eglot.job_end(began), eglot.told()) == ("delivered", [])
    eglot.press("ng\r")
    assert eglot.text() == f"# typing\n{SOURCE}"
    assert eglot.eval('(with-current-buffer "prices.py" (buffer-string))') == EXPECTED


def test_cancel_stops_the_job(eglot: Emacs, model: ScriptedModel) -> None:
    """Without this a user who changes their mind gets the edit all the same, or pays for it."""
    eglot.open("prices.py", SOURCE.encode())
    eglot.pick("GLM: Refactor", TOTAL)
    ask = model.next_ask()
    ask.say(REPLY[:20])
    eglot.press("\x1bxglm-cancel\r")
    assert ask.abandoned.wait(5)
    assert (eglot.job_end(), eglot.told()) == ("cancelled", [])
    assert eglot.changes() == []


@pytest.mark.parametrize("command", ["glm-menu", "glm-cancel"])
def test_where_no_server_runs_that_is_said(eglot: Emacs, command: str) -> None:
    """Without this the user is told of a void function, or of a method that takes no nil."""
    lost = f"(with-temp-buffer (condition-case lost (call-interactively #'{command}) (user-error (cadr lost))))"
    assert str(eglot.eval(lost)).startswith("No language server runs in this buffer")


def test_a_confirmed_edit_is_made_and_said_to_be(eglot: Emacs, model: ScriptedModel) -> None:
    """eglot asks in the minibuffer, and tells of what it does afterwards only at the next key by itself."""
    eglot.open("prices.py", SOURCE.encode())
    configure = '(setq-default eglot-workspace-configuration \'(:glm (:edit (:delivery "{}"))))'
    tell = "(eglot-signal-didChangeConfiguration (eglot-current-server))"
    eglot.do(configure.format("confirm") + tell)
    try:
        eglot.pick("GLM: Refactor", TOTAL)
        model.next_ask().answer(REPLY)
        eglot.terminal.wait("Choose an option")
        eglot.terminal.press("\r")
        assert (eglot.job_end(), eglot.told()) == ("delivered", [])
        assert eglot.text() == EXPECTED
    finally:
        eglot.do(configure.format("apply") + tell)


def test_a_refusal_says_why_and_changes_nothing(eglot: Emacs, model: ScriptedModel) -> None:
    """Without this a user waits for an edit that will never come."""
    eglot.open("prices.py", SOURCE.encode())
    eglot.pick("GLM: Refactor", TOTAL)
    model.next_ask().answer("CANNOT: it is already clear\n")
    assert eglot.job_end() == "refused"
    eglot.terminal.wait("it is already clear")
    assert eglot.changes() == []


def test_eglot_set_up_in_one_line_is_offered_the_edit_and_tells_what_was_typed_first(start: Start) -> None:
    """It tells of changes half a second late: an edit that came by itself would be written over them."""
    plain, model = start(
        "(require 'eglot)"
        """(add-to-list 'eglot-server-programs '(python-mode . ("glm-lsp")))"""
        "(add-hook 'python-mode-hook #'eglot-ensure)"
        '(keymap-global-set "C-c a" #\'eglot-code-actions)'
    )
    plain.open("prices.py", SOURCE.encode())
    plain.pick("GLM: Refactor", TOTAL)
    ask = model.next_ask()
    plain.go(FIRST)
    plain.press("# typed\r")
    ask.answer(REPLY)
    assert plain.job_end() == "offered"
    plain.terminal.wait("+    return sum(prices)")
    assert plain.text() == f"# typed\n{SOURCE}"
    plain.press("# more\r")
    plain.pick("GLM: Accept all", TOTAL + 4)
    plain.terminal.wait(lambda screen: any(line.strip() == "return sum(prices)" for line in screen))
    assert plain.text() == f"# typed\n# more\n{EXPECTED}"


def test_the_lisp_files_compile_without_a_warning(emacs_program: Path, tmp_path: Path) -> None:
    """Without this a user's Emacs greets them with our mistakes."""
    folder = shutil.copytree(PAGES / "emacs", tmp_path / "emacs")
    strict = "(setq byte-compile-error-on-warn t native-comp-enable-subr-trampolines nil)"
    files = sorted(folder.glob("*.el"))
    options = ["--quick", "--batch", "-L", str(folder), "--eval", strict, "-f", "batch-byte-compile"]
    command = [str(emacs_program), *options, *map(str, files)]
    environment = os.environ | {"HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.stem for path in files] == ["glm-eglot", "glm"]


def test_the_page_names_both_clients() -> None:
    """The tests take the first two configurations of the page for these."""
    assert "eglot-ensure" in snippet("emacs.md", "elisp", EGLOT)
    assert "lsp-deferred" in snippet("emacs.md", "elisp", LSP_MODE)
