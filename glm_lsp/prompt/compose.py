"""The messages of a question, in the order a provider can cache.

What is the same for every question comes first: our prompt, the project's rules; then what depends on the file alone:
the outline, what the user attached, the file. What depends on the region stands behind the file, although it is about
other files: before it, it would part the prompts of two regions of one file. Last comes what is asked. So two actions
on one region share all but the end, and two regions of a file all before its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.resources import files
from itertools import groupby

from glm_lsp.actions.action import Action
from glm_lsp.context.gather import Context
from glm_lsp.context.snippet import STABLE, Kind, Snippet
from glm_lsp.context.tokens import bound, estimate
from glm_lsp.errors import TooLong
from glm_lsp.prompt.draft import Draft, Piece, Turn
from glm_lsp.reply.sentinels import fence_for, region_end, region_start
from glm_lsp.settings import Settings
from glm_lsp.text.lines import Point, Range, is_blank

EDIT_TEMPERATURE, PROSE_TEMPERATURE = 0.2, 0.7
LEAST_REPLY, PROSE_REPLY, MOST_REPLY, THINKING = 4_096, 4_096, 32_768, 16_384
"""Tokens."""
SMALLEST_REPLY = 1_024
"""Tokens; with less room than that there is no point in asking."""


def draft(
    action: Action, instruction: str, context: Context, name: str, settings: Settings, model: str, nonce: str
) -> Draft:
    """The question as it would be sent. `name`: what the file is called in it; `instruction`: the user's own words.

    Errors: TooLong if the model's window does not hold it.
    """
    stable = [one for one in context.snippets if one.kind in STABLE]
    others = [one for one in context.snippets if one.kind not in STABLE and one.kind != "rules"]
    pieces = (
        *_snippets(stable, nonce),
        *_file(context, name, nonce),
        *_snippets(others, nonce),
        *_diagnostics(context, nonce),
        *_task(action, instruction, context, settings),
    )
    system = (Piece(_system(), "prompt", title="the system prompt"), *_rules(context))
    turns = (Turn("system", system), Turn("user", pieces))
    generation = settings.generation
    thinking = settings.endpoint.thinking == "on"
    temperature = generation.temperature
    if temperature is None:
        temperature = EDIT_TEMPERATURE if action.mode == "edit" else PROSE_TEMPERATURE
    return _fitted(
        Draft(
            model=model,
            turns=turns,
            max_tokens=_most(action, context, settings),
            thinking=thinking,
            temperature=temperature,
            top_p=generation.top_p,
            frequency_penalty=generation.frequency_penalty,
            presence_penalty=generation.presence_penalty,
        ),
        settings.context.window_tokens,
    )


def repair(asked: Draft, reply: str, problem: str, window: int) -> Draft:
    """The same question once more, after a `reply` that could not be used for this `problem`."""
    words = (
        f"Your answer could not be used. {problem}\n\n"
        "Answer again, completely, in the form the task asks for. Nothing of your first answer was written."
    )
    turns = (
        *asked.turns,
        Turn("assistant", (Piece(reply, "reply", title="your first reply"),)),
        Turn("user", (Piece(words, "reply", title="what was wrong with it"),)),
    )
    return _fitted(replace(asked, turns=turns), window)


def _system() -> str:
    return files("glm_lsp.prompt").joinpath("system.md").read_text("utf-8")


def _boundary(nonce: str, words: str) -> Piece:
    return Piece(f"=== GLM_DATA_{nonce} {words} ===\n", "prompt")


def _rules(context: Context) -> Iterator[Piece]:
    """The project's rules stand with our own, for they are meant to be followed: the user trusts them."""
    for one in context.snippets:
        if one.kind == "rules":
            head = "\n# Rules of this project\n\nThey hold for every task, where the form of the answer allows:\n\n"
            yield _optional(one, head + one.text)


_HEADINGS: dict[Kind, str] = {
    "map": "names in files around",
    "attached": "attached by the user",
    "outline": "outline of the file",
    "definitions": "definitions used in the region",
    "related": "a finding refers to",
    "callers": "uses of it",
    "tests": "tests of it",
    "edits": "recently edited",
}
_ORDER = tuple(_HEADINGS)


