"""Telling the person how a job goes: `glm/job` to our own clients, else work-done progress, else one message.

Nothing is told more than ten times a second, except that clients of ours hear of each change of state at once. The end
is told last and once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from glm_lsp.lsp import convert
from glm_lsp.lsp.candidates import price
from glm_lsp.lsp.jobs import ENDED, TERMINAL, Job, Jobs, Message, State
from glm_lsp.text.lines import Range, clamp

if TYPE_CHECKING:
    from glm_lsp.lsp.candidates import Candidate
    from glm_lsp.lsp.editor import Editor
    from glm_lsp.text.encoding import Encoding

INTERVAL = 1 / 8
"""Seconds between two reports. Those of a job that changes its state between them come on top, and are few."""
TOKEN = "glm-job-"  # noqa: S105 - a progress token
PATIENCE = 2.0
"""How long a client without progress waits, in seconds, before it is told that we are at work."""

_PHASES: dict[State, str] = {
    "queued": "queued",
    "gathering": "gathering context",
    "waiting": "waiting for the model",
    "streaming": "answering",
    "checking": "checking the reply",
    "delivering": "applying",
}


def job_of(token: int | str, jobs: Jobs) -> Job | None:
    """The job whose progress has this token."""
    return next((job for job in jobs if token == TOKEN + job.id), None)


def view(job: Job, encoding: Encoding) -> dict[str, Any]:
    """The job as `glm/job` and `glm.jobs` show it (lsp/schemas/job.json)."""
    lines, span = job.snapshot.document(job.request.uri).text.lines, job.request.span
    seen: dict[str, Any] = {
        "job": job.id,
        "seq": job.seq,
        "state": job.state,
        "action": job.request.action.id,
        "mode": job.request.action.mode,
        "title": f"GLM: {job.title}",
        "uri": job.request.uri,
        "range": convert.to_range(lines, Range(clamp(lines, span.start), clamp(lines, span.end)), encoding),
        "tokens": job.tokens,
        "seconds": round(job.seconds, 1),
    }
    if job.edits and not job.undoes:
        seen["delivery"] = "preview" if job.compare else job.snapshot.settings.edit.delivery
        last = min(job.lines.last, len(lines))
        seen["region"] = convert.to_lines(job.lines.first, last)
    if job.retry_at is not None:
        seen["retryInSeconds"] = max(0, round(job.retry_at - asyncio.get_running_loop().time()))
    if job.estimate is not None:
        seen["estimate"] = {"tokens": job.estimate.tokens, "cost": job.estimate.cost}
    if job.message is not None:
        seen["message"] = _message(job.message)
    if job.candidates and job.state not in TERMINAL:
        seen["candidates"] = [_candidate(one) for one in job.candidates]
    elif job.offered and job.state not in TERMINAL:
        seen["hunks"] = [hunk for one in job.offered for hunk in _hunks(one)]
    if job.result is not None:
        seen["result"] = job.result
    return seen


def _message(message: Message) -> dict[str, Any]:
    seen = {"level": message.level, "text": message.text, "next": message.next, "reason": message.reason}
    return {name: value for name, value in seen.items() if value}


def _candidate(one: Candidate) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "id": one.id,
        "label": one.label,
        "cost": one.cost,
        "tokens": one.tokens,
        "hunks": _hunks(one),
    }
    if one.message is not None:
        seen["message"] = _message(one.message)
    return seen


def _hunks(one: Candidate) -> list[dict[str, Any]]:
    """Each of its hunks with its range in the text it refers to."""
    return [
        {
            "id": hunk.id,
            "uri": file.uri,
            "range": convert.to_lines(hunk.first, hunk.first + len(hunk.old)),
            "oldText": "".join(hunk.old),
            "newText": "".join(hunk.new),
        }
        for file in (one.proposal.files if one.proposal is not None else ())
        for hunk in file.hunks
    ]


class Report:
    """One job's story, told to one editor. Used by the job's own task only."""

    def __init__(self, job: Job, editor: Editor) -> None:
        self._job = job
        self._editor = editor
        self._unsent = ""
        self._anew = False
        self._timer: asyncio.TimerHandle | None = None
        self._progress: asyncio.Task[bool] | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._begun = False

    @property
    def token(self) -> str:
        return TOKEN + self._job.id

    def start(self) -> None:
        client = self._editor.client
        if client.glm_jobs:
            self._send_job()
        elif client.work_done_progress:
            self._progress = asyncio.ensure_future(self._begin())
        else:
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(PATIENCE, self._reassure)

    def state(self, state: State) -> None:
        """The job enters `state`, which is not an end."""
        self._job.state = state
        if state != "waiting":
            self._job.retry_at = None
        if self._editor.client.glm_jobs:
            self._send_job()
        else:
            self.changed()

    def text(self, append: str, *, anew: bool = False) -> None:
        """More of what streams; `anew`: what was told before no longer counts."""
        self._anew = self._anew or anew
        self._unsent = append if anew else self._unsent + append
        self.changed()

    def changed(self) -> None:
        """Something small is new: tokens, text, a countdown. Told within `INTERVAL`."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(INTERVAL, self._send)

    def end(self, state: State, message: Message | None = None) -> None:
        """The job ends in `state`. Never raises; nothing is told after it."""
        assert state in ENDED  # noqa: S101 - a state that is no end would leave the job running for ever
        job = self._job
        job.state, job.message = state, message
        job.ended = asyncio.get_running_loop().time()
        job.retry_at = None
        self._stop_timers()
        if self._editor.client.glm_jobs:
            self._send_job()
            return
        if self._progress is not None:
            # The client may not have answered yet. A token it creates is begun and ended all the same.
            self._progress.add_done_callback(self._end_progress)
        if message is not None:
            self._editor.show(message.level, f"GLM: {message}")

    def _send(self) -> None:
        self._stop_timer()
        if self._editor.client.glm_jobs:
            self._send_job()
        elif self._begun:
            self._editor.progress(self.token, types.WorkDoneProgressReport(message=self._line(), cancellable=True))

    def _send_job(self) -> None:
        self._stop_timer()
        self._job.seq += 1
        seen = view(self._job, self._editor.client.encoding)
        if self._unsent or self._anew:
            seen["text"] = {"append": self._unsent, **({"anew": True} if self._anew else {})}
            self._unsent, self._anew = "", False
        self._editor.job(seen)

    def _line(self) -> str:
        """What the person reads beside the spinner. No percentage: nobody knows how long a model talks."""
        job = self._job
        if job.retry_at is not None:
            left = max(0, round(job.retry_at - asyncio.get_running_loop().time()))
            return f"trying again in {left} s"
        phase = _PHASES.get(job.state, job.state)
        tokens = f", {job.tokens} tokens" if job.tokens else ""
        if not tokens and job.compare and job.estimate is not None:
            tokens = f", about {price(job.estimate.tokens, job.estimate.cost)}"
        return f"{phase}{tokens}, {job.seconds:.0f} s"

    async def _begin(self) -> bool:
        await asyncio.sleep(self._editor.client.quirks.deaf)
        created = await self._editor.create_progress(self.token)
        if created:
            title = f"GLM: {self._job.title}"
            self._editor.progress(
                self.token, types.WorkDoneProgressBegin(title=title, cancellable=True, message=self._line())
            )
            self._begun = True
        return created

    def _end_progress(self, created: asyncio.Task[bool]) -> None:
        if not created.cancelled() and created.result():
            self._editor.progress(self.token, types.WorkDoneProgressEnd(message=self._job.state))

    def _reassure(self) -> None:
        self._editor.show("info", f"GLM: {self._job.title} is at work. The command glm.cancel stops it.")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_timers(self) -> None:
        self._stop_timer()
        if self._patience is not None:
            self._patience.cancel()
