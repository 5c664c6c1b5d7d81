"""Typing while the model thinks, in Emacs with eglot: 100 moments by seed.

The judge is the buffer's own log, replayed from the first character: whose hand each change was, and what it left. In
it every change of ours must be the whole edit and nothing but the edit, made to a text in which the lines it replaces
still stood as they were; every character of the user's must be in the text at the end, and what was reported be so.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from living import EGLOT, living
from moments import MOMENTS, NEW, OLD, PLACES, REGION, REPLY, SEED, Place
from real_emacs import Emacs, lisp
from scripted_model import Ask, ScriptedModel
from workplace import snippet

Stratum = Literal["first keystroke", "before it is told", "between send and answer", "while it streams"]
STRATA: tuple[Stratum, ...] = (
    "first keystroke",
    "before it is told",
    "between send and answer",
    "while it streams",
)


@dataclass(frozen=True)
class Moment:
    """One user at one moment. Point goes to `line` (from 1), `column` from its beginning or to its end (None), then
    the user opens a new line there (`opens`) and types the characters `typed`; `cut` of them come early, and `split`
    characters of the reply. `early`: the keys arrive before Emacs takes the edit, not after."""

    stratum: Stratum
    place: Place
    line: int
    column: int | None
    opens: bool
    typed: str
    cut: int
    split: int
    early: bool
    above: int
    below: int

    @property
    def source(self) -> list[str]:
        return [
            *(f"before_{number} = {number}" for number in range(self.above)),
            "",
            "",
            *REGION,
            "",
            "",
            *(f"after_{number} = {number}" for number in range(self.below)),
        ]

    @property
    def keys(self) -> str:
        """What the user presses at the place."""
        return ("\x0f" if self.opens else "") + self.typed  # C-o

    @property
    def goes(self) -> str:
        """The form that takes point to the place."""
        column = "(end-of-line)" if self.column is None else f"(forward-char {self.column})"
        return f"(progn (goto-char (point-min)) (forward-line {self.line - 1}) {column} (point))"


def moments(stratum: Stratum) -> list[Moment]:
    chance = random.Random(f"{SEED} {stratum}")
    return [_moment(stratum, PLACES[number % len(PLACES)], chance) for number in range(MOMENTS)]


def _moment(stratum: Stratum, place: Place, chance: random.Random) -> Moment:
    above, below = chance.randint(1, 6), chance.randint(1, 6)
    first = above + 3
    edit, end = first + 2, first + len(REGION) - 1
    goes: dict[Place, Callable[[], tuple[int, int | None]]] = {
        "in the edit": lambda: (chance.randint(edit, end), chance.choice([None, 0, 2])),
        "at its edge": lambda: (chance.choice([edit, end + 1]), 0),
        "in the region": lambda: (chance.choice([first, first + 1]), None),
        "on another line": lambda: (
            chance.choice([chance.randint(1, above), end + 2 + chance.randint(1, below)]),
            None,
        ),
        "new line above": lambda: (chance.randint(1, first), 0),
        "new line below": lambda: (chance.randint(end + 2, end + 2 + below), 0),
    }
    line, column = goes[place]()
    typed = "".join(chance.sample("αβγδεζηθικλμ𝒳𝒴𝒵QXYZ", chance.randint(2, 8)))
    return Moment(
        stratum=stratum,
        place=place,
        line=line,
        column=column,
        opens=place in ("at its edge", "new line above", "new line below"),
        typed=typed,
        cut=chance.randint(1, len(typed) - 1),
        split=chance.randint(1, len(REPLY) - 1),
        early=chance.random() < 0.6,
        above=above,
        below=below,
    )


def test_typing_while_the_model_thinks_loses_no_character(
    emacs_program: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Without this a user's words are overwritten by an edit that was made for an older text, or the user is told that
    an edit was applied which was not."""

    def live(stratum: Stratum) -> None:
        folder = tmp_path_factory.mktemp("typing")
        with living(emacs_program, folder, snippet("emacs.md", "elisp", EGLOT)) as (emacs, model):
            for number, moment in enumerate(moments(stratum)):
                try:
                    _live(emacs, model, moment, f"moment_{number}.py")
                except (AssertionError, TimeoutError) as error:
                    error.add_note(f"moment {number} of {stratum!r}: {moment}")
                    raise

    # Most of a moment is waiting for the user to rest: the strata wait side by side, each in an Emacs of its own.
    with ThreadPoolExecutor(len(STRATA)) as strata:
        for lived in [strata.submit(live, stratum) for stratum in STRATA]:
            lived.result()


