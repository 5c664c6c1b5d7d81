"""A reply → the edit that is certainly meant, or the reason there is none."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from glm_lsp.edits import fenced, lookalike, remote
from glm_lsp.edits.changes import file_edit
from glm_lsp.edits.loss import judged
from glm_lsp.edits.place import placed
from glm_lsp.edits.proposal import FileEdit, Proposal
from glm_lsp.edits.protected import why_protected
from glm_lsp.edits.refusal import unusable
from glm_lsp.edits.request import EditRequest
from glm_lsp.errors import CannotDo, ReplyCut
from glm_lsp.reply.parse import parse

__all__ = ["EditRequest", "propose"]


def propose(reply: str, ask: EditRequest) -> Proposal:
    """The edit `reply` certainly means; without files if it changes nothing.

    Errors: CannotDo if the model said no; ReplyCut if the reply is not whole; ReplyUnusable, whose `problem` is for the
    one repair ask, if it is not certainly an edit. On any error nothing of the reply is used.
    """
    said = parse(reply)
    if said.cannot is not None:
        raise CannotDo(f"The model says it cannot do this: {said.cannot or 'it gave no reason.'}")
    if said.cut or not ask.finished:
        raise ReplyCut(
            "The reply ended before it was finished.",
            "Nothing was changed. Ask for less at once, or raise generation.max_tokens.",
            problem=said.problem or "Your answer was cut off before its end. Give it again, complete and shorter.",
        )
    if said.problem:
        raise unusable("it is malformed", said.problem)
    if said.form == "prose":
        raise unusable("it holds no code", "Give the new text in one fence, or the line `CANNOT: <reason>`.")
    warnings: list[str] = []
    if said.form == "fences":
        changes = fenced.changes(said, ask)
    else:
        changes, warnings = placed(said.blocks, ask)
        changes += fenced.beside(said, ask, changes)
    files: list[FileEdit] = []
    confirm: list[str] = []
    for change in changes:
        file = file_edit(change, ask)
        if file is None:
            continue
        files.append(file)
        asks, says = judged(change, ask)
        confirm += (*_asks(file, ask), *asks)
        warnings += (*says, *_seen(file, change.language))
    return Proposal(tuple(files), tuple(dict.fromkeys(confirm)), tuple(dict.fromkeys(warnings)))


def _asks(file: FileEdit, ask: EditRequest) -> list[str]:
    """Why `file` is not written without the user's word."""
    path = _path(file.uri, ask)
    sentences = []
    if file.kind == "create":
        sentences.append(f"It creates {path}.")
    elif file.kind == "delete":
        sentences.append(f"It deletes {path}.")
    elif file.kind == "rename":
        sentences.append(f"It renames {path} to {_path(file.new_uri, ask)}.")
    sentences += [why for each in (path, _path(file.new_uri, ask)) if (why := why_protected(each))]
    return sentences


def _seen(file: FileEdit, language: str) -> tuple[str, ...]:
    """What a reader of the new text may miss."""
    base, intended = file.base, file.intended
    return (*lookalike.added(base, intended, language), *remote.added(base, intended))


def _path(uri: str, ask: EditRequest) -> str:
    """The path a person knows the file by."""
    folder = ask.folder.rstrip("/") + "/"
    inside = uri.removeprefix(folder) if ask.folder and uri.startswith(folder) else urlsplit(uri).path.lstrip("/")
    return ask.paths.get(uri) or unquote(inside)
