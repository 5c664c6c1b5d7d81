"""A reply → the edit that is certainly meant, or the reason there is none."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from glm_lsp.context.receipt import Receipt, lost, restored
from glm_lsp.edits import invisible
from glm_lsp.edits.hunks import diff, replacements
from glm_lsp.edits.proposal import FileEdit, Proposal
from glm_lsp.edits.region import rewritten
from glm_lsp.edits.request import EditRequest
from glm_lsp.edits.source import Placed, Source
from glm_lsp.edits.verify import check_syntax, exact, shrinks, unusable, vanished
from glm_lsp.errors import CannotDo, ReplyCut
from glm_lsp.reply.blocks import Fence, Lines, Reply
from glm_lsp.reply.parse import parse
from glm_lsp.text.lines import Text, body, split
from glm_lsp.workspace.documents import OpenDocument


def propose(reply: str, ask: EditRequest) -> Proposal:
    """The edit `reply` certainly means; without files if it changes nothing.

    Errors: CannotDo if the model said no; ReplyCut if the reply is not whole; ReplyUnusable, whose `problem` is for the
    one repair ask, if it is not certainly an edit. On any error nothing of the reply is used.
    """
    said = parse(reply)
    if said.cannot is not None:
        raise CannotDo(f"GLM says it cannot do this: {said.cannot or 'no reason was given'}")
    if said.cut or not ask.finished:
        raise ReplyCut(
            "GLM's reply ended before it was finished.",
            "Nothing was changed; ask for less at once, or raise generation.max_tokens.",
            problem=said.problem or "Your answer was cut off before its end. Give it again, complete and shorter.",
        )
    if said.problem:
        raise unusable("it is malformed", said.problem)
    return _region(said, ask)


def _region(said: Reply, ask: EditRequest) -> Proposal:
    if ask.region is None or not said.fences:
        raise unusable("it holds no code", "Give the new text in one fence, or the line `CANNOT: <reason>`.")
    document = ask.documents[ask.region.uri]
    source = Source(document.text)
    first, last = (min(line, len(source.raw)) for line in (ask.region.first, ask.region.last))
    fence = _chosen(said.fences, document)
    old = source.bodies[first:last]
    given = restored_lines(fence.lines, ask.receipt)
    new = rewritten(given, source, first, last, document.language)
    check_secrets(old, new, given, fence.lines, ask.receipt)
    intended = source.replaced([Placed(first, last, new)])
    file = edited(document, intended, ask, lambda line: first <= line < last)
    if file is None:
        return Proposal(())
    confirm, warnings = loss(old, new, document.language, ask)
    return Proposal((file,), confirm, warnings)


def _chosen(fences: Sequence[Fence], document: OpenDocument) -> Fence:
    if len(fences) > 1:
        raise unusable("it holds several pieces of code", "Give the new text of the region in exactly one fence.")
    return fences[0]


def edited(document: OpenDocument, intended: Text, ask: EditRequest, quoted: object) -> FileEdit | None:
    raise NotImplementedError
