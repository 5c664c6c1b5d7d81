"""Edits of several files, and edits that are offered: all of it or nothing, each change undone by one command."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from scripted_editor import Editor, Start, span
from scripted_model import Ask, ScriptedModel
from wire import SECONDS, ErrorAnswer, Texts

SERVER = (str(Path(__file__).with_name("files_server.py")),)
NAMES = ("a.py", "b.py", "c.py")
BEFORE = "import os\n\n\ndef {0}(x):\n    return x + 1\n\n\ndef other_{0}():\n    pass\n"
AFTER = BEFORE.replace("x + 1", "x + 2")
LINE = 4
JOBS: dict[str, Any] = {"experimental": {"glm": {"jobs": True}}}
OURS: dict[str, Any] = {"experimental": {"glm": {"jobs": True, "apply": True}}}
PREVIEW: dict[str, Any] = {"edit": {"delivery": "preview"}}

Begin = Callable[..., AbstractAsyncContextManager[Editor]]


@pytest.fixture
def begin(start: Start) -> Begin:
    return partial(start, program=SERVER)


class Disk(Texts):
    """Documents, and the files below them: an editor that makes, moves and deletes files, and changes those that are
    not open on the disk. All of a request, or nothing."""

    def apply(self, params: Any) -> dict[str, Any]:
        changes = params["edit"]["documentChanges"]
        plain = []
        for change in changes:
            uri = change.get("textDocument", {}).get("uri", "")
            made = any(one.get("kind") == "create" and one["uri"] == uri for one in changes)
            new = change.get("newUri") or (change["uri"] if change.get("kind") == "create" else "")
            if new and path_of(new).exists():
                return {"applied": False, "failureReason": "the file exists"}
            if uri in self._open:
                plain.append(change)
            elif uri and change["textDocument"]["version"] is not None and not made:
                return {"applied": False, "failureReason": "the file is not open"}
        if plain and not (answer := super().apply({"edit": {"documentChanges": plain}}))["applied"]:
            return answer
        for change in changes:
            self._operate(change)
        return {"applied": True}

    def _operate(self, change: Any) -> None:
        match change.get("kind"):
            case "create":
                assert change["options"] == {"overwrite": False, "ignoreIfExists": False}
                path_of(change["uri"]).parent.mkdir(parents=True, exist_ok=True)
                path_of(change["uri"]).touch()
            case "rename":
                path_of(change["oldUri"]).rename(path_of(change["newUri"]))
                if change["oldUri"] in self._open:
                    text = self[change["oldUri"]]
                    self.close(change["oldUri"])
                    self.open(change["newUri"], text)
            case "delete":
                path_of(change["uri"]).unlink()
                if change["uri"] in self._open:
                    self.close(change["uri"])
            case None if change["textDocument"]["uri"] not in self._open:
                path = path_of(change["textDocument"]["uri"])
                buffer = Texts.__new__(Texts)
                buffer.__dict__.update(self.__dict__ | {"_open": {path.as_uri(): (0, path.read_text())}})
                buffer._wire = Nobody()  # type: ignore[assignment]  # nothing is told of a file that is not open
                Texts.apply(buffer, {"edit": {"documentChanges": [unversioned(change)]}})
                path.write_text(buffer[path.as_uri()])


class Nobody:
    def notify(self, method: str, params: Any) -> None:
        pass


def unversioned(change: Any) -> Any:
    return change | {"textDocument": change["textDocument"] | {"version": None}}


def path_of(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))


def text_of(name: str, form: str = BEFORE) -> str:
    return form.format(name.removesuffix(".py"))


def block(name: str, old: str, new: str) -> str:
    return f"{name}\n````python\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n````\n\n"


def change(name: str) -> str:
    """A reply's block that makes `AFTER` of `BEFORE`."""
    head = f"def {name.removesuffix('.py')}(x):\n"
    return block(name, f"{head}    return x + 1\n", f"{head}    return x + 2\n")


REPLY = "".join(change(name) for name in NAMES)


async def opened(editor: Editor, names: tuple[str, ...] = NAMES) -> list[str]:
    """The documents open, the files on disk, and the later ones just edited, so that they go along."""
    editor.texts = Disk(editor.wire)
    uris = []
    for name in names:
        (editor.folder / name).write_text(text_of(name))
        uri = editor.open(name, text_of(name) + "#\n")
        editor.texts.change(uri, text_of(name))
        uris.append(uri)
    return uris


