"""What a user of VS Code gets from the palette: what a menu item cannot ask, and what can be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from guarded_model import guarded_model
from prices import DATA, EXPECTED, LINE, REPLY, SOURCE
from scripted_model import ScriptedModel
from workbench import CodeServer, Workbench

SUGGESTIONS = (DATA / "suggestions.json").read_text()
ROUNDED = SOURCE.replace("return result\n", "return round(result, 2)\n")
PICK = ".quick-input-list .monaco-list-row"


def file(workbench: Workbench, name: str = "prices.py", text: str = SOURCE, line: int = LINE) -> None:
    (workbench.folder / name).write_text(text)
    workbench.open(name)
    workbench.go(line)


def say(workbench: Workbench, placeholder: str, words: str) -> None:
    """Types into the box that shows `placeholder`."""
    workbench.do("wait", selector=f"{workbench.INPUT}[placeholder='{placeholder}']")
    workbench.type(words)
    workbench.press("Enter")


def test_refactor_takes_words_and_needs_none(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this a user can have a refactoring, but not the one he has in mind."""
    file(workbench)
    for words in ("with a comprehension", ""):
        workbench.press("Control+Alt+g", "r")
        say(workbench, "the one refactoring that helps its reader most", words)
        ask = workbench.asks(model)
        assert ("with a comprehension" in ask.prompt) is bool(words)
        ask.answer("CANNOT: as it is\n")
        workbench.idle()


