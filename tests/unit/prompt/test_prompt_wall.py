"""The wall of the model's window, with all that can go along. If these fail, the server refuses a request after the
user has waited for it, or something is cut in silence or in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.actions.catalogue import built_in
from glm_lsp.context.gather import Context, budget_of, gather
from glm_lsp.context.nearby import Also
from glm_lsp.context.snippet import Snippet
from glm_lsp.context.target import target_for
from glm_lsp.errors import TooLong
from glm_lsp.index import build, store
from glm_lsp.prompt import compose
from glm_lsp.settings import Settings
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.paths import uri_of
from glm_lsp.workspace.snapshot import Diagnostic, Related, Snapshot

OFF = 0.6
"""The estimate is this part of the truth: 40 % off."""
USED = 12
"""Modules that the function uses something of."""
MODULE = """\
class Thing{at}:
    '''What number {at} is.'''

    size: int = {at}

    def weight{at}(self, factor: int = 1) -> int:
        return self.size * factor


def make{at}(size: int) -> Thing{at}:
    thing = Thing{at}()
    thing.size = size
    return thing
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wall") / "project"
    folder.mkdir()
    for at in range(USED):
        (folder / f"part{at}.py").write_text(MODULE.format(at=at))
        (folder / f"test_part{at}.py").write_text("import here\n\n\ndef test_it():\n    assert here.total() == 1\n")
    (folder / "here.py").write_text(source(0))
    build.build(store.database(folder.parent / "state", folder), folder)
    return folder


def source(lines: int) -> str:
    """A file whose function `total` uses something of every module, with `lines` more around it."""
    imports = "".join(f"from part{at} import make{at}\n" for at in range(USED))
    around = "".join(f"x{number} = {number}\n" for number in range(lines // 2))
    body = "".join(f"    found += make{at}({at}).weight{at}()\n" for at in range(USED))
    return f"{imports}{around}\n\ndef total():\n    found = 0\n{body}    return found\n\n\n{around}"


def asked(folder: Path, lines: int, window: int, budget: int, action: str = "refactor") -> tuple[Context, Settings]:
    wanted = Settings.model_validate({"context": {"window_tokens": window, "budget_tokens": max(budget, 1)}})
    document = OpenDocument(uri_of(folder / "here.py"), "python", 1, Text.of(source(lines)))
    line = next(at for at, text in enumerate(document.text.lines) if "def total" in text)
    span = Range(Point(line + 1, 0), Point(line + 1, 0))
    place = Related(uri_of(folder / "part3.py"), Range(Point(5, 0), Point(5, 4)), "declared here")
    findings = (Diagnostic(span, "This is slow.", related=(place,)),)
    snapshot = Snapshot({document.uri: document}, (folder,), wanted)
    target = target_for(built_in()[action], document, span, findings, with_comment=False)
    allowed = budget_of(wanted.context.budget_tokens, window)
    also = (Also(uri_of(folder / "part1.py")),)
    return gather(target, findings, allowed, snapshot, folder.parent / "state", also), wanted


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.integers(0, 4_000),
    window=st.integers(2_000, 60_000),
    budget=st.integers(1, 60_000),
    action=st.sampled_from(["refactor", "fix", "fix-file", "explain-file", "tests", "edit"]),
)
def test_the_window_holds_even_if_the_estimate_is_40_percent_off(
    folder: Path, lines: int, window: int, budget: int, action: str
) -> None:
    context, wanted = asked(folder, lines, window, budget, action)
    try:
        draft = compose.draft(built_in()[action], "Do it.", context, "here.py", wanted, "glm", "0a1b2c3d")
    except TooLong:
        return
    truth = compose.estimated(draft) / OFF
    assert truth + draft.max_tokens <= window


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.integers(0, 400), budget=st.integers(1, 6_000))
def test_each_part_is_there_whole_or_named_among_what_is_not(folder: Path, lines: int, budget: int) -> None:
    whole, _ = asked(folder, lines, 202_000, 60_000)
    assert whole.left_out == ()
    context, _ = asked(folder, lines, 202_000, budget)
    every = set(pieces(whole.snippets))
    there = set(pieces(context.snippets))
    # A large file's own outline comes when the file itself has to be cut.
    assert {piece for piece in there if piece[0] != "outline"} <= every | {("definitions", line) for line in heads()}
    assert bool(context.left_out) == (context.excerpt != whole.excerpt or there != every)
    assert all(one.title and one.why for one in context.left_out)


def pieces(snippets: tuple[Snippet, ...]) -> Iterator[tuple[str, str]]:
    """Each snippet; of definitions, which come one by one, each line."""
    for one in snippets:
        for text in one.text.splitlines() if one.kind == "definitions" else [one.text]:
            yield one.kind, text


def heads() -> Iterator[str]:
    """What stands for a function whose source has no room."""
    for at in range(USED):
        yield f"def make{at}(size: int) -> Thing{at}: …"
        yield f"    def weight{at}(self, factor: int = 1) -> int: …"


ORDER = ("attached", "what a finding refers to", "the definition of", "tests of", "the source of", "the names in")
"""Titles begin so, in the order in which room is given."""


def test_what_has_no_room_is_named_in_the_order_in_which_room_is_given(folder: Path) -> None:
    context, _ = asked(folder, 0, 202_000, 1)
    titles = [one.title for one in context.left_out if "region" not in one.title]
    order = [next(at for at, words in enumerate(ORDER) if title.startswith(words)) for title in titles]
    assert order == sorted(order)
    assert set(order) == set(range(len(ORDER)))