async def asked(editor: Editor, model: ScriptedModel, uri: str, **argument: Any) -> tuple[str, Ask]:
    job = await editor.run("files", uri, LINE, **argument)
    return job, await asyncio.to_thread(model.next_ask)


async def ended(editor: Editor, job: str) -> dict[str, Any]:
    """Waits until the job of one of our clients has ended."""
    over = ("delivered", "refused", "failed", "cancelled")
    seen = await editor.wire.expect("glm/job", lambda view: view["job"] == job and view["state"] in over)
    return dict(seen)


async def offered(editor: Editor, job: str, hunks: int) -> list[dict[str, Any]]:
    """Waits until the job offers so many hunks, and gives them."""
    view = await editor.wire.expect(
        "glm/job",
        lambda view: view["job"] == job and view["state"] == "offered" and len(view["hunks"]) == hunks,
    )
    return list(view["hunks"])


def edits(editor: Editor) -> list[Any]:
    return [message["params"]["edit"]["documentChanges"] for message in editor.wire.received("workspace/applyEdit")]


async def test_three_files_change_one_by_one_and_one_command_undoes_them(begin: Begin, model: ScriptedModel) -> None:
    async with begin() as editor:
        uris = await opened(editor)
        job, ask = await asked(editor, model, uris[0])
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert [editor.texts[uri] for uri in uris] == [text_of(name, AFTER) for name in NAMES]
        assert [[one["textDocument"]["uri"] for one in edit] for edit in edits(editor)] == [[uri] for uri in uris]
        undo = (await editor.command("glm.undo", {"job": job}))["job"]
        assert (await editor.ended(undo))["state"] == "delivered"
        assert [editor.texts[uri] for uri in uris] == [text_of(name) for name in NAMES]
        assert editor.told() == []


async def test_nothing_is_written_if_the_second_file_changed_before_the_first_write(
    begin: Begin, model: ScriptedModel
) -> None:
    async with begin() as editor:
        uris = await opened(editor)
        job, ask = await asked(editor, model, uris[0])
        editor.texts.change(uris[1], text_of("b.py").replace("x + 1", "x + 7"))
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "refused"
        assert edits(editor) == []
        (told,) = editor.told()
        assert "changed meanwhile" in told


async def test_what_is_written_is_taken_back_if_the_second_file_changes_between_the_writes(
    begin: Begin, model: ScriptedModel
) -> None:
    async with begin() as editor:
        uris = await opened(editor)
        typed = text_of("b.py").replace("x + 1", "x + 7")

        def apply(params: Any) -> Any:
            if not edits(editor)[1:]:
                editor.texts.change(uris[1], typed)
            return editor.texts.apply(params)

        editor.wire.answer("workspace/applyEdit", apply)
        job, ask = await asked(editor, model, uris[0])
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "refused"
        assert [editor.texts[uri] for uri in uris] == [text_of("a.py"), typed, text_of("c.py")]
        (told,) = editor.told()
        assert told.startswith("GLM: b.py could not be changed: ")
        assert told.endswith("No file was changed.")


async def test_what_cannot_be_taken_back_is_named(begin: Begin, model: ScriptedModel) -> None:
    """The user types into the first file's new text while the second is refused."""
    async with begin() as editor:
        uris = await opened(editor)

        def apply(params: Any) -> Any:
            if edits(editor)[1:]:
                editor.texts.change(uris[0], text_of("a.py", AFTER).replace("x + 2", "x + 22"))
                return {"applied": False, "failureReason": "read-only"}
            return editor.texts.apply(params)

        editor.wire.answer("workspace/applyEdit", apply)
        job, ask = await asked(editor, model, uris[0])
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "refused"
        (told,) = editor.told()
        assert told.endswith("Changed: a.py. Not changed: b.py, c.py.")
        assert [editor.texts[uri] for uri in uris[1:]] == [text_of(name) for name in NAMES[1:]]


async def test_what_the_user_types_elsewhere_in_any_of_the_files_is_kept(begin: Begin, model: ScriptedModel) -> None:
    async with begin() as editor:
        uris = await opened(editor)
        job, ask = await asked(editor, model, uris[0])
        editor.texts.change(uris[2], "# mine\n" + text_of("c.py"))
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uris[2]] == "# mine\n" + text_of("c.py", AFTER)


