"""The desk: what a request costs is known where the price is, and finding it out is never in anybody's way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glm_lsp.desk import Desk
from glm_lsp.model.endpoint import Endpoint, Key
from glm_lsp.model.events import Attempt, Usage
from glm_lsp.model.transport import HttpRequest, HttpResponse, TransportError
from glm_lsp.state import models, usage

KEY = "canary/Pq+41=Zk~8vXw0Rt-do-not-leak"
PRICES = {"input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06}
GLM = {"id": "zai-org-glm-5-1", "pricing": PRICES}
DONE = Attempt(200, "ok", 1.0, 0.5, Usage(1000, 500), "zai-org-glm-5-1")
COST = 0.003


class Answer:
    headers: Mapping[str, str] = {"content-type": "application/json"}

    def __init__(self, status: int, content: bytes) -> None:
        self.status = status
        self._content = content

    async def body(self) -> AsyncIterator[bytes]:
        yield self._content

    async def aclose(self) -> None:
        pass

    def release(self) -> None:
        pass


class Catalogue:
    """A models endpoint: answers `document`, is not there (None), or does not answer until `let_go`."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.asked = 0
        self.reached = asyncio.Event()
        self.let_go = asyncio.Event()
        self.let_go.set()

    async def send(self, request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
        assert request.method == "GET"
        self.asked += 1
        self.reached.set()
        await self.let_go.wait()
        if self.document is None:
            raise TransportError("refused")
        return Answer(200, json.dumps(self.document).encode())

    async def aclose(self) -> None:
        pass


def oxen(base_url: str = "https://hub.oxen.ai/api/ai") -> Endpoint:
    return Endpoint(base_url, "zai-org-glm-5-1", Key(KEY))


def desk_in(folder: Path, catalogue: Catalogue, *, lasting: bool = True) -> Desk:
    return Desk({"GLM_LSP_STATE": str(folder)}, catalogue, lasting=lasting)


def cost_in(desk: Desk) -> float | None:
    (total,) = usage.summary(desk.state)
    return total.cost


async def settled(desk: Desk) -> None:
    """Until what goes on in the background is over."""
    while desk._refreshing is not None and not desk._refreshing.done():
        await asyncio.wait([desk._refreshing])


async def test_a_success_fetches_prices_and_the_next_has_its_cost(tmp_path: Path) -> None:
    catalogue = Catalogue([GLM])
    desk = desk_in(tmp_path, catalogue)
    await desk.record(DONE, "explain", oxen())
    await settled(desk)
    assert cost_in(desk) is None
    await desk.record(DONE, "explain", oxen())
    await settled(desk)
    assert cost_in(desk) == pytest.approx(COST)
    assert catalogue.asked == 1, "once a day"
    await desk.close()


async def test_prices_kept_by_another_process_are_used(tmp_path: Path) -> None:
    """`glm-lsp models`, or another editor's server, has asked already; old prices are better than none."""
    desk = desk_in(tmp_path, Catalogue(None))
    await desk.record(DONE, "explain", oxen())
    models.save(desk.state, oxen().origin, [GLM], now=0.0)
    await desk.record(DONE, "explain", oxen())
    assert cost_in(desk) == pytest.approx(COST)
    await desk.close()


async def test_nobody_waits_for_the_prices(tmp_path: Path) -> None:
    catalogue = Catalogue([GLM])
    catalogue.let_go.clear()
    desk = desk_in(tmp_path, catalogue)
    await desk.record(DONE, "explain", oxen())
    await catalogue.reached.wait()
    await desk.record(DONE, "explain", oxen())
    assert catalogue.asked == 1
    await desk.close()
    assert usage.summary(desk.state)[0].requests == 2


@pytest.mark.parametrize(
    ("attempt", "url", "lasting"),
    [
        (replace(DONE, outcome="RateLimited", status=429), "https://hub.oxen.ai/api/ai", True),
        (DONE, "http://127.0.0.1:9/v1", True),
        (DONE, "https://hub.oxen.ai/api/ai", False),
    ],
    ids=["after a failure", "on this machine", "by a command"],
)
async def test_prices_are_not_asked_for(tmp_path: Path, attempt: Attempt, url: str, lasting: bool) -> None:
    catalogue = Catalogue([GLM])
    desk = desk_in(tmp_path, catalogue, lasting=lasting)
    await desk.record(attempt, "explain", oxen(url))
    await settled(desk)
    assert catalogue.asked == 0
    await desk.close()


@pytest.mark.parametrize("document", [None, {"error": "x"}, "text", [GLM["pricing"]]])
async def test_a_models_endpoint_that_fails_disturbs_nothing_and_is_left_alone_for_a_day(
    tmp_path: Path, document: Any
) -> None:
    catalogue = Catalogue(document)
    desk = desk_in(tmp_path, catalogue)
    for _ in range(3):
        await desk.record(DONE, "explain", oxen())
        await settled(desk)
    assert (cost_in(desk), catalogue.asked) == (None, 1)
    await desk.close()


async def test_our_key_in_the_catalogue_is_not_written_down(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, Catalogue([{**GLM, "description": f"for {KEY}", "summary": [KEY]}]))
    await desk.models(oxen())
    kept = "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    assert "zai-org-glm-5-1" in kept
    assert KEY[:8] not in kept
    await desk.close()


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        ("zai-org-glm-5-1", False),
        ("zai-org/GLM-5.1", False),
        ("GLM-5.1", False),
        ("zai-org-glm-5-1@main", False),
        ("", False),
        ("glm-4-flash", True),
        ("zai-org-glm-5", True),
    ],
)
async def test_another_model_is_told_of_once(tmp_path: Path, answered: str, told: bool) -> None:
    """Lost otherwise: a user who pays for one model and is served by another never knows."""
    desk = desk_in(tmp_path, Catalogue(None))
    attempt = replace(DONE, model=answered)
    first, second = desk.another_model(attempt, oxen()), desk.another_model(attempt, oxen())
    assert second == ""
    assert bool(first) == told
    if told:
        assert answered in first
        assert "zai-org-glm-5-1" in first
    await desk.close()
