"""What went out, kept here so that what comes back can be judged by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Receipt:
    """`tokens`: redaction token → the secret it stands for. `files`: URIs of the files whose text was sent, any part of
    it. `redacted`: how many places were replaced by a token."""

    tokens: Mapping[str, str] = field(default_factory=dict)
    files: frozenset[str] = frozenset()
    redacted: int = 0