async def test_a_file_that_is_not_open_is_changed_and_proved_on_the_disk(begin: Begin, model: ScriptedModel) -> None:
    async with begin() as editor:
        (uri,) = await opened(editor, NAMES[:1])
        other = editor.folder / "b.py"
        other.write_text(text_of("b.py"))
        finding = {"range": span(LINE), "message": "see there"} | {
            "relatedInformation": [{"location": {"uri": other.as_uri(), "range": span(LINE)}, "message": "here"}]
        }
        job, ask = await asked(editor, model, uri, diagnostics=[finding])
        assert "def b(x)" in ask.prompt
        ask.answer(change("b.py"))
        assert (await editor.ended(job))["state"] == "delivered"
        assert other.read_text() == text_of("b.py", AFTER)
        undo = (await editor.command("glm.undo", {"job": job}))["job"]
        assert (await editor.ended(undo))["state"] == "delivered"
        assert other.read_text() == text_of("b.py")


async def test_a_file_that_was_not_sent_is_not_touched(begin: Begin, model: ScriptedModel) -> None:
    async with begin(options={"edit": {"repair": 0}}) as editor:
        (uri,) = await opened(editor, NAMES[:1])
        (editor.folder / "b.py").write_text(text_of("b.py"))
        job, ask = await asked(editor, model, uri)
        assert "def b(x)" not in ask.prompt
        ask.answer(change("a.py") + change("b.py"))
        assert (await editor.ended(job))["state"] == "refused"
        assert editor.texts[uri] == text_of("a.py")


@pytest.mark.parametrize("yes", [True, False])
async def test_a_new_file_is_made_after_a_yes_and_undone_with_the_rest(
    begin: Begin, model: ScriptedModel, yes: bool
) -> None:
    async with begin() as editor:
        (uri,) = await opened(editor, NAMES[:1])
        new = editor.folder / "tests" / "test_a.py"
        editor.wire.answer("window/showMessageRequest", lambda params: {"title": "Apply"} if yes else None)
        job, ask = await asked(editor, model, uri)
        ask.answer(change("a.py") + block("tests/test_a.py", "", "def test_a():\n    assert True\n"))
        assert (await editor.ended(job))["state"] == ("delivered" if yes else "cancelled")
        (question,) = editor.wire.received("window/showMessageRequest")
        assert question["params"]["message"].endswith(": change a.py? It creates tests/test_a.py.")
        assert new.exists() == yes
        if yes:
            assert new.read_text() == "def test_a():\n    assert True\n"
            assert editor.texts[uri] == text_of("a.py", AFTER)
            undo = (await editor.command("glm.undo", {"job": job}))["job"]
            assert (await editor.ended(undo))["state"] == "delivered"
            assert not new.exists()
        assert editor.texts[uri] == text_of("a.py")


async def test_an_editor_that_makes_no_files_gets_no_part_of_the_change(begin: Begin, model: ScriptedModel) -> None:
    """Its diff is kept instead: half of a change in several files is worse than none."""
    async with begin("emacs-eglot") as editor:
        (uri,) = await opened(editor, NAMES[:1])
        job, ask = await asked(editor, model, uri)
        ask.answer(change("a.py") + block("new.py", "", "x = 1\n"))
        assert (await editor.ended(job))["state"] == "refused"
        assert edits(editor) == []
        (told,) = editor.told()
        assert "does not let a server make files" in told
        kept = Path(told.partition("kept in ")[2].rstrip("."))
        assert "+++ b/new.py" in kept.read_text()


async def test_a_new_file_never_takes_the_place_of_one_that_is_there(begin: Begin, model: ScriptedModel) -> None:
    async with begin(options={"edit": {"repair": 0}}) as editor:
        (uri,) = await opened(editor, NAMES[:1])
        (editor.folder / ".gitignore").write_text("made.py\n")
        (editor.folder / "made.py").write_text("precious = 1\n")
        job, ask = await asked(editor, model, uri)
        ask.answer(block("Made.py", "", "x = 1\n"))
        assert (await editor.ended(job))["state"] == "refused"
        assert edits(editor) == []
        assert sorted(os.listdir(editor.folder)) == [".git", ".gitignore", "a.py", "made.py"]


