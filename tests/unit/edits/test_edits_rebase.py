"""An edit carried over what the user typed meanwhile: never to a wrong place, never over the user's own words."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.edits.hunks import diff
from glm_lsp.edits.proposal import FileEdit
from glm_lsp.edits.rebase import rebase
from glm_lsp.errors import TextChanged
from glm_lsp.text.change import Change
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace.documents import Document


def edit(base: str, intended: str) -> FileEdit:
    text = Text.of(base)
    return FileEdit("file:///a", 1, text, Text.of(intended), diff(text, Text.of(intended)))


def typed(base: str, *strokes: tuple[tuple[int, int], tuple[int, int], str]) -> tuple[Text, list[Change]]:
    """The text after `strokes` (start, end, new), and its log."""
    document = Document("file:///a", "text", 1, list(Text.of(base).lines), reach=1)
    for number, (start, end, new) in enumerate(strokes, 2):
        document.change(number, Range(Point(*start), Point(*end)), new)
    return document.text, list(document.log)


BASE = "one\ntwo\nthree\nfour\nfive\n"


def test_typing_elsewhere_moves_the_edit() -> None:
    current, log = typed(BASE, ((0, 0), (0, 0), "zero\n"))
    moved = rebase(edit(BASE, BASE.replace("four", "FOUR")), current, 2, log)
    assert moved.intended.string == "zero\none\ntwo\nthree\nFOUR\nfive\n"
    assert (moved.version, moved.base, moved.hunks[0].first, moved.hunks[0].id) == (2, current, 4, 1)


@pytest.mark.parametrize("known", [True, False])
def test_typing_inside_is_refused(known: bool) -> None:
    current, log = typed(BASE, ((3, 4), (3, 4), "!"))
    with pytest.raises(TextChanged):
        rebase(edit(BASE, BASE.replace("four", "FOUR")), current, 2, log if known else None)


@pytest.mark.parametrize("known", [True, False])
def test_the_same_change_is_dropped(known: bool) -> None:
    current, log = typed(BASE, ((3, 0), (3, 4), "FOUR"))
    both = edit(BASE, BASE.replace("four", "FOUR").replace("one", "ONE"))
    moved = rebase(both, current, 2, log if known else None)
    assert moved.intended.string == "ONE\ntwo\nthree\nFOUR\nfive\n"
    assert len(moved.hunks) == 1


def test_the_same_insertion_letter_by_letter_is_dropped() -> None:
    current, log = typed(BASE, ((2, 0), (2, 0), "\n"), ((2, 0), (2, 0), "n"), ((2, 1), (2, 1), "ew"))
    assert current.lines[2] == "new\n"
    moved = rebase(edit(BASE, "one\ntwo\nnew\nthree\nfour\nfive\n"), current, 4, log)
    assert moved.hunks == ()


def test_an_insertion_stays_above_the_line_the_user_types_in() -> None:
    """Letters typed at the start of the next line must not be pushed apart from it."""
    current, log = typed(BASE, ((2, 0), (2, 0), "x"), ((2, 1), (2, 1), "y"))
    moved = rebase(edit(BASE, "one\ntwo\nnew\nthree\nfour\nfive\n"), current, 3, log)
    assert moved.intended.string == "one\ntwo\nnew\nxythree\nfour\nfive\n"


def test_two_insertions_at_one_place_are_refused() -> None:
    """Which of them comes first is the user's to say."""
    current, log = typed(BASE, ((2, 0), (2, 0), "mine\n"))
    with pytest.raises(TextChanged):
        rebase(edit(BASE, "one\ntwo\nnew\nthree\nfour\nfive\n"), current, 2, log)


def test_with_repeated_lines_the_log_decides() -> None:
    base = "x\n" * 6
    current, log = typed(base, ((0, 0), (1, 0), ""))
    proposal = edit(base, "x\nx\nx\ny\nx\nx\n")
    assert rebase(proposal, current, 2, log).intended.string == "x\nx\ny\nx\nx\n"


def test_with_repeated_lines_and_no_log_nothing_is_guessed() -> None:
    base = "x\n" * 6
    current, _ = typed(base, ((0, 0), (1, 0), ""))
    with pytest.raises(TextChanged):
        rebase(edit(base, "x\nx\nx\ny\nx\nx\n"), current, 2, None)


def test_a_client_that_sends_the_whole_text_leaves_the_lines_to_comparison() -> None:
    document = Document("file:///a", "text", 1, list(Text.of(BASE).lines), reach=1)
    document.change(2, None, "zero\n" + BASE)
    moved = rebase(edit(BASE, BASE.replace("four", "FOUR")), document.text, 2, list(document.log))
    assert moved.intended.string == "zero\none\ntwo\nthree\nFOUR\nfive\n"


def test_a_log_that_does_not_lead_to_the_text_is_not_believed() -> None:
    current, _ = typed(BASE, ((0, 0), (2, 0), ""))
    with pytest.raises(TextChanged):
        rebase(edit(BASE, BASE.replace("four", "FOUR")), current, 2, [])


