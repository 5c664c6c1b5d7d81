"""Trees of open documents. If these fail, the menu or a job works on lines of a text that is gone."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.lsp import trees
from glm_lsp.lsp.trees import Trees
from glm_lsp.syntax.region import region
from glm_lsp.syntax.tree import Tree, errors, parse
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace.documents import Document, Documents, tree_of

SOURCE = """\
import os


class Till:
    limit = 1

    def pay(self, item):
        if item:
            return 1
        return 2


def other():
    pass

# the end
"""


class Open:
    """Documents that are open, with what is going on around them."""

    def __init__(self) -> None:
        self.documents = Documents()
        self.tasks: list[asyncio.Future[Any]] = []
        self.trees = Trees(self.documents, self.tasks.append)

    def open(self, text: str = SOURCE, language: str = "python") -> Document:
        document = self.documents.open("file:///a.py", language, 1, text)
        self.trees.touched(document)
        return document

    def change(self, document: Document, span: Range | None, new: str, version: int = 2) -> None:
        document.change(version, span, new)
        self.trees.touched(document)

    async def rest(self) -> None:
        """Until nothing is going on any more. Timers that are due run before those who wait get their turn."""
        while True:
            await asyncio.sleep(0.001)
            waiting = [task for task in self.tasks if not task.done()]
            if not waiting:
                return
            await asyncio.gather(*waiting)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "PAUSE", 0)


def fresh(document: Document) -> Tree:
    tree = parse(Text.of("".join(document.lines)), document.language)
    assert tree is not None
    return tree


POINTS = st.builds(Point, st.integers(0, 18), st.integers(0, 20))
EDITS = st.tuples(
    st.builds(lambda one, other: Range(min(one, other), max(one, other)), POINTS, POINTS) | st.none(),
    st.sampled_from(["", "x", "\n", "    ", '"""', "(", "def f():\n    pass\n", "\r", "é😀"]),
)
STEPS = st.lists(EDITS | st.just("turn") | st.just("rest") | st.just("reopen"), max_size=12)


@settings(max_examples=examples(60), deadline=None)
@given(STEPS, st.sampled_from([0, 1]))
def test_a_tree_is_always_that_of_the_text_there_is(steps: list[Any], more: int) -> None:
    """Whatever was typed while it was made, and whatever the client says of versions (`more`: 0, never a new one)."""

    async def typing() -> None:
        now = Open()
        document = now.open()
        version = 1
        for step in steps:
            if step == "rest":
                await now.rest()
            elif step == "turn":
                await asyncio.sleep(0)
            elif step == "reopen":
                now.documents.close(document.uri)
                now.trees.forget(document.uri)
                document = now.open("".join(document.lines)[:-1])
            else:
                version += more
                now.change(document, step[0], step[1], version)
            tree = now.trees.current(document)
            if tree is not None:
                assert str(tree.parsed.root_node) == str(fresh(document).parsed.root_node)
                assert errors(tree) == errors(fresh(document))
        await now.rest()
        assert now.trees.current(document) is not None

    asyncio.run(typing())


def test_a_document_that_is_slow_to_parse_is_not_tried_at_each_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the server stands still for a second each time the user stops typing."""
    tried: list[str] = []

    def parse_slowly(text: Text, language: str) -> None:
        tried.append(language)

    monkeypatch.setattr(trees, "parse", parse_slowly)

    async def typing() -> None:
        now = Open()
        document = now.open("x" + "()" * 50_000, "java")
        await now.rest()
        now.change(document, None, "x", 2)
        await now.rest()
        assert tried == ["java"]
        now.documents.close(document.uri)
        now.trees.forget(document.uri)
        now.open("x", "java")
        await now.rest()
        assert tried == ["java", "java"]

    asyncio.run(typing())


def ran(test: Callable[[Open], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test(Open()))


@pytest.mark.parametrize("line", range(len(SOURCE.splitlines())))
def test_the_region_is_the_same_before_the_tree_is_ready(line: int) -> None:
    """Else the menu would offer what the job then does elsewhere."""

    async def opened(now: Open) -> None:
        document = now.open()
        at = Range(Point(line, 4), Point(line, 4))
        assert now.trees.current(document) is None
        before = region(document.text, at, "python", now.trees.current(document))
        await now.rest()
        tree = now.trees.current(document)
        assert tree is not None
        assert region(document.text, at, "python", tree) == before

    ran(opened)


def test_a_job_gets_the_tree_that_is_ready_and_never_that_of_another_text() -> None:
    async def asked(now: Open) -> None:
        document = now.open()
        await now.rest()
        tree = now.trees.current(document)
        frozen = document.frozen(tree)
        assert tree_of(frozen) is tree
        now.change(document, None, "def f(): pass\n")
        assert tree_of(frozen) is tree
        changed = tree_of(document.frozen(tree))
        assert changed is not None
        assert changed.text == Text.of("def f(): pass\n")
        assert now.trees.current(document) is None

    ran(asked)


def test_a_kept_document_keeps_no_tree() -> None:
    """The last jobs and explanations are kept with their texts; trees take ten times as much memory."""

    async def kept(now: Open) -> None:
        document = now.open()
        await now.rest()
        frozen = document.frozen(now.trees.current(document))
        assert frozen.parsed is not None
        assert frozen.parsed() is now.trees.current(document)
        now.change(document, None, "")
        gc.collect()
        assert frozen.tree is None
        parsed = tree_of(frozen)
        assert parsed is not None
        assert parsed.text is frozen.text

    ran(kept)


def test_what_has_no_grammar_or_is_very_long_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "LARGEST", 100)

    async def opened(now: Open) -> None:
        for document in (now.open("x = 1\n", "plaintext"), now.open("x = 1\n" * 20)):
            await now.rest()
            assert now.trees.current(document) is None
        assert now.tasks == []

    ran(opened)


def test_of_many_changes_only_the_last_text_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread for each key would leave none for the user's question."""
    parsed: list[str] = []

    def noted(text: Text, language: str) -> Tree | None:
        parsed.append(text.string)
        return parse(text, language)

    monkeypatch.setattr(trees, "parse", noted)

    async def typing(now: Open) -> None:
        document = now.open("")
        for version, letter in enumerate("abcdef", 2):
            now.change(document, Range(Point(0, version), Point(0, version)), letter, version)
        await now.rest()
        assert parsed == ["abcdef"]

    ran(typing)
