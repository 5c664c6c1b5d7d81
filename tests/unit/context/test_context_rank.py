"""Ranking files. If these fail, the little room there is goes to files that have nothing to do with the question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glm_lsp.context.rank import DAMPING, pagerank

GRAPH = {
    "here": {"model": 3.0, "text": 1.0},
    "model": {"base": 1.0},
    "text": {"base": 1.0},
    "far": {"base": 1.0, "here": 1.0},
}


def ranked(seeds: dict[str, float], **limits: float) -> list[str]:
    rank = pagerank(seeds, lambda node: GRAPH.get(node, {}), **limits)  # type: ignore[arg-type]  # least, or most
    return sorted(rank, key=lambda node: -rank[node])


def test_what_is_used_more_counts_more() -> None:
    order = ranked({"here": 1.0})
    assert order.index("model") < order.index("text")
    assert order[-1] == "text"  # both lead to `base`


def test_nothing_counts_that_cannot_be_reached() -> None:
    assert "far" not in ranked({"here": 1.0})


def test_an_open_file_pulls_what_it_uses_up() -> None:
    order = ranked({"here": 1.0, "text": 1.0})
    assert order.index("text") < order.index("model")


def test_no_seed_no_rank() -> None:
    assert ranked({}) == []


def test_in_a_large_project_only_the_neighbourhood_is_looked_at() -> None:
    asked = []

    def everything(node: str) -> dict[str, float]:
        asked.append(node)
        return {f"{node}.{at}": 1.0 for at in range(50)}

    pagerank({"here": 1.0}, everything, least=0.0001, most=5)
    assert len(asked) == 5


@given(
    st.dictionaries(
        st.sampled_from("abcdef"), st.dictionaries(st.sampled_from("abcdef"), st.floats(0.1, 9), max_size=4)
    ),
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0.1, 9), min_size=1, max_size=3),
)
def test_ranks_are_shares_of_one(graph: dict[str, dict[str, float]], seeds: dict[str, float]) -> None:
    """Whatever the graph: it ends, and no rank is negative or more than all of it."""
    rank = pagerank(seeds, lambda node: graph.get(node, {}))
    assert all(value >= 0 for value in rank.values())
    assert sum(rank.values()) <= 1 + 1e-9
    first = max(seeds, key=lambda node: seeds[node])
    assert rank[first] >= (1 - DAMPING) * seeds[first] / sum(seeds.values()) - 1e-9


def test_a_ring_of_references_ends() -> None:
    ring = {"a": {"b": 1.0}, "b": {"a": 1.0}}
    rank = pagerank({"a": 1.0}, lambda node: ring[node])
    assert rank["a"] > rank["b"] > 0.3
    assert sum(rank.values()) == pytest.approx(1.0, abs=0.02)
