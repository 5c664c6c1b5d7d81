"""What is asked, at the end of a question: the form of the answer, the action's text, the user's own words."""

from __future__ import annotations

from collections.abc import Iterator

from glm_lsp.actions.action import Action
from glm_lsp.actions.custom import filled
from glm_lsp.context.gather import Context
from glm_lsp.prompt.draft import Piece, ended
from glm_lsp.prompt.language import named
from glm_lsp.reply.sentinels import DIVIDER, REPLACE, SEARCH, fence_for
from glm_lsp.settings import Settings
from glm_lsp.text.lines import is_blank


def task(action: Action, words: str, context: Context, name: str, settings: Settings, locale: str) -> Iterator[Piece]:
    """The end of a question about the file called `name`. `words`: the user's own; `locale`: as in `compose.draft`."""
    if action.mode == "edit":
        form = _form(action, context, name)
    else:
        form = _explanation(action, settings, locale, told=bool(words))
    yield Piece(f"\n# Task\n\n{form}", "prompt", title="the form of the answer")
    asked = filled(
        action.instruction,
        context.target.document.language,
        findings=bool(context.diagnostics),
        part=action.needs_selection,
    )
    yield Piece(f"{asked}\n", "prompt", title=f"the action “{action.id}”")
    if context.advice:
        yield Piece(f"\n{context.advice}", "prompt", title="where the answer belongs")
    if words:
        yield Piece("\nThe user's instruction:\n\n", "prompt")
        yield Piece(ended(words), "instruction", title="your instruction")


def _form(action: Action, context: Context, name: str) -> str:
    """In which form the edit is to be given."""
    shown, language = context.excerpt, context.target.document.language
    if action.in_blocks:
        fence = fence_for(shown.before + shown.region + shown.after)
        where = (
            f"Change only the file `{name}`."
            if action.reach == "file"
            else f"Change the files you are shown or make new ones;\nwrite their paths as `{name}` is written."
        )
        return (
            f"Give the edit as blocks of this form, each fenced by two lines of {len(fence)} backticks. {where}\n\n"
            f"{name}\n{fence}{language}\n"
            f"{SEARCH}\nthe lines that change, exactly as they are\n"
            f"{DIVIDER}\nthe lines that take their place\n{REPLACE}\n{fence}\n\n"
        )
    fence = fence_for(shown.region)
    said = (
        f"Give the edit as a region, fenced by two lines of {len(fence)} backticks:\n\n"
        f"{fence}{language}\nthe new text of the region\n{fence}\n\n"
    )
    if action.reach == "region+imports":
        said += (
            "If the new text needs imports that the file does not have, give these import statements, and nothing\n"
            "else, in a second fence of the same form; if the file's imports stand in the region, put them there.\n\n"
        )
    if is_blank(shown.region):
        said += "The region is an empty line: what you write takes its place.\n\n"
    return said


def _explanation(action: Action, settings: Settings, locale: str, *, told: bool) -> str:
    """In which form and language the explanation is to be given: the setting decides, then the language the user has
    written in, then that of his editor; in a file, the file."""
    if action.writes(settings.explain.delivery):
        return (
            "Your answer becomes a comment in the file: plain sentences, no headings. Write it in the language of the "
            "file's\nother comments; if there are none, in English.\n\n"
        )
    if settings.language != "auto":
        return f"Answer in {settings.language}.\n\n"
    if told:
        return "Answer in the language the user's instruction is written in.\n\n"
    language = named(locale)
    return f"Answer in {language}.\n\n" if language else ""
