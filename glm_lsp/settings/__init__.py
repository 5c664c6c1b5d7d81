"""Settings: what can be set (`tree`), where it is read from (`layers`), what an address may be (`address`).

Importing this loads pydantic; the server does so after it has answered `initialize`.
"""

from glm_lsp.settings.address import DEFAULT_ORIGIN, OFFLINE, is_loopback, origin
from glm_lsp.settings.layers import Loaded, Problem, config_file, load, render
from glm_lsp.settings.tree import Settings, ThinkingDialect, keys, schema

__all__ = [
    "DEFAULT_ORIGIN",
    "OFFLINE",
    "Loaded",
    "Problem",
    "Settings",
    "ThinkingDialect",
    "config_file",
    "is_loopback",
    "keys",
    "load",
    "origin",
    "render",
    "schema",
]
