"""An explanation as an edit: a comment above what it explains."""

from __future__ import annotations

from glm_lsp.edits.proposal import FileEdit, Hunk, Proposal, Region
from glm_lsp.syntax.comments import comment
from glm_lsp.text.lines import Text, indentation, is_blank, split
from glm_lsp.workspace.documents import OpenDocument


def above(document: OpenDocument, region: Region, words: str) -> Proposal:
    """`words` as a comment in the document's own style, above the region and indented as it is.

    Errors: BadInput if the language has no comments.
    """
    lines = document.text.lines
    indent = next((indentation(line) for line in lines[region.first : region.last] if not is_blank(line)), "")
    eol = document.text.eol
    new = tuple(line.removesuffix("\n") + eol for line in split(comment(words, document.language, indent))[:-1])
    intended = Text((*lines[: region.first], *new, *lines[region.first :]))
    hunk = Hunk(0, region.first, (), new)
    return Proposal((FileEdit(document.uri, document.version, document.text, intended, (hunk,)),))
