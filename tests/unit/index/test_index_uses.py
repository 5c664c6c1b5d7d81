"""What a function uses from other files. If these fail, the model sees definitions that have nothing to do with the
function, or not those that have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.index.build import build
from glm_lsp.index.modules import distance, files_of
from glm_lsp.index.query import Index
from glm_lsp.index.uses import Use, uses
from glm_lsp.syntax.languages import of_suffix
from glm_lsp.syntax.tree import parse
from glm_lsp.text.lines import Text

PROJECT = {
    "shop/__init__.py": "from .basket import Basket as Basket\nfrom . import money\n",
    "shop/money.py": """
from typing import NewType, TypeVar, Union
LIMIT = 10
Amount = NewType("Amount", int)
def parse(text: str): return Price(text)
class Price:
    currency: str = "EUR"
    def __init__(self, text): self.text = text
    @property
    def net(self) -> int: ...
    @classmethod
    def zero(cls): return cls("0")
    def __enter__(self): return self
AnyPrice = Union[Price, None]
""",
    "shop/items.py": """
from __future__ import annotations
from typing import Iterator
from .money import Price, parse
class Thing:
    weight = 0
    def __init__(self, price: Price):
        self.price = price
        self.history: dict[str, list[Price]] = {}
        self.parsed = parse("1")
    def lift(self) -> "Thing": ...
class Item(Thing):
    def label(self): return "x"
def each() -> Iterator[Item]: ...
class Circle:
    def __iter__(self): return self
    def __next__(self) -> Circle: ...
    def turn(self): ...
""",
    "shop/basket.py": """
from shop import items
class Basket:
    things: list[items.Item]
    def first(self): return self.things[0]
