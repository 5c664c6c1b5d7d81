"""What stands beyond the file: found, ranked and fitted.

Room is given in this order, and so taken away from its end: what the user attached; his rules and the project's; places
a finding refers to; the signatures of what the region surely uses; recent edits elsewhere; callers; tests; the sources
and members of what it uses; definitions that only agree by name; the names in the files around.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from pathlib import Path

from glm_lsp.context.callers import callers, symbol_of
from glm_lsp.context.definitions import Detail, Used, detail, holders, signature_tokens, snippets, used
from glm_lsp.context.fit import Offer, fit
from glm_lsp.context.nearby import Also, attached, edited, related
from glm_lsp.context.outline import project_map
from glm_lsp.context.project import Project
from glm_lsp.context.rank import pagerank
from glm_lsp.context.receipt import LeftOut
from glm_lsp.context.rules import in_force
from glm_lsp.context.snippet import FRAME, Snippet
from glm_lsp.syntax.parse import Tree
from glm_lsp.syntax.span import LineSpan
from glm_lsp.workspace.snapshot import Diagnostic, Snapshot

OPEN = 0.3
"""How much an open document counts beside the one the question is about, when files are ranked."""

Choice = Snippet | Used | tuple[Used, Detail]
Found = tuple[tuple[Snippet, ...], tuple[LeftOut, ...]]


def beyond(
    uri: str,
    region: LineSpan,
    tree: Tree | None,
    diagnostics: Sequence[Diagnostic],
    snapshot: Snapshot,
    project: Project | None,
    state: Path | None,
    also: Sequence[Also],
    budget: int,
    config: Path | None = None,
) -> Found:
    """What should be known besides the file of `uri` to work on its lines `region`, in about `budget` tokens; and what
    cannot go along, or had no room. `config`: the user's config directory."""
    along, kept_back = attached(also, uri, snapshot)
    offers = [*_asked(along), *_asked(in_force(uri, snapshot.folders, state, config))]
    offers += _asked(related(diagnostics, uri, snapshot))
    elsewhere = edited(uri, snapshot)
    if project is None or tree is None:
        offers += _asked(elsewhere)
    else:
        offers += _from_index(project, tree, region, elsewhere)
    chosen, left_out = fit(offers, budget)
    found = [one for one in chosen if isinstance(one, Snippet)]
    if project is not None:
        entries = [one for one in chosen if isinstance(one, Used)]
        kept = set(entries)
        details = {one[0]: one[1] for one in chosen if isinstance(one, tuple) and one[0] in kept}
        found += snippets(project, entries, details)
    return tuple(found), (*kept_back, *left_out)


def _from_index(
    project: Project, tree: Tree, region: LineSpan, elsewhere: Iterable[Snippet]
) -> Iterator[Offer[Choice]]:
    around = {project.path: 1.0} | dict.fromkeys(project.open_paths(), OPEN)
    importance = pagerank(around, project.references)
    every = used(project, tree, region, importance)
    sure = [one for one in every if one.how != "named"]
    yield from _definitions(project, sure)
    yield from _asked(elsewhere)
    symbol = symbol_of(tree, region)
    if symbol is not None:
        yield from _asked(callers(project, symbol))
    for one in every:
        more = detail(project, one) if one.how == "resolved" else None
        if more is not None:
            name = one.definition.qualified
            title = f"the source of {name}" if more.source else f"the members of {name}"
            yield Offer(more.tokens, f"{title}, {one.path}", project.uri(one.path), (one, more))
    yield from _definitions(project, [one for one in every if one.how == "named"])
    yield from _asked(project_map(project, importance))


def _definitions(project: Project, every: Iterable[Used]) -> Iterator[Offer[Choice]]:
    """Each shares the frame of its file, and the head of what it stands in, with others."""
    for one in every:
        shared: dict[Hashable, int] = {
            one.path: FRAME,
            (one.path, one.definition.qualified): signature_tokens(one.definition),
        }
        holder = holders(project, one.path).get(one.definition.parent)
        if holder is not None:
            shared[one.path, holder.qualified] = signature_tokens(holder)
        title = f"the definition of {one.definition.qualified}, {one.path}"
        yield Offer(0, title, project.uri(one.path), one, shared)


def _asked(found: Iterable[Snippet]) -> Iterator[Offer[Choice]]:
    for one in found:
        yield Offer(one.tokens, one.title, one.uri, one)
