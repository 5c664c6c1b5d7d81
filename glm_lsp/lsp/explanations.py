"""Showing explanations: a virtual document where the client has them, else a Markdown file of our own, else its path.

None of these takes the place or the focus of what the user is typing in. The last explanations are also hovered on the
first line of what they explain, as long as its text is unchanged.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from glm_lsp.errors import BadInput, Failed
from glm_lsp.reply.markdown import inert
from glm_lsp.text.change import carry
from glm_lsp.text.lines import Point, Range
from glm_lsp.workspace.documents import changes_between

if TYPE_CHECKING:
    from pathlib import Path

    from glm_lsp.lsp.editor import Editor
    from glm_lsp.workspace.documents import OpenDocument

SCHEME = "glm"
URI = "glm:/explanation.md"
"""One address for all: VS Code opens a further column for each new one."""
REFRESH_SECONDS = 1 / 12
"""VS Code drops answers it is overtaken by; twelve a second look smooth."""
HOVER_LINES = 12
REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class Explained:
    """`markdown` explains the lines `first` to `last` (not included) of `document`."""

    document: OpenDocument
    first: int
    last: int
    markdown: str


class Explanations:
    """The explanations of one session. The virtual document shows the latest that was asked for."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._job = ""
        self._heading = self._content = ""
        self._remembered: deque[Explained] = deque(maxlen=REMEMBERED)
        self._timer: asyncio.TimerHandle | None = None
        self._showing: asyncio.Task[bool] | None = None

    @property
    def virtual(self) -> bool:
        client = self._editor.client
        return client.text_document_content and client.show_document and not client.glm_jobs

    def begin(self, job: str, title: str) -> None:
        """The explanation of `job` starts to arrive; the model is not kept waiting for the editor to show it."""
        self._job = job
        self._heading = self._content = f"# {title}\n\n"
        if self.virtual:
            self._editor.refresh_content(URI)
            self._showing = asyncio.ensure_future(self._editor.show_document(URI))

    def append(self, job: str, text: str, *, anew: bool = False) -> None:
        if job != self._job:
            return
        self._content = self._heading + text if anew else self._content + text
        if self.virtual and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(REFRESH_SECONDS, self._refresh)

    async def finish(self, job: str, explained: Explained, kept: Path | Failed, *, aside: bool) -> None:
        """The explanation is whole, and kept in the file `kept`, or could not be. `aside`: the file is named and not
        shown.

        Errors: Failed if the file is needed, and there is none.
        """
        self._remembered.append(explained)
        if self._editor.client.glm_jobs:
            return
        if job == self._job:
            self._content = self._heading + explained.markdown
            if self._showing is not None and await self._showing:
                self._refresh()
                return
        if isinstance(kept, Failed):
            raise kept
        if aside or not await self._editor.show_document(kept.as_uri()):
            self._editor.show("info", f"GLM: the explanation is in {kept}")

    def content(self, uri: str) -> str:
        """The text of the virtual document `uri`.

        Errors: BadInput if there is none.
        """
        if uri != URI:
            raise BadInput(f"There is no document {uri}.")
        return inert(self._content)

    def hover(self, document: OpenDocument, line: int) -> str | None:
        """The explanation of the region that begins at `line`, as long as its text is unchanged."""
        for explained in reversed(self._remembered):
            if explained.document.uri == document.uri and _first_line(explained, document) == line:
                return _shortened(inert(explained.markdown))
        return None

    def _refresh(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._editor.refresh_content(URI)


def _first_line(explained: Explained, now: OpenDocument) -> int | None:
    """The line at which the explained text begins now; None if it was touched, or cannot be followed any more."""
    before = explained.document
    changes = changes_between(before, now)
    lines = Range(Point(explained.first, 0), Point(explained.last, 0))
    carried = carry(lines, changes) if changes is not None else None
    if carried is not None:
        return carried.start.line
    wanted = before.text.lines[explained.first : explained.last]
    # Searched as one string: line by line, a text of many equal lines would take the square of its length.
    text, sought = "\n" + now.text.string, "\n" + "".join(wanted)
    at = text.find(sought)
    if at < 0 or text.find(sought, at + 1) >= 0:
        return None
    line = text.count("\n", 0, at)
    return line if now.text.lines[line : line + len(wanted)] == wanted else None


def _shortened(markdown: str) -> str:
    lines = markdown.strip().split("\n")
    if len(lines) <= HOVER_LINES:
        return "\n".join(lines)
    kept = lines[: HOVER_LINES - 1]
    if sum(line.lstrip().startswith("```") for line in kept) % 2:
        kept[-1] = "```"
    return "\n".join([*kept, "…"])
