"""Whatever a reply says: nothing outside the reach changes, no token is written, nothing but a refusal is raised."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples
from reply_cases import CASES_FOR_FUZZ, ROOT, uri

from glm_lsp.context.receipt import Receipt
from glm_lsp.edits.hunks import replacements
from glm_lsp.edits.proposal import Proposal, Reach, Region
from glm_lsp.edits.propose import propose
from glm_lsp.edits.request import EditRequest
from glm_lsp.edits.verify import check_syntax, exact
from glm_lsp.errors import Refused, ReplyUnusable
from glm_lsp.text.lines import Text
from glm_lsp.workspace.documents import OpenDocument

BASE = """import os
import re

LIMIT = 10
KEY = "s3cr3t-value"


def first(x):
    if x > LIMIT:
        return None
    return x


def second(x):
    y = x + 1
    return None


def third(x):
    return first(x)
"""
OTHER = "x = 1\ny = 2\n"
TOKEN = "GLM_SECRET_1_0123456789ab"
REGION = Region(uri("src/a.py"), 13, 16)

PIECES = st.sampled_from(
    [
        *(line + "\n" for line in BASE.split("\n")),
        *("````python\n", "````\n", "```\n", "```python\n", "```diff\n", "~~~\n"),
        *("<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", "------- SEARCH\n", "+++++++ REPLACE\n"),
        *("*** Begin Patch\n", "*** Update File: src/a.py\n", "*** Add File: new.py\n", "*** End Patch\n"),
        *(
            "*** Delete File: b.py\n",
            "@@\n",
            "@@ -14,3 +14,3 @@ def second(x):\n",
            "--- a/src/a.py\n",
            "+++ b/src/a.py\n",
        ),
        *("<old_text>\n", "</old_text>\n", "<new_text>\n", "</new_text>\n", "src/a.py\n", "b.py\n", "../up.py\n"),
        *(
            "    y = x + 2\n",
            "+    y = x + 2\n",
            "-    y = x + 1\n",
            " def second(x):\n",
            "     return None\n",
            "import sys\n",
        ),
        *("def second(x):\n    y = x + 2\n    return None\n", "# ... existing code ...\n", "<think>\n", "</think>\n"),
        *(
            f'KEY = "{TOKEN}"\n',
            "GLM_SECRET_2_0123456789ab\n",
            "CANNOT: no\n",
            "\n",
            "\u202e\n",
            "\ufeff",
            "\r\n",
            "\x0c\n",
        ),
        *("<<<GLM_REGION_START_abcdef>>>\n", "<<<GLM_REGION_END_abcdef>>>\n"),
    ]
)
ANY_REPLY = st.one_of(st.lists(PIECES, max_size=16).map("".join), st.text(max_size=60))
"""Pieces of every format in any order, which now and then make a reply that is applied; and any text at all."""

BLOCK = st.tuples(st.integers(0, 20), st.integers(1, 4), st.lists(PIECES, max_size=2)).map(
    lambda block: (
        "src/a.py\n```python\n<<<<<<< SEARCH\n"
        + "".join(BASE.splitlines(keepends=True)[block[0] : block[0] + block[1]])
        + "=======\n"
        + "".join(block[2])
        + ">>>>>>> REPLACE\n```\n"
    )
)
FENCE = st.lists(PIECES, min_size=1, max_size=5).map(lambda lines: "`````python\n" + "".join(lines) + "`````\n")
LIKELY = st.one_of(FENCE, st.lists(BLOCK, min_size=1, max_size=3).map("".join))


def ask(reach: Reach, base: str = BASE, *, verify: bool = False) -> EditRequest:
    documents = {
        uri("src/a.py"): OpenDocument(uri("src/a.py"), "python", 1, Text.of(base)),
        uri("b.py"): OpenDocument(uri("b.py"), "python", 1, Text.of(OTHER)),
    }
    return EditRequest(
        documents=documents,
        region=REGION,
        reach=reach,
        receipt=Receipt(tokens={TOKEN: "s3cr3t-value"}, files=frozenset(documents)),
        paths={uri("src/a.py"): "src/a.py", uri("b.py"): "b.py"},
        folder=ROOT,
        verify=verify,
        last=True,
    )


def said(reply: str, request: EditRequest) -> Proposal | None:
    try:
        return propose(reply, request)
    except Refused:
        return None


REACHES: list[Reach] = ["region", "region+imports", "file", "workspace"]


@pytest.mark.parametrize("reach", REACHES)
@given(reply=st.one_of(ANY_REPLY, LIKELY))
@settings(max_examples=examples(60), deadline=None)
def test_bytes_outside_the_reach_are_identical(reach: Reach, reply: str) -> None:
    proposal = said(reply, ask(reach))
    for file in proposal.files if proposal else ():
        assert TOKEN not in file.intended.string
        assert exact(file.base, file.intended, replacements(file.hunks, file.base)) or file.kind == "delete"
        if reach == "workspace":
            assert file.uri in (uri("src/a.py"), uri("b.py")) or (file.kind == "create" and file.uri.startswith(ROOT))
            continue
        assert (file.uri, file.kind) == (REGION.uri, "edit")
        if reach == "file":
            continue
        lines = file.base.lines
        after = "".join(lines[REGION.last :])
        assert file.intended.string.endswith(after)
        if reach == "region":
            assert file.intended.string.startswith("".join(lines[: REGION.first]))
        else:
            kept = [line for line in lines[: REGION.first] if "import" not in line and line.strip()]
            rest = file.intended.string.removesuffix(after).splitlines(keepends=True)
            assert [line for line in rest if line in kept][: len(kept)] == kept


@given(reply=LIKELY)
@settings(max_examples=examples(50), deadline=None)
def test_line_ends_are_the_files_and_nothing_else_depends_on_them(reply: str) -> None:
    """The same file with CRLF, and the same reply with CRLF, give the same edit."""
    plain = said(reply, ask("workspace"))
    windows = said(reply.replace("\r\n", "\n").replace("\n", "\r\n"), ask("workspace", BASE.replace("\n", "\r\n")))
    assert (plain is None) == (windows is None)
    if plain is None or windows is None:
        return
    texts = [{file.uri: file.intended.string for file in proposal.files} for proposal in (plain, windows)]
    if uri("src/a.py") in texts[1] and plain.files:
        assert "\n" not in texts[1][uri("src/a.py")].replace("\r\n", "")
    assert texts[0] == {path: text.replace("\r\n", "\n") for path, text in texts[1].items()}


@given(seed=st.integers(0, 2**32))
@settings(max_examples=examples(60), deadline=None)
def test_a_reply_cut_anywhere_is_whole_or_refused(seed: int) -> None:
    """A reply that lost its end gives the whole edit, none, or a refusal: never a part of the edit.

    What is cut off without a trace (a later block, another file, prose) cannot be seen in the text; so only replies
    with one fence or one block are cut here.
    """
    pick = random.Random(seed)
    case = pick.choice(CASES_FOR_FUZZ)
    whole = propose(case.reply, case.request())
    cut = case.reply[: pick.randrange(len(case.reply))]
    part = said(cut, case.request())
    if part is not None and part.files:
        assert [file.intended.string for file in part.files] == [file.intended.string for file in whole.files]


def test_a_reply_the_model_did_not_finish_is_never_used() -> None:
    """`finish_reason` says more than any closed fence."""
    reply = "src/a.py\n```python\n<<<<<<< SEARCH\nLIMIT = 10\n=======\nLIMIT = 11\n>>>>>>> REPLACE\n```\n"
    assert propose(reply, ask("file")).files
    with pytest.raises(Refused, match="ended before it was finished"):
        propose(reply, replace(ask("file"), finished=False))


@pytest.mark.parametrize("line", ["x = " + "-" * 50_000 + "1\n", "x = " + "(" * 20_000 + "\n"])
def test_a_text_the_parser_gives_up_on_is_refused(line: str) -> None:
    """Otherwise a reply that is nothing but brackets passes for one that could not be checked."""
    base = Text.of("def f():\n    return 1\n")
    with pytest.raises(ReplyUnusable, match="syntax errors"):
        check_syntax(base, Text.of(base.string + line), "python", lambda _: False)
