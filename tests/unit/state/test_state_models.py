"""The models endpoint's last words: prices survive a night without a network, and the endpoint is asked once a day."""

from __future__ import annotations

import json
from pathlib import Path

from glm_lsp.state import models

ORIGIN = "https://hub.oxen.ai"
DAY = models.FRESH_SECONDS
GLM = {"id": "glm", "pricing": {}}


def test_what_was_saved_is_loaded_while_it_is_fresh(tmp_path: Path) -> None:
    models.save(tmp_path, ORIGIN, [GLM], now=1000.0)
    assert models.load(tmp_path, ORIGIN, now=1000.0 + DAY) == [GLM]
    assert models.load(tmp_path, ORIGIN, now=1001.0 + DAY) is None
    assert models.load(tmp_path, ORIGIN, fresh=None, now=1e12) == [GLM]
    assert models.load(tmp_path, "https://other.example") is None


def test_a_day_has_one_claim(tmp_path: Path) -> None:
    assert models.claim(tmp_path, ORIGIN, now=1000.0)
    assert not models.claim(tmp_path, ORIGIN, now=1000.0 + DAY)
    assert models.claim(tmp_path, "https://other.example", now=1000.0)
    assert models.claim(tmp_path, ORIGIN, now=1001.0 + DAY)


def test_what_was_saved_counts_as_asked(tmp_path: Path) -> None:
    models.save(tmp_path, ORIGIN, [GLM], now=1000.0)
    assert not models.claim(tmp_path, ORIGIN, now=1000.0 + DAY)


def test_a_claim_keeps_the_prices_there_are(tmp_path: Path) -> None:
    models.save(tmp_path, ORIGIN, [GLM], now=1000.0)
    assert models.claim(tmp_path, ORIGIN, now=1001.0 + DAY)
    assert models.load(tmp_path, ORIGIN, fresh=None) == [GLM]


def test_a_clock_that_was_ahead_does_not_stop_asking_for_ever(tmp_path: Path) -> None:
    models.claim(tmp_path, ORIGIN, now=1e12)
    assert models.claim(tmp_path, ORIGIN, now=1000.0)


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    models.save(tmp_path, ORIGIN, [GLM])
    (path,) = (tmp_path / "models").glob("*.json")
    for text in ("", "{", json.dumps({"origin": ORIGIN, "at": "x", "claimed": [], "models": 3})):
        path.write_text(text)
        assert models.load(tmp_path, ORIGIN) is None
        assert models.claim(tmp_path, ORIGIN, now=1000.0)
