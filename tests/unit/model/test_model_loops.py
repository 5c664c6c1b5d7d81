"""Endless repetition. If these fail, a looping model spends the user's money, or an honest reply is stopped."""

from __future__ import annotations

import pytest

from glm_lsp.model.loops import WINDOW, Repetition


def is_stopped(text: str, size: int = 7) -> bool:
    repetition = Repetition()
    return any(repetition.feed(text[at : at + size]) for at in range(0, len(text), size))


@pytest.mark.parametrize("passage", ["!", "lock ", "the same line again\n", "x" * 300 + "\n", "ab" * 200 + "c"])
def test_a_loop_is_stopped(passage: str) -> None:
    assert is_stopped("A beginning. " * 3 + passage * (3 * WINDOW // len(passage)))


@pytest.mark.parametrize(
    "text",
    [
        "    0x00, 0x00, 0x00, 0x00,\n" * 200,
        "=" * 5_000 + "\n",
        "".join(f"    case {number}: return {number};\n" for number in range(2_000)),
        "".join(f"def f{number}():\n    return None\n\n" for number in range(2_000)),
    ],
    ids=["a table of zeros", "a long rule", "a switch", "many functions"],
)
def test_honest_code_is_not_stopped(text: str) -> None:
    assert not is_stopped(text)
