"""The same question once more, so that another answer comes."""

from __future__ import annotations

from glm_lsp.actions.action import Action
from glm_lsp.prompt.compose import temperature
from glm_lsp.settings import Settings

STEP, HOTTEST = 0.3, 1.0
"""Each retry asks a step warmer, up to GLM 5.1's own default, which is also the most that Z.ai takes (docs.z.ai,
"migrate to GLM"): at the 0.2 of edits the same prompt all but repeats its answer."""


def warmer(settings: Settings, action: Action, times: int) -> Settings:
    """`settings` for the `times`-th retry of `action`. A temperature the user has set stays."""
    if not times or settings.generation.temperature is not None:
        return settings
    warm = min(HOTTEST, round(temperature(action, settings) + times * STEP, 2))
    generation = settings.generation.model_copy(update={"temperature": warm})
    return settings.model_copy(update={"generation": generation})