def test_a_question_is_answered_beside_the_code(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this there are explanations of code, but no answer to the question one has about it."""
    file(workbench)
    workbench.command("GLM: Ask…")
    say(workbench, "who calls this?", "what is it of an empty list?")
    ask = workbench.asks(model)
    assert "what is it of an empty list?" in ask.prompt
    ask.answer("It is `0`.")
    assert "It is 0." in workbench.do("shown", text="It is 0.")
    workbench.idle()
    workbench.picture("answered")
    assert workbench.do("count", selector=".tab.dirty") == 0


def test_an_explanation_is_shown_by_a_server_that_was_started_anew(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this explanations end with the first restart, and a new key is one."""
    file(workbench)
    for words in ("Before.", "After."):
        workbench.command("GLM: Explain")
        workbench.asks(model).answer(words)
        workbench.do("shown", text=words)
        workbench.idle()
        workbench.command("GLM: Restart Server")
        workbench.do("wait", selector=f"{workbench.STATUS} .codicon-loading")
        workbench.idle()


@pytest.mark.parametrize("way", [pytest.param("lightbulb", marks=pytest.mark.vscode_core), "command"])
def test_fix_resolves_what_another_server_reports(workbench: Workbench, model: ScriptedModel, way: str) -> None:
    """Without this the finding that hurts right now has to be typed in again."""
    before = "export function half(n: number): string {\n  return n / 2;\n}\n"
    after = before.replace("n / 2", "String(n / 2)")
    file(workbench, "half.ts", before, 2)
    workbench.do("wait", selector=".squiggly-error", state="attached")
    if way == "lightbulb":
        workbench.go(2, 5)
        workbench.do("wait", selector=".lightBulbWidget")
        workbench.picture("reported")
        workbench.lightbulb("GLM: Fix")
    else:
        workbench.command("GLM: Fix")
    ask = workbench.asks(model)
    assert "Type 'number' is not assignable to type 'string'" in ask.prompt
    ask.answer(f"```ts\n{after}```\n")
    workbench.idle()
    workbench.do("wait", selector=".squiggly-error", state="detached")
    assert workbench.saved("half.ts") == after.encode()


def test_fix_says_when_nothing_is_reported(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this a user waits for a fix of nothing."""
    file(workbench)
    workbench.command("GLM: Fix")
    workbench.toast("nothing is reported in this file")
    assert not model.was_asked()


def test_tests_come_as_a_new_file_after_a_yes(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this a new file appears unasked, or tests have to be pasted."""
    file(workbench)
    workbench.command("GLM: Write Tests")
    made = "from prices import total\n\n\ndef test_total_of_nothing():\n    assert total([]) == 0\n"
    workbench.asks(model).answer(f"test_prices.py\n```python\n<<<<<<< SEARCH\n=======\n{made}>>>>>>> REPLACE\n```\n")
    workbench.toast("test_prices.py")
    workbench.picture("asked first")
    assert not (workbench.folder / "test_prices.py").exists()
    workbench.button("Apply")
    workbench.idle()
    workbench.open("test_prices.py")
    assert workbench.saved("test_prices.py") == made.encode()
    assert workbench.toasts() == []


@pytest.mark.vscode_core
def test_suggestions_are_a_list_and_the_one_picked_is_made(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this a user has to know which refactoring he wants before he can have one."""
    file(workbench)
    workbench.command("GLM: Suggest Refactorings")
    workbench.asks(model).answer(SUGGESTIONS)
    workbench.do("wait", selector=f"{PICK}:has-text('Round the total to cents')")
    workbench.picture("suggested")
    workbench.press("ArrowDown")
    workbench.do("wait", selector=f"{PICK}.focused:has-text('Round the total to cents')")
    workbench.picture("the second")
    workbench.press("Enter")
    ask = workbench.asks(model)
    assert "Return the result rounded to two digits." in ask.prompt
    ask.answer("```python\n    return round(result, 2)\n```\n")
    workbench.idle()
    assert workbench.saved("prices.py") == ROUNDED.encode()
    workbench.press("Control+z")
    assert workbench.saved("prices.py") == SOURCE.encode()


def test_suggestions_wait_for_a_user_who_went_on_typing(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this a list opens under the hands of a typing user, and the next Enter picks what he has not read."""
    file(workbench)
    workbench.command("GLM: Suggest Refactorings")
    ask = workbench.asks(model)
    workbench.go(1)
    workbench.type("# ty")
    ask.answer(SUGGESTIONS)
    workbench.toast("2 to choose from")
    workbench.type("ping\n")
    workbench.picture("waiting")
    assert workbench.do("count", selector=f"{PICK}:visible") == 0
    assert workbench.saved("prices.py") == ("# typing\n" + SOURCE).encode()
    workbench.button("Show")
    workbench.do("wait", selector=f"{PICK}:has-text('Use the built-in sum')")
    workbench.press("Enter")
    workbench.asks(model).answer("```python\n    return sum(prices)\n```\n")
    workbench.idle()
    assert workbench.saved("prices.py") == ("# typing\n" + EXPECTED).encode()


def test_keys_on_their_way_as_the_list_opens_go_to_the_text(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this who begins to type just then types into the list, and his Enter picks what he has not read."""
    file(workbench)
    typed = SOURCE.replace("def total", "x = 1\ndef total")
    for _ in range(5):
        workbench.command("GLM: Suggest Refactorings")
        workbench.asks(model).answer(SUGGESTIONS)
        workbench.do("wait", selector=f"{PICK}:has-text('Round the total to cents')")
        workbench.type("x = 1\n")
        workbench.idle()
        if not workbench.do("count", selector=f"{workbench.INPUT}:visible"):
            break
        # The machine was busy for half a second, which is long enough for a user to have seen the list.
        workbench.press("Escape")
    workbench.toast("2 to choose from")
    workbench.picture("given way")
    assert workbench.saved("prices.py") == typed.encode()
    assert not model.was_asked()
    workbench.button("Show")
    workbench.do("wait", selector=f"{PICK}:has-text('Round the total to cents')")


def test_refine_goes_on_from_the_last_result(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this "nearly right" means to start over."""
    file(workbench)
    workbench.pick("GLM: Refactor")
    workbench.asks(model).answer(REPLY)
    workbench.idle()
    workbench.command("GLM: Refine Last Result…")
    say(workbench, "keep the loop", "round it to cents")
    ask = workbench.asks(model)
    assert "round it to cents" in ask.prompt
    ask.answer(REPLY.replace("sum(prices)", "round(sum(prices), 2)"))
    workbench.idle()
    assert workbench.saved("prices.py") == EXPECTED.replace("sum(prices)", "round(sum(prices), 2)").encode()


def test_retry_takes_its_edit_back_and_asks_again(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this a second try builds upon the first."""
    file(workbench)
    workbench.pick("GLM: Refactor")
    workbench.asks(model).answer(REPLY)
    workbench.idle()
    workbench.command("GLM: Retry")
    ask = workbench.asks(model)
    assert "result = result + price" in ask.prompt
    ask.answer(REPLY.replace("sum(prices)", "sum(prices, start=0)"))
    workbench.idle()
    assert workbench.saved("prices.py") == EXPECTED.replace("sum(prices)", "sum(prices, start=0)").encode()


def test_other_files_are_sent_when_they_are_picked(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this what the user knows to matter cannot be shown to the model."""
    (workbench.folder / "taxes.py").write_text("RATE = 19  # from the ministry\n")
    file(workbench)
    workbench.press("Control+Alt+g", "e")
    workbench.do("wait", selector=f"{workbench.INPUT}[placeholder='make it async']")
    workbench.type("add the tax")
    workbench.do("click", selector=".quick-input-widget .action-label.codicon-files")
    workbench.do("wait", selector=f"{PICK}:has-text('taxes.py')")
    workbench.type("taxes")
    workbench.press("ArrowDown", "Space")
    workbench.picture("files")
    workbench.press("Enter")
    workbench.do("wait", selector=".quick-input-widget:has-text('With taxes.py.')")
    workbench.picture("with them")
    workbench.type(", rounded")
    workbench.press("Enter")
    ask = workbench.asks(model)
    assert "add the tax, rounded" in ask.prompt
    assert "RATE = 19  # from the ministry" in ask.prompt


def test_a_model_can_be_picked_for_one_question(
    code_server: CodeServer, workbench: Workbench, settings: dict[str, object]
) -> None:
    """Without this another model means other settings."""
    with guarded_model() as model:
        code_server.set(settings | {"glm.endpoint.baseUrl": model.url})
        workbench.reload()
        file(workbench)
        workbench.press("Control+Alt+g", "e")
        workbench.do("wait", selector=f"{workbench.INPUT}[placeholder='make it async']")
        workbench.type("use sum")
        workbench.do("click", selector=".quick-input-widget .action-label.codicon-chip")
        workbench.do("wait", selector=f"{PICK}:has-text('glm-other')")
        workbench.picture("models")
        workbench.do("click", selector=f"{PICK}:has-text('glm-other')")
        workbench.do("wait", selector=".quick-input-widget:has-text('Model: glm-other.')")
        workbench.press("Enter")
        workbench.do("wait", selector=".tab.active.dirty")
        workbench.idle()
        assert workbench.saved("prices.py") == EXPECTED.encode()
        assert model.models == ["glm-other"]


def test_what_would_be_sent_can_be_read_before_it_is(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this a user has to take our word for what leaves the machine."""
    (workbench.folder / ".gitignore").write_text("secret.py\n")
    (workbench.folder / "secret.py").write_text("PASSWORD = 'swordfish'\n")
    file(workbench)
    workbench.command("GLM: Show What Would Be Sent")
    workbench.do("wait", selector=f"{PICK}:has-text('GLM: Simplify')")
    workbench.picture("for which action")
    workbench.press("Enter")
    workbench.do("wait", selector=".tab.active[data-resource-name='What GLM Would Send.md']")
    workbench.do("wait", selector=".view-line:has-text('What would be sent')")
    workbench.picture("what would be sent")
    assert not model.was_asked()


def test_a_request_is_copied_as_it_would_be_made(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this nobody can repeat outside what went wrong inside."""
    (workbench.folder / "copied.sh").write_text("")
    file(workbench)
    for command, mark in (("GLM: Copy Request as cURL", "curl "), ("GLM: Copy Request as Python", "import requests")):
        workbench.command(command)
        workbench.do("wait", selector=f"{PICK}:has-text('GLM: Simplify')")
        workbench.press("Enter")
        workbench.toast("the request was copied")
        workbench.open("copied.sh")
        workbench.press("Control+a", "Control+v")
        workbench.do("wait", selector=".tab.active.dirty")
        copied = workbench.saved("copied.sh").decode()
        assert mark in copied
        assert f"{model.url}/chat/completions" in copied
        workbench.open("prices.py")
        workbench.command("Notifications: Clear All Notifications")
    assert not model.was_asked()


def test_usage_is_a_table(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this nobody knows what it costs."""
    file(workbench)
    workbench.pick("GLM: Refactor")
    workbench.asks(model).answer(REPLY)
    workbench.idle()
    workbench.command("GLM: Usage")
    shown = workbench.do("shown", text="Usage of the last 30 days")
    assert "refactor" in shown
    workbench.picture("usage")


def test_prompts_of_a_project_are_used_once_they_are_trusted(
    workbench: Workbench, model: ScriptedModel, tmp_path: Path
) -> None:
    """Without this a project cannot say how it wants its code, or a stranger's project can."""
    (workbench.folder / ".glm").mkdir()
    (workbench.folder / ".glm/rules.md").write_text("Every name is a bird.\n")
    file(workbench)
    workbench.command("GLM: Trust This Project")
    workbench.do("wait", selector=".monaco-dialog-box:has-text('.glm/rules.md')")
    workbench.picture("trust")
    workbench.do("click", selector=".monaco-dialog-box .monaco-button:text-is('Trust')")
    workbench.do("wait", selector=".monaco-dialog-box", state="detached")
    workbench.pick("GLM: Refactor")
    ask = workbench.asks(model)
    assert "Every name is a bird." in ask.prompt
    assert workbench.toasts() == [] or "GLM: Refactor" in workbench.toasts()[0]


@pytest.mark.parametrize("action", ["GLM: Refactor", "GLM: Edit…"])
def test_any_action_runs_with_other_files_and_another_model(
    code_server: CodeServer, workbench: Workbench, settings: dict[str, object], action: str
) -> None:
    """Without this only some actions can be given more to read."""
    (workbench.folder / "taxes.py").write_text("RATE = 19\n")
    with guarded_model() as model:
        code_server.set(settings | {"glm.endpoint.baseUrl": model.url})
        workbench.reload()
        file(workbench)
        workbench.command("GLM: Run With Other Files or Another Model…")
        workbench.do("wait", selector=f"{PICK}:has-text('{action}')")
        workbench.do("click", selector=f"{PICK}[aria-label^='{action}']")
        if action == "GLM: Edit…":
            say(workbench, "make it async", "use sum")
        workbench.do("wait", selector=f"{PICK}:has-text('taxes.py')")
        workbench.press("ArrowDown", "Space", "Enter")
        workbench.do("wait", selector=f"{PICK}:has-text('glm-other')")
        workbench.do("click", selector=f"{PICK}:has-text('glm-other')")
        workbench.do("wait", selector=".tab.active.dirty")
        workbench.idle()
        assert workbench.saved("prices.py") == EXPECTED.encode()
        assert model.models == ["glm-other"]
