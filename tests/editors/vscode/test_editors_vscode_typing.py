"""A user who goes on typing while the model answers: seeded moments, spread over where and when he types."""

from __future__ import annotations

import os
import random
from itertools import product

from prices import EXPECTED, LINE, REPLY, SOURCE
from scripted_model import ScriptedModel
from workbench import Workbench

MOMENTS = int(os.environ.get("GLM_MOMENTS", "12"))
SEED = 7

PLACES = {
    "above": (1, 1),
    "in the region": (LINE + 2, 5),
    "below": (len(SOURCE.splitlines()), 1),
    "in another file": (1, 1),
}
TYPED = ("# typed meanwhile ", "x = 1\n", "'😀' ")
WHEN = ("before", "while", "after")
"""The answer comes when nothing, some, or all of it is typed; keys go on without a pause."""


def moments() -> list[tuple[str, str, str, int]]:
    """Where, what, when and with how many milliseconds between the keys: every stratum once before any comes twice."""
    rolled = random.Random(SEED)
    strata = list(product(PLACES, WHEN))
    found: list[tuple[str, str, str, int]] = []
    while len(found) < MOMENTS:
        rolled.shuffle(strata)
        found += [(place, rolled.choice(TYPED), when, rolled.choice((5, 20, 60))) for place, when in strata]
    return found[:MOMENTS]


def test_no_character_is_lost_and_the_last_word_is_true(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this an answer that comes while one types eats what was typed, or is announced and not there."""
    (workbench.folder / "other.py").write_text(SOURCE)
    applied = refused = 0
    for number, (place, typed, when, delay) in enumerate(moments()):
        moment = f"{number}: {typed!r} {place}, the answer {when}, {delay} ms between keys"
        name = f"prices{number}.py"
        (workbench.folder / name).write_text(SOURCE)
        if place == "in another file":
            workbench.open("other.py")
        workbench.open(name)
        workbench.go(LINE)
        workbench.pick("GLM: Refactor")
        ask = workbench.asks(model)
        if place == "in another file":
            workbench.open("other.py")
        workbench.go(*PLACES[place])
        first = {"before": 0, "while": len(typed) // 2, "after": len(typed)}[when]
        workbench.type(typed[:first], delay)
        ask.answer(REPLY)
        workbench.type(typed[first:], delay)
        workbench.idle()
        if place == "in another file":
            other = workbench.saved("other.py").decode()
            assert other.startswith(typed), moment
            (workbench.folder / "other.py").write_text(SOURCE)
            workbench.open(name)
            rest = workbench.saved(name).decode()
        else:
            text = workbench.saved(name).decode()
            assert typed in text, moment
            rest = text.replace(typed, "", 1)
        assert rest in (SOURCE, EXPECTED), moment
        if rest == EXPECTED:
            applied += 1
            assert workbench.toasts() == [], moment
        else:
            refused += 1
            assert place == "in the region", moment
            workbench.toast("GLM: Refactor: ")
            assert len(workbench.toasts()) == 1, moment
            workbench.picture(f"refused {number}")
            workbench.command("Notifications: Clear All Notifications")
            workbench.do("wait", selector=workbench.TOAST, state="detached")
    assert applied > refused
