"""What of a user's secrets is seen before it is sent."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from glm_lsp.prompt.secrets import find

DATA = Path(__file__).parents[2] / "data" / "secrets"
# Not recognised: nothing in the value tells it from a word, a sentence or a number.
KNOWN_MISSES = {"password, weak words", "password, sentence", "digits only"}


def lines(name: str) -> list[str]:
    text = (DATA / name).read_text("utf-8").replace("·", "")
    return [line.replace("¶", "\n") for line in text.splitlines()]


def planted() -> list[tuple[str, str, int, int]]:
    """Kind, text, and where in it the secret starts and ends."""
    cases = []
    for line in lines("planted.txt"):
        kind, _, marked = line.partition(" | ")
        start, end = marked.index("⟦"), marked.index("⟧") - 1
        cases.append((kind, marked.replace("⟦", "").replace("⟧", ""), start, end))
    return cases


def covered(text: str, start: int, end: int) -> bool:
    return any(span.start <= start and end <= span.end for span in find(text))


@pytest.mark.parametrize(("kind", "text", "start", "end"), planted())
def test_a_planted_secret_is_found_whole(kind: str, text: str, start: int, end: int) -> None:
    """Otherwise it, or its end, leaves the machine."""
    assert covered(text, start, end) is (kind not in KNOWN_MISSES), text


@pytest.mark.parametrize("line", lines("innocent.txt"))
def test_an_innocent_line_is_left_alone(line: str) -> None:
    """Otherwise the model sees tokens where it needs the code."""
    assert find(line) == ()


def test_recall_and_false_positives(capsys: pytest.CaptureFixture[str]) -> None:
    cases, innocent = planted(), lines("innocent.txt")
    hits = sum(covered(text, start, end) for _, text, start, end in cases)
    alarms = sum(bool(find(line)) for line in innocent)
    with capsys.disabled():
        print(
            f"\nsecrets: recall {hits}/{len(cases)} = {hits / len(cases):.3f}, "
            f"false positives {alarms}/{len(innocent)} = {alarms / len(innocent):.3f}"
        )
    assert hits >= 0.95 * len(cases)
    assert alarms == 0