async def test_a_file_made_meanwhile_by_somebody_else_is_left_alone(begin: Begin, model: ScriptedModel) -> None:
    async with begin() as editor:
        (uri,) = await opened(editor, NAMES[:1])

        def yes(params: Any) -> Any:
            (editor.folder / "new.py").write_text("precious = 1\n")
            return {"title": "Apply"}

        editor.wire.answer("window/showMessageRequest", yes)
        job, ask = await asked(editor, model, uri)
        ask.answer(change("a.py") + block("new.py", "", "x = 1\n"))
        assert (await editor.ended(job))["state"] == "refused"
        assert (editor.texts[uri], edits(editor)) == (text_of("a.py"), [])
        assert (editor.folder / "new.py").read_text() == "precious = 1\n"


PATCH = """\
*** Begin Patch
*** Update File: a.py
*** Move to: moved.py
@@
 def a(x):
-    return x + 1
+    return x + 2
*** Delete File: b.py
*** End Patch
"""


async def test_files_are_moved_and_deleted_and_brought_back(begin: Begin, model: ScriptedModel) -> None:
    async with begin() as editor:
        uris = await opened(editor, NAMES[:2])
        moved = (editor.folder / "moved.py").as_uri()
        editor.wire.answer("window/showMessageRequest", lambda params: {"title": "Apply"})
        job, ask = await asked(editor, model, uris[0])
        ask.answer(PATCH)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[moved] == text_of("a.py", AFTER)
        assert not (editor.folder / "a.py").exists()
        assert not (editor.folder / "b.py").exists()
        undo = (await editor.command("glm.undo", {"job": job}))["job"]
        assert (await editor.ended(undo))["state"] == "delivered"
        assert editor.texts[uris[0]] == text_of("a.py")
        assert (editor.folder / "b.py").read_text() == text_of("b.py")


async def test_a_client_of_ours_is_told_of_files_it_makes_and_deletes(begin: Begin, model: ScriptedModel) -> None:
    async with begin(capabilities=OURS) as editor:
        (uri,) = await opened(editor, NAMES[:1])
        new = editor.folder / "new.py"

        def apply(params: Any) -> dict[str, Any]:
            (file,) = params["files"]
            if file.get("create"):
                new.write_text("".join(edit["newText"] for edit in file["edits"]))
            else:
                assert file == {"uri": new.as_uri(), "version": None, "edits": [], "delete": True}
                new.unlink()
            return {"applied": True}

        editor.wire.answer("window/showMessageRequest", lambda params: {"title": "Apply"})
        editor.wire.answer("glm/apply", apply)
        job, ask = await asked(editor, model, uri)
        ask.answer(block("new.py", "", "x = 1\n"))
        assert (await ended(editor, job))["state"] == "delivered"
        assert new.read_text() == "x = 1\n"
        undo = (await editor.command("glm.undo", {"job": job}))["job"]
        assert (await ended(editor, undo))["state"] == "delivered"
        assert not new.exists()


async def test_an_offered_change_is_accepted_hunk_by_hunk_while_the_user_types(
    begin: Begin, model: ScriptedModel
) -> None:
    async with begin(capabilities=JOBS, options=PREVIEW) as editor:
        uris = await opened(editor)
        job, ask = await asked(editor, model, uris[0])
        ask.answer(REPLY)
        hunks = await offered(editor, job, 3)
        assert [hunk["uri"] for hunk in hunks] == uris
        assert len({hunk["id"] for hunk in hunks}) == 3
        assert edits(editor) == []

        editor.texts.change(uris[1], "# typed\n" + text_of("b.py"))
        moved = await editor.wire.expect(
            "glm/job", lambda view: view.get("hunks", [{}])[1:2] and view["hunks"][1]["range"]["start"]["line"] == 5
        )
        assert moved["state"] == "offered"

        await editor.command("glm.accept", {"job": job, "hunk": hunks[1]["id"]})
        assert [hunk["id"] for hunk in await offered(editor, job, 2)] == [hunks[0]["id"], hunks[2]["id"]]
        assert editor.texts[uris[1]] == "# typed\n" + text_of("b.py", AFTER)
        assert editor.texts[uris[0]] == text_of("a.py")

        await editor.command("glm.reject", {"job": job, "hunk": hunks[0]["id"]})
        await offered(editor, job, 1)
        await editor.command("glm.accept", {"job": job})
        assert (await ended(editor, job))["state"] == "delivered"
        assert [editor.texts[uri] for uri in uris] == [
            text_of("a.py"),
            "# typed\n" + text_of("b.py", AFTER),
            text_of("c.py", AFTER),
        ]
        with pytest.raises(ErrorAnswer, match="Nothing of this job is offered"):
            await editor.command("glm.accept", {"job": job})

        undo = (await editor.command("glm.undo", {"job": job}))["job"]
        assert (await ended(editor, undo))["state"] == "delivered"
        assert [editor.texts[uri] for uri in uris] == [
            text_of("a.py"),
            "# typed\n" + text_of("b.py"),
            text_of("c.py"),
        ]


