"""Typing while an edit of two files is on its way: 32 moments by seed, with and without the plugin.

The user types in one of the files, or goes from one to the other and types in both. The judge is the log of each
buffer, as in `test_editors_neovim_typing`: every change of ours must be the whole edit, or the whole of it taken back,
to a text in which its lines stood as they were; every character of the user's must be there at the end; and the files
in which the edit stands at the end must be those the user was told of.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from editing import Change, Editing
from scripted_model import Ask, ScriptedModel
from test_editors_neovim_files import session

__all__ = ["session"]

SEED = 20_261_122
MOMENTS = 8
"""In each of the four strata."""

NAMES = ("a.py", "b.py")
OLD, NEW = "    return x + 1", "    return x + 2"
SOURCE = ["import os", "", "", "def {0}(x):", OLD, "", "", "def other_{0}():", "    pass"]
EDITED = 5
"""The line the edit replaces, from 1."""
REPLY = "".join(
    f"{name}\n````python\n<<<<<<< SEARCH\ndef {name[0]}(x):\n{OLD}\n=======\ndef {name[0]}(x):\n{NEW}\n"
    ">>>>>>> REPLACE\n````\n\n"
    for name in NAMES
)

Stratum = Literal["while it streams", "inside the debounce", "before a write", "after a write"]
STRATA: tuple[Stratum, ...] = ("while it streams", "inside the debounce", "before a write", "after a write")
PLACES = {
    "in the edit": (f"{EDITED}GA", f"{EDITED}GI", f"{EDITED}G0lli"),
    "at its edge": (f"{EDITED}GO", f"{EDITED}Go"),
    "on another line": ("1GA", "8GA"),
    "new line above": ("1GO", "2Go"),
    "new line below": ("7Go", "Go"),
    "nowhere": ("",),
}


@dataclass(frozen=True)
class Touch:
    """What the user types in the file of this number: the keys that go there and begin to insert, and the characters.
    None, if he only looks at it."""

    file: int
    place: str
    start: str
    typed: str


@dataclass(frozen=True)
class Moment:
    """One user at one moment. `split`: how much of the reply is there when they come. `write`: beside which of the
    writes, from 0. `stays`: he has not left insert mode when the edit comes."""

    stratum: Stratum
    touches: tuple[Touch, ...]
    split: int
    write: int
    stays: bool


def moments(stratum: Stratum) -> list[Moment]:
    chance = random.Random(f"{SEED} two files, {stratum}")
    return [_moment(stratum, chance) for _ in range(MOMENTS)]


def _moment(stratum: Stratum, chance: random.Random) -> Moment:
    files = chance.choice([[0], [1], [0, 1], [1, 0]])
    return Moment(
        stratum=stratum,
        touches=tuple(_touch(file, chance) for file in files),
        split=chance.randint(1, len(REPLY) - 1),
        write=chance.randint(0, 1),
        stays=chance.random() < 0.5,
    )


def _touch(file: int, chance: random.Random) -> Touch:
    place = chance.choice([*PLACES])
    typed = "".join(chance.sample("αβγδεζηθικλμ𝒳𝒴𝒵QXYZ", chance.randint(2, 8))) if place != "nowhere" else ""
    return Touch(file, place, chance.choice(PLACES[place]), typed)


@pytest.mark.parametrize("stratum", STRATA)
def test_typing_between_two_files_loses_no_character(editing: Editing, model: ScriptedModel, stratum: Stratum) -> None:
    """Without this an edit of several files overwrites what the user types in one of them, or is half made in
    silence."""
    for number, moment in enumerate(moments(stratum)):
        try:
            _live(editing, model, moment)
        except (AssertionError, TimeoutError) as error:
            error.add_note(f"moment {number} of {stratum!r}: {moment}; not awaited: {editing.nvim.events}")
            raise


def _live(editing: Editing, model: ScriptedModel, moment: Moment) -> None:
    """Lives through one moment and judges it."""
    editing.start_afresh()
    editing.messages()
    buffers = [_opened(editing, name) for name in NAMES]
    editing.nvim.call("nvim_set_current_buf", buffers[0])
    _type(editing, _asked(editing, model), moment, buffers)
    job = editing.ended()
    editing.nvim.press("<Esc>")

    stands = set()
    for number, buffer in enumerate(buffers):
        if _judge(editing.changes(buffer), editing.lines(buffer), number, moment):
            stands.add(NAMES[number])
    _judge_report(job, editing.messages(), stands)
    if not any(touch.place in ("in the edit", "at its edge") for touch in moment.touches):
        assert stands == {*NAMES}, f"nothing stood in the way of the edit, but: {job}"


def _opened(editing: Editing, name: str) -> int:
    """The file, just changed by the user, so that it is sent along."""
    text = "\n".join([*SOURCE, "#"]).format(name[0]) + "\n"
    buffer = editing.open(name, text.encode())
    editing.nvim.call("nvim_command", "setlocal nofixeol indentexpr= noautoindent formatoptions=")
    editing.nvim.press("Gdd")
    assert editing.lines(buffer) == _source(name)
    editing.nvim.lua("record.changes[...] = {}", buffer)
    return buffer


def _source(name: str) -> list[str]:
    return [line.format(name[0]) for line in SOURCE]


def _asked(editing: Editing, model: ScriptedModel) -> Ask:
    place = {"line": EDITED - 1, "character": 0}
    uri = (editing.folder / NAMES[0]).as_uri()
    argument: dict[str, Any] = {"action": "files", "uri": uri, "range": {"start": place, "end": place}}
    editing.command("glm.run", argument)
    ask = model.next_ask()
    assert "def other_b()" in ask.prompt
    return ask


def _type(editing: Editing, ask: Ask, moment: Moment, buffers: list[int]) -> None:
    """The user types and the model answers, in the order the moment says."""
    keys = "<Esc>".join(f":buffer {buffers[one.file]}<CR>{one.start}{one.typed}" for one in moment.touches)
    if moment.stratum in ("before a write", "after a write"):
        when = moment.stratum.split()[0]
        editing.nvim.lua("record.typing = ...", {when: f"{keys}<Esc>", "skip": moment.write})
        ask.answer(REPLY)
        return
    keys += "" if moment.stays else "<Esc>"
    if moment.stratum == "while it streams":
        ask.say(REPLY[: moment.split])
        editing.nvim.press(keys)
        ask.answer(REPLY[moment.split :])
    else:
        # The editor sends the first key at once and keeps the others back for 150 ms.
        editing.nvim.press(keys)
        ask.answer(REPLY)


def _judge(log: list[Change], final: list[str], number: int, moment: Moment) -> bool:
    """Whether the edit stands in this file at the end. Errors: AssertionError if a hand did what it must not."""
    text, stands = _source(NAMES[number]), False
    at = 0
    while at < len(log):
        by, before = log[at].by, text
        while at < len(log) and log[at].by == by:
            change = log[at]
            text = [*text[: change.first], *change.lines, *text[change.last :]]
            at += 1
        if by == "glm" and text != before:
            made = _replaced(before, NEW, OLD) if stands else _replaced(before, OLD, NEW)
            assert text == made, "our change is not the edit, nor the edit taken back, or to another text"
            stands = not stands
    assert text == final, "the log is not the whole story"
    for touch in moment.touches:
        if touch.file == number:
            assert touch.typed in "\n".join(final), "the user's characters are not all there, side by side"
    return stands


def _replaced(text: list[str], old: str, new: str) -> list[str] | None:
    """`text` with its one line `old` become `new`; None if it stands there no longer."""
    if text.count(old) != 1:
        return None
    return [new if line == old else line for line in text]


def _judge_report(job: dict[str, Any], messages: list[str], stands: set[str]) -> None:
    if job["state"] == "delivered":
        assert (stands, messages) == ({*NAMES}, [])
        return
    assert job["state"] == "refused", job
    assert len(messages) == 1, messages
    told = job["message"].get("next", "").partition("Changed: ")[2].partition(". Not changed")[0]
    assert stands == set(filter(None, told.split(", "))), job["message"]
