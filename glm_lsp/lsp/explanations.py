"""Showing explanations: a virtual document where the client has them, else a Markdown file of our own, else its path.

None of these takes the place or the focus of what the user is typing in. The last explanations are also hovered on the
first line of what they explain, as long as its text is unchanged.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from glm_lsp.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

    from glm_lsp.lsp.editor import Editor

SCHEME = "glm"
URI = "glm:/explanation.md"
"""One address for all: VS Code opens a further column for each new one."""
REFRESH_SECONDS = 1 / 12
"""VS Code drops answers it is overtaken by; twelve a second look smooth."""
HOVER_LINES = 12
REMEMBERED = 50


@dataclass(frozen=True, slots=True)
class Explained:
    """`markdown` explains `lines`, which stood together in `uri`."""

    uri: str
    lines: tuple[str, ...]
    markdown: str


class Explanations:
    """The explanations of one session."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._heading = self._content = ""
        self._remembered: deque[Explained] = deque(maxlen=REMEMBERED)
        self._timer: asyncio.TimerHandle | None = None
        self._shown = False

    @property
    def virtual(self) -> bool:
        client = self._editor.client
        return client.text_document_content and client.show_document and not client.glm_jobs

    async def begin(self, title: str) -> None:
        """An explanation starts to arrive."""
        self._heading = self._content = f"# {title}\n\n"
        self._shown = False
        if self.virtual:
            self._editor.refresh_content(URI)
            self._shown = await self._editor.show_document(URI)

    def append(self, text: str, *, anew: bool = False) -> None:
        self._content = self._heading + text if anew else self._content + text
        if self.virtual and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(REFRESH_SECONDS, self._refresh)

    async def finish(self, explained: Explained, path: Path) -> None:
        """The explanation is whole, and kept in the file `path`."""
        self._remembered.append(explained)
        if self._shown:
            self._refresh()
        elif not self._editor.client.glm_jobs and not await self._editor.show_document(path.as_uri()):
            self._editor.show("info", f"GLM: the explanation is in {path}")

    def content(self, uri: str) -> str:
        """The text of the virtual document `uri`.

        Errors: BadInput if there is none.
        """
        if uri != URI:
            raise BadInput(f"There is no document {uri}.")
        return self._content

    def hover(self, uri: str, lines: Sequence[str], line: int) -> str | None:
        """The explanation of a region that begins at `line` of the text there is now."""
        for explained in reversed(self._remembered):
            there = tuple(lines[line : line + len(explained.lines)])
            if explained.uri == uri and there == explained.lines:
                return _shortened(explained.markdown)
        return None

    def _refresh(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._editor.refresh_content(URI)


def _shortened(markdown: str) -> str:
    lines = markdown.strip().split("\n")
    if len(lines) <= HOVER_LINES:
        return "\n".join(lines)
    kept = lines[: HOVER_LINES - 1]
    if sum(line.lstrip().startswith("```") for line in kept) % 2:
        kept[-1] = "```"
    return "\n".join([*kept, "…"])