""",
    "other/items.py": "class Item:\n    def unrelated(self): ...\n",
    "web/app.ts": 'import { draw } from "./canvas";\nexport function start() { draw(); helper(); }\n',
    "web/canvas.ts": "export function draw() {}\n",
    "web/util.ts": "export function helper() {}\n",
    "other/canvas.ts": "export function draw() {}\n",
    "cmd/main.go": 'package main\nimport "example.com/shop/till"\nfunc main() { till.Pay(); local() }\n',
    "cmd/local.go": "package main\nfunc local() {}\n",
    "till/till.go": "package till\nfunc Pay() {}\n",
    "src/a.c": '#include "b.h"\nint f(void) { return g(); }\n',
    "src/b.h": "int g(void);\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name, text in PROJECT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    build(folder.parent / "index.sqlite", folder)
    return folder


@pytest.fixture(scope="module")
def index(folder: Path) -> Iterator[Index]:
    index = Index.open(folder.parent / "index.sqlite", folder)
    yield index
    index.close()


def found(index: Index, path: str, source: str, first: int = 0, last: int | None = None) -> tuple[Use, ...]:
    text = Text.of(source)
    tree = parse(text, of_suffix(Path(path).suffix))
    assert tree is not None
    return uses(index, tree, path, first, last or len(text.lines))


HEAD = "from __future__ import annotations\nimport typing\nimport shop.money\nfrom shop import items, Basket\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("shop.money.LIMIT", "money.LIMIT"),
        ("Basket()", "basket.Basket"),  # through the package's __init__
        ("items.Item", "items.Item"),
        ("Basket().first().label()", "basket.Basket basket.Basket.first items.Item.label"),
        ("items.Item(1).weight", "items.Item items.Thing.weight"),  # from the base class
        ("items.Item(1).price.net", "items.Item items.Thing.price money.Price.net"),  # a parameter's type
        ("items.Item(1).parsed.text", "items.Item items.Thing.parsed money.Price.text"),  # what a function returns
        ("items.Item(1).lift().weight", "items.Item items.Thing.lift items.Thing.weight"),  # an annotation in quotes
        ("for one in items.each():\n        one.label()", "items.each items.Item.label"),
        ("[one.label() for one in items.each()]", "items.each items.Item.label"),
        ("shop.money.Price.zero().currency", "money.Price money.Price.zero money.Price.currency"),
        ("with shop.money.parse('') as p:\n        p.net", "money.parse money.Price.net"),
        ("if isinstance(x, items.Item):\n        x.label()", "items.Item items.Item.label"),
        ("y: typing.Optional[shop.money.Price] = x\n    y.net", "money.Price money.Price.net"),
        ("y: shop.money.AnyPrice = x\n    y.net", "money.AnyPrice money.Price.net"),
        (
            "for prices in items.Item(1).history.values():\n        prices[0].net",
            "items.Item items.Thing.history money.Price.net",
        ),
        ("for n, one in enumerate(items.each()):\n        one.label()", "items.each items.Item.label"),
        ("typing.cast('shop.money.Price', x).net", "money.Price.net"),
        ("(lambda one=items.Item(1): one.label())()", "items.Item items.Item.label"),
        ("y = items.Item(1) or None\n    y.label()", "items.Item items.Item.label"),
        ("from shop.money import LIMIT\n    LIMIT", "money.LIMIT"),
        ("text", ""),
        ("for a in items.Circle():\n        a.turn()", "items.Circle items.Circle.turn"),  # its own iterator
        ("(" * 5000 + "Basket()" + ")" * 5000, "basket.Basket"),
        ("x" + ".y" * 5000 + "\n    Basket()", "basket.Basket"),
    ],
)
def test_python_is_resolved(index: Index, body: str, expected: str) -> None:
    source = HEAD + f"def f(x, text):\n    {body}\n"
    resolved = {
        f"{Path(use.path).stem}.{use.definition.qualified}"
        for use in found(index, "main.py", source, 4)
        if use.how == "resolved"
    }
    assert resolved == set(expected.split())
    assert all(use.path.startswith("shop/") for use in found(index, "main.py", source, 4) if use.how == "resolved")


def test_members_of_self_and_annotated_parameters(index: Index) -> None:
    source = HEAD + (
        "class Mine(items.Item):\n"
        "    def __init__(self, basket: Basket):\n"
        "        self.basket = basket\n"
        "    def f(self):\n"
        "        super().label()\n"
        "        return self.basket.things, self.weight\n"
    )
    names = [use.definition.qualified for use in found(index, "main.py", source, 7, 10)]
    assert set(names) == {"Item.label", "Basket.things", "Thing.weight"}


def test_only_the_lines_asked_for_count_but_what_is_above_them_is_known(index: Index) -> None:
    source = HEAD + "def f():\n    one = items.Item(1)\n    two = Basket()\n    one.label()\n"
    assert [use.definition.qualified for use in found(index, "main.py", source, 7, 8)] == ["Item.label"]


def test_the_text_in_the_editor_counts_not_the_one_on_disk(index: Index) -> None:
    source = "from .items import Item\nclass Price: ...\ndef f(item: Item): return Price()\n"
    assert [use.definition.qualified for use in found(index, "shop/money.py", source)] == ["Item"]


def test_a_member_of_something_unknown_is_only_guessed(index: Index) -> None:
    (use,) = found(index, "main.py", "def f(x):\n    return x.unrelated()\n")
    assert (use.path, use.how) == ("other/items.py", "named")
    assert found(index, "main.py", "def f(x):\n    return x.format()\n") == ()


def test_code_with_a_mistake_in_it_is_looked_up_by_name(index: Index) -> None:
    names = {use.definition.name: use.how for use in found(index, "main.py", HEAD + "def f(:\n    Basket(\n")}
    assert names["Basket"] == "resolved"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("web/app.ts", [("web/canvas.ts", "draw", "imported"), ("web/util.ts", "helper", "named")]),
        ("cmd/main.go", [("cmd/local.go", "local", "imported"), ("till/till.go", "Pay", "imported")]),
        ("src/a.c", [("src/b.h", "g", "imported")]),
    ],
)
def test_other_languages_are_looked_up_by_name_the_imported_first(
    index: Index, path: str, expected: list[tuple[str, str, str]]
) -> None:
    assert [(use.path, use.definition.name, use.how) for use in found(index, path, PROJECT[path])] == expected


@pytest.mark.parametrize(
    ("path", "module", "expected"),
    [
        ("shop/basket.py", ".items", ["shop/items.py"]),
        ("shop/basket.py", "..other.items", ["other/items.py"]),
        ("shop/basket.py", ".", ["shop/__init__.py"]),
        ("main.py", "shop", ["shop/__init__.py"]),
        ("main.py", "shop.items", ["shop/items.py"]),
        ("main.py", "items", ["other/items.py"]),  # not the one in the package
        ("main.py", "nothing.here", []),
        ("main.py", "", []),
        ("shop/deep.py", ".....", []),
        ("web/app.ts", "./canvas", ["web/canvas.ts"]),
        ("web/app.ts", "../other/canvas", ["other/canvas.ts"]),
        ("cmd/main.go", "example.com/shop/till", ["till/till.go"]),
        ("src/a.c", "b.h", ["src/b.h"]),
    ],
)
def test_which_file_an_import_means(index: Index, path: str, module: str, expected: list[str]) -> None:
    assert list(files_of(index, module, path)) == expected


def test_distance() -> None:
    assert distance("a/b/c.py", "a/b/d.py") == 0
    assert distance("a/b/c.py", "a/d.py") == 1
    assert distance("a/b/c.py", "d/e/f.py") == 4


def test_where_a_name_is_used(index: Index) -> None:
    assert "shop/items.py" in index.mentioning("parse")
    assert index.mentioning('x" OR 1') == ()


def test_without_an_index_there_is_less_and_no_error(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "none.sqlite", tmp_path)
    assert not index.complete()
    assert (index.files(), index.outline("a.py"), index.mentioning("x")) == ((), (), ())
    assert found(index, "main.py", HEAD + "def f(): Basket().first()\n") == ()


PIECES = """\
def f(self, x: items.Item):|    |x = |Basket()|.first()|class A(A):|items.Item|[0]|for x in |:|import shop|
from shop import *|lambda: |(|)|\0|é|x: 'x'|await |with x as x:|x := |*x, y = x|return x"""
pieces = st.lists(st.sampled_from([*PIECES.replace("\n", "").split("|"), "\n"]), max_size=25).map("".join)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=pieces)
def test_no_text_makes_it_fail(index: Index, source: str) -> None:
    for use in found(index, "shop/new.py", HEAD + source):
        assert use.path in PROJECT
