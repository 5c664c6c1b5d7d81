"""Function calls. If these fail, a call is lost, made twice, or its XML is written into the user's file."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from growth import growth
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.model.messages import Tool, ToolCall
from glm_lsp.model.toolcalls import CallMerger, XmlCallFilter, parse_xml

TOOLS = (
    Tool("read_file", "", {"properties": {"path": {"type": "string"}, "start": {"type": "integer"}}}),
    Tool("grep_tool", "", {"properties": {"pattern": {"type": "string"}}}),
    Tool("grep", "", {}),
)


def piece(arguments: Any = None, name: str | None = None, id_: str | None = None, index: Any = 0) -> dict[str, Any]:
    return {"index": index, "id": id_, "function": {"name": name, "arguments": arguments}}


def without_index(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "index"}


MERGED: dict[str, tuple[list[dict[str, Any]], list[tuple[str, str, str]]]] = {
    "in pieces": (
        [piece("", "read_file", "1"), piece('{"pa'), piece('th": "a"}')],
        [("1", "read_file", '{"path": "a"}')],
    ),
    "name and id late": (
        [piece('{"path": '), piece('"a"}', "read_file"), piece(None, None, "1")],
        [("1", "read_file", '{"path": "a"}')],
    ),
    "name and id in every piece": (
        [piece("{", "read_file", "1"), piece(" ", "read_file", "1"), piece("}", "read_file", "1")],
        [("1", "read_file", "{ }")],
    ),
    "two at once": (
        [piece("{", "a", "1"), piece("{", "b", "2", 1), piece("}"), piece("}", index=1)],
        [("1", "a", "{}"), ("2", "b", "{}")],
    ),
    "no index": (
        [without_index(piece("{", "a", "1")), without_index(piece("}")), without_index(piece("{}", "b", "2"))],
        [("1", "a", "{}"), ("2", "b", "{}")],
    ),
    "an object": ([piece({"path": "a"}, "read_file", "1")], [("1", "read_file", '{"path": "a"}')]),
    "no arguments": ([piece(None, "a", "1")], [("1", "a", "{}")]),
    "no id": ([piece("{}", "a")], [("call_0", "a", "{}")]),
    "all again at the end": (
        [piece('{"path"', "read_file", "1"), piece(': "a"}'), piece('{"path": "a"}', "read_file", "1")],
        [("1", "read_file", '{"path": "a"}')],
    ),
    "objects inside": (
        [piece('{"a": ', "a", "1"), piece("{}"), piece("}")],
        [("1", "a", '{"a": {}}')],
    ),
    "XML in the name": (
        [piece("", "read_file<arg_key>path</arg_key><arg_value>a</arg_value>", "1")],
        [("1", "read_file", '{"path": "a"}')],
    ),
}


@pytest.mark.parametrize("name", MERGED)
def test_pieces_become_calls(name: str) -> None:
    pieces, calls = MERGED[name]
    merger = CallMerger(TOOLS)
    for entry in pieces:
        merger.take(entry)
    assert merger.whole() == tuple(ToolCall(*call) for call in calls)


@pytest.mark.parametrize("arguments", ['{"path": ', "[1]", "17", "not json", '{"a": 1}}'])
def test_arguments_that_are_no_object_are_broken(arguments: str) -> None:
    merger = CallMerger()
    merger.take(piece(arguments, "read_file", "1"))
    assert merger.whole() is None


def test_a_call_without_a_name_is_broken() -> None:
    merger = CallMerger()
    merger.take(piece("{}"))
    assert merger.whole() is None


@pytest.mark.parametrize("index", [-1, 10**9, "0", 1.5, True])
def test_an_impossible_index_is_ignored(index: object) -> None:
    merger = CallMerger()
    assert merger.take(piece("{}", "a", "1", index)) is None
    assert not merger


@settings(max_examples=examples(60), deadline=None)
@given(st.dictionaries(st.text(max_size=6), st.text(max_size=12), max_size=4), st.sets(st.integers(0, 80), max_size=8))
def test_arguments_split_anywhere_come_out_whole(arguments: dict[str, str], cuts: set[int]) -> None:
    text = json.dumps(arguments)
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    merger = CallMerger()
    for start, end in pairwise(places):
        merger.take(piece(text[start:end], "a", "1"))
    (call,) = merger.whole() or ()
    assert json.loads(call.arguments) == arguments


XML = [
    ("<tool_call>read_file<arg_key>path</arg_key><arg_value>a b</arg_value></tool_call>", "read_file", {"path": "a b"}),
    (
        "<tool_call>read_file\n<arg_key>path</arg_key>\n<arg_value>7</arg_value>\n<arg_key>start</arg_key>\n"
        "<arg_value>7</arg_value>\n</tool_call>",
        "read_file",
        {"path": "7", "start": 7},
    ),
    ("<tool_call>grep</tool_call>", "grep", {}),
    ('<tool_call>{"name": "grep", "arguments": {"a": 1}}</tool_call>', "grep", {"a": 1}),
    ('<tool_call>{"name": "grep", "arguments": "{}"}</tool_call>', "grep", {}),
    ("<tool_call><function=grep><parameter=a>\n[1]\n</parameter></function></tool_call>", "grep", {"a": [1]}),
    ("<function=grep><parameter=a>x</parameter></function>", "grep", {"a": "x"}),
    ("<tool_call>grep_toolpattern</arg_key><arg_value>x</arg_value></tool_call>", "grep_tool", {"pattern": "x"}),
]


@pytest.mark.parametrize(("block", "name", "arguments"), XML)
def test_calls_written_as_xml_are_read(block: str, name: str, arguments: dict[str, Any]) -> None:
    call = parse_xml(block, TOOLS)
    assert call is not None
    assert (call.name, json.loads(call.arguments)) == (name, arguments)


@pytest.mark.parametrize(
    "block",
    [
        "<tool_call>two words</tool_call>",
        "<tool_call></tool_call>",
        "<tool_call>read_file<arg_key>path</arg_key></tool_call>",
        "<tool_call>{broken</tool_call>",
        '<tool_call>{"arguments": {}}</tool_call>',
        "<tool_call>unknownpattern</arg_key><arg_value>x</arg_value></tool_call>",
    ],
)
def test_what_is_no_call_is_none(block: str) -> None:
    assert parse_xml(block, TOOLS) is None


def filtered(pieces: list[str]) -> tuple[str, list[str]]:
    xml = XmlCallFilter(TOOLS)
    text, names = "", []
    for found in [*(item for part in pieces for item in xml.feed(part)), *xml.end()]:
        if isinstance(found, ToolCall):
            names.append(found.name)
        else:
            text += found
    return text, names


FILTERED = [
    ("I read it." + XML[0][0], "I read it.", ["read_file"]),
    (XML[0][0] + "\n" + XML[2][0] + "end", "\nend", ["read_file", "grep"]),
    ("the tag `<tool_call>` begins it", "the tag `<tool_call>` begins it", []),
    ("```xml\n" + XML[0][0] + "\n```\n", "```xml\n" + XML[0][0] + "\n```\n", []),
    ("x <tool_call>no call here</tool_call> y", "x <tool_call>no call here</tool_call> y", []),
    ("cut <tool_call>read_file<arg_key>path</arg_key><arg_value>a</arg_value>", "cut ", ["read_file"]),
    ("cut <tool_call>read_file<arg_key>pa", "cut <tool_call>read_file<arg_key>pa", []),
    ("a < b <tool", "a < b <tool", []),
]


@pytest.mark.parametrize(("content", "text", "names"), FILTERED)
def test_calls_are_taken_out_of_the_text(content: str, text: str, names: list[str]) -> None:
    assert filtered([content]) == (text, names)
    assert filtered(list(content)) == (text, names)


@pytest.mark.parametrize(
    ("start", "repeated", "end"),
    [
        ("<tool_call>f<arg_key>", "a ", ""),
        ("<tool_call>f", "<arg_key>a</arg_key>", ""),
        ("<function=f>", "<parameter=a", "</function>"),
        ("<function=f>", "<parameter=a>", "</function>"),
    ],
)
def test_a_call_that_loops_is_read_in_one_pass(start: str, repeated: str, end: str) -> None:
    """A model that repeats itself inside a call would hold up every other job of the server for minutes."""
    assert growth(lambda times: parse_xml(start + repeated * times + end), 400, 1_600) < 9
