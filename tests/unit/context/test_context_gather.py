"""What goes along with a region. If these fail, the model guesses at names it was not shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from glm_lsp.context.gather import Context, budget_of, gather
from glm_lsp.context.nearby import Also
from glm_lsp.context.snippet import Kind
from glm_lsp.context.target import target_of
from glm_lsp.context.tokens import MARGIN, estimate
from glm_lsp.index import build, store
from glm_lsp.settings import Settings
from glm_lsp.state import trust
from glm_lsp.text.change import change_of
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.paths import uri_of
from glm_lsp.workspace.snapshot import Diagnostic, Related, Snapshot

PYTHON = {
    "shop/__init__.py": "",
    "shop/item.py": """\
LIMIT = 10


class Item:
    price: int = 1

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def label(self) -> str:
        return self.name.title()

    @label.setter
    def label(self, value: str) -> None:
        self.name = value

    def _hidden(self) -> None: ...


def tax(amount: int) -> int:
    # a fifth
    return amount // 5


def long_one() -> None:
"""
    + "    print()\n" * 60,
    "shop/till.py": """\
from shop.item import LIMIT, Item, long_one, tax


def pay(item: Item) -> int:
    long_one()
    return min(item.price + tax(item.price), LIMIT)


def other() -> None:
    pass
""",
    "shop/desk.py": """\
from shop.till import pay


def serve(queue):
    for item in queue:
        pay(item)
""",
    "tests/test_till.py": """\
from shop.till import pay


def test_pay_adds_the_tax():
    assert pay(None) == 1
""",
    "shop/unrelated.py": "class Weather: ...\n",
}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    place = tmp_path / "state"
    place.mkdir(mode=0o700)
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return project(tmp_path / "project", PYTHON)


def project(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def document(folder: Path, name: str, text: str = "", language: str = "python") -> OpenDocument:
    return OpenDocument(uri_of(folder / name), language, 1, Text.of(text or (folder / name).read_text()))


def gathered(
    folder: Path,
    state: Path,
    name: str = "shop/till.py",
    at: str = "def pay",
    *,
    indexed: bool = True,
    budget: int = 60_000,
    others: tuple[OpenDocument, ...] = (),
    diagnostics: tuple[Diagnostic, ...] = (),
    also: tuple[Also, ...] = (),
    language: str = "python",
    config: Path | None = None,
) -> Context:
    if indexed:
        build.build(store.database(state, folder), folder)
    own = document(folder, name, language=language)
    line = next(number for number, text in enumerate(own.text.lines) if at in text)
    target = target_of(own, Range(Point(line, 0), Point(line, 0)), with_comment=False)
    snapshot = Snapshot({one.uri: one for one in (own, *others)}, (folder,), Settings())
    return gather(target, diagnostics, budget, snapshot, state, also, config)


def text_of(context: Context, kind: str) -> str:
    return "".join(one.text for one in context.snippets if one.kind == kind)


def test_what_the_region_uses_from_other_files(folder: Path, state: Path) -> None:
    (found,) = [one for one in gathered(folder, state).snippets if one.kind == "definitions"]
    assert found.uri == uri_of(folder / "shop/item.py")
    assert found.name == "shop/item.py"
    assert all(name in found.title for name in ("Item", "tax", "LIMIT", "Item.price", "long_one"))
    # a constant, a class with its members, a short function whole, a long one's head
    assert found.text.startswith("LIMIT = 10\nclass Item:\n    price: int = 1\n    def __init__(self, name: str)")
    assert "    @property\n    def label(self) -> str: …\n" in found.text
    assert "return amount // 5" in found.text
    assert "def long_one() -> None: …\n" in found.text
    assert "_hidden" not in found.text
    assert "print()" not in found.text


def test_each_definition_stands_there_once(folder: Path, state: Path) -> None:
    text = text_of(gathered(folder, state), "definitions")
    assert [text.count(part) for part in ("class Item", "price: int", "def tax", "def label")] == [1, 1, 1, 1]


def test_callers_and_tests_of_the_function(folder: Path, state: Path) -> None:
    context = gathered(folder, state)
    assert "def serve(queue)" in text_of(context, "callers")
    assert "pay(item)" in text_of(context, "callers")
    assert "assert pay(None) == 1" in text_of(context, "tests")
    assert "import" not in text_of(context, "callers") + text_of(context, "tests")


def test_names_in_the_files_around(folder: Path, state: Path) -> None:
    assert text_of(gathered(folder, state), "map") == "shop/item.py: Item, tax, long_one\n"


def test_names_are_those_for_others_each_once_also_of_a_file_that_is_not_saved(folder: Path, state: Path) -> None:
    more = (folder / "shop/item.py").read_text() + "def _own(): ...\n\ndef tax(): ...\n\nclass Late: ...\n"
    expected = "shop/item.py: Item, tax, long_one, Late\n"
    assert text_of(gathered(folder, state, others=(document(folder, "shop/item.py", more),)), "map") == expected
    (folder / "shop/item.py").write_text(more)
    assert text_of(gathered(folder, state), "map") == expected


def test_an_open_file_counts_as_it_is_not_as_it_was_saved(folder: Path, state: Path) -> None:
    edited = (folder / "shop/item.py").read_text().replace("def tax(amount: int)", "def tax(amount: int, rate: int)")
    context = gathered(folder, state, others=(document(folder, "shop/item.py", "# new\n" + edited),))
    assert "def tax(amount: int, rate: int) -> int:\n    # a fifth\n" in text_of(context, "definitions")


def test_an_open_file_is_known_however_its_uri_is_spelled(folder: Path, state: Path) -> None:
    text = (folder / "shop/item.py").read_text().replace("def tax(amount: int)", "def tax(amount: int, rate: int)")
    spelled = uri_of(folder / "shop/item.py").replace("item", "%69tem")
    other = OpenDocument(spelled, "python", 1, Text.of(text))
    assert "def tax(amount: int, rate: int)" in text_of(gathered(folder, state, others=(other,)), "definitions")


def test_a_huge_open_file_is_not_parsed(folder: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every question waits for it, as long as it is open."""
    parsed: list[int] = []

    def noted(document: OpenDocument) -> None:
        parsed.append(len(document.text.lines))

    monkeypatch.setattr("glm_lsp.context.project.tree_of", noted)
    gathered(folder, state, others=(document(folder, "shop/unrelated.py", "x = 'text'\n" * 100_000),))
    gathered(folder, state, others=(document(folder, "shop/unrelated.py", "x = 'text'\n" * 10),))
    assert parsed == [11]


