"""Asking again must bring another answer, without going against what the user has set."""

from __future__ import annotations

import pytest

from glm_lsp.actions.catalogue import built_in
from glm_lsp.ask.retry import warmer
from glm_lsp.prompt.compose import temperature
from glm_lsp.settings import Settings


@pytest.mark.parametrize(
    ("action", "temperatures"), [("refactor", [0.2, 0.5, 0.8, 1.0, 1.0]), ("explain", [0.7, 1.0, 1.0, 1.0, 1.0])]
)
def test_each_retry_is_a_step_warmer(action: str, temperatures: list[float]) -> None:
    asked = built_in()[action]
    assert [temperature(asked, warmer(Settings(), asked, times)) for times in range(5)] == temperatures


def test_a_temperature_that_is_set_stays() -> None:
    asked = built_in()["refactor"]
    mine = Settings.model_validate({"generation": {"temperature": 0.0}})
    assert temperature(asked, warmer(mine, asked, 3)) == 0.0
