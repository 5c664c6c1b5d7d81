"""What an action that writes tests should know besides: where those of this file belong, and how the project writes
its own.

The tests there are go along whole if they are not too long, since the new ones may be added to them, and only what was
sent can be changed; without any, another test file shows the style. With them go the lines that configure the runner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from glm_lsp.context.gather import Context
from glm_lsp.context.project import Project, opened
from glm_lsp.context.receipt import LeftOut
from glm_lsp.context.snippet import Kind, Snippet, excerpt
from glm_lsp.context.testing_layout import Place, place_of
from glm_lsp.context.testing_runners import config_lines
from glm_lsp.context.tokens import estimate
from glm_lsp.index.files import listed
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace import paths
from glm_lsp.workspace.ignore import Rules
from glm_lsp.workspace.snapshot import Snapshot

SHARE = 3
"""The part of the budget that tests may take: one in so many."""
STYLE = 80
"""Lines of another test file that show the style."""
CONFIGURED = 20
"""Lines of configuration."""
LONGEST_PATH = 200


def room(budget: int) -> int:
    """Tokens of `budget` that are kept for what `with_tests` adds."""
    return budget // SHARE


def with_tests(context: Context, snapshot: Snapshot, state: Path | None, budget: int, rules: Rules) -> Context:
    """`context` with the project's tests in about `budget` tokens, and where new ones belong; nothing of those that
    `rules` keep back is said. It reads files: not for the event loop."""
    uri = context.target.document.uri
    with opened(state, snapshot, uri) as project:
        if project is None:
            return context
        folder = project.index.folder
        place = place_of(project.path, frozenset(listed(folder)), lambda path: _read(project, path))
        if place is None:
            return context
        found = tuple(_snippets(place, project, snapshot, budget))
        missing = place.exists and place.path != project.path and not any(one.kind == "tests" for one in found)
        left_out = (_no_room(place, project),) if missing else ()
        shown = {one.uri for one in found}
        others = (one for one in context.snippets if one.kind != "tests" or one.uri not in shown)
        return replace(
            context,
            snippets=(*others, *found),
            left_out=(*context.left_out, *left_out),
            advice=_advice(place, folder, snapshot, rules),
        )


def _advice(place: Place, folder: Path, snapshot: Snapshot, rules: Rules) -> str:
    """Where the tests belong, in our own words. A name that could be more than one says nothing, and nothing can be
    added to a file that is not sent."""
    names = [name for name in (place.path if place.exists else "", place.example) if name]
    stays = {path.relative_to(folder).as_posix() for path in rules.judge(folder / name for name in names)}
    if place.path in stays:
        return ""
    if place.example in stays:
        place = replace(place, example="")
    path, example = (paths.shown(folder / name, snapshot.folders) for name in (place.path, place.example))
    if any(len(name) > LONGEST_PATH or set(name) & set("`\n\ufffd") for name in (path, example)):
        return ""
    like = f", written as `{example}` is" if place.example else ""
    if place.inside:
        return (
            f"Add them to the module `tests` at the end of `{path}`, marked `#[cfg(test)]`; {place.runner} runs them.\n"
        )
    if place.exists:
        return f"Add them to `{path}`, written as those in it are ({place.runner}).\n"
    return f"Put them into the new file `{path}` ({place.runner}){like}.\n"


def _snippets(place: Place, project: Project, snapshot: Snapshot, budget: int) -> Iterator[Snippet]:
    wanted: list[tuple[Kind, str, str]] = []
    if place.exists and place.path != project.path:
        wanted.append(("tests", place.path, "tests of this file"))
    elif place.example:
        wanted.append(("testing", place.example, "tests of another file"))
    if place.config and place.config != project.path:
        wanted.append(("testing", place.config, "how tests are run"))
    for kind, path, title in wanted:
        text = _text(project, path)
        if text is None:
            continue
        one = _snippet(kind, path, title, text, _shown(path, place, text, budget), project, snapshot)
        if one is not None and one.tokens <= budget:
            budget -= one.tokens
            yield one


def _shown(path: str, place: Place, text: Text, budget: int) -> list[LineSpan]:
    """The lines of a file that are shown: of tests to add to all, or the beginning and the end, as far as there is
    room."""
    count = len(text.lines) - (not text.lines[-1])
    if path == place.config:
        about = config_lines(path, text.string)
        return [LineSpan(about[0], min(about[1], about[0] + CONFIGURED))] if about else []
    if path != place.path:
        return [LineSpan(0, min(count, STYLE))]
    if sum(map(estimate, text.lines)) <= budget * 3 // 4:
        return [LineSpan(0, count)]
    first, last, left = 0, count, budget // 2
    while left > 0 and first < last:
        left -= estimate(text.lines[first]) + estimate(text.lines[last - 1])
        first, last = first + 1, last - 1
    return [LineSpan(0, first), LineSpan(max(first, last), count)]


def _snippet(
    kind: Kind,
    path: str,
    title: str,
    text: Text,
    spans: Iterable[LineSpan],
    project: Project,
    snapshot: Snapshot,
) -> Snippet | None:
    numbers = [number for span in spans for number in range(*span)]
    shown = excerpt(text.lines, numbers)
    if not shown.strip():
        return None
    name = paths.shown(project.index.folder / path, snapshot.folders)
    return Snippet(
        kind,
        f"{title}: {name}",
        project.uri(path),
        name,
        project.language(path),
        shown,
        Range(Point(numbers[0], 0), Point(numbers[-1] + 1, 0)),
    )


def _text(project: Project, path: str) -> Text | None:
    """The text of a file that is really below the project's folder: a link may lead anywhere."""
    folder = project.index.folder
    return project.text(path) if paths.inside(folder / path, (folder,)) is not None else None


def _read(project: Project, path: str) -> str:
    text = _text(project, path)
    return text.string if text is not None else ""


def _no_room(place: Place, project: Project) -> LeftOut:
    return LeftOut(
        f"tests of this file: {place.path}", project.uri(place.path), "There is no room for it in the budget."
    )