def _snippets(snippets: Iterable[Snippet], nonce: str) -> Iterator[Piece]:
    """Each within its own boundaries, so that one the gate keeps back leaves nothing behind; those of the map, a line
    each, within the same."""
    ordered = sorted(snippets, key=lambda one: _ORDER.index(one.kind))
    for kind, together in groupby(ordered, key=lambda one: one.kind):
        if kind == "map":
            yield _boundary(nonce, f"begin {_HEADINGS[kind]}")
            yield from (_optional(one, one.text) for one in together)
            yield _boundary(nonce, "end")
            continue
        for one in together:
            words = f"{_HEADINGS[kind]}: {one.name}" if one.name else _HEADINGS[kind]
            begin = _boundary(nonce, f"begin {words}" + (f" ({one.language})" if one.language else ""))
            yield _optional(one, f"{begin.text}{_ended(one.text)}{_boundary(nonce, 'end').text}")


def _optional(one: Snippet, text: str) -> Piece:
    return Piece(text, "file", one.uri, one.range, one.title, optional=True)


def _file(context: Context, name: str, nonce: str) -> Iterator[Piece]:
    """The file, or what fits of it, with the region between its marks."""
    document, (first, last) = context.target.document, context.target.lines
    uri, shown = document.uri, context.excerpt

    def part(text: str, start: int, end: int, title: str) -> Piece:
        return Piece(_ended(text), "file", uri, Range(Point(start, 0), Point(end, 0)), title)

    yield _boundary(nonce, f"begin file {name} ({document.language})")
    if shown.above:
        yield Piece(f"[{shown.above} lines are not shown]\n", "prompt")
    if shown.before:
        yield part(shown.before, shown.above, first, "the file before the region")
    yield Piece(region_start(nonce) + "\n", "prompt")
    yield part(shown.region, first, last, "the region")
    yield Piece(region_end(nonce) + "\n", "prompt")
    if shown.after:
        yield part(shown.after, last, len(document.text.lines) - shown.below, "the file after the region")
    if shown.below:
        yield Piece(f"[{shown.below} lines are not shown]\n", "prompt")
    yield _boundary(nonce, "end")


def _diagnostics(context: Context, nonce: str) -> Iterator[Piece]:
    if not context.diagnostics:
        return
    lines = context.target.document.text.lines
    found = [
        f"- {one.severity}{f' ({one.source} {one.code})' if one.source or one.code else ''}: {one.message.strip()}\n"
        f"  at: {lines[min(one.range.start.line, len(lines) - 1)].strip()}\n"
        + "".join(f"  refers to: {other.message.strip()}\n" for other in one.related)
        for one in context.diagnostics
    ]
    yield _boundary(nonce, "begin findings of other tools in the region")
    yield Piece("".join(found), "diagnostics", context.target.document.uri, title="diagnostics")
    yield _boundary(nonce, "end")


def _task(action: Action, instruction: str, context: Context, settings: Settings) -> Iterator[Piece]:
    yield Piece(f"\n# Task\n\n{action.instruction}\n", "prompt", title=f"the action “{action.id}”")
    words = instruction or context.target.instruction
    if words:
        yield Piece("\nThe user's instruction:\n\n", "prompt")
        yield Piece(_ended(words), "instruction", title="your instruction")
    if action.mode == "explain":
        if settings.language != "auto":
            yield Piece(f"\nAnswer in {settings.language}.\n", "prompt")
        return
    fence = fence_for(context.excerpt.region)
    if is_blank(context.excerpt.region):
        yield Piece("\nThe region is an empty line: what you write takes its place.\n", "prompt")
    yield Piece(
        f"\nAnswer with the new text of the region between two lines of {len(fence)} backticks: "
        f"`{fence}{context.target.document.language}` before it and `{fence}` after it.\n",
        "prompt",
    )


def _most(action: Action, context: Context, settings: Settings) -> int:
    """Tokens the reply may have."""
    wanted = settings.generation.max_tokens
    if wanted != "auto":
        return wanted
    most = PROSE_REPLY
    if action.mode == "edit":
        most = min(max(2 * estimate(context.excerpt.region) + 2_048, LEAST_REPLY), MOST_REPLY)
    return most + (THINKING if settings.endpoint.thinking == "on" else 0)


def _fitted(wanted: Draft, window: int) -> Draft:
    """`wanted`, its reply made to fit what the prompt surely leaves of the window."""
    prompt = estimated(wanted)
    room = window - bound(prompt)
    if room < min(SMALLEST_REPLY, wanted.max_tokens):
        raise TooLong(
            f"The text is about {prompt:,} tokens long; the model's window is {window:,}.", "Select less of the file."
        )
    return replace(wanted, max_tokens=min(wanted.max_tokens, room))


def estimated(draft: Draft) -> int:
    """The tokens of the prompt, about."""
    return sum(estimate(piece.text) for turn in draft.turns for piece in turn.pieces) + 4 * len(draft.turns)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
