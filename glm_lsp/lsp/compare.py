"""One question asked in several ways at once, and the answers left to the person to choose from.

They run in the job's own task, so what cancels the job cancels them all. One that fails leaves the others alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from glm_lsp import ask
from glm_lsp.edits.pending import numbered
from glm_lsp.edits.proposal import Proposal
from glm_lsp.errors import GlmError
from glm_lsp.lsp.candidates import Candidate, Variant
from glm_lsp.lsp.jobs import Job, Message, State

if TYPE_CHECKING:
    from glm_lsp.lsp.report import Report
    from glm_lsp.lsp.session import Session

_ORDER: tuple[State, ...] = ("queued", "gathering", "waiting", "streaming", "checking")


@dataclass
class _Asking:
    """One of the questions, and how far it is."""

    id: str
    variant: Variant
    state: State = "queued"
    streamed: int = 0
    estimate: ask.Estimated | None = None
    spent: list[ask.Spent] = field(default_factory=list)
    proposal: Proposal | None = None
    error: GlmError | None = None
    conversation: ask.Conversation | None = None
    over: bool = False

    def candidate(self) -> Candidate:
        tokens, cost = self.estimate.tokens if self.estimate else 0, self.estimate.cost if self.estimate else None
        if self.spent:
            tokens, cost = sum(one.tokens for one in self.spent), _sum(one.cost for one in self.spent)
        message = Message.of(self.error) if self.error else None
        proposal = self.proposal
        if proposal is not None and not proposal.changes:
            proposal, message = None, Message("info", "Nothing to change.", reason="no-change")
        elif proposal is not None and proposal.warnings:
            message = Message("warning", " ".join(proposal.warnings))
        return Candidate(self.id, self.variant.label, tokens, cost, proposal, message, self.conversation)


async def answers(session: Session, job: Job, report: Report) -> tuple[Candidate, ...]:
    """The answers to `job` in the order they were asked for, equal ones as one; each with its hunks' ids unique.

    Errors: that of the first, if all failed.
    """
    asking = [_Asking(str(number), variant) for number, variant in enumerate(job.compare, 1)]
    told: set[str] = set()
    async with asyncio.TaskGroup() as group:
        for one in asking:
            group.create_task(_ask(session, job, one, asking, report, told))
    failed = [one.error for one in asking if one.error is not None]
    if len(failed) == len(asking):
        raise failed[0]
    return tuple(_numbered(_merged([one.candidate() for one in asking])))


async def _ask(
    session: Session, job: Job, one: _Asking, asking: Sequence[_Asking], report: Report, told: set[str]
) -> None:
    request = replace(job.request, model=one.variant.model or job.request.model)
    snapshot = replace(job.snapshot, settings=one.variant.of(job.snapshot.settings))
    try:
        async with aclosing(ask.ask(request, snapshot, session.desk)) as events:
            async for event in events:
                match event:
                    case ask.Phase(state):
                        one.state = state
                    case ask.Streamed(_, tokens):
                        one.streamed = tokens
                        job.tokens = sum(other.streamed for other in asking)
                    case ask.Retrying(seconds):
                        job.retry_at = asyncio.get_running_loop().time() + seconds
                    case ask.Notice(text, level):
                        if text not in told:
                            told.add(text)
                            session.editor.show(level, f"GLM: {text}")
                    case ask.Estimated():
                        one.estimate = event
                        job.estimate = _estimate(asking)
                    case ask.Spent():
                        one.spent.append(event)
                    case ask.Replied(conversation):
                        one.conversation = conversation
                    case Proposal():
                        one.proposal = event
                    case _:
                        pass
                _tell(job, asking, report)
    except GlmError as error:
        one.error = error
    one.over = True
    _tell(job, asking, report)


def _tell(job: Job, asking: Sequence[_Asking], report: Report) -> None:
    """The job is as far as the last of those that are still asked."""
    going = [one.state for one in asking if not one.over]
    state = min(going, key=_ORDER.index, default=job.state)
    if state == job.state:
        report.changed()
    elif state != "queued":
        report.state(state)


def _estimate(asking: Sequence[_Asking]) -> ask.Estimated | None:
    """Of all together, as soon as each has one."""
    known = [one.estimate for one in asking if one.estimate is not None]
    if len(known) < len(asking):
        return None
    return ask.Estimated(sum(one.tokens for one in known), _sum(one.cost for one in known))


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
            cost=_sum((other.cost, one.cost)),
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


def _sum(costs: Iterable[float | None]) -> float | None:
    """All together; None if one is not known."""
    total = 0.0
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return total
