"""Asking for a job, in one way or in several at once, and telling how it goes.

All of it runs in the job's own task, so what cancels the job cancels every question. One that fails leaves the others
alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from glm_lsp import ask
from glm_lsp.edits.proposal import Proposal
from glm_lsp.errors import GlmError
from glm_lsp.lsp.candidates import Variant, total
from glm_lsp.lsp.jobs import Job, State

if TYPE_CHECKING:
    from glm_lsp.lsp.report import Report
    from glm_lsp.lsp.session import Session

_ORDER: tuple[State, ...] = ("queued", "gathering", "waiting", "streaming", "checking")


@dataclass
class Asked:
    """One question, and what was seen of it so far. At its end it has an `outcome` or an `error`."""

    variant: Variant
    state: State = "queued"
    streamed: int = 0
    """Tokens of the reply."""
    estimate: ask.Estimated | None = None
    spent: list[ask.Spent] = field(default_factory=list)
    conversation: ask.Conversation | None = None
    outcome: ask.Outcome | None = None
    error: GlmError | None = None

    @property
    def over(self) -> bool:
        return self.outcome is not None or self.error is not None


async def answer(session: Session, job: Job, report: Report) -> ask.Outcome:
    """Asks once. Errors: those of `ask.ask`."""
    asking = _Asking(session, job, report, (Variant(),))
    (one,) = asking.every
    try:
        await asking.run(one)
    finally:
        job.conversation = one.conversation or job.conversation
    if one.error is not None:
        raise one.error
    assert one.outcome is not None  # noqa: S101 - the last event of a question is its outcome
    return one.outcome


async def answers(session: Session, job: Job, report: Report) -> Sequence[Asked]:
    """Asks in all the ways of `job.compare`, whose order is kept."""
    asking = _Asking(session, job, report, job.compare)
    async with asyncio.TaskGroup() as group:
        for one in asking.every:
            group.create_task(asking.run(one))
    return asking.every


class _Asking:
    """The questions that are asked for one job."""

    def __init__(self, session: Session, job: Job, report: Report, variants: Sequence[Variant]) -> None:
        self._session = session
        self._job = job
        self._report = report
        self._explains = job.request.action.mode == "explain" and not job.edits
        self._told: set[str] = set()
        self.every = tuple(map(Asked, variants))

    async def run(self, one: Asked) -> None:
        """Asks, until there is an outcome or an error."""
        job, variant = self._job, one.variant
        request = replace(job.request, model=variant.model or job.request.model)
        snapshot = replace(job.snapshot, settings=variant.of(job.snapshot.settings))
        try:
            async with aclosing(ask.ask(request, snapshot, self._session.desk)) as events:
                async for event in events:
                    self._take(one, event)
        except GlmError as error:
            one.error = error
            self._tell()

    def _take(self, one: Asked, event: ask.Event) -> None:
        job = self._job
        match event:
            case ask.Phase(state):
                one.state = state
                if state == "waiting" and self._explains:
                    self._session.explanations.begin(job.id, job.title)
                self._tell()
            case ask.Streamed(text, tokens, anew):
                one.streamed = tokens
                job.tokens = sum(each.streamed for each in self.every)
                self._stream(text, anew=anew)
            case ask.Retrying(seconds):
                job.retry_at = asyncio.get_running_loop().time() + seconds
                self._tell()
            case ask.Notice(text, level):
                if text not in self._told:
                    self._told.add(text)
                    self._session.editor.show(level, f"GLM: {text}")
            case ask.Estimated():
                one.estimate = event
                job.estimate = self._estimate()
                self._tell()
            case ask.Spent():
                one.spent.append(event)
            case ask.Replied(conversation):
                one.conversation = conversation
            case Proposal() | ask.Explanation() | ask.Suggestions():
                one.outcome = event
                self._tell()

    def _stream(self, text: str, *, anew: bool) -> None:
        """Shows what the user will get, where there is one answer only."""
        if len(self.every) > 1:
            self._report.changed()
            return
        self._report.text(text, anew=anew)
        if self._explains:
            self._session.explanations.append(self._job.id, text, anew=anew)

    def _tell(self) -> None:
        """The job is as far as the last of those that are still asked."""
        going = [one.state for one in self.every if not one.over]
        if not going:
            return
        state = min(going, key=_ORDER.index)
        if state == self._job.state:
            self._report.changed()
        elif state != "queued":
            self._report.state(state)

    def _estimate(self) -> ask.Estimated | None:
        """Of all together, as soon as each has one."""
        known = [one.estimate for one in self.every if one.estimate is not None]
        if len(known) < len(self.every):
            return None
        return ask.Estimated(sum(one.tokens for one in known), total(one.cost for one in known))
