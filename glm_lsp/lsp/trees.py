"""The syntax trees of open documents: parsed in a thread, a moment after the last change, for the menu and for jobs.

A tree is used only for the very text it was made from; whoever comes before it is ready does without, or parses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from glm_lsp.syntax.languages import language
from glm_lsp.syntax.tree import Tree, has_grammar, parse
from glm_lsp.text.lines import Text
from glm_lsp.workspace.documents import Document, Documents

PAUSE = 0.15
"""Seconds without a change before a document is parsed."""
LARGEST = 1_000_000
"""Characters of a document that is parsed before anybody asks: a tenth of a second of work."""


class Trees:
    """The latest tree of each open document. Changed only on the event loop. `keep` holds on to a task."""

    def __init__(self, documents: Documents, keep: Callable[[asyncio.Future[Any]], None]) -> None:
        self._documents = documents
        self._keep = keep
        self._trees: dict[str, Tree] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._useless: set[str] = set()
        """Documents that took too long to parse, or to no use: not tried again at each rest."""
        self._one = asyncio.Lock()
        """Held while a document is parsed: several at once would only take turns."""

    def current(self, document: Document) -> Tree | None:
        """The tree of `document` as it is now; None if there is none, or not yet."""
        tree = self._trees.get(document.uri)
        # A document has another `Text` after each change and each opening, whatever the client says of versions.
        return tree if tree is not None and tree.text is document.text else None

    def touched(self, document: Document) -> None:
        """`document` was opened or changed: it is parsed once it rests."""
        self._drop(document.uri)
        if language(document.language).grammar and document.uri not in self._useless:
            loop = asyncio.get_running_loop()
            self._timers[document.uri] = loop.call_later(PAUSE, self._begin, document)

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self._useless.discard(uri)
        self._drop(uri)

    def _drop(self, uri: str) -> None:
        self._trees.pop(uri, None)
        if (timer := self._timers.pop(uri, None)) is not None:
            timer.cancel()

    def _begin(self, document: Document) -> None:
        del self._timers[document.uri]
        if sum(map(len, document.lines)) <= LARGEST:
            self._keep(asyncio.ensure_future(self._parse(document.uri, document.text, document.language)))

    async def _parse(self, uri: str, text: Text, language: str) -> None:
        async with self._one:
            if not self._is_current(uri, text):
                return
            tree = await asyncio.to_thread(parse, text, language)
        if tree is None and has_grammar(language):
            self._useless.add(uri)
        if tree is not None and self._is_current(uri, text):
            self._trees[uri] = tree

    def _is_current(self, uri: str, text: Text) -> bool:
        document = self._documents.find(uri)
        return document is not None and document.text is text
