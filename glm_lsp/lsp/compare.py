"""The answers to one question that was asked in several ways, as candidates for the person to choose from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from glm_lsp.edits.pending import numbered
from glm_lsp.edits.proposal import Proposal
from glm_lsp.lsp.asking import Asked, answers
from glm_lsp.lsp.candidates import Candidate, total
from glm_lsp.lsp.jobs import NOTHING, Job, Message

if TYPE_CHECKING:
    from glm_lsp.lsp.report import Report
    from glm_lsp.lsp.session import Session


async def candidates(session: Session, job: Job, report: Report) -> tuple[Candidate, ...]:
    """The answers to `job` in the order they were asked for, equal ones as one; each with its hunks' ids unique.

    Errors: that of the first, if all failed.
    """
    asked = await answers(session, job, report)
    failed = [one.error for one in asked if one.error is not None]
    if len(failed) == len(asked):
        raise failed[0]
    return tuple(_numbered(_merged([_candidate(str(number), one) for number, one in enumerate(asked, 1)])))


def _candidate(id: str, one: Asked) -> Candidate:
    tokens, cost = one.estimate.tokens if one.estimate else 0, one.estimate.cost if one.estimate else None
    if one.spent:
        tokens, cost = sum(each.tokens for each in one.spent), total(each.cost for each in one.spent)
    message = Message.of(one.error) if one.error else None
    proposal = one.outcome if isinstance(one.outcome, Proposal) else None
    if proposal is not None:
        message = Message.of_warnings(proposal.warnings) if proposal.changes else NOTHING
    offered = proposal if proposal is not None and proposal.changes else None
    return Candidate(id, one.variant.label, tokens, cost, offered, message, one.conversation)


def _merged(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that come to the same text are one."""
    found: list[Candidate] = []
    for one in candidates:
        same = next((at for at, other in enumerate(found) if _meant(other) == _meant(one) is not None), None)
        if same is None:
            found.append(one)
            continue
        other = found[same]
        labels = dict.fromkeys((*other.label.split(" = "), one.label))
        found[same] = replace(
            other,
            label=" = ".join(labels),
            tokens=other.tokens + one.tokens,
            cost=total((other.cost, one.cost)),
        )
    return found


def _meant(candidate: Candidate) -> object:
    """What the candidate comes to; None if there is nothing to accept."""
    if candidate.proposal is None:
        return None
    return {(file.uri, file.kind, file.new_uri, file.intended.lines) for file in candidate.proposal.files}


def _numbered(candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    count = 0
    for one in candidates:
        if one.proposal is not None:
            proposal = numbered(one.proposal, count)
            count += sum(len(file.hunks) for file in proposal.files)
            one = replace(one, proposal=proposal)
        yield one
