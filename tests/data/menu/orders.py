"""Orders of a shop."""

# @ invoked: refactor, explain, suggest
# @ finding automatic: fix, explain-diagnostic
# @ findings invoked: fix, explain-diagnostic, refactor, explain, suggest, fix-file
import os
import time

RATE = 3

# @ invoked: explain-file

# @ invoked: refactor, explain, suggest
PRICES = {"pen": 2, "ink": 7}


# @ invoked: refactor, explain, suggest, tests
# @ automatic:
# @ automatic-selection:
def total(lines: list[int]) -> int:
    """The sum of an order's lines."""
    # @ invoked: refactor, explain, suggest, tests
    # @ lines 1 invoked: refactor, explain, suggest, extract
    # @ lines 1 automatic:
    # @ lines 1 automatic-selection: refactor, explain, suggest, extract
    # @ finding invoked: fix, explain-diagnostic, refactor, explain, suggest, tests
    # @ finding automatic: fix, explain-diagnostic
    # @ finding automatic-off:
    return sum(lines) * RATE


def late(order, today):
    # @ invoked: refactor, explain, suggest, types, document, simplify, tests
    if order.paid:
        return False
    elif order.due is None:
        return False
    return order.due < today


def import_all(path):
    """Reads what other shops send."""
    # @ invoked: complete, refactor, explain, suggest, handle-errors, types, tests
    text = open(path).read()
    # TODO: read the lines
    return text


def export(path: str) -> None:
    """Writes all orders."""
    # @ invoked: complete, refactor, explain, suggest, tests
    pass


def reminder(name: str) -> str:
    """What is written to who is late."""
    # Die Anrede steht im Kundenstamm.
    # @ invoked: refactor, explain, suggest, modernise, tests
    return "Dear %s" % name


def refund(name: str) -> str:
    """What is written to whom we owe."""
    # Wer zurückgibt, bekommt sein Geld.
    # @ invoked: refactor, explain, suggest, translate-comments, tests
    return f"Dear {name}"


def spread(xs: list[float]) -> list[float]:
    """How far each is from the middle."""
    a = min(xs)
    # @ invoked: refactor, explain, suggest, tests, rename-better
    b = max(xs)
    return [x - (a + b) / 2 for x in xs]


def pairs(left: list[str], right: list[str]) -> list[str]:
    """What stands in both."""
    found = []
    for one in left:
        for other in right:
            # @ invoked: refactor, explain, suggest, tests, optimise
            found.append(one + other)
    return found


# glm: give the amount in cents
def amount(price: float) -> float:
    """The amount of an order."""
    # @ invoked: edit, refactor, explain, suggest, tests
    # @ finding automatic: edit, fix, explain-diagnostic
    # @ automatic:
    return price


# glm: why is this rounded?
def rounded(price: float) -> int:
    """The amount in whole coins."""
    # @ invoked: ask, edit, refactor, explain, suggest, tests
    return round(price)


class Order:
    """What somebody wants."""

    def __init__(self, name: str):
        # @ invoked: refactor, explain, suggest, document, tests
        self.name = name

    # @ invoked: refactor, explain, suggest, document, tests
    @property
    def title(self) -> str:
        return self.name.title()