async def test_hunks_picked_in_a_hurry_are_written_one_after_the_other(begin: Begin, model: ScriptedModel) -> None:
    async with begin(capabilities=JOBS, options=PREVIEW) as editor:
        uris = await opened(editor)
        job, ask = await asked(editor, model, uris[0])
        ask.answer(REPLY)
        hunks = await offered(editor, job, 3)
        await asyncio.gather(*(editor.command("glm.accept", {"job": job, "hunk": hunk["id"]}) for hunk in hunks))
        assert (await ended(editor, job))["state"] == "delivered"
        assert [editor.texts[uri] for uri in uris] == [text_of(name, AFTER) for name in NAMES]


async def test_an_offered_hunk_the_user_has_typed_into_is_let_go(begin: Begin, model: ScriptedModel) -> None:
    async with begin(capabilities=JOBS, options=PREVIEW) as editor:
        uris = await opened(editor)
        job, ask = await asked(editor, model, uris[0])
        ask.answer(REPLY)
        hunks = await offered(editor, job, 3)
        editor.texts.change(uris[0], text_of("a.py").replace("x + 1", "x + 100"))
        await offered(editor, job, 2)
        with pytest.raises(ErrorAnswer, match="not offered any more"):
            await editor.command("glm.accept", {"job": job, "hunk": hunks[0]["id"]})
        await editor.command("glm.reject", {"job": job})
        assert (await ended(editor, job))["state"] == "cancelled"
        assert edits(editor) == []


async def test_a_refused_hunk_stays_on_offer(begin: Begin, model: ScriptedModel) -> None:
    async with begin(capabilities=JOBS, options=PREVIEW) as editor:
        uris = await opened(editor)
        job, ask = await asked(editor, model, uris[0])
        ask.answer(change("a.py"))
        (hunk,) = await offered(editor, job, 1)
        editor.wire.answer("workspace/applyEdit", lambda params: {"applied": False, "failureReason": "read-only"})
        await editor.command("glm.accept", {"job": job, "hunk": hunk["id"]})
        told = await editor.wire.expect("glm/job", lambda view: view["state"] == "offered" and "message" in view)
        assert "read-only" in told["message"]["text"]
        editor.wire.answer("workspace/applyEdit", editor.texts.apply)
        await editor.command("glm.accept", {"job": job, "hunk": hunk["id"]})
        assert (await ended(editor, job))["state"] == "delivered"
        assert editor.texts[uris[0]] == text_of("a.py", AFTER)


async def test_without_our_client_the_diff_is_shown_and_the_menu_accepts(begin: Begin, model: ScriptedModel) -> None:
    async with begin(options=PREVIEW) as editor:
        uris = await opened(editor)
        job, ask = await asked(editor, model, uris[0])
        editor.wire.answer("window/showDocument", lambda params: {"success": True})
        ask.answer(change("a.py") + change("b.py"))
        await editor.wire.expect("window/showMessage", lambda params: "offered" in params["message"])
        shown = await editor.wire.expect("window/showDocument")
        diff = path_of(shown["uri"])
        assert diff.suffix == ".diff"
        assert "+    return x + 2\n" in diff.read_text()
        assert (await editor.command("glm.jobs", {"job": job}))[0]["state"] == "offered"

        elsewhere = [item["title"] for item in await editor.actions(uris[0], 0)]
        assert "GLM: Accept change" not in elsewhere
        there = await editor.actions(uris[0], LINE)
        assert [item["title"] for item in there][:4] == [
            "GLM: Accept change",
            "GLM: Reject change",
            "GLM: Accept all",
            "GLM: Reject all",
        ]
        assert len(there) <= 8
        command = next(item["command"] for item in there if item["title"] == "GLM: Accept all")
        await editor.command(command["command"], *command["arguments"])
        async with asyncio.timeout(SECONDS):
            while (await editor.command("glm.jobs", {"job": job}))[0]["state"] != "delivered":
                pass
        assert [editor.texts[uri] for uri in uris] == [text_of("a.py", AFTER), text_of("b.py", AFTER), text_of("c.py")]
