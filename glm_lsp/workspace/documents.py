"""Open documents, kept as the client keeps them.

Changed only by the synchronous `did*` handlers on the event loop; everything that takes time gets a `Snapshot`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import ref

from glm_lsp.errors import NotOpen, TextChanged
from glm_lsp.syntax.tree import Tree, parse
from glm_lsp.text.change import Change, carry, change_of, exact
from glm_lsp.text.lines import Point, Range, Text, alike, clamp, splice, split

LOG_LENGTH = 256
"""How many changes back a range can be carried forward."""


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document as it was at one moment. `version` is the client's; 0 is a version. `changes` are its last ones,
    oldest first, the latest leading to this version; `reach` is the oldest version they lead on from. `opening` counts
    the openings of documents: versions begin anew with each, so they are compared within one only. `parsed` is the tree
    that was ready when it was frozen; it is not held, for documents are kept longer and take a tenth of the room."""

    uri: str
    language: str
    version: int
    text: Text
    changes: tuple[Change, ...] = ()
    reach: int = -1
    opening: int = 0
    parsed: ref[Tree] | None = field(default=None, compare=False, repr=False)

    @property
    def tree(self) -> Tree | None:
        """The tree of this very text, if it was ready and is still there."""
        tree = self.parsed() if self.parsed is not None else None
        # A copy of the document with another text still has the old one's.
        return tree if tree is not None and tree.text is self.text else None

    def since(self, version: int) -> tuple[Change, ...] | None:
        """The changes after `version` of this opening, or None if the log does not reach back that far."""
        if version == self.version:
            return ()
        if not self.reach <= version < self.version:
            return None
        return tuple(change for change in self.changes if change.version > version)


def changes_between(before: OpenDocument, now: OpenDocument) -> tuple[Change, ...] | None:
    """What led from `before` to `now`, or None if it is not known: the document was opened again, or the log does not
    reach back that far."""
    return now.since(before.version) if before.opening == now.opening else None


def tree_of(document: OpenDocument) -> Tree | None:
    """The tree of this very text, parsed now if it is not ready; None if there is no grammar for the language."""
    return document.tree or parse(document.text, document.language)


@dataclass
class Document:
    """One open document. `lines` keep their endings. `reach`, `opening`: see `OpenDocument`."""

    uri: str
    language: str
    version: int
    lines: list[str]
    reach: int
    opening: int = 0
    log: deque[Change] = field(default_factory=deque)
    _text: Text | None = None

    @property
    def text(self) -> Text:
        if self._text is None:
            self._text = Text(tuple(self.lines))
        return self._text

    def change(self, version: int, span: Range | None, new: str) -> None:
        """Apply one content change; `span` None replaces the whole text."""
        end = Point(len(self.lines) - 1, len(self.lines[-1]))
        if span is None:
            lines = split(new)
            head, tail = alike(self.lines, lines)
            # What stays keeps its very lines: versions of a large text then share them, and are compared in no time.
            self.lines[head : len(self.lines) - tail] = lines[head : len(lines) - tail]
            change = Change(version, Range(Point(0, 0), end), Point(len(lines) - 1, len(lines[-1])))
        else:
            start, stop = clamp(self.lines, span.start), clamp(self.lines, span.end)
            span = Range(min(start, stop), max(start, stop))
            before = len(self.lines)
            splice(self.lines, span, new)
            change = exact(change_of(version, span, new), before, end, self.lines)
        self.version = version
        self.log.append(change)
        if len(self.log) > LOG_LENGTH:
            self.reach = self.log.popleft().version
        self._text = None

    def frozen(self, parsed: Tree | None = None) -> OpenDocument:
        """The document as it is now; `parsed`: its tree, if there is one."""
        log = tuple(self.log)
        tree = ref(parsed) if parsed is not None else None
        return OpenDocument(self.uri, self.language, self.version, self.text, log, self.reach, self.opening, tree)

    def carry(self, span: Range, version: int) -> Range:
        """`span` of the text at `version`, in the text there is now.

        Errors: TextChanged if the text of `span` was touched since, or `version` is out of reach.
        """
        if version == self.version:
            return span
        changes = self.frozen().since(version)
        carried = carry(span, changes) if changes is not None else None
        if carried is None:
            raise TextChanged("The text changed since the menu opened.", "Open the menu again.")
        return carried


class Documents:
    """The open documents, by URI."""

    def __init__(self) -> None:
        self._open: dict[str, Document] = {}
        self._openings = 0

    def __iter__(self) -> Iterator[Document]:
        return iter(self._open.values())

    def open(self, uri: str, language: str, version: int, text: str) -> Document:
        self._openings += 1
        document = Document(uri, language, version, split(text), reach=version, opening=self._openings)
        self._open[uri] = document
        return document

    def close(self, uri: str) -> None:
        self._open.pop(uri, None)

    def find(self, uri: str) -> Document | None:
        return self._open.get(uri)

    def get(self, uri: str) -> Document:
        document = self._open.get(uri)
        if document is None:
            raise NotOpen(f"{uri} is not open in the editor.", "Open the file and try again.")
        return document
