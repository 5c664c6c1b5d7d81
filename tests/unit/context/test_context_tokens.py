"""Estimating tokens. If these fail, a prompt is cut for nothing, or is refused by the server as too long."""

from __future__ import annotations

import hashlib
import json
import statistics
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glm_lsp.context import calibration
from glm_lsp.context.tokens import MARGIN, bound, estimate
from glm_lsp.errors import Failed

REPOSITORY = Path(__file__).parents[3]
COUNTED = json.loads((REPOSITORY / "tests/data/tokens/cl100k.json").read_text("utf-8"))
"""Texts in several languages, and their tokens as cl100k counts them."""
MEDIAN = 0.12
SHORTEST = 80
"""Tokens of a text from which something is to be learned of its language."""


def counted_files() -> Iterator[tuple[str, str, int]]:
    """Language, text and tokens of this project's own files, as `scripts/bench tokens --write` counted them; without
    those that were changed since."""
    for row in json.loads((REPOSITORY / "tests/data/tokens/counts.json").read_text("utf-8")):
        path = REPOSITORY / row["path"]
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() == row["sha256"]:
            yield row["language"], content.decode("utf-8"), row["tokens"]


def ratios() -> dict[str, list[float]]:
    """What is estimated for one token that there is, by language."""
    found: dict[str, list[float]] = defaultdict(list)
    for language, text, tokens in (
        *((sample["language"], sample["text"], sample["tokens"]) for sample in COUNTED),
        *counted_files(),
    ):
        if tokens >= SHORTEST:
            found[language].append(estimate(text) / tokens)
    return found


RATIOS = ratios()


def test_most_languages_are_counted() -> None:
    assert len(RATIOS) >= 17, "files were changed: `scripts/bench tokens --write` counts them anew"


@pytest.mark.parametrize("language", RATIOS)
def test_near_the_count_of_a_real_tokenizer_in_every_language(language: str) -> None:
    """As a median; and no file so far off that the wall of the window would not hold."""
    assert statistics.median(abs(ratio - 1) for ratio in RATIOS[language]) <= MEDIAN
    assert min(RATIOS[language]) >= MARGIN


@pytest.mark.parametrize("sample", COUNTED, ids=lambda sample: sample["language"])
def test_near_the_count_of_a_real_tokenizer(sample: dict[str, str | int]) -> None:
    assert 0.8 <= estimate(str(sample["text"])) / int(sample["tokens"]) <= 1.25


def test_an_empty_text_has_none() -> None:
    assert estimate("") == 0


def test_each_control_character_counts() -> None:
    """Else a file full of them would weigh nothing, and break the wall."""
    assert estimate("\0\1\x7f" * 100) >= 300


@given(st.text(max_size=60), st.text(max_size=60))
def test_more_text_never_has_fewer_tokens(one: str, other: str) -> None:
    assert estimate(one + "\n" + other) >= max(estimate(one), estimate(other)) - 1


@given(st.integers(0, 10**6), st.floats(MARGIN, 3))
def test_the_bound_holds_as_far_as_the_estimate_may_be_off(truth: int, off: float) -> None:
    assert bound(int(truth * off) + 1) >= truth


def test_the_first_answers_count_at_once_and_the_later_ones_correct_them(tmp_path: Path) -> None:
    assert calibration.factor(tmp_path, "/w") == 1.0
    for _ in range(30):
        calibration.learn(tmp_path, "/w", 1_000, 1_300)
    assert calibration.factor(tmp_path, "/w") == pytest.approx(1.3, abs=0.01)
    calibration.learn(tmp_path, "/w", 1_000, 1_000)
    assert 1.2 < calibration.factor(tmp_path, "/w") < 1.3


def test_one_workspace_teaches_nothing_about_another(tmp_path: Path) -> None:
    calibration.learn(tmp_path, "/w", 1_000, 1_500)
    assert calibration.factor(tmp_path, "/other") == 1.0


@pytest.mark.parametrize(("estimated", "counted"), [(1_000, 10), (10, 1_000), (0, 0), (1_000, 0)])
def test_nothing_is_learned_from_a_prompt_too_short_to_tell(tmp_path: Path, estimated: int, counted: int) -> None:
    calibration.learn(tmp_path, "/w", estimated, counted)
    assert calibration.factor(tmp_path, "/w") == 1.0


def test_a_server_that_counts_nonsense_moves_it_within_the_margin_only(tmp_path: Path) -> None:
    for _ in range(50):
        calibration.learn(tmp_path, "/w", 1_000, 10**9)
    assert calibration.factor(tmp_path, "/w") <= 1 / MARGIN


@pytest.mark.parametrize("written", ["", "[]", '{"factor": "much"}', '{"factor": 1e99}', '{"factor": -1}'])
def test_a_damaged_note_is_no_reason_to_fail(tmp_path: Path, written: str) -> None:
    calibration.learn(tmp_path, "/w", 1_000, 1_100)
    (note,) = (tmp_path / "tokens").iterdir()
    note.write_text(written)
    assert MARGIN <= calibration.factor(tmp_path, "/w") <= 1 / MARGIN


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("in the way")
    with pytest.raises(Failed):
        calibration.learn(tmp_path, "/w", 1_000, 1_100)
