"""What was asked and answered, so that the user can go on from it."""

from __future__ import annotations

from dataclasses import dataclass

from glm_lsp.edits.proposal import Region
from glm_lsp.prompt.draft import Draft


@dataclass(frozen=True, slots=True)
class Conversation:
    """A question with all turns before it, and the model's `reply`. Nothing in it is cleared: going on, all of it
    passes the gate again. `region` is what it was about, in the text it was asked of."""

    draft: Draft
    reply: str
    region: Region