def _live(emacs: Emacs, model: ScriptedModel, moment: Moment, name: str) -> None:
    """Lives through one moment and judges it."""
    source = "\n".join(moment.source) + "\n"
    emacs.open(name, source.encode())
    if moment.stratum != "first keystroke":
        # The document has a history: its version is not 0 any more.
        emacs.do("(goto-char (point-max))")
        emacs.press("!")
    emacs.pick("GLM: Refactor", moment.above + 3, moment.above + 2 + len(REGION))
    _type(emacs, model.next_ask(), moment)
    state = emacs.job_end()
    emacs.press("")

    final = emacs.text()
    applied = _judge(emacs, source, moment, final)
    if applied:
        assert (state, emacs.told()) == ("delivered", [])
    else:
        assert (state, len(emacs.told())) == ("refused", 1)
    if moment.place not in ("in the edit", "at its edge"):
        assert applied, f"nothing stood in the way of the edit, but: {emacs.told()}"
    emacs.do("(set-buffer-modified-p nil) (kill-buffer)")


def _type(emacs: Emacs, ask: Ask, moment: Moment) -> None:
    """The user types and the model answers, in the order the moment says."""
    keys, cut = moment.keys, moment.cut + moment.opens
    if moment.stratum == "between send and answer":
        when = "drive-before" if moment.early else "drive-after"
        emacs.do(f"(setq {when} (lambda () {moment.goes} (execute-kbd-macro {lisp(keys)})))")
        ask.answer(REPLY)
        return
    emacs.do(f"(set-window-point nil {moment.goes})")
    if moment.stratum == "while it streams":
        ask.say(REPLY[: moment.split])
        emacs.press(keys[:cut])
        ask.answer(REPLY[moment.split :])
        emacs.press(keys[cut:])
    elif moment.early:
        # eglot tells of them only after half a second's rest: the server, and so the edit, knows nothing of them.
        emacs.press(keys)
        ask.answer(REPLY)
    else:
        emacs.press(keys[:cut])
        ask.answer(REPLY)
        emacs.press(keys[cut:])


def _judge(emacs: Emacs, source: str, moment: Moment, final: str) -> bool:
    """Replays the log. Whether our edit is in the text; fails if it was wrong, or a character of the user's is lost."""
    log = emacs.changes()
    text = source
    applied = False
    number = 0
    while number < len(log):
        by, before = log[number].by, text
        while number < len(log) and log[number].by == by:
            change = log[number]
            text = text[: change.start] + change.inserted + text[change.start + change.deleted :]
            number += 1
        if by == "glm" and text != before:
            assert not applied, "the edit was applied twice"
            assert text == _replaced(before), "our change is not the edit, or the edit to another text"
            applied = True
    assert text == final, "the log is not the whole story"
    assert moment.typed in final, "the user's characters are not all there, side by side"
    if not applied:
        assert "sum(" not in final
    return applied


def _replaced(text: str) -> str | None:
    """`text` with the edit made, if the lines it replaces stand in it untouched."""
    old, new = ("".join(f"{line}\n" for line in lines) for lines in (OLD, NEW))
    return text.replace(old, new) if f"\n{text}".count(f"\n{old}") == 1 else None