def test_typed_and_taken_back_is_no_change() -> None:
    current, log = typed(BASE, ((3, 4), (3, 4), "!"), ((3, 4), (3, 5), ""))
    assert (
        rebase(edit(BASE, BASE.replace("four", "FOUR")), current, 3, log).intended.string
        == "one\ntwo\nthree\nFOUR\nfive\n"
    )


def test_a_file_to_be_deleted_must_not_have_changed() -> None:
    text = Text.of(BASE)
    gone = FileEdit("file:///a", 1, text, Text.of(""), (), "delete")
    with pytest.raises(TextChanged):
        rebase(gone, Text.of(BASE + "six\n"), 2, None)
    assert rebase(gone, text, 2, None).version == 2


def changed(lines: Sequence[str], at: Sequence[int], tag: str, seed: int) -> list[str]:
    """`lines` with something done at each of `at`: a line replaced, deleted, or put in before it."""
    pick = random.Random(seed)
    out: list[str] = []
    for row, line in enumerate(lines):
        if row not in at:
            out.append(line)
            continue
        kind = pick.choice(["replace", "delete", "insert"])
        if kind == "replace":
            out.append(f"{tag} {row}\n")
        elif kind == "insert":
            out += [f"{tag} before {row}\n", line]
    return out


@given(st.integers(0, 2**32), st.integers(4, 40))
@settings(max_examples=examples(20), deadline=None)
def test_rebase_is_what_git_merges(tmp_path_factory: pytest.TempPathFactory, seed: int, count: int) -> None:
    """Where every line is its own and changes keep apart, git's merge is the judge."""
    pick = random.Random(seed)
    base = [f"line {row}\n" for row in range(count)]
    places = list(range(1, count, 3))  # two unchanged lines between any two changes
    pick.shuffle(places)
    half = len(places) // 2
    ours = changed(base, places[:half], "ours", seed)
    theirs = changed(base, places[half:], "theirs", seed + 1)
    folder = tmp_path_factory.mktemp("merge")
    merged = merge(folder, ours, base, theirs)
    file = edit("".join(base), "".join(ours))
    assert rebase(file, Text.of("".join(theirs)), 2, None).intended.string == merged


@given(st.integers(0, 2**32), st.integers(3, 12))
@settings(max_examples=examples(20), deadline=None)
def test_what_git_calls_a_conflict_is_refused(tmp_path_factory: pytest.TempPathFactory, seed: int, count: int) -> None:
    """Anything git would not merge by itself must not be merged by us, wherever the changes stand."""
    pick = random.Random(seed)
    base = [f"line {row}\n" for row in range(count)]
    ours = changed(base, pick.sample(range(count), 2), "ours", seed)
    theirs = changed(base, pick.sample(range(count), 2), "theirs", seed + 1)
    merged = merge(tmp_path_factory.mktemp("merge"), ours, base, theirs)
    file = edit("".join(base), "".join(ours))
    try:
        carried = rebase(file, Text.of("".join(theirs)), 2, None).intended.string
    except TextChanged:
        return
    assert carried == merged


def merge(folder: Path, ours: Sequence[str], base: Sequence[str], theirs: Sequence[str]) -> str | None:
    """What `git merge-file` makes of the three; None for a conflict."""
    paths = []
    for name, lines in (("ours", ours), ("base", base), ("theirs", theirs)):
        path = folder / name
        path.write_text("".join(lines), newline="")
        paths.append(str(path))
    done = subprocess.run(["git", "merge-file", "-p", "-q", *paths], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


@given(st.integers(0, 2**32))
@settings(max_examples=examples(80), deadline=None)
def test_the_log_carries_an_edit_to_exactly_its_own_lines(seed: int) -> None:
    """Lines are all alike, so only the log can tell them apart; hidden numbers are the judge."""
    pick = random.Random(seed)
    count = pick.randint(4, 14)
    target = pick.randrange(1, count - 1)
    base = "x\n" * count
    hidden = [f"{row}" for row in range(count)]
    document = Document("file:///a", "text", 1, list(Text.of(base).lines), reach=1)
    for number in range(2, 2 + pick.randint(1, 5)):
        rows = [row for row in range(len(hidden)) if hidden[row] != str(target)]
        row = pick.choice(rows)
        if pick.random() < 0.5 and len(rows) > 1:
            document.change(number, Range(Point(row, 0), Point(row + 1, 0)), "")
            del hidden[row]
        else:
            document.change(number, Range(Point(row, 1), Point(row, 1)), "\nx")
            hidden.insert(row + 1, "new")
    lines = ["x\n"] * count
    lines[target] = "EDIT\n"
    moved = rebase(edit(base, "".join(lines)), document.text, 9, list(document.log))
    assert moved.intended.lines.index("EDIT\n") == hidden.index(str(target))
    assert len(moved.intended.lines) == len(document.text.lines)
