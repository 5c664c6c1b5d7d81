"""The raw answers of real servers in tests/data/sse, byte for byte as they came."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "data/sse"
_TITLE = re.compile(rb"^===== (.*) =====\n", re.MULTILINE)
_PIECE = re.compile(rb"^<<\d+:\d+B \+[\d.]+s>>(.*?)(?=^<<\d+:|^-- |^!! )", re.MULTILINE | re.DOTALL)
_HEADER = re.compile(rb"^< ([\w-]+): (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Transcript:
    """One request and its answer. `status` 0: the server closed the connection without one. `cut`: it broke off."""

    name: str
    asked: dict[str, object]
    status: int
    headers: dict[str, str]
    pieces: tuple[bytes, ...]
    cut: bool


def transcripts() -> list[Transcript]:
    return [
        _transcript(f"{path.stem}: {title.decode()}", block)
        for path in sorted(FOLDER.glob("*.txt"))
        for title, block in _sections(path.read_bytes())
    ]


def _sections(content: bytes) -> list[tuple[bytes, bytes]]:
    parts = _TITLE.split(content)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _transcript(name: str, block: bytes) -> Transcript:
    asked = re.search(rb"^> (\{.*)$", block, re.MULTILINE)
    status = re.search(rb"^< HTTP HTTP/1.1 (\d+)$", block, re.MULTILINE)
    return Transcript(
        name,
        json.loads(asked[1]) if asked else {},
        int(status[1]) if status else 0,
        {key.decode(): value.decode() for key, value in _HEADER.findall(block)},
        tuple(_PIECE.findall(block)),
        b"\n!! " in block,
    )
