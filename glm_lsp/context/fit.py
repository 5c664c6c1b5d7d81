"""Fitting what would be good to know into what there is room for."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from glm_lsp.context.receipt import LeftOut

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Offer(Generic[T]):
    """Something that would take `tokens` more. `title` and `uri` name it where it has to stay out. `shared`: what it
    needs besides, which others may need too and which is there once; and its tokens."""

    tokens: int
    title: str
    uri: str
    what: T
    shared: Mapping[Hashable, int] = field(default_factory=dict)


def fit(offers: Iterable[Offer[T]], budget: int) -> tuple[list[T], tuple[LeftOut, ...]]:
    """The offers that fit into `budget` tokens, taken in their order, each whole; and those that do not. One too large
    does not keep out a smaller one after it."""
    taken: list[T] = []
    there: set[Hashable] = set()
    left_out: list[LeftOut] = []
    for offer in offers:
        tokens = offer.tokens + sum(size for key, size in offer.shared.items() if key not in there)
        if tokens <= budget:
            budget -= tokens
            taken.append(offer.what)
            there.update(offer.shared)
        else:
            left_out.append(LeftOut(offer.title, offer.uri, "There is no room for it in the budget."))
    return taken, tuple(left_out)
