"""Every case of `tests/data/replies`: what a reply makes of the user's files, or why it makes nothing."""

from __future__ import annotations

import dataclasses

import pytest
from reply_cases import Case, all_cases, uri

from glm_lsp.edits.hunks import apply, replacements
from glm_lsp.edits.proposal import Proposal
from glm_lsp.edits.propose import propose
from glm_lsp.errors import CannotDo, Refused, ReplyCut, ReplyUnusable

CASES = all_cases()
WHY: dict[str, type[Refused]] = {"unusable": ReplyUnusable, "cut": ReplyCut, "cannot": CannotDo}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    if case.refused:
        with pytest.raises(WHY[case.refused]) as caught:
            propose(case.reply, case.request())
        assert type(caught.value) is WHY[case.refused]
        told = f"{caught.value}\n{getattr(caught.value, 'problem', '')}"
        for words in case.because:
            assert words in told
        return
    check(case, propose(case.reply, case.request()))


def check(case: Case, proposal: Proposal) -> None:
    after = {
        file.new_uri or file.uri: file.intended.string
        for file in proposal.files
        if file.kind != "delete" and (file.hunks or file.kind == "create")
    }
    assert after == {uri(path): text for path, text in case.after.items()}
    assert [file.uri for file in proposal.files if file.kind == "delete"] == [uri(path) for path in case.gone]
    moved = {file.uri: file.new_uri for file in proposal.files if file.kind == "rename"}
    assert moved == {uri(old): uri(new) for old, new in case.moved.items()}
    assert case.unchanged == (not proposal.files)
    assert list(proposal.confirm) == case.asks
    assert case.says is None or list(proposal.warnings) == case.says
    for file in proposal.files:
        assert file.base.replaced((edit.range, edit.new) for edit in replacements(file.hunks, file.base)) == (
            file.intended if file.kind != "delete" else file.base
        )
        assert apply(file.base, file.hunks).string == (file.intended if file.kind != "delete" else file.base).string


@pytest.mark.parametrize("case", [case for case in CASES if "\r" not in case.reply], ids=lambda case: case.name)
def test_a_reply_with_windows_line_ends_means_the_same(case: Case) -> None:
    """A model or a proxy that sends CRLF must not put carriage returns into the user's file."""
    case = dataclasses.replace(case, reply=case.reply.replace("\n", "\r\n"))
    test_case(case)


def test_the_checks_refuse_hardly_any_reply_that_is_exact_and_unique(capsys: pytest.CaptureFixture[str]) -> None:
    """A syntax check that refuses good edits makes the tool useless: at most 1 % of those that quote exactly."""
    exact = [case for case in CASES if case.setting("exact") == "yes"]
    refused = []
    for case in exact:
        try:
            propose(case.reply, case.request())
        except Refused as error:
            refused.append((case.name, str(error)))
    with capsys.disabled():
        print(f"\n{len(CASES)} replies, {len(exact)} exact and unique, {len(refused)} of them refused")
    assert len(exact) >= 60
    assert len(refused) <= len(exact) / 100, refused
