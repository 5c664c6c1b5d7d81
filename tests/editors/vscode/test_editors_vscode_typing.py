"""A user who goes on typing while the model answers: 100 moments by seed, spread over where and when he types.

The judge is the file he saves: all he typed is in it, side by side, and the rest is either the text as it was or the
whole edit; what was reported is what became of it.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from itertools import product

from prices import EXPECTED, LINE, REPLY, SOURCE
from scripted_model import ScriptedModel
from workbench import Workbench

MOMENTS = int(os.environ.get("GLM_MOMENTS", "100"))
SEED = 7

PLACES = {
    "above": (1, 1),
    "at the edge": (LINE, 1),
    "in the edit": (LINE + 2, 5),
    "below": (len(SOURCE.splitlines()), 1),
    "in another file": (1, 1),
    "between two files": (1, 1),
}
WHEN = ("before", "while", "after")
"""The answer comes when nothing, some, or all of it is typed; keys go on without a pause."""
TYPED = ("# typed meanwhile ", "x = 1\n", "'😀' ", "𝒳 = 2\n")
GAPS = (0, 5, 20, 60)
"""Milliseconds between two keys."""


@dataclass(frozen=True)
class Moment:
    """`cut`: how much of `typed` comes before the answer."""

    place: str
    when: str
    typed: str
    cut: int
    gap: int


def moments() -> list[Moment]:
    """Every stratum, a place and a time, once before any comes twice."""
    chance = random.Random(SEED)
    strata = list(product(PLACES, WHEN))
    found: list[Moment] = []
    while len(found) < MOMENTS:
        chance.shuffle(strata)
        found += [_moment(place, when, chance) for place, when in strata]
    return found[:MOMENTS]


def _moment(place: str, when: str, chance: random.Random) -> Moment:
    typed = chance.choice(TYPED)
    cut = {"before": 0, "while": chance.randint(1, len(typed) - 1), "after": len(typed)}[when]
    return Moment(place, when, typed, cut, chance.choice(GAPS))


def test_no_character_is_lost_and_the_last_word_is_true(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this an answer that comes while one types eats what was typed, or is announced and not there."""
    applied = 0
    for number, moment in enumerate(moments()):
        try:
            applied += _live(workbench, model, moment, f"prices{number}.py")
        except (AssertionError, TimeoutError) as error:
            error.add_note(f"{number}: {moment}")
            raise
    assert applied > MOMENTS / 2


def _live(workbench: Workbench, model: ScriptedModel, moment: Moment, name: str) -> bool:
    """Lives through one moment and judges it. Whether the edit was made."""
    (workbench.folder / name).write_text(SOURCE)
    (workbench.folder / "other.py").write_text(SOURCE)
    if moment.place in ("in another file", "between two files"):
        workbench.open("other.py")
    workbench.open(name)
    workbench.go(LINE)
    workbench.press("Control+Alt+g", "r")
    workbench.do("wait", selector=f"{workbench.INPUT}[placeholder^='the one refactoring']")
    workbench.press("Enter")
    ask = workbench.asks(model)
    if moment.place == "in another file":
        workbench.tab("other.py")
    workbench.go(*PLACES[moment.place])
    workbench.type(moment.typed[: moment.cut], moment.gap)
    ask.answer(REPLY)
    if moment.place == "between two files":
        # The edit comes as he leaves the file; the next key goes to the other.
        workbench.tab("other.py")
        workbench.go(1)
    workbench.type(moment.typed[moment.cut :], moment.gap)
    workbench.idle()

    other = ""
    if moment.place in ("in another file", "between two files"):
        other = workbench.saved("other.py").decode()
        workbench.tab(name)
    rest = workbench.saved(name).decode()
    if moment.place == "between two files":
        assert rest.startswith(moment.typed[: moment.cut])
        assert other == moment.typed[moment.cut :] + SOURCE
        rest = rest[moment.cut :]
    elif moment.place == "in another file":
        assert other == moment.typed + SOURCE
    else:
        assert moment.typed in rest
        rest = rest.replace(moment.typed, "", 1)
    assert rest in (SOURCE, EXPECTED)
    if rest == EXPECTED:
        assert workbench.toasts() == []
    else:
        assert moment.place in ("in the edit", "at the edge")
        workbench.toast("GLM: Refactor: ")
        assert len(workbench.toasts()) == 1
        workbench.command("Notifications: Clear All Notifications")
        workbench.do("wait", selector=workbench.TOAST, state="detached")
    workbench.press("Control+k", "Control+w")
    workbench.do("wait", selector=".tabs-container .tab", state="detached")
    return rest == EXPECTED
