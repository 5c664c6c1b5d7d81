"""What may not leave the machine, by its name; what stands in the text is the gate's to judge.

rules(folders, ignore=(), allow=()) -> Rules           reads `.glm/ignore`; blocks
Rules.judge(places) -> Mapping[PurePath, Reason]       those that must stay here; one question to git; blocks
Rules.withheld(place) -> Reason | None                 the same for one
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from glm_lsp.plain import printable
from glm_lsp.workspace import git
from glm_lsp.workspace.ignore_git import Unknown, ignored, read_patterns, repository
from glm_lsp.workspace.ignore_links import Name, names_of, other_names
from glm_lsp.workspace.ignore_names import secret_name
from glm_lsp.workspace.ignore_patterns import Patterns, patterns
from glm_lsp.workspace.paths import shown

Kind = Literal["secret name", ".gitignore", ".glm/ignore", "privacy.ignore", "unreadable"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the file `name` must stay here.

    `met` is the name that a rule met: its own, or that of what it links to; both are for showing. `file`, `line` (from
    1; 0: none) and `pattern` say where the rule stands. `key` is the setting that lifts it, "" if none does. `why` says
    what is wrong with rules that cannot be read.
    """

    name: str
    met: str
    kind: Kind
    file: str = ""
    line: int = 0
    pattern: str = ""
    key: str = ""
    why: str = ""

    @property
    def sentence(self) -> str:
        """What happened, naming the rule and its file."""
        start = f"`{self.name}` stays on this machine: "
        if self.met != self.name:
            start += f"it is another name of `{self.met}`, and "
        pattern = printable(self.pattern)
        match self.kind:
            case "secret name":
                return start + f"files of that name hold secrets (`{pattern}`, built in)."
            case "privacy.ignore":
                return start + f"the pattern `{pattern}` in the setting `privacy.ignore` keeps it back."
            case "unreadable":
                return start + f"whether it may be sent cannot be known, {printable(self.why)}."
            case ".gitignore" | ".glm/ignore":
                return start + f"line {self.line} of `{printable(self.file)}` (`{pattern}`) keeps it back."

    @property
    def remedy(self) -> str:
        """What to do, naming the key."""
        match self.kind:
            case "secret name":
                return "No setting lifts this; move what the model may see to a file of another name."
            case ".gitignore":
                return "To send it all the same, add a pattern for it to `privacy.allow` in your own settings."
            case ".glm/ignore":
                return "To send it, take that line out of the file."
            case "privacy.ignore":
                return "To send it, take the pattern out of `privacy.ignore` in your settings."
            case "unreadable":
                return "Mend that and try again."


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules as they were when `rules` read them; `.gitignore` files are read when a question comes.

    `complaints` are sentences about lines that are no pattern and were skipped.
    """

    folders: tuple[Path, ...]
    ignore: Patterns
    allow: Patterns
    project: tuple[tuple[Path, Patterns | Unknown], ...]
    git: str | None

    @property
    def complaints(self) -> tuple[str, ...]:
        sets = (self.ignore, self.allow, *(found for _, found in self.project if isinstance(found, Patterns)))
        return tuple(
            f"{found.source}: `{printable(line.text)}` (line {line.number}) is no pattern and was skipped."
            for found in sets
            for line in found.bad
        )

    def withheld(self, place: PurePath) -> Reason | None:
        return self.judge((place,)).get(place)

    def judge(self, places: Iterable[PurePath]) -> Mapping[PurePath, Reason]:
        """The places that must stay here, and why.

        A place is judged by the name it was asked by and by all its others: where its links lead, step by step, and its
        hard links below its folder. A relative place is an unsaved document: only its name counts.
        """
        places = list(dict.fromkeys(places))
        files = {place: Path(place) for place in places if place.is_absolute()}
        twins = other_names(files.values(), self._home)
        reasons: dict[PurePath, Reason] = {}
        questions: list[tuple[PurePath, Path]] = []
        for place in places:
            names: tuple[Name, ...] = ()
            try:
                if place in files:
                    names = tuple(
                        name for start in (files[place], *twins.get(files[place], ())) for name in names_of(start)
                    )
            except OSError as error:
                why = f"for {error.strerror or 'its name cannot be followed'}"
                reasons[place] = self._reason(place, place, "unreadable", why=why)
                continue
            for name in (place, *(name.path for name in names)):
                if reason := self._by_name(place, name):
                    reasons[place] = reason
                    break
            else:
                questions += [(place, name.path) for name in names if name.direct]
        return reasons | self._by_git(questions)

    def _by_name(self, place: PurePath, name: PurePath) -> Reason | None:
        if pattern := secret_name(name):
            return self._reason(place, name, "secret name", pattern=pattern)
        for parts in self._anchored(name):
            if line := self.ignore.ignores(parts):
                return self._reason(place, name, "privacy.ignore", "", *line, key="privacy.ignore")
        for folder, found in self.project:
            if not name.is_relative_to(folder):
                continue
            if isinstance(found, Unknown):
                return self._reason(place, name, "unreadable", why=found.why)
            if line := found.ignores(name.relative_to(folder).parts):
                return self._reason(place, name, ".glm/ignore", found.source, *line)
        return None

    def _by_git(self, questions: list[tuple[PurePath, Path]]) -> dict[PurePath, Reason]:
        """What `.gitignore` files say, of each place by each of its names."""
        known: dict[Path, Path | None] = {}
        roots = {name: tuple(self._roots(name, known)) for _, name in questions if not self._allowed(name)}
        asked: dict[Path, list[Path]] = {}
        for root, path in dict.fromkeys(question for pairs in roots.values() for question in pairs):
            asked.setdefault(root, []).append(path)
        answers = {root: ignored(root, paths, self.git) for root, paths in asked.items()}
        reasons: dict[PurePath, Reason] = {}
        for place, name in questions:
            for root, path in roots.get(name, ()):
                answer = answers[root].get(path)
                if place in reasons or answer is None:
                    continue
                if isinstance(answer, Unknown):
                    reasons[place] = self._reason(place, name, "unreadable", why=answer.why)
                else:
                    reasons[place] = self._reason(
                        place, name, ".gitignore", answer.file, *answer.line, key="privacy.allow"
                    )
        return reasons

    def _roots(self, name: Path, known: dict[Path, Path | None]) -> Iterator[tuple[Path, Path]]:
        """Whose `.gitignore` files speak of `name`, and the path they are asked about: its own repository; and for one
        inside a workspace folder's, such as a submodule, also the outer one, about the inner one's folder. Without a
        repository, its workspace folder."""
        root = repository(name, known)
        if root is None:
            yield self._home(name), name
        while root is not None:
            yield root, name
            name = root
            within = any(folder != root and root.is_relative_to(folder) for folder in self.folders)
            root = repository(root, known) if within else None

    def _home(self, path: Path) -> Path:
        """The innermost workspace folder `path` is in, else the folder it lies in."""
        folders = [folder for folder in self.folders if path.is_relative_to(folder)]
        return max(folders, key=lambda folder: len(folder.parts), default=path.parent)

    def _anchored(self, name: PurePath) -> Iterator[tuple[str, ...]]:
        """The names a pattern from the settings is matched with: below each workspace folder, and below the root."""
        for folder in self.folders:
            if name.is_relative_to(folder) and name != folder:
                yield name.relative_to(folder).parts
        yield name.relative_to(name.anchor).parts if name.is_absolute() else name.parts

    def _allowed(self, name: PurePath) -> bool:
        return any(self.allow.ignores(parts) for parts in self._anchored(name))

    def _reason(
        self,
        place: PurePath,
        name: PurePath,
        kind: Kind,
        file: str = "",
        line: int = 0,
        pattern: str = "",
        *,
        key: str = "",
        why: str = "",
    ) -> Reason:
        return Reason(shown(place, self.folders), shown(name, self.folders), kind, file, line, pattern, key, why)


def rules(folders: Iterable[Path], ignore: Iterable[str] = (), allow: Iterable[str] = ()) -> Rules:
    """The rules for these workspace folders. `ignore` and `allow` are the settings `privacy.ignore`, `privacy.allow`.

    Never fails: what cannot be read is remembered, and withholds what it might have covered.
    """
    both = tuple(dict.fromkeys(path for folder in folders for path in (folder, Path(os.path.realpath(folder)))))
    return Rules(
        folders=both,
        ignore=patterns("privacy.ignore", ignore, fold=True),
        allow=patterns("privacy.allow", allow),
        project=tuple((folder, read_patterns(folder / ".glm" / "ignore", fold=True)) for folder in both),
        git=git.found(),
    )
