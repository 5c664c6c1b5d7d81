"""The file the tests work on, and what the model makes of it."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).parents[2] / "data/vscode"
SOURCE = (DATA / "prices.py.txt").read_text()
REPLY = (DATA / "reply.md").read_text()
"""A whole answer: `total` in one fence."""
EXPECTED = (DATA / "prices_refactored.py.txt").read_text()
LINE = 5
"""Where `total` stands, from 1."""