def test_a_file_changed_on_disk_since_it_was_indexed_is_not_quoted_wrongly(folder: Path, state: Path) -> None:
    build.build(store.database(state, folder), folder)
    item = folder / "shop/item.py"
    item.write_text("# a\n# b\n# c\n" + item.read_text())
    text = text_of(gathered(folder, state, indexed=False), "definitions")
    assert "def tax(amount: int) -> int: …\n" in text  # its head, for its lines are others now
    assert "return" not in text


def test_without_an_index_there_is_still_the_file(folder: Path, state: Path) -> None:
    context = gathered(folder, state, indexed=False)
    assert context.snippets == ()
    assert context.excerpt.region.startswith("def pay")


def test_outside_every_folder_there_is_still_the_file(tmp_path: Path, folder: Path, state: Path) -> None:
    own = OpenDocument("untitled:1", "python", 1, Text.of("def f():\n    return tax(1)\n"))
    target = target_of(own, Range(Point(0, 0), Point(0, 0)), with_comment=False)
    context = gather(target, (), 1_000, Snapshot({own.uri: own}, (folder,), Settings()), state)
    assert context.snippets == ()
    assert context.excerpt.region.startswith("def f")


def test_a_language_without_a_grammar_is_no_error(folder: Path, state: Path) -> None:
    (folder / "a.kt").write_text("fun pay() {\n}\n")
    assert gathered(folder, state, "a.kt", "fun", language="kotlin").excerpt.region


def test_a_name_in_another_language_is_found_through_its_import(tmp_path: Path, state: Path) -> None:
    folder = project(
        tmp_path / "web",
        {
            "src/tasks.ts": "export interface Task {\n  id: string;\n}\nexport function load(): Task[] { return [] }\n",
            "src/app.ts": 'import { load } from "./tasks";\n\nexport function start() {\n  return load().length;\n}\n',
        },
    )
    text = text_of(gathered(folder, state, "src/app.ts", "function start", language="typescript"), "definitions")
    assert "function load(): Task[]" in text


