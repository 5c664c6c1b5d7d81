"""The settings: one tree, every key with its default, its bounds and its meaning.

Frozen; a job keeps the tree it started with. Keys are written with dots (`endpoint.base_url`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from glm_lsp.settings.address import DEFAULT_BASE_URL, checked

Thinking = Literal["off", "on"]
ThinkingDialect = Literal["reasoning_effort", "thinking", "chat_template_kwargs", "none"]


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("should be a number")
    return value


OUR_HEADERS = frozenset({"authorization", "host", "content-length", "content-type", "transfer-encoding", "connection"})


def _headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in headers.items():
        if name.lower() in OUR_HEADERS:
            raise ValueError(f"may not hold {name}; keys are kept with `glm-lsp login`")
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or not (value.isascii() and value.isprintable()):
            raise ValueError("should map names of headers to one line of ASCII each")
    return headers


Count = Annotated[int, Field(ge=1), BeforeValidator(_number)]
Seconds = Annotated[float, Field(gt=0, le=3600), BeforeValidator(_number)]
Penalty = Annotated[float, Field(ge=-2, le=2), BeforeValidator(_number)]
Address = Annotated[str, AfterValidator(checked)]
Headers = Annotated[Mapping[str, str], AfterValidator(_headers)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Timeouts(Section):
    """Seconds on a monotonic clock."""

    connect: Seconds = Field(default=10, description="Seconds to connect.")
    first_byte: Seconds = Field(default=60, description="Seconds until the first byte of the answer, without thinking.")
    first_byte_thinking: Seconds = Field(
        default=180, description="Seconds until the first byte of the answer, with thinking."
    )
    idle: Seconds = Field(default=60, description="Seconds without a byte in the middle of an answer.")
    total: Seconds = Field(default=300, description="Seconds for the whole request, retries included.")


class Endpoint(Section):
    """Where the model is, and how it is spoken to."""

    base_url: Address = Field(
        default=DEFAULT_BASE_URL,
        description="Address of an OpenAI-compatible API: https, or http on this machine. "
        "`offline:` starts the offline stand-in.",
    )
    model: str = Field(default="zai-org-glm-5-1", pattern=r"^[!-~]{1,200}$", description="The model's id.")
    api_key_env: str = Field(
        default="OXEN_API_KEY",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$",
        description="Environment variable that holds the API key. The default one is sent to https://hub.oxen.ai only.",
    )
    thinking: Thinking = Field(default="off", description="Whether the model may think before it answers.")
    thinking_dialect: ThinkingDialect = Field(
        default="reasoning_effort", description="The request parameter that switches thinking; servers differ."
    )
    headers: Headers = Field(default={}, repr=False, description="Headers sent besides ours.")
    proxy: str | None = Field(
        default=None, repr=False, pattern=r"^(https?|socks5h?)://\S+$", description="Proxy; unset: the environment's."
    )
    ca_file: Path | None = Field(default=None, description="Certificates (PEM) to trust; unset: the system's.")
    timeouts: Timeouts = Timeouts()


class Generation(Section):
    """Sampling parameters. A value that is set is sent as it is; one that is not set is not sent, or chosen by us."""

    temperature: Annotated[float, Field(ge=0, le=2), BeforeValidator(_number)] | None = Field(
        default=None, description="Unset: 0.2 for edits, 0.7 for prose."
    )
    top_p: Annotated[float, Field(gt=0, le=1), BeforeValidator(_number)] | None = Field(
        default=None, description="Nucleus sampling; unset: not sent."
    )
    max_tokens: Literal["auto"] | Count = Field(
        default="auto", description="Most tokens of a reply; `auto` follows the size of the region."
    )
    frequency_penalty: Penalty | None = Field(default=None, description="Unset: not sent. Harms code.")
    presence_penalty: Penalty | None = Field(default=None, description="Unset: not sent. Harms code.")


class Context(Section):
    """How much the model is given to read, in tokens."""

    budget_tokens: Count = Field(default=60_000, description="Tokens of context to aim for.")
    window_tokens: Count = Field(default=202_000, description="The model's window: prompt and reply never exceed it.")


class Actions(Section):
    """The menu."""

    disabled: tuple[str, ...] = Field(default=(), description="Ids of actions that are never shown.")
    pinned: tuple[str, ...] = Field(default=(), description="Ids of actions that are always in the menu.")
    automatic: Literal["off", "diagnostics", "selection"] = Field(
        default="diagnostics", description="When the editor's automatic lightbulb shows GLM actions."
    )


class Edit(Section):
    """How edits arrive."""

    delivery: Literal["apply", "confirm", "preview"] = Field(
        default="apply", description="Apply at once, ask first, or show a diff to accept hunk by hunk."
    )
    verify: bool = Field(default=True, description="Refuse edits that break the file's syntax.")
    repair: Annotated[int, Field(ge=0, le=3), BeforeValidator(_number)] = Field(
        default=1, description="Further asks after a reply that cannot be used."
    )


class Explain(Section):
    """How explanations arrive."""

    delivery: Literal["document", "comment"] = Field(
        default="document", description="A Markdown document beside the code, or a comment above it."
    )


class Privacy(Section):
    """What never leaves this machine."""

    ignore: tuple[str, ...] = Field(default=(), description="Patterns (gitignore syntax) of files that are never sent.")
    allow: tuple[str, ...] = Field(
        default=(), description="Patterns lifted from .gitignore; never from secret names or redaction."
    )
    redact: bool = Field(default=True, description="Replace secrets found in the text by tokens before it is sent.")


class Usage(Section):
    """Limits."""

    daily_tokens: Count | None = Field(default=None, description="Refuse requests past this many tokens a day.")


class Settings(Section):
    """Everything that can be set. `Settings()` are the defaults."""

    endpoint: Endpoint = Endpoint()
    generation: Generation = Generation()
    context: Context = Context()
    actions: Actions = Actions()
    edit: Edit = Edit()
    explain: Explain = Explain()
    language: str = Field(
        default="auto",
        pattern=r"^[^\W\d_][\w ().-]{0,39}$",
        description="The natural language of explanations, such as `German`; comments in code follow the file.",
    )
    privacy: Privacy = Privacy()
    usage: Usage = Usage()


FromEditor = Literal["never", "tighten", "any"]

FROM_EDITOR: Mapping[str, FromEditor] = {
    "endpoint.base_url": "never",
    "endpoint.api_key_env": "never",
    "endpoint.headers": "never",
    "endpoint.proxy": "never",
    "endpoint.ca_file": "never",
    "edit.verify": "tighten",
    "privacy.ignore": "tighten",
    "privacy.allow": "tighten",
    "privacy.redact": "tighten",
    "usage.daily_tokens": "tighten",
}
"""What comes over LSP may come from a project that was only opened to be read. A setting that decides who gets the key
and the code is `never` taken from there; one that protects may only be made stricter. All others: `any`."""


@cache
def sections(model: type[BaseModel] = Settings, prefix: str = "") -> Mapping[str, type[BaseModel]]:
    """Every table of the tree by its dotted key; the root has the key ''."""
    found: dict[str, type[BaseModel]] = {prefix: model}
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found |= sections(field.annotation, f"{prefix}.{name}".lstrip("."))
    return found


@cache
def keys() -> tuple[str, ...]:
    """Every key that holds a value, dotted, in the order of the tree."""
    tables = sections()
    every = (f"{prefix}.{name}".lstrip(".") for prefix, model in tables.items() for name in model.model_fields)
    return tuple(key for key in every if key not in tables)


def schema() -> dict[str, Any]:
    """The JSON Schema of the tree (snake_case). Keys an editor may not set, or only tighten, say so in `fromEditor`."""
    whole = Settings.model_json_schema()
    for prefix, model in sections().items():
        properties = whole["properties"] if not prefix else whole["$defs"][model.__name__]["properties"]
        for name, entry in properties.items():
            policy = FROM_EDITOR.get(f"{prefix}.{name}")
            if policy:
                entry["fromEditor"] = policy
    return whole
