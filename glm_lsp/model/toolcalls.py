"""Function calls: merged from deltas, and read from the XML that leaks into the content.

Deltas: ids and names may come late or again with every piece, arguments split anywhere, whole, twice, or as an object.
XML, three dialects: GLM's `<tool_call>name<arg_key>k</arg_key><arg_value>v</arg_value></tool_call>`, JSON inside
`<tool_call>`, and `<function=name><parameter=k>v</parameter></function>`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glm_lsp.model.events import ToolCallDelta
from glm_lsp.model.messages import Tool, ToolCall
from glm_lsp.model.thinking import CodeFences, held_back

_OPENINGS = ("<tool_call>", "<function=")
_OPENING = re.compile("|".join(re.escape(opening) for opening in _OPENINGS))
_CLOSING = {"<tool_call>": "</tool_call>", "<function=": "</function>"}
_FUNCTION = re.compile(r"<function=([^>\s]+)>(.*?)(?:</function>|$)", re.DOTALL)
_MOST_CALLS = 128
_LONGEST_CALL = 65_536


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: str = ""


class CallMerger:
    """Collects the calls of one reply. `offered` are the tools of the request; their schemas tell strings from JSON."""

    def __init__(self, offered: Sequence[Tool] = ()) -> None:
        self._offered = {tool.name: tool for tool in offered}
        self._calls: dict[int, _Call] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    def take(self, delta: Mapping[str, Any]) -> ToolCallDelta | None:
        """Merge one entry of `tool_calls`; None if it holds nothing that can be used."""
        function = delta.get("function")
        function = function if isinstance(function, Mapping) else {}
        id_, name, arguments = _string(delta.get("id")), _string(function.get("name")), function.get("arguments")
        index = self._index(delta.get("index"), id_)
        if index is None:
            return None
        call = self._calls.setdefault(index, _Call())
        call.id = call.id or id_
        if name and name != call.name:
            call.name += name
        text = arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments is not None else ""
        if not _says_again(call.arguments, text):
            call.arguments += text
        else:
            call.arguments = text
        return ToolCallDelta(index, id_, name, text)

    def add(self, call: ToolCall) -> ToolCallDelta:
        """Take a whole call, read from XML."""
        index = max(self._calls, default=-1) + 1
        self._calls[index] = _Call(call.id or f"call_{index}", call.name, call.arguments)
        return ToolCallDelta(index, self._calls[index].id, call.name, call.arguments)

    def whole(self) -> tuple[ToolCall, ...] | None:
        """All calls in order, each with a name, an id and arguments that are a JSON object; None if one is broken."""
        calls = []
        for index, call in sorted(self._calls.items()):
            name, arguments = call.name, call.arguments.strip() or "{}"
            if "<" in name:
                # The XML dialect leaked into a native call: `read<arg_key>path</arg_key>…` as the name.
                leaked = parse_xml(f"<tool_call>{name}</tool_call>", tuple(self._offered.values()))
                if leaked is None:
                    return None
                name, arguments = leaked.name, leaked.arguments if arguments == "{}" else arguments
            if not name or not _is_object(arguments):
                return None
            calls.append(ToolCall(call.id or f"call_{index}", name, arguments))
        return tuple(calls)

    def _index(self, index: object, id_: str) -> int | None:
        if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < _MOST_CALLS:
            return index
        if index is not None:
            return None
        known = [at for at, call in self._calls.items() if call.id == id_]
        if id_ and known:
            return known[0]
        last = max(self._calls, default=-1)
        # Without an index, a new id begins a new call; anything else continues the last one.
        if last < 0 or (id_ and self._calls[last].id):
            return last + 1 if last + 1 < _MOST_CALLS else None
        return last


class XmlCallFilter:
    """Takes calls written as XML out of the text of one reply; those that are quoted or in a fence are text."""

    def __init__(self, offered: Sequence[Tool] = ()) -> None:
        self._offered = tuple(offered)
        self._held = ""
        self._inside = ""
        self._fences = CodeFences()

    def passes(self, text: str) -> bool:
        """Whether `text` is text as it stands; then it need not be fed."""
        if self._held or "<" in text:
            return False
        self._fences.say(text)
        return True

    def feed(self, text: str) -> list[str | ToolCall]:
        """Text and calls, in order."""
        pieces: list[str | ToolCall] = []
        rest = self._held + text
        self._held = ""
        while rest:
            rest = self._step(rest, pieces)
        return pieces

    def end(self) -> list[str | ToolCall]:
        """What was held back: a call without its closing tag, or text."""
        rest, self._held = self._held, ""
        if not rest:
            return []
        call = parse_xml(rest, self._offered) if self._inside else None
        self._inside = ""
        return [call or rest]

    def retract(self) -> None:
        """All text so far was thought."""
        self._fences, self._held, self._inside = CodeFences(), "", ""

    def _step(self, rest: str, pieces: list[str | ToolCall]) -> str:
        if self._inside:
            return self._in_call(rest, pieces)
        match = _OPENING.search(rest)
        if match is None:
            held = held_back(rest, _OPENINGS)
            self._held = rest[len(rest) - held :]
            self._say(rest[: len(rest) - held], pieces)
            return ""
        self._say(rest[: match.start()], pieces)
        if self._fences.is_code_at_end():
            self._say(match[0], pieces)
            return rest[match.end() :]
        self._inside = match[0]
        return rest[match.start() :]

    def _in_call(self, rest: str, pieces: list[str | ToolCall]) -> str:
        closing = _CLOSING[self._inside]
        at = rest.find(closing)
        if at < 0 and len(rest) < _LONGEST_CALL:
            self._held = rest
            return ""
        block = rest if at < 0 else rest[: at + len(closing)]
        self._inside = ""
        if call := parse_xml(block, self._offered):
            pieces.append(call)
        else:
            self._say(block, pieces)
        return rest[len(block) :]

    def _say(self, text: str, pieces: list[str | ToolCall]) -> None:
        if text:
            self._fences.say(text)
            pieces.append(text)


def parse_xml(block: str, offered: Sequence[Tool] = ()) -> ToolCall | None:
    """The call `block` stands for, in any of the three dialects; None if it is none."""
    body = block.strip().removeprefix("<tool_call>").removesuffix("</tool_call>").strip()
    if function := _FUNCTION.match(body):
        name, inner = function.groups()
        return _call(name, _parameters(inner), offered)
    if body.startswith("{"):
        return _from_json(body)
    head = body.partition("<arg_key>")[0]
    name, arguments = head.strip(), body[len(head) :]
    if "</arg_key>" in head:
        # The opening `<arg_key>` is missing: only the tools that were offered tell where the name ends.
        names = sorted((tool.name for tool in offered if body.startswith(tool.name)), key=len, reverse=True)
        if not names:
            return None
        name, arguments = names[0], body[len(names[0]) :]
    if not re.fullmatch(r"[\w.:-]{1,128}", name):
        return None
    pairs = _arguments(arguments)
    return None if pairs is None else _call(name, pairs, offered)


def _arguments(text: str) -> list[tuple[str, str]] | None:
    """Pairs of `<arg_key>k</arg_key><arg_value>v</arg_value>`, the first tag optional; None if `text` is not just
    that. Split rather than searched for: of a reply that loops, every search would run to the end."""
    *arguments, rest = text.split("</arg_value>")
    pairs = []
    for argument in arguments:
        key, _, value = argument.partition("</arg_key>")
        opening, found, value = value.partition("<arg_value>")
        if not found or opening.strip():
            return None
        pairs.append((key.strip().removeprefix("<arg_key>").strip(), value))
    return None if rest.strip() else pairs


def _parameters(text: str) -> list[tuple[str, str]]:
    """Pairs of `<parameter=k>v</parameter>`; what stands between them is not looked at."""
    pairs = []
    for parameter in text.split("</parameter>")[:-1]:
        key, found, value = parameter.partition("<parameter=")[2].partition(">")
        if key and found:
            pairs.append((key, value.strip("\n")))
    return pairs


def _from_json(body: str) -> ToolCall | None:
    try:
        call = json.loads(body)
    except (ValueError, RecursionError):
        return None
    name, arguments = call.get("name"), call.get("arguments", call.get("parameters", {}))
    if not isinstance(name, str) or not name:
        return None
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return ToolCall("", name, text) if _is_object(text) else None


def _call(name: str, pairs: Sequence[tuple[str, str]], offered: Sequence[Tool]) -> ToolCall:
    properties: Mapping[str, Any] = {}
    for tool in offered:
        if tool.name == name:
            properties = tool.parameters.get("properties", {})
    return ToolCall("", name, json.dumps({key: _value(value, properties.get(key)) for key, value in pairs}))


def _value(text: str, schema: object) -> Any:
    """XML arguments carry no types: a string where the schema says string, else JSON if it is JSON."""
    if isinstance(schema, Mapping) and schema.get("type") == "string":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _says_again(so_far: str, text: str) -> bool:
    """Whether `text` is the whole arguments, sent again after the pieces."""
    return (
        text.startswith("{") and so_far.startswith("{") and _is_object(text) and (_is_object(so_far) or so_far in text)
    )


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
