"""Fitting what would be good to know into what there is room for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from glm_lsp.context.receipt import LeftOut

T = TypeVar("T")


class Offer(NamedTuple, Generic[T]):
    """Something that would take `tokens` more. `title` and `uri` name it where it has to stay out."""

    tokens: int
    title: str
    uri: str
    what: T


def fit(offers: Iterable[Offer[T]], budget: int) -> tuple[list[T], tuple[LeftOut, ...]]:
    """The offers that fit into `budget` tokens, taken in their order, each whole; and those that do not. One too large
    does not keep out a smaller one after it."""
    taken: list[T] = []
    left_out: list[LeftOut] = []
    for offer in offers:
        if offer.tokens <= budget:
            budget -= offer.tokens
            taken.append(offer.what)
        else:
            left_out.append(LeftOut(offer.title, offer.uri, "There is no room for it in the budget."))
    return taken, tuple(left_out)