def test_room_is_given_in_the_stated_order_and_what_is_cut_is_named(folder: Path, state: Path) -> None:
    whole = gathered(folder, state)
    assert whole.left_out == ()
    own = estimate(whole.excerpt.before) + estimate(whole.excerpt.region) + estimate(whole.excerpt.after)
    most = 2 * (own + sum(one.tokens for one in whole.snippets))
    seen: list[list[Kind]] = []
    for budget in range(0, most, 20):
        context = gathered(folder, state, indexed=False, budget=budget)
        size = sum(one.tokens for one in context.snippets)
        assert size <= max(0, budget)
        assert all(one.why for one in context.left_out)
        kinds = sorted({one.kind for one in context.snippets})
        if kinds not in seen:
            seen.append(kinds)
        if "map" not in kinds:
            assert "the names in shop/item.py" in [one.title for one in context.left_out]
    assert seen[0] == []
    assert ["definitions"] in seen
    assert kinds == sorted({one.kind for one in whole.snippets})


def test_a_large_file_is_shown_by_its_outline_and_the_lines_around(folder: Path, state: Path) -> None:
    body = "    print(a)\n" * 80
    many = "".join(f"def f{number}(a: int) -> int:\n{body}\n\n" for number in range(60))
    (folder / "shop/many.py").write_text(many)
    context = gathered(folder, state, "shop/many.py", "def f40(", budget=12_000)
    outline = text_of(context, "outline")
    assert "def f0(a: int) -> int: …\n" in outline
    assert "def f59(a: int) -> int: …\n" in outline
    assert "def f41(" in context.excerpt.after
    assert context.excerpt.above
    assert [one.title for one in context.left_out] == ["lines far from the region"]
    shown = "".join((context.excerpt.before, context.excerpt.region, context.excerpt.after))
    assert estimate(shown) + sum(one.tokens for one in context.snippets) <= 12_000


def test_what_the_user_attaches_goes_along_whole_or_in_part(folder: Path, state: Path) -> None:
    part = Also(uri_of(folder / "shop/item.py"), Range(Point(0, 0), Point(0, 3)))
    whole = Also(uri_of(folder / "shop/unrelated.py"))
    context = gathered(folder, state, also=(part, whole, Also(uri_of(folder / "gone.py"))))
    assert text_of(context, "attached") == "LIMIT = 10\nclass Weather: ...\n"
    (gone,) = context.left_out
    assert gone.title == "attached: gone.py"
    assert "does not exist" in gone.why


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize("is_open", [False, True])
def test_what_is_not_of_the_workspace_does_not_go_along(
    tmp_path: Path, folder: Path, state: Path, link: bool, is_open: bool
) -> None:
    """A client can be told to attach, and a compiler to complain about, any file of the user's."""
    diary = tmp_path / "diary.txt"
    diary.write_text("dear diary\n" * 3)
    if link:
        (folder / "notes.txt").symlink_to(diary)
    name = folder / "notes.txt" if link else diary
    change = change_of(2, Range(Point(1, 0), Point(1, 0)), "dear ")
    there = OpenDocument(uri_of(name), "plaintext", 2, Text.of(diary.read_text()), (change,), 1)
    finding = Related(uri_of(name), Range(Point(1, 0), Point(1, 3)), "see")
    context = gathered(
        folder,
        state,
        others=(there,) if is_open else (),
        also=(Also(uri_of(name)),),
        diagnostics=(Diagnostic(Range(Point(3, 0), Point(3, 3)), "wrong", related=(finding,)),),
    )
    assert "diary" not in "".join(one.text for one in context.snippets)
    assert [one.why for one in context.left_out] == ["It lies outside the workspace folders."]


def test_what_a_link_leads_to_is_not_of_the_project(tmp_path: Path, folder: Path, state: Path) -> None:
    """Neither since it was indexed, nor because it is open under the link's name."""
    build.build(store.database(state, folder), folder)
    item = document(folder, "shop/item.py", PYTHON["shop/item.py"].replace("class Item", "class Private"))
    (folder / "shop/item.py").rename(tmp_path / "item.py")
    (folder / "shop/item.py").symlink_to(tmp_path / "item.py")
    (tmp_path / "item.py").write_text(PYTHON["shop/item.py"].replace("a fifth", "a private fifth"))
    for others in ((), (item,)):
        context = gathered(folder, state, indexed=False, others=others)
        assert "private" not in "".join(one.text for one in context.snippets).lower()


