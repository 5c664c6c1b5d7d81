#!/usr/bin/env python3
"""The settings of the VS Code extension, made from the server's own schema and written into package.json.

    python editors/vscode/settings.py [--check]

`--check` writes nothing, and exits 1 if package.json does not hold what the schema says. Run it with a Python that has
glm_lsp.

What decides who gets the key and the code is of scope `machine`: VS Code takes it from the user, never from a folder.
Those that the server takes from no editor are marked `fromEditor: never`; the extension hands them over in the
environment of the server it starts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MANIFEST = Path(__file__).parent / "package.json"
PREFIX = "glm"

OWN = {
    "glm.server.path": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "order": 0,
        "markdownDescription": "The program `glm-lsp`. Empty: the one in the PATH, else `uvx` runs the one that came "
        "with the extension.",
    },
    "glm.trace.server": {
        "type": "string",
        "enum": ["off", "messages", "verbose"],
        "default": "off",
        "scope": "machine",
        "order": 1,
        "markdownDescription": "What the log says of the conversation with the server. `verbose` holds your text.",
    },
}
"""What the extension itself has to be told."""

TIGHTEN = "A folder or editor can only make this stricter; it is loosened in the server's `config.toml`."
KEPT = ("type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "items",
        "additionalProperties")  # fmt: skip
"""Of a key's JSON Schema, what VS Code understands. Patterns are left to the server: JavaScript's dialect differs."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the server's settings into package.json.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if package.json is not up to date")
    check = parser.parse_args().check
    from glm_lsp.settings.tree import schema

    manifest = json.loads(MANIFEST.read_text("utf-8"))
    made = with_settings(manifest, schema())
    if made == manifest:
        return 0
    if check:
        print(f"{MANIFEST.name} is out of date: run {Path(__file__).name}.", file=sys.stderr)
        return 1
    MANIFEST.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 0


def with_settings(manifest: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with the settings of `schema`, in the order of the server's tree."""
    by_title: dict[str, dict[str, Any]] = {"GLM": dict(OWN)}
    for path, entry in leaves(schema, schema, ()):
        section = by_title.setdefault(path[0].capitalize() if len(path) > 1 else "GLM", {})
        section[".".join((PREFIX, *map(camel, path)))] = setting(path, entry, len(section))
    of_folders = [key for section in by_title.values() for key, one in section.items() if one["scope"] != "machine"]
    made = json.loads(json.dumps(manifest))
    made["contributes"]["configuration"] = [
        {"title": title, "properties": properties} for title, properties in by_title.items()
    ]
    made["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] = of_folders
    return dict(made)


def leaves(
    schema: Mapping[str, Any], table: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Every key that holds a value, with its JSON Schema."""
    for name, entry in table["properties"].items():
        if "$ref" in entry:
            yield from leaves(schema, schema["$defs"][entry["$ref"].rpartition("/")[2]], (*path, name))
        else:
            yield (*path, name), entry


def setting(path: tuple[str, ...], entry: Mapping[str, Any], order: int) -> dict[str, Any]:
    policy = entry.get("fromEditor")
    description = entry.get("description", "")
    return {
        **types(entry),
        "default": entry["default"],
        "scope": "machine" if path[0] == "endpoint" else "window",
        "order": order,
        "markdownDescription": f"{description} {TIGHTEN}" if policy == "tighten" else description,
        **({"fromEditor": policy} if policy else {}),
    }


def types(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What values may be. `null` stands for "not set"."""
    options = entry.get("anyOf", [entry])
    some = [option for option in options if option.get("type") != "null"]
    if len(some) > 1:
        return {"type": [option["type"] for option in some], "anyOf": [kept(option) for option in some]}
    made = kept(some[0])
    return {**made, "type": [made["type"], "null"]} if len(options) > 1 else made


def kept(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in KEPT if name in entry}


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


if __name__ == "__main__":
    sys.exit(main())
