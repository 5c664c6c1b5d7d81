"""Typing while the model thinks: 100 moments by seed, with and without the plugin.

The judge is the buffer's own log, replayed from the first line: whose hand each change was, and the lines it left. In
it every change of ours must be the whole edit and nothing but the edit, made to a text in which the lines it replaces
still stood as they were; every character of the user's must be in the text at the end, and what was reported be so.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

import pytest
from editing import Change, Editing
from moments import MOMENTS, NEW, OLD, PLACES, REGION, REPLY, SEED, Place
from scripted_model import Ask, ScriptedModel

Stratum = Literal["first keystroke", "inside the debounce", "between send and answer", "while it streams"]
STRATA: tuple[Stratum, ...] = (
    "first keystroke",
    "inside the debounce",
    "between send and answer",
    "while it streams",
)


@dataclass(frozen=True)
class Moment:
    """One user at one moment. `start` are the keys that go to the place and begin to insert there, `typed` the
    characters, `cut` how many of them come early, and `split` how much of the reply. `early`: the keys arrive before
    the editor takes the edit, not after. `stays`: the user has not left insert mode when the edit comes."""

    stratum: Stratum
    place: Place
    start: str
    typed: str
    cut: int
    split: int
    early: bool
    stays: bool
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
    def region(self) -> tuple[int, int]:
        """First and last line, from 1."""
        return self.above + 3, self.above + 2 + len(REGION)


def moments(stratum: Stratum) -> list[Moment]:
    chance = random.Random(f"{SEED} {stratum}")
    return [_moment(stratum, PLACES[number % len(PLACES)], chance) for number in range(MOMENTS)]


def _moment(stratum: Stratum, place: Place, chance: random.Random) -> Moment:
    above, below = chance.randint(1, 6), chance.randint(1, 6)
    first = above + 3
    edit, end = first + 2, first + len(REGION) - 1
    start = {
        "in the edit": lambda: f"{chance.randint(edit, end)}G{chance.choice(['A', 'I', '0lli'])}",
        "at its edge": lambda: chance.choice([f"{end}Go", f"{edit}GO"]),
        "in the region": lambda: f"{chance.choice([first, first + 1])}GA",
        "on another line": lambda: f"{chance.choice([chance.randint(1, above), end + 2 + chance.randint(1, below)])}GA",
        "new line above": lambda: f"{chance.randint(1, first - 1)}GO",
        "new line below": lambda: f"{chance.randint(end + 2, end + 2 + below)}Go",
    }[place]()
    typed = "".join(chance.sample("αβγδεζηθικλμ𝒳𝒴𝒵QXYZ", chance.randint(2, 8)))
    return Moment(
        stratum=stratum,
        place=place,
        start=start,
        typed=typed,
        cut=chance.randint(1, len(typed) - 1),
        split=chance.randint(1, len(REPLY) - 1),
        early=chance.random() < 0.6,
        stays=chance.random() < 0.5,
        above=above,
        below=below,
    )


@pytest.mark.parametrize("stratum", STRATA)
def test_typing_while_the_model_thinks_loses_no_character(
    editing: Editing, model: ScriptedModel, stratum: Stratum
) -> None:
    """Without this a user's words are overwritten by an edit that was made for an older text, or the user is told that
    an edit was applied which was not."""
    for number, moment in enumerate(moments(stratum)):
        try:
            _live(editing, model, moment, f"{stratum.replace(' ', '_')}_{number}.py")
        except (AssertionError, TimeoutError) as error:
            error.add_note(f"moment {number} of {stratum!r}: {moment}; not awaited: {editing.nvim.events}")
            raise


def _live(editing: Editing, model: ScriptedModel, moment: Moment, name: str) -> None:
    """Lives through one moment and judges it."""
    nvim = editing.nvim
    editing.messages()
    buffer = editing.open(name, ("\n".join(moment.source) + "\n").encode())
    nvim.call("nvim_command", "setlocal nofixeol indentexpr= noautoindent formatoptions=")
    source = moment.source
    if moment.stratum != "first keystroke":
        # The document has a history: its version is not 0 any more.
        nvim.press("GA!<Esc>")
        source = [*source[:-1], f"{source[-1]}!"]
    editing.pick("GLM: Refactor", *moment.region)
    _type(editing, model.next_ask(), moment)
    job = editing.ended()
    assert job["state"] in ("delivered", "refused"), job
    if moment.stays:
        nvim.press("<Esc>")

    log = editing.changes(buffer)
    final = editing.lines(buffer)
    applied = _judge(log, moment, final)
    _judge_report(job["state"], editing.messages(), applied)
    if moment.place not in ("in the edit", "at its edge"):
        assert applied, f"nothing stood in the way of the edit, but: {job}"
    nvim.call("nvim_command", "bwipeout!")


def _type(editing: Editing, ask: Ask, moment: Moment) -> None:
    """The user types and the model answers, in the order the moment says."""
    press = editing.nvim.press
    early, late = moment.typed[: moment.cut], moment.typed[moment.cut :]
    leave = "" if moment.stays else "<Esc>"
    if moment.stratum == "between send and answer":
        keys = f"{moment.start}{moment.typed}<Esc>"
        editing.nvim.lua("record.typing = ...", {"before" if moment.early else "after": keys})
        ask.answer(REPLY)
    elif moment.stratum == "while it streams":
        ask.say(REPLY[: moment.split])
        press(moment.start + early)
        ask.answer(REPLY[moment.split :])
        press(late + leave)
    elif moment.early:
        # The editor sends the first key at once and keeps the others back for 150 ms: the server, and so the edit it
        # sends, knows nothing of them.
        press(moment.start + early)
        press(late + leave)
        ask.answer(REPLY)
    else:
        press(moment.start + early)
        ask.answer(REPLY)
        press(late + leave)


def _judge(log: list[Change], moment: Moment, final: list[str]) -> bool:
    """Replays the log. Whether our edit is in the text; fails if it was wrong, or a character of the user's is lost."""
    text = moment.source
    applied = False
    number = 0
    while number < len(log):
        by, before = log[number].by, text
        while number < len(log) and log[number].by == by:
            change = log[number]
            text = [*text[: change.first], *change.lines, *text[change.last :]]
            number += 1
        if by == "glm" and text != before:
            assert not applied, "the edit was applied twice"
            assert text == _replaced(before), "our change is not the edit, or the edit to another text"
            applied = True
    assert text == final, "the log is not the whole story"
    assert moment.typed in "\n".join(final), "the user's characters are not all there, side by side"
    if not applied:
        assert "sum(" not in "\n".join(final)
    return applied


def _replaced(text: list[str]) -> list[str] | None:
    """`text` with the edit made, if the lines it replaces stand in it untouched."""
    places = [start for start in range(len(text)) if text[start : start + len(OLD)] == OLD]
    if len(places) != 1:
        return None
    return [*text[: places[0]], *NEW, *text[places[0] + len(OLD) :]]


def _judge_report(state: str, messages: list[str], applied: bool) -> None:
    if applied:
        assert (state, messages) == ("delivered", [])
    else:
        assert state == "refused"
        assert len(messages) == 1, messages
