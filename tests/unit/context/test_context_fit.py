"""Fitting the budget. If these fail, a request costs more than was allowed, or lacks something in silence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from glm_lsp.context.fit import Offer, fit


def test_taken_in_order_each_whole_and_the_rest_is_named() -> None:
    offers = [Offer(5, "one", "u", 1), Offer(9, "two", "v", 2), Offer(4, "three", "w", 3)]
    taken, left_out = fit(offers, 10)
    assert taken == [1, 3]
    assert [(one.title, one.uri) for one in left_out] == [("two", "v")]
    assert "no room" in left_out[0].why


def test_what_is_shared_is_paid_for_once_by_the_first_that_is_taken() -> None:
    offers = [Offer(size, str(size), "", size, {"frame": 4}) for size in (20, 3, 2, 2)]
    taken, left_out = fit(offers, 10)
    assert taken == [3, 2]
    assert [one.title for one in left_out] == ["20", "2"]


@given(st.lists(st.integers(0, 50)), st.integers(-10, 200))
def test_never_more_than_the_budget_and_nothing_unaccounted_for(sizes: list[int], budget: int) -> None:
    taken, left_out = fit([Offer(size, str(at), "", size) for at, size in enumerate(sizes)], budget)
    assert sum(taken) <= max(budget, 0)
    assert len(taken) + len(left_out) == len(sizes)


@given(st.lists(st.integers(0, 50)), st.integers(0, 200))
def test_what_comes_first_is_never_given_up_for_what_comes_later(sizes: list[int], budget: int) -> None:
    """What stays out would not have fit beside what was taken before it."""
    taken, left_out = fit([Offer(size, str(at), "", at) for at, size in enumerate(sizes)], budget)
    for at in (int(one.title) for one in left_out):
        assert sizes[at] + sum(sizes[other] for other in taken if other < at) > budget