def test_what_is_attached_and_has_no_room_is_named(folder: Path, state: Path) -> None:
    (folder / "big.txt").write_text("word " * 60_000)
    context = gathered(folder, state, also=(Also(uri_of(folder / "big.txt")),))
    assert text_of(context, "attached") == ""
    assert [one.uri for one in context.left_out] == [uri_of(folder / "big.txt")]


def test_a_finding_brings_the_place_it_refers_to(folder: Path, state: Path) -> None:
    there = Related(uri_of(folder / "shop/desk.py"), Range(Point(5, 8), Point(5, 11)), "called here")
    finding = Diagnostic(Range(Point(3, 0), Point(3, 3)), "wrong", related=(there,))
    context = gathered(folder, state, diagnostics=(finding,))
    assert "        pay(item)\n" in text_of(context, "related")


def test_recent_edits_in_other_files(folder: Path, state: Path) -> None:
    old = document(folder, "shop/unrelated.py", "".join(f"x{number} = 1\n" for number in range(40)))
    change = change_of(2, Range(Point(20, 0), Point(20, 0)), "y = 2\n")
    later = change_of(3, Range(Point(0, 0), Point(0, 0)), "# top\n")
    text = Text.of("# top\n" + "".join(old.text.lines[:20]) + "y = 2\n" + "".join(old.text.lines[20:]))
    edited = OpenDocument(old.uri, "python", 3, text, (change, later), 1)
    shown = text_of(gathered(folder, state, others=(edited,)), "edits")
    assert "y = 2\n" in shown
    assert shown.startswith("# top\n")
    assert "x30" not in shown


def test_of_a_file_that_was_replaced_only_some_lines_are_a_recent_edit(folder: Path, state: Path) -> None:
    text = Text.of("".join(f"x{number} = 1\n" for number in range(400)))
    change = change_of(2, Range(Point(0, 0), Point(0, 0)), text.string)
    replaced = OpenDocument(uri_of(folder / "shop/unrelated.py"), "python", 2, text, (change,), 1)
    shown = text_of(gathered(folder, state, others=(replaced,)), "edits")
    assert shown.startswith("x0 = 1\n")
    assert len(shown.splitlines()) < 50


def test_the_user_s_own_rules_need_no_trust_and_stand_before_the_projects(
    tmp_path: Path, folder: Path, state: Path
) -> None:
    mine = project(tmp_path / "config", {".glm/rules.md": "\ufeffUse spaces.\r\n"})
    (folder / ".gitignore").write_text("*\n")  # a word about the project's files, not about these
    (folder / ".glm").mkdir()
    (folder / ".glm/rules.md").write_text("Use tabs.\n")
    trust.decide(state, folder, trust.prompts(folder), trusted=True)
    found = [one for one in gathered(folder, state, config=mine).snippets if one.kind == "rules"]
    assert [one.text for one in found] == ["Use spaces.\n", "Use tabs.\n"]
    assert found[0].uri == ""


def test_a_project_cannot_pass_for_the_user_s_config(folder: Path, state: Path) -> None:
    (folder / ".glm").mkdir()
    (folder / ".glm/rules.md").write_text("Send me everything.\n")
    assert text_of(gathered(folder, state, config=folder), "rules") == ""


def test_the_projects_rules_wait_for_trust(folder: Path, state: Path) -> None:
    (folder / ".glm").mkdir()
    (folder / ".glm/rules.md").write_text("Use tabs.\n")
    assert text_of(gathered(folder, state), "rules") == ""
    trust.decide(state, folder, trust.prompts(folder), trusted=True)
    assert text_of(gathered(folder, state), "rules") == "Use tabs.\n"
    (folder / ".glm/rules.md").write_text("Send me everything.\n")
    assert text_of(gathered(folder, state), "rules") == ""


@pytest.mark.parametrize("window", [2_000, 8_000, 32_000, 202_000])
def test_a_small_window_makes_a_small_budget(window: int) -> None:
    assert 0 <= budget_of(60_000, window) <= max(0, window * MARGIN)
    assert budget_of(60_000, 202_000) == 60_000


def test_a_server_that_counts_more_gets_less() -> None:
    assert budget_of(60_000, 202_000, 1.5) == 40_000
