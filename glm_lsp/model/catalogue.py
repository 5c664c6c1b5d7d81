"""What the models endpoint tells: names, prices, request schemas. Nothing depends on it; it may be old, or not there.

Source: Oxen's models reference. The schema is called `request_schema` there and `json_request_schema` on the model's
own page; either may be null for chat models. There is no price for cached input.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from glm_lsp.errors import BadAnswer
from glm_lsp.model.events import Usage


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model. Prices in US dollars a token; None where the server names none. `document` is all the server said,
    as it can be kept on disk and read again by `model_info`."""

    id: str
    name: str = ""
    summary: str = ""
    input_price: float | None = None
    output_price: float | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    request_schema: Mapping[str, Any] | None = None
    document: Mapping[str, Any] = field(default_factory=dict)

    def cost(self, usage: Usage) -> float | None:
        """What `usage` costs in US dollars; None if a price is not known."""
        if self.input_price is None or self.output_price is None:
            return None
        return usage.prompt * self.input_price + usage.completion * self.output_price


def model_info(document: object) -> ModelInfo | None:
    """The model a JSON object describes; None if it describes none."""
    if not isinstance(document, Mapping):
        return None
    id_ = document.get("id") or document.get("name")
    if not isinstance(id_, str):
        return None
    pricing = _mapping(document.get("pricing"))
    capabilities = _mapping(document.get("capabilities"))
    schema = document.get("request_schema") or document.get("json_request_schema")
    return ModelInfo(
        id=id_,
        name=_text(document.get("display_name")) or id_,
        summary=_text(document.get("summary")) or _text(document.get("description")),
        input_price=_price(pricing.get("input_cost_per_token")),
        output_price=_price(pricing.get("output_cost_per_token")),
        inputs=_texts(capabilities.get("input")),
        outputs=_texts(capabilities.get("output")),
        request_schema=schema if isinstance(schema, Mapping) else None,
        document=document,
    )


def models_of(content: bytes) -> tuple[ModelInfo, ...]:
    """The models in the answer of `GET /models`: a list, or an object with `data` or `models`. Errors: BadAnswer."""
    document = _parsed(content)
    if isinstance(document, Mapping):
        document = document.get("data", document.get("models"))
    if not isinstance(document, list):
        raise _no_list()
    return tuple(info for entry in document if (info := model_info(entry)) is not None)


def model_of(content: bytes) -> ModelInfo:
    """The model in the answer of `GET /models/{id}`. Errors: BadAnswer."""
    document = _parsed(content)
    if isinstance(document, Mapping) and isinstance(document.get("data"), Mapping):
        document = document["data"]
    info = model_info(document)
    if info is None:
        raise _no_list()
    return info


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise _no_list() from None


def _no_list() -> BadAnswer:
    return BadAnswer("The server did not send a description of its models.", "Check endpoint.base_url.")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _price(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        price = float(value)
    except ValueError:
        return None
    return price if 0 <= price < 1 else None
