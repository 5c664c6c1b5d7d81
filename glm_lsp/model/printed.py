"""A request as a call to copy: cURL and Python, in the shapes of the Oxen Workbench's API tab.

Executed with `OXEN_API_KEY` set, both send the very bytes the client sends. Values of the user's own headers may be
secrets too, so each is read from a variable named after its header.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from glm_lsp.model.body import body, encoded
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.messages import ClearedRequest

KEY_VARIABLE = "OXEN_API_KEY"
_LONGEST_ARGUMENT = 100_000
"""Bytes. Linux refuses a program argument over 128 KB; a longer body goes through standard input."""


def as_curl(request: ClearedRequest, endpoint: Endpoint) -> str:
    """The call as a shell command (POSIX sh)."""
    url = endpoint.url("chat/completions")
    data = encoded(body(request, endpoint)).decode("ascii")
    lines = [f"curl -X POST {shlex.quote(url)}", '-H "Content-Type: application/json"']
    if endpoint.key:
        lines.append(f'-H "Authorization: Bearer ${KEY_VARIABLE}"')
    lines += [f'-H "{name}: ${_variable(name)}"' for name in endpoint.headers]
    if len(data) <= _LONGEST_ARGUMENT:
        quoted = data.replace("'", "'\\''")
        return " \\\n  ".join([*lines, f"-d '{quoted}'"]) + "\n"
    # The body is one line of JSON, so no line of it can be the end mark; `-d @-` takes off the line's end.
    return " \\\n  ".join([*lines, "-d @- <<'END_OF_BODY'"]) + f"\n{data}\nEND_OF_BODY\n"


def as_python(request: ClearedRequest, endpoint: Endpoint) -> str:
    """The call as a Python program that uses `requests`."""
    environment = {name: f"os.environ[{_quoted(_variable(name))}]" for name in endpoint.headers}
    headers = ['"Content-Type": "application/json",']
    if endpoint.key:
        headers.append(f'"Authorization": f"Bearer {{os.environ[\'{KEY_VARIABLE}\']}}",')
    headers += [f"{_quoted(name)}: {value}," for name, value in environment.items()]
    shown = "\n        ".join(headers)
    return (
        "import os\n"
        "import requests\n"
        "\n"
        "response = requests.post(\n"
        f"    {_quoted(endpoint.url('chat/completions'))},\n"
        "    headers={\n"
        f"        {shown}\n"
        "    },\n"
        f"    json={_literal(body(request, endpoint), 4)},\n"
        ")\n"
        "response.raise_for_status()\n"
        f"print({'response.text' if request.stream else 'response.json()'})\n"
    )


def _variable(header: str) -> str:
    return re.sub(r"\W", "_", header).upper()


def _literal(value: Any, indent: int) -> str:
    """`value`, made of JSON's types, as Python source laid out like indented JSON."""
    inner, outer = " " * (indent + 4), " " * indent
    if isinstance(value, Mapping) and value:
        rows = [f"{inner}{_quoted(key)}: {_literal(item, indent + 4)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{outer}}}"
    if isinstance(value, list | tuple) and value:
        rows = [f"{inner}{_literal(item, indent + 4)}" for item in value]
        return "[\n" + ",\n".join(rows) + f"\n{outer}]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return "{}"
    return "[]" if isinstance(value, list | tuple) else repr(value)


def _quoted(text: str) -> str:
    """A Python string literal in double quotes. What cannot be seen is escaped, so that nothing hides in it."""
    return '"' + "".join(_shown(character) for character in text) + '"'


def _shown(character: str) -> str:
    if character in '"\\' or ord(character) < 0x20:
        return json.dumps(character)[1:-1]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
