"""Which files of a project matter most to where somebody works."""

from __future__ import annotations

from collections.abc import Callable, Mapping

DAMPING = 0.85
"""The chance of following one more reference instead of starting again."""


def pagerank(
    seeds: Mapping[str, float],
    references: Callable[[str], Mapping[str, float]],
    *,
    least: float = 0.01,
    most: int = 12,
) -> dict[str, float]:
    """The PageRank of the nodes near `seeds`, personalised to them: how often one is met by somebody who starts at the
    seeds (in proportion to their weights) and goes along references. Together at most 1.

    `references` gives where a node's references go, and how many; it is asked about at most `most` nodes. What is left
    at a node where less than `least` arrives is not followed (Andersen, Chung and Lang, FOCS 2006): only the
    neighbourhood is looked at, whatever the size of the project.
    """
    total = sum(seeds.values())
    waiting = {node: weight / total for node, weight in seeds.items()} if total else {}
    known: dict[str, Mapping[str, float]] = {}
    rank: dict[str, float] = {}
    while waiting:
        node = max(waiting, key=lambda one: waiting[one])
        arrived = waiting.pop(node)
        rank[node] = rank.get(node, 0.0) + (1 - DAMPING) * arrived
        if arrived < least or (node not in known and len(known) == most):
            continue
        if node not in known:
            known[node] = references(node)
        targets = known[node]
        count = sum(targets.values())
        for target, weight in targets.items():
            waiting[target] = waiting.get(target, 0.0) + DAMPING * arrived * weight / count
    return rank
