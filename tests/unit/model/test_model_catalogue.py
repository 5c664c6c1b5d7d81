"""The models endpoint. If these fail, a cost is wrong, or `glm-lsp models` stumbles over one odd model."""

from __future__ import annotations

import json
from typing import Any

import pytest

from glm_lsp.errors import BadAnswer
from glm_lsp.model.catalogue import model_info, model_of, models_of
from glm_lsp.model.events import Usage

GLM: dict[str, Any] = {
    "id": "zai-org-glm-5-1",
    "object": "model",
    "created": 1,
    "owned_by": "oxen",
    "display_name": "GLM 5.1",
    "summary": "Coding",
    "capabilities": {"input": ["text"], "output": ["text"]},
    "pricing": {"method": "token", "input_cost_per_token": 1.4e-06, "output_cost_per_token": 4.4e-06},
    "request_schema": None,
}


def test_a_model_and_its_cost() -> None:
    info = model_of(json.dumps(GLM).encode())
    assert (info.id, info.name, info.inputs) == ("zai-org-glm-5-1", "GLM 5.1", ("text",))
    assert info.cost(Usage(1_000_000, 1_000_000)) == pytest.approx(5.8)
    assert model_info(info.document) == info


@pytest.mark.parametrize("name", ["request_schema", "json_request_schema"])
def test_the_schema_has_two_names(name: str) -> None:
    info = model_info({**GLM, "request_schema": None, name: {"type": "object"}})
    assert info is not None
    assert info.request_schema == {"type": "object"}


@pytest.mark.parametrize("pricing", [None, {}, {"input_cost_per_token": None}, {"input_cost_per_token": "free"}, 3])
def test_no_price_is_no_cost(pricing: object) -> None:
    info = model_info({**GLM, "pricing": pricing})
    assert info is not None
    assert info.cost(Usage(1, 1)) is None


@pytest.mark.parametrize(
    "document", [{"object": "list", "data": [GLM]}, {"models": [GLM]}, [GLM], {"data": [GLM, 3, None, {}]}]
)
def test_lists_of_every_shape(document: object) -> None:
    assert [info.id for info in models_of(json.dumps(document).encode())] == ["zai-org-glm-5-1"]


@pytest.mark.parametrize("content", [b"", b"null", b"{}", b"17", b"[" * 100_000, b"\xff"])
def test_what_is_no_list_is_a_bad_answer(content: bytes) -> None:
    with pytest.raises(BadAnswer):
        models_of(content)
    with pytest.raises(BadAnswer):
        model_of(content)
