"""Every action from the shell: the same question, the same edit, no editor. The cases are those of `action_cases`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from action_cases import CASES, Case
from scripted_model import Ask, ScriptedModel

from glm_lsp.actions.catalogue import built_in

Run = Callable[..., tuple[int, str, str]]

CATALOGUE = built_in()
PYTHON = [case for case in CASES if case.language == "python"]
EDITS = [case for case in PYTHON if CATALOGUE[case.id].writes("document")]
EXPLANATIONS = [case for case in PYTHON if CATALOGUE[case.id].mode == "explain"]


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    model = ScriptedModel()
    yield model
    model.close()


@pytest.fixture
def folder(tmp_path: Path, model: ScriptedModel, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project; the shell is pointed at the model. `run` has cleared the environment before."""
    monkeypatch.setenv("GLM_LSP_BASE_URL", model.url)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    return project


def asked(case: Case, command: str, folder: Path, run: Run, model: ScriptedModel, *more: str) -> tuple[str, Ask]:
    """What `command` prints for the case, and the question."""
    file = folder / case.file
    file.write_text(case.before)
    first, last = case.lines
    place = f"{file}:{first + 1}" if first == last else f"{file}:{first + 1}-{last}"
    argv = [command, str(file) if CATALOGUE[case.id].scope == "file" else place, "--action", case.id, *more]
    if words := case.ask.get("instruction"):
        argv += ["-m", words]
    if case.diagnostics:
        findings = folder.parent / "findings.json"
        findings.write_text(json.dumps(case.diagnostics))
        argv += ["--diagnostics", str(findings)]
    questions: list[Ask] = []

    def answer() -> None:
        questions.append(model.next_ask())
        questions[0].answer(case.reply)

    answering = threading.Thread(target=answer)
    answering.start()
    code, out, err = run(*argv)
    answering.join()
    assert code == 0, err
    return out, questions[0]


@pytest.mark.parametrize("case", EDITS, ids=lambda case: case.id)
def test_edit_writes_what_an_editor_would_get(case: Case, folder: Path, run: Run, model: ScriptedModel) -> None:
    out, _ = asked(case, "edit", folder, run, model, "--write")
    assert out == ""
    assert (folder / case.file).read_text() == case.after
    if case.new is not None:
        assert (folder / case.ask["path"]).read_text() == case.new


@pytest.mark.parametrize("case", EXPLANATIONS, ids=lambda case: case.id)
def test_explain_prints_markdown_and_writes_nothing(case: Case, folder: Path, run: Run, model: ScriptedModel) -> None:
    """Also of the explanation that is a comment elsewhere: here it is to be read."""
    out, question = asked(case, "explain", folder, run, model)
    assert out == case.reply
    assert (folder / case.file).read_text() == case.before
    assert "becomes a comment" not in question.prompt


def test_an_explanation_is_asked_for_in_the_language_of_the_shell(
    folder: Path, run: Run, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case,) = [case for case in EXPLANATIONS if case.id == "explain"]
    monkeypatch.setenv("LANG", "de_AT.UTF-8")
    _, question = asked(case, "explain", folder, run, model)
    assert "Answer in German." in question.prompt


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["explain", "{file}:1", "--action", "ask"], "Add -m TEXT"),
        (["explain", "{file}:1", "--action", "explain-diagnostic"], "--diagnostics FILE.json"),
        (["edit", "{file}:1", "--action", "fix"], "--diagnostics FILE.json"),
        (["edit", "{file}", "--action", "fix-file"], "--diagnostics FILE.json"),
        (["edit", "{file}:1", "--action", "extract"], "FILE:A-B"),
        (["explain", "{file}:1", "--action", "fix"], "glm-lsp edit"),
        (["edit", "{file}:1", "--action", "ask"], "glm-lsp explain"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_missing_is_told_before_anything_is_sent(argv: list[str], hint: str, folder: Path, run: Run) -> None:
    (folder / "a.py").write_text("def f():\n    pass\n")
    code, out, err = run(*(part.format(file=folder / "a.py") for part in argv))
    assert (code, out) == (2, "")
    assert hint in err


def test_the_list_is_the_catalogue(run: Run) -> None:
    rows = run("actions")[1].splitlines()
    assert rows[0].split() == ["id", "title", "kind", "scope", "reach", "from"]
    assert [row.split()[0] for row in rows[1:]] == list(CATALOGUE)
    for row, action in zip(rows[1:], CATALOGUE.values(), strict=True):
        assert row.split()[-4:] == [action.kind, action.scope, action.reach, "built-in"]


def test_the_list_at_a_place_is_what_can_be_used_there_most_relevant_first(folder: Path, run: Run) -> None:
    file = folder / "a.py"
    file.write_text("def f(a):\n    # TODO: all of it\n    pass\n")
    findings = folder.parent / "findings.json"
    span = {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 5}}
    findings.write_text(json.dumps([{"range": span, "message": "Unused"}]))

    def listed(place: str, *more: str) -> list[str]:
        return [row.split()[0] for row in run("actions", place, *more)[1].splitlines()[1:]]

    assert listed(f"{file}:1")[:3] == ["complete", "refactor", "explain"]
    assert "fix" not in listed(f"{file}:1")
    assert "extract" not in listed(f"{file}:1")
    assert "extract" in listed(f"{file}:2-3")
    assert listed(f"{file}:1", "--diagnostics", str(findings))[:2] == ["fix", "explain-diagnostic"]
