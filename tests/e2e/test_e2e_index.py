"""The project around a question, in the real server: the index follows what is saved, nothing private goes along, and
no process is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from scripted_editor import Editor, Start, span
from scripted_model import ScriptedModel
from wire import SECONDS, ErrorAnswer

TILL = """\
from shop.item import price_of


def pay(item):
    return price_of(item)
"""
ITEM = "def price_of(item: str) -> int:\n    return 1\n"
REGION = 3
"""The line of `pay`."""


def write(folder: Path, name: str, text: str) -> str:
    """A file of the project; its URI."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path.as_uri()


def opened(editor: Editor, name: str = "shop/till.py", text: str = TILL) -> str:
    write(editor.folder, name, text)
    return editor.open(name, text)


def item(editor: Editor, text: str = ITEM) -> str:
    return write(editor.folder, "shop/item.py", text)


async def context(editor: Editor, uri: str, line: int = REGION, **more: Any) -> dict[str, Any]:
    argument = {"action": "explain", "uri": uri, "range": span(line), **more}
    return dict(await editor.command("glm.context", argument))


def text_of(seen: dict[str, Any], uri: str) -> str:
    """What is shown of the file `uri`."""
    return "".join(part["text"] for part in seen["parts"] if part.get("uri") == uri)


async def until(done: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await done():  # noqa: ASYNC110 - the index is made by another process, which tells nobody
            await asyncio.sleep(0.05)


async def shows(editor: Editor, uri: str, other: str, text: str) -> None:
    """Waits until a question about `uri` shows `text` of the file `other`."""

    async def seen() -> bool:
        return text in text_of(await context(editor, uri), other)

    await until(seen)


def saved(editor: Editor, uri: str) -> None:
    editor.wire.notify("textDocument/didSave", {"textDocument": {"uri": uri}})


def builders(editor: Editor) -> dict[int, str]:
    """The index processes of this server: number → folder."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            command = (place / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == editor.wire.process.pid and b"glm_lsp.index" in command:
            found[int(place.name)] = os.fsdecode(command[-2])
    return found


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def builder(editor: Editor) -> int:
    """The one index process, once there is one."""

    async def one() -> bool:
        return len(builders(editor)) == 1

    await until(one)
    return next(iter(builders(editor)))


async def ended(pid: int) -> None:
    async def gone() -> bool:
        return not running(pid)

    await until(gone)


async def test_a_definition_of_another_file_is_known_and_follows_what_is_saved(start: Start) -> None:
    async with start() as editor:
        there = item(editor)
        uri = opened(editor)
        # Before the index is ready, there is less, and nothing fails.
        assert "def pay(item):" in text_of(await context(editor, uri), uri)
        await shows(editor, uri, there, "def price_of(item: str) -> int:")
        item(editor, ITEM.replace("item: str", "item: str, amount: int"))
        saved(editor, there)
        await shows(editor, uri, there, "def price_of(item: str, amount: int) -> int:")


async def test_what_changes_outside_the_editor_is_followed_where_the_client_can_watch(start: Start) -> None:
    watch = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    async with start(capabilities=watch) as editor:
        uri = opened(editor)
        asked = await editor.wire.expect(
            "client/registerCapability", lambda params: params["registrations"][0]["id"] == "glm-index"
        )
        (registration,) = asked["registrations"]
        (watcher,) = registration["registerOptions"]["watchers"]
        assert watcher["globPattern"].startswith("**/*.{py,")
        assert "json" not in watcher["globPattern"]
        await builder(editor)
        there = item(editor)
        editor.wire.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": there, "type": 1}]})
        await shows(editor, uri, there, "def price_of")
        Path(editor.folder / "shop/item.py").unlink()
        editor.wire.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": there, "type": 3}]})

        async def forgotten() -> bool:
            return not text_of(await context(editor, uri), there)

        await until(forgotten)


async def test_nothing_is_watched_where_the_client_cannot(start: Start) -> None:
    watch = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": False}}}
    async with start(capabilities=watch) as editor:
        opened(editor)
        await builder(editor)
        asked = [
            one["params"]["registrations"][0]["method"] for one in editor.wire.received("client/registerCapability")
        ]
        assert "workspace/didChangeWatchedFiles" not in asked


async def test_an_index_process_that_dies_is_started_again_by_the_next_change(start: Start) -> None:
    async with start() as editor:
        there = item(editor)
        uri = opened(editor)
        await shows(editor, uri, there, "def price_of")
        pid = await builder(editor)
        os.kill(pid, signal.SIGKILL)
        item(editor, ITEM.replace("item: str", "thing: str"))
        saved(editor, there)
        await shows(editor, uri, there, "def price_of(thing: str)")
        assert pid not in builders(editor)


async def test_no_process_is_left_when_the_editor_leaves(start: Start) -> None:
    async with start() as editor:
        opened(editor)
        pid = await builder(editor)
    await ended(pid)


async def test_no_process_is_left_when_the_server_is_killed(start: Start) -> None:
    async with start() as editor:
        opened(editor)
        pid = await builder(editor)
        editor.wire.process.kill()
        await editor.wire.ended()
        await ended(pid)


async def test_the_processes_follow_the_workspace_folders(start: Start, tmp_path: Path) -> None:
    async with start() as editor:
        opened(editor)
        first = await builder(editor)
        other = tmp_path / "other"
        write(other, "b.py", ITEM)
        event = {"added": [{"uri": other.as_uri(), "name": "other"}], "removed": []}
        editor.wire.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        editor.texts.open((other / "b.py").as_uri(), ITEM)

        async def both() -> bool:
            return sorted(builders(editor).values()) == sorted([str(editor.folder), str(other)])

        await until(both)
        event = {"added": [], "removed": [{"uri": editor.folder.as_uri(), "name": "project"}]}
        editor.wire.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        await ended(first)
        assert list(builders(editor).values()) == [str(other)]


async def test_a_folder_without_open_source_and_a_home_directory_are_not_indexed(start: Start, tmp_path: Path) -> None:
    """Reading all of a home directory takes hours, and nobody asked for it."""
    async with start(environ={"HOME": str(tmp_path / "project")}) as editor:
        opened(editor)
        editor.open("notes.md", "# notes\n", "markdown")
        other = tmp_path / "other"
        write(other, "b.py", ITEM)
        event = {
            "added": [{"uri": folder.as_uri(), "name": folder.name} for folder in (tmp_path, other)],
            "removed": [],
        }
        editor.wire.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        editor.texts.open((other / "b.py").as_uri(), ITEM)
        await builder(editor)
        assert list(builders(editor).values()) == [str(other)]


async def test_where_no_index_can_be_kept_the_answers_are_poorer(start: Start, tmp_path: Path) -> None:
    async with start() as editor:
        item(editor)
        editor.state.mkdir(mode=0o700, exist_ok=True)
        (editor.state / "index").write_text("")  # no folder can be made here
        uri = opened(editor)
        await context(editor, uri)
        saved(editor, uri)
        assert "def pay" in text_of(await context(editor, uri), uri)
        assert editor.told() == []

        async def none() -> bool:
            return not builders(editor)

        await until(none)  # what cannot work does not stay


async def test_an_ignored_file_is_never_quoted_though_it_defines_what_is_used(start: Start) -> None:
    async with start() as editor:
        there, plain = item(editor), write(editor.folder, "shop/other.py", "def other_price(item): ...\n")
        write(editor.folder, ".gitignore", "item.py\n")
        text = TILL.replace("return ", "return other_price(item) + ")
        uri = opened(editor, text=text.replace("\n\n", "\nfrom shop.other import other_price\n", 1))
        await shows(editor, uri, plain, "def other_price")
        seen = await context(editor, uri)
        assert text_of(seen, there) == ""
        assert any("price_of" in one["title"] and ".gitignore" in one["why"] for one in seen["leftOut"])


async def test_what_the_user_attaches_goes_along_and_what_may_not_is_named(start: Start, tmp_path: Path) -> None:
    async with start() as editor:
        uri = opened(editor)
        notes = write(editor.folder, "notes.txt", "one 😀\ntwo\nthree\n")
        open_one = editor.open("draft.txt", "as it is in the editor\n", "plaintext")
        outside = write(tmp_path, "diary.txt", "dear diary\n")
        secret = write(editor.folder, ".env", "PASSWORD=hunter2hunter2\n")
        write(editor.folder, ".gitignore", "ignored.txt\n")
        ignored = write(editor.folder, "ignored.txt", "ignored text\n")
        gone = (editor.folder / "gone.txt").as_uri()
        also = [
            {"uri": notes, "range": {"start": {"line": 1, "character": 2}, "end": {"line": 1, "character": 3}}},
            *({"uri": one} for one in (open_one, outside, secret, ignored, gone)),
        ]
        seen = await context(editor, uri, also=also)
        assert "two\n" in text_of(seen, notes)
        assert "three" not in text_of(seen, notes)
        assert "as it is in the editor" in text_of(seen, open_one)
        (part,) = [part for part in seen["parts"] if part.get("uri") == notes]
        assert part["range"] == span(1, 2)
        everything = "".join(part["text"] for part in seen["parts"])
        assert not [word for word in ("diary", "PASSWORD", "ignored text") if word in everything]
        why = {one["title"]: one["why"] for one in seen["leftOut"]}
        assert len(why) == 4
        assert "outside the workspace folders" in why[f"attached: {tmp_path / 'diary.txt'}"]
        assert "secrets" in why["attached: .env"]
        assert "line 1 of" in why["attached: ignored.txt"]
        assert "does not exist" in why["attached: gone.txt"]


NOT_ALSO: list[Any] = [
    "a.py",
    [1],
    [{}],
    [{"uri": 1}],
    [{"uri": "file:///a.py", "range": 1}],
    [{"uri": "file:///a.py", "range": {"start": {"line": 0}}}],
    [{"uri": "file:///a.py"}] * 101,
]


async def test_an_attachment_that_is_none_is_answered_with_a_sentence(start: Start) -> None:
    async with start() as editor:
        uri = opened(editor)
        for also in NOT_ALSO:
            with pytest.raises(ErrorAnswer, match=r"^-32602: `\w+` .*\.$"):
                await context(editor, uri, also=also)


async def test_recent_edits_in_other_documents_of_the_project_go_along(start: Start, tmp_path: Path) -> None:
    lines = "".join(f"line {number}\n" for number in range(200))
    async with start() as editor:
        uri = opened(editor)
        others = [editor.open(f"notes{number}.txt", lines, "plaintext") for number in range(6)]
        secret = editor.open(".env", "A=1\n", "shellscript")
        diary = (tmp_path / "diary.txt").as_uri()
        editor.texts.open(diary, "dear diary\n", "plaintext")
        for number in (5, 4, 3, 2, 1):
            insert(editor, others[number], 100, f"edited {number}\n")
        insert(editor, others[5], 50, "edited last\n")
        insert(editor, secret, 0, "PASSWORD=hunter2hunter2\n")
        insert(editor, diary, 0, "today\n")
        seen = await context(editor, uri)
        everything = "".join(part["text"] for part in seen["parts"])
        edited = [part for part in seen["parts"] if part["title"].startswith("recently edited")]
        # The four that were edited last, of which one may not be sent.
        assert [part["title"].rpartition(": ")[2] for part in edited] == ["notes2.txt", "notes1.txt", "notes5.txt"]
        assert "edited last\n" in edited[-1]["text"]
        assert "line 50\n" in edited[-1]["text"]
        assert "line 150\n" not in everything
        assert "PASSWORD" not in everything
        assert "today" not in everything


def insert(editor: Editor, uri: str, line: int, text: str) -> None:
    """Types `text` before `line`."""
    version, before = editor.texts._open[uri]
    lines = before.splitlines(keepends=True)
    editor.texts._open[uri] = version + 1, "".join((*lines[:line], text, *lines[line:]))
    editor.wire.notify(
        "textDocument/didChange",
        {
            "textDocument": {"uri": uri, "version": version + 1},
            "contentChanges": [{"range": span(line), "text": text}],
        },
    )


async def test_the_user_s_own_rules_are_read_with_every_request(start: Start, tmp_path: Path) -> None:
    write(tmp_path, ".glm/rules.md", "Always answer in rhymes.\n")  # beside config.toml
    async with start() as editor:
        seen = await context(editor, opened(editor))
        (part,) = [part for part in seen["parts"] if part["title"].startswith("your own rules")]
        assert "Always answer in rhymes." in part["text"]


async def test_a_line_that_is_no_pattern_is_told_once_and_again_when_it_changes(
    start: Start, model: ScriptedModel
) -> None:
    """Else a file the user believes withheld goes out."""
    async with start() as editor:
        uri = opened(editor)
        write(editor.folder, ".glm/ignore", "good\n!\n")

        async def explain() -> None:
            job = await editor.run("explain", uri, REGION)
            (await asyncio.to_thread(model.next_ask)).answer("It pays.")
            assert (await editor.ended(job))["state"] == "delivered"

        def warnings() -> list[str]:
            shown = [message["params"] for message in editor.wire.received("window/showMessage")]
            return [one["message"] for one in shown if one["type"] == 2]

        await explain()
        (first,) = warnings()
        assert "line 2" in first
        assert "is no pattern" in first
        await explain()
        assert warnings() == [first]
        write(editor.folder, ".glm/ignore", "good\n\n\n!\n")
        await explain()
        assert len(warnings()) == 2
        assert "line 4" in warnings()[1]
