"""Actions from outside the package: the user's own, and those a project brings, once the user trusts it.

They are Markdown files in a folder `.glm/actions/`, in the form of the built-in ones (`action`), and their text is an
instruction. What their placeholders speak of is data and stays data: a placeholder becomes words that point at the part
of the prompt which shows it (the region, the file, the findings, each there once and as data), never that text itself.
So nothing in a file, its name or a finding can become an instruction by way of an action.

    {{selection}}     the region: what was selected, or stands around the cursor
    {{file}}          the file it is in
    {{diagnostics}}   the findings the question is about, or that there are none
    {{language}}      the file's language id, such as `python`: the one value that is put in, and only if it is a name

An id is taken once: by a built-in action, then by the user's, then by the project's. Who comes later is told so.

    own(config, folders, built_in) -> Found        the user's, from `.glm` in his config directory
    project(state, folder, taken) -> Project       a project's, and whether they may be used
    filled(instruction, language, findings=…)      an instruction without placeholders

The first two read files: not for the event loop.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from glm_lsp.actions.action import Action, Mode, parse
from glm_lsp.errors import BadInput, Refused
from glm_lsp.plain import plain
from glm_lsp.state import trust
from glm_lsp.text.lines import with_newlines

FOLDER = "actions/"
"""Below `.glm`."""
TITLE = 80
"""Characters of a title; menus are narrow."""
MODES: tuple[Mode, ...] = ("edit", "explain")
"""What may come of them: suggestions are in a form that only our own prompt asks for."""
PLACEHOLDERS = ("selection", "file", "diagnostics", "language")
ALIKE = 0.9
"""How alike a word in braces must be to a placeholder to be a misspelt one: `{{files}}` is not, `{{diagnostic}}` is."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9_+#.-]{0,39}", re.ASCII)
_PLACEHOLDER = re.compile(rf"\{{\{{ *({'|'.join(PLACEHOLDERS)}) *\}}\}}")
_BRACED = re.compile(r"\{\{ *([A-Za-z_]+) *\}\}")
"""Braces may mean something else, in a prompt about templates: then they stay as they are."""


@dataclass(frozen=True, slots=True)
class Found:
    """`actions` by id; `complaints`: for each file that is none a sentence, which begins with its name and line."""

    actions: Mapping[str, Action] = field(default_factory=dict)
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """The prompts of a folder as they were read at one moment: `files` are the very bytes that `standing` is about and
    `found` was read from."""

    folder: Path
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    standing: trust.Standing = "nothing"
    found: Found = field(default_factory=Found)

    @property
    def undecided(self) -> bool:
        return self.standing in ("new", "changed")

    @property
    def actions(self) -> Mapping[str, Action]:
        """Those that may be used."""
        return self.found.actions if self.standing == "trusted" else {}

    @property
    def complaints(self) -> tuple[str, ...]:
        """What is wrong with what is used, or why it cannot be."""
        return self.found.complaints if self.standing == "trusted" or not self.files else ()


def own(config: Path, folders: Collection[Path], built_in: Mapping[str, Action]) -> Found:
    """The user's own actions, from `.glm` in his `config` directory. They need no trust, unless that directory is one
    of the workspace `folders`: what lies there may be a project's."""
    if config in folders:
        return Found()
    try:
        return read(trust.prompts(config, links=True), f"{config}/.glm", built_in)
    except Refused as error:
        return Found(complaints=(plain(str(error)),))


def project(state: Path, folder: Path, taken: Mapping[str, Action]) -> Project:
    """The prompts of `folder` as they are now. `taken`: the actions whose ids are not free any more.

    Errors: Failed if the state directory cannot be used.
    """
    try:
        files = trust.prompts(folder)
    except Refused as error:
        return Project(folder, standing="refused", found=Found(complaints=(plain(str(error)),)))
    return Project(folder, files, trust.standing(state, folder, files), read(files, f"{folder}/.glm", taken))


def read(prompts: Mapping[str, bytes], place: str, taken: Mapping[str, Action]) -> Found:
    """The actions among `prompts`, files by their path below the `.glm` folder at `place`, as `state.trust.prompts`
    gives them. `taken`: the actions whose ids are not free any more."""
    actions: dict[str, Action] = {}
    complaints = []
    for name, data in prompts.items():
        if not name.startswith(FOLDER):
            continue
        try:
            action = _action(name.removeprefix(FOLDER).removesuffix(".md"), data, f"{place}/{name}", taken)
        except BadInput as error:
            complaints.append(plain(str(error)))
        else:
            actions[action.id] = action
    return Found(actions, tuple(complaints))


def filled(instruction: str, language: str, *, findings: bool, part: bool = False) -> str:
    """`instruction` with words for its placeholders. `findings`: whether the prompt shows any; `part`: whether it is
    about a part of the region (an action that needs a selection)."""
    words = {
        "selection": "the selected part of the region" if part else "the region",
        "file": "the file the region is in",
        "diagnostics": "the findings of other tools in the region" if findings else "(there are no findings)",
        "language": language if _LANGUAGE.fullmatch(language) else "the file's language",
    }
    return _PLACEHOLDER.sub(lambda found: words[found[1]], instruction)


def _action(id: str, data: bytes, source: str, taken: Mapping[str, Action]) -> Action:
    """Errors: BadInput, naming file and line."""
    if not _ID.fullmatch(id):
        raise BadInput(f"{source}:1: the file's name is the action's id: letters, digits, `-` and `_`, then `.md`.")
    if id in taken:
        whose = "one of the built-in actions" if taken[id].source == "built-in" else f"an action in {taken[id].source}"
        raise BadInput(f"{source}:1: `{id}` is {whose}. Give the file another name.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{source}:{line}: the file is not UTF-8 text.") from error
    text = with_newlines(text)
    action = parse(id, text, source, MODES)
    for line, written, meant in _misspelt(text):
        raise BadInput(f"{source}:{line}: there is no placeholder `{written}`; `{{{{{meant}}}}}` is one.")
    return replace(action, title=plain(action.title, TITLE) or id)


def _misspelt(text: str) -> Iterator[tuple[int, str, str]]:
    """The line, from 1, of what seems to be meant for a placeholder, as it stands there, and what it seems to mean."""
    for found in _BRACED.finditer(text):
        close = get_close_matches(found[1].lower(), PLACEHOLDERS, 1, ALIKE)
        if close and found[1] not in PLACEHOLDERS:
            yield text.count("\n", 0, found.start()) + 1, found[0], close[0]
