"""The cases of `tests/data/replies` as `glm-lsp apply` meets them: files in a folder, and a reply beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from reply_cases import ROOT, Case

from glm_lsp.context.receipt import Receipt
from glm_lsp.edits.propose import propose
from glm_lsp.edits.request import EditRequest
from glm_lsp.errors import Refused
from glm_lsp.syntax.languages import of_suffix

Apply = Callable[[list[str]], int]
"""Runs `glm-lsp apply` with these arguments; its exit code."""

OTHERWISE = {"reach", "asked", "not sent", "secret", "finished", "language", "last"}
"""Settings of a case that this command has no word for: there every file is sent, and the reach is the workspace."""


ASKED_ABOUT = {
    "region/example-instead-of-the-function",
    "region/far-shorter",
    "region/methods-gone",
    "whole/only-a-part",
}
"""Cases that are asked about once more elsewhere; here there is nobody to ask, and a warning."""
BEYOND = {"region/named-by-another-file", "region/text-of-a-file-that-is-not-there", "search/beyond-the-region"}
"""Cases that reach beyond the region, which is no limit here."""


def as_applied(case: Case) -> EditRequest:
    """What the case asks, as this command asks it."""
    request = case.request()
    documents = {
        uri: dataclasses.replace(document, language=of_suffix(Path(uri).suffix), version=-1)
        for uri, document in request.documents.items()
    }
    return dataclasses.replace(
        request,
        documents=documents,
        reach="workspace",
        receipt=Receipt(files=frozenset(documents)),
        asked="region" if request.region else "blocks",
        finished=True,
        last=True,
    )


def wanted(case: Case) -> dict[str, str] | None:
    """The files afterwards, by path, as the pure rooms say; None: refused."""
    after = dict(case.before)
    try:
        proposal = propose(case.reply, as_applied(case))
    except Refused:
        return None
    for file in proposal.files:
        after.pop(file.uri.removeprefix(ROOT + "/"), None)
        if file.kind != "delete":
            after[(file.new_uri or file.uri).removeprefix(ROOT + "/")] = file.intended.string
    return after


def told(case: Case) -> dict[str, str] | None:
    """The files afterwards as the case itself says."""
    if case.refused:
        return None
    after = {path: text for path, text in case.before.items() if path not in case.gone}
    after = {case.moved.get(path, path): text for path, text in after.items()}
    return after | case.after


def check(case: Case, folder: Path, apply: Apply) -> None:
    """Applies the reply to the files of the case, laid out below `folder`, which is empty."""
    root, reply = folder / "my projects" / ROOT.rpartition("/")[2], folder / "reply"
    root.mkdir(parents=True)
    reply.write_bytes(case.reply.encode())
    for path, text in case.before.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())
    for path in case.settings.get("taken", []):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"\0")
    arguments = [str(reply), "--root", str(root)]
    if case.setting("region"):
        arguments += ["--file", case.setting("region")]
    if case.setting("verify") == "no":
        arguments += ["--set", "edit.verify=false"]
    before = files(root)
    assert apply(arguments) in (0, 1)
    assert files(root) == before, "without --write nothing is touched"

    code = apply([*arguments, "--write"])
    after = wanted(case)
    if after is None:
        assert (code, files(root)) == (1, before)
    else:
        taken = dict.fromkeys(case.settings.get("taken", []), b"\0")
        assert (code, files(root)) == (0, {path: text.encode() for path, text in after.items()} | taken)
    if not OTHERWISE & case.settings.keys() and case.name not in ASKED_ABOUT | BEYOND:
        assert after == told(case)


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
