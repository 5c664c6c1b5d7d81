"""What a user of VS Code gets from our items in the code action menu and from our commands."""

from __future__ import annotations

import pytest
from scripted_model import ScriptedModel
from workbench import Workbench

SOURCE = """\
def first(items):
    return items[0]


def total(prices):
    result = 0
    for price in prices:
        result = result + price
    return result


def last(items):
    return items[-1]
"""
REPLY = """\
```python
def total(prices):
    return sum(prices)
```
"""
EXPECTED = """\
def first(items):
    return items[0]


def total(prices):
    return sum(prices)


def last(items):
    return items[-1]
"""
LINE = 5
"""Where `total` stands, from 1."""

FILES = {
    "plain": (SOURCE, EXPECTED),
    "crlf": (SOURCE.replace("\n", "\r\n"), EXPECTED.replace("\n", "\r\n")),
    "astral": tuple(text.replace("prices", "𝒳👩‍👩‍👧").replace("items", "'😀🏳️‍🌈'") for text in (SOURCE, EXPECTED)),
    "no final newline": tuple(text.removesuffix("\n") for text in (SOURCE, EXPECTED)),
}


@pytest.mark.parametrize(("before", "after"), FILES.values(), ids=FILES.keys())
def test_refactor_changes_the_function_and_one_undo_takes_it_back(
    workbench: Workbench, model: ScriptedModel, before: str, after: str
) -> None:
    """Without this a file with unusual characters or line ends is damaged, or undo does not give it back."""
    (workbench.folder / "prices.py").write_bytes(before.encode())
    workbench.open("prices.py")
    workbench.go(LINE)
    workbench.pick("GLM: Refactor")
    workbench.picture("asked")
    model.next_ask().answer(REPLY.replace("prices", "𝒳👩‍👩‍👧") if "𝒳" in before else REPLY)
    workbench.idle()
    assert workbench.saved("prices.py") == after.encode()
    workbench.picture("refactored")

    workbench.press("Control+z")
    assert workbench.saved("prices.py") == before.encode()
    assert workbench.toasts() == []
