"""What a reply is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from glm_lsp.context.receipt import Receipt
from glm_lsp.edits.proposal import Reach, Region
from glm_lsp.workspace.documents import OpenDocument


@dataclass(frozen=True, slots=True)
class EditRequest:
    """What was asked, of which texts, and how far the answer may go.

    `documents`: by URI, the texts as they were sent (files that are not open with `version` -1); the region's own is
    among them. `paths`: URI → path below its workspace folder, with `/`, of every file the reply may name; a file that
    is not in `receipt.files` was not sent and is not edited. `taken`: paths of files that exist but were not read
    (ignored, binary): nothing is created there. `folder`: the URI of the folder new files are created in.

    `region` None: a fence that names no file has no place. `asked` is what the model was asked for: with `region` one
    fence is the region's new text, also under the file's own name; with `blocks` a fence is a whole file and must name
    it. `verify`: compare syntax before and after. `finished`: False if the model was stopped before it was done.
    `last`: no further ask follows this reply, so what would be asked about once more is put to the user instead.
    """

    documents: Mapping[str, OpenDocument]
    region: Region | None
    reach: Reach
    receipt: Receipt
    paths: Mapping[str, str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    folder: str = ""
    asked: Literal["region", "blocks"] = "region"
    verify: bool = True
    finished: bool = True
    last: bool = False
