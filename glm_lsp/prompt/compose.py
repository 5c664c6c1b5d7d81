"""The messages of a question, in the order a provider can cache.

What is the same for every question comes first: our prompt, the project's rules; then what depends on the file alone:
the outline, what the user attached, the file. What depends on the region stands behind the file, although it is about
other files: before it, it would part the prompts of two regions of one file. Last comes what is asked: the form of the
answer, the action's text, the user's own words. So two actions on one region share all but the end, and two regions of
a file all before its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.resources import files
from itertools import groupby

from glm_lsp.actions.action import Action
from glm_lsp.context.gather import Context, lines_between
from glm_lsp.context.snippet import STABLE, Kind, Snippet
from glm_lsp.context.tokens import bound, estimate
from glm_lsp.errors import TooLong
from glm_lsp.prompt.draft import Draft, Piece, Turn, ended
from glm_lsp.prompt.functions import functions
from glm_lsp.prompt.task import task
from glm_lsp.reply.sentinels import region_end, region_start
from glm_lsp.settings import Settings
from glm_lsp.text.lines import Point, Range, with_newlines

EDIT_TEMPERATURE, PROSE_TEMPERATURE = 0.2, 0.7
LEAST_REPLY, PROSE_REPLY, MOST_REPLY, THINKING = 4_096, 4_096, 32_768, 16_384
"""Tokens."""
SMALLEST_REPLY = 1_024
"""Tokens; with less room than that there is no point in asking."""


def draft(
    action: Action,
    instruction: str,
    context: Context,
    name: str,
    settings: Settings,
    model: str,
    nonce: str,
    locale: str = "",
) -> Draft:
    """The question as it would be sent. `name`: what the file is called in it; `instruction`: the user's own words;
    `locale`: the tag of the language the user's editor speaks, empty if it does not say.

    Errors: TooLong if the model's window does not hold it.
    """
    stable = [one for one in context.snippets if one.kind in STABLE]
    others = [one for one in context.snippets if one.kind not in STABLE and one.kind != "rules"]
    pieces = (
        *_snippets(stable, nonce),
        *_file(context, name, nonce),
        *_snippets(others, nonce),
        *_diagnostics(context, nonce),
        *_part(context, nonce),
        *task(action, instruction or context.target.instruction, context, name, settings, locale),
    )
    turns = (_system(context), Turn("user", pieces))
    generation = settings.generation
    thinking = settings.endpoint.thinking == "on"
    return _fitted(
        Draft(
            model=model,
            turns=turns,
            max_tokens=_most(action, context, settings),
            thinking=thinking,
            temperature=temperature(action, settings),
            top_p=generation.top_p,
            frequency_penalty=generation.frequency_penalty,
            presence_penalty=generation.presence_penalty,
            tools=functions(action),
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


_GOING_ON = {
    "edit": "The user is not content with your last answer and goes on. Above is the text as it reads now: if your "
    "last answer was written, it holds it. Change that text as the new instruction says, and in nothing else.",
    "explain": "The user goes on. Above is the text as it reads now. Answer what the user says now.",
    "suggest": "The user goes on. Above is the text as it reads now. Suggest again, as the first task asked, with what "
    "the user says now in mind.",
}


def refinement(
    asked: Draft,
    reply: str,
    action: Action,
    instruction: str,
    context: Context,
    name: str,
    settings: Settings,
    nonce: str,
    locale: str = "",
) -> tuple[Draft, int]:
    """The conversation of `asked` and its `reply`, gone on with `instruction` on the text there is now; and how many of
    its oldest questions, with their replies, had to be left out to make it fit. The rules are those of `context`.

    Errors: TooLong if the model's window does not hold even the last question.
    """
    going_on = replace(action, instruction=_GOING_ON[action.mode])
    pieces = (
        *_file(context, f"{name}, as it reads now", nonce),
        *_snippets((one for one in context.snippets if one.kind != "rules"), nonce),
        *task(going_on, instruction, context, name, settings, locale),
    )
    said = Turn("assistant", (Piece(reply, "reply", title="the model's reply"),))
    wanted = replace(
        asked,
        turns=(_system(context), *asked.turns[1:], said, Turn("user", pieces)),
        max_tokens=_most(action, context, settings),
        thinking=settings.endpoint.thinking == "on",
        temperature=temperature(action, settings),
    )
    left_out = 0
    while True:
        try:
            return _fitted(wanted, settings.context.window_tokens), left_out
        except TooLong:
            system, *rounds = wanted.turns
            if len(rounds) == 1:
                raise
            wanted, left_out = replace(wanted, turns=(system, *rounds[2:])), left_out + 1


def temperature(action: Action, settings: Settings) -> float:
    wanted = settings.generation.temperature
    if wanted is not None:
        return wanted
    return EDIT_TEMPERATURE if action.mode == "edit" else PROSE_TEMPERATURE


def _system(context: Context) -> Turn:
    words = files("glm_lsp.prompt").joinpath("system.md").read_text("utf-8")
    return Turn("system", (Piece(words, "prompt", title="the system prompt"), *_rules(context)))


def _boundary(nonce: str, words: str) -> Piece:
    return Piece(f"=== GLM_DATA_{nonce} {words} ===\n", "prompt")


def _rules(context: Context) -> Iterator[Piece]:
    """The user's rules and the project's stand with ours, for they are meant to be followed: the user trusts them."""
    for one in context.snippets:
        if one.kind == "rules":
            head = f"\n# Rules of {one.name}\n\nThey hold for every task, where the form of the answer allows:\n\n"
            yield _optional(one, head + one.text)


_HEADINGS: dict[Kind, str] = {
    "map": "names in files around",
    "attached": "attached by the user",
    "outline": "outline of the file",
    "definitions": "definitions used in the region",
    "related": "a finding refers to",
    "callers": "uses of it",
    "tests": "tests of it",
    "testing": "how tests are written and run here",
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
            yield _optional(one, f"{begin.text}{ended(one.text)}{_boundary(nonce, 'end').text}")


def _optional(one: Snippet, text: str) -> Piece:
    return Piece(text, "file", one.uri, one.range, one.title, optional=True)


def _file(context: Context, name: str, nonce: str) -> Iterator[Piece]:
    """The file, or what fits of it, with the region between its marks."""
    document, (first, last) = context.target.document, context.target.lines
    shown = context.excerpt

    def part(text: str, start: int, end: int, title: str) -> Piece:
        return Piece(ended(text), "file", document.uri, Range(Point(start, 0), Point(end, 0)), title)

    yield _boundary(nonce, f"begin file {name} ({document.language})")
    yield from _not_shown(shown.above)
    if shown.before:
        yield part(shown.before, shown.above, first, "the file before the region")
    yield Piece(region_start(nonce) + "\n", "prompt")
    at = first
    for start, end in shown.parts:
        yield from _not_shown(start - at)
        yield part(lines_between(document.text, start, end), start, end, "a part of the region")
        at = end
    if shown.parts:
        yield from _not_shown(last - at)
    else:
        yield part(shown.region, first, last, "the region")
    yield Piece(region_end(nonce) + "\n", "prompt")
    if shown.after:
        yield part(shown.after, last, len(document.text.lines) - shown.below, "the file after the region")
    yield from _not_shown(shown.below)
    yield _boundary(nonce, "end")


def _not_shown(count: int) -> Iterator[Piece]:
    if count:
        yield Piece(f"[{count} lines are not shown]\n", "prompt")


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


def _part(context: Context, nonce: str) -> Iterator[Piece]:
    """The part of the region the question is about, where that is less than the region."""
    target = context.target
    if target.part is None:
        return
    text = with_newlines(target.document.text.slice(target.part))
    if text.strip() == context.excerpt.region.strip():
        return
    yield _boundary(nonce, "begin the selected part of the region")
    yield Piece(ended(text), "file", target.document.uri, target.part, "the selection")
    yield _boundary(nonce, "end")


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
