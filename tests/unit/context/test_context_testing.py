"""What a request for tests brings along: without it the model guesses the framework, and changes tests it never saw."""

from __future__ import annotations

from pathlib import Path

import pytest

from glm_lsp.context.gather import Context, gather
from glm_lsp.context.target import target_of
from glm_lsp.context.testing import with_tests
from glm_lsp.settings import Settings
from glm_lsp.text.lines import Point, Range
from glm_lsp.workspace.ignore import rules
from glm_lsp.workspace.named import document_at
from glm_lsp.workspace.snapshot import Snapshot

SOURCE = "def total(items):\n    return sum(items)\n"
TESTS = "import pytest\n\nfrom cart import total\n\n\ndef test_total():\n    assert total([1]) == 1\n"


def asked(
    folder: Path, files: dict[str, str], budget: int = 4_000, source: str = "cart.py", ignore: tuple[str, ...] = ()
) -> Context:
    """The context of a request for tests of the first lines of `source`."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    document = document_at(folder / source)
    snapshot = Snapshot({document.uri: document}, (folder,), Settings())
    target = target_of(document, Range(Point(0, 0), Point(0, 0)), with_comment=False)
    state = folder.parent / "state"
    state.mkdir(exist_ok=True)
    return with_tests(
        gather(target, (), 10_000, snapshot, state), snapshot, state, budget, rules((folder,), ignore, ())
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def test_the_tests_there_are_go_along_whole(folder: Path) -> None:
    context = asked(folder, {"cart.py": SOURCE, "tests/test_cart.py": TESTS, "pytest.ini": "[pytest]\naddopts = -q\n"})
    assert [(one.kind, one.name, one.text) for one in context.snippets] == [
        ("tests", "tests/test_cart.py", TESTS),
        ("testing", "pytest.ini", "[pytest]\naddopts = -q\n"),
    ]
    assert context.advice == "Add them to `tests/test_cart.py`, written as those in it are (pytest).\n"


def test_without_any_another_file_shows_how_and_the_new_one_has_a_name(folder: Path) -> None:
    files = {"cart.py": SOURCE, "order.py": SOURCE, "tests/test_order.py": TESTS}
    context = asked(folder, files)
    assert [(one.kind, one.name) for one in context.snippets] == [("testing", "tests/test_order.py")]
    assert (
        context.advice
        == "Put them into the new file `tests/test_cart.py` (pytest), written as `tests/test_order.py` is.\n"
    )


def test_of_long_tests_both_ends_are_shown(folder: Path) -> None:
    """Enough to add to them: what they import, and where they end."""
    long = TESTS + "".join(
        f"\n\ndef test_{number}():\n    assert total([{number}]) == {number}\n" for number in range(900)
    )
    context = asked(folder, {"cart.py": SOURCE, "test_cart.py": long})
    (shown,) = [one for one in context.snippets if one.kind == "tests"]
    assert shown.tokens < 4_000
    head, gap, tail = shown.text.partition("…\n")
    assert gap
    assert long.startswith(head)
    assert long.endswith(tail)
    assert "test_899" in tail


def test_what_a_project_ignores_or_links_to_is_not_read(folder: Path, tmp_path: Path) -> None:
    """A link may lead to any file of the user's."""
    (tmp_path / "private.py").write_text("def test_secret(): ...\n")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_cart.py").symlink_to(tmp_path / "private.py")
    context = asked(folder, {"cart.py": SOURCE, ".glm/ignore": "test_order.py\n", "tests/test_order.py": TESTS})
    assert context.snippets == ()


@pytest.mark.parametrize("name", ["ca`rt.py", "c" * 200 + ".py"])
def test_a_name_that_could_be_more_than_a_name_is_not_put_into_our_words(folder: Path, name: str) -> None:
    assert asked(folder, {name: SOURCE}, source=name).advice == ""


def test_nothing_is_added_where_nothing_is_known(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    document = document_at(Path(__file__))
    snapshot = Snapshot({document.uri: document}, (folder,), Settings())
    target = target_of(document, Range(Point(0, 0), Point(0, 0)), with_comment=False)
    context = gather(target, (), 10_000)
    kept = rules((folder,), (), ())
    assert with_tests(context, snapshot, tmp_path, 1_000, kept) is context
    assert with_tests(context, snapshot, None, 1_000, kept) is context


def test_no_room_is_told(folder: Path) -> None:
    context = asked(folder, {"cart.py": SOURCE, "test_cart.py": TESTS}, budget=30)
    assert context.snippets == ()
    assert [one.title for one in context.left_out] == ["tests of this file: test_cart.py"]


def test_a_file_that_is_not_sent_is_not_named(folder: Path) -> None:
    """Its name would leave, and the model would add to a file it has never seen, which is refused."""
    files = {"cart.py": SOURCE, "test_cart.py": TESTS, "test_other.py": TESTS}
    assert asked(folder, files, ignore=("test_cart.py",)).advice == ""
    (folder / "test_cart.py").unlink()
    del files["test_cart.py"]
    assert "test_other" in asked(folder, files).advice
    advice = asked(folder, files, ignore=("test_other.py",)).advice
    assert "test_cart.py" in advice
    assert "test_other" not in advice
