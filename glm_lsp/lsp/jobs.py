"""Jobs: one question each, one asyncio task each, one way to cancel.

    queued → gathering → waiting → streaming → checking → (waiting again: one repair) → offered? → delivering
           → delivered | refused | failed | cancelled

A job ends at `offered` too: its proposal lives on and keeps following the document. The last 20 are kept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from glm_lsp.actions.scope import lines_of
from glm_lsp.errors import BadInput, GlmError, Level
from glm_lsp.plain import plain
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.change import carry
from glm_lsp.text.lines import Point, Range
from glm_lsp.workspace.documents import changes_between

if TYPE_CHECKING:
    from glm_lsp.ask import AskRequest, Conversation, Estimated
    from glm_lsp.lsp.candidates import Candidate, Variant
    from glm_lsp.lsp.delivery import Written
    from glm_lsp.workspace.snapshot import Snapshot

State = Literal[
    "queued",
    "gathering",
    "waiting",
    "streaming",
    "checking",
    "offered",
    "delivering",
    "delivered",
    "refused",
    "failed",
    "cancelled",
]
TERMINAL: frozenset[State] = frozenset(("delivered", "refused", "failed", "cancelled"))
ENDED: frozenset[State] = TERMINAL | {"offered"}
KEPT = 20


@dataclass(frozen=True, slots=True)
class Message:
    """The one message a job ends with, for the person."""

    level: Level | Literal["info"]
    text: str
    next: str = ""
    reason: str = ""
    """The same for a program (`GlmError.reason`); empty where there is nothing to act on."""

    @classmethod
    def of(cls, error: GlmError) -> Message:
        return cls(error.level, error.message, error.next, error.reason)

    @classmethod
    def of_warnings(cls, warnings: Sequence[str]) -> Message | None:
        return cls("warning", " ".join(warnings)) if warnings else None

    def __post_init__(self) -> None:
        # The model's and the editor's own words may be in them.
        object.__setattr__(self, "text", plain(self.text))
        object.__setattr__(self, "next", plain(self.next))

    def __str__(self) -> str:
        return f"{self.text} {self.next}".strip()


NOTHING = Message("info", "Nothing to change.", reason="no-change")

Ended = tuple[State, Message | None]
"""The state a job ended in, and what is still to be said."""


@dataclass
class Job:
    """One question and what became of it. `tokens` are those of the reply so far, `started` is monotonic seconds."""

    id: str
    title: str
    request: AskRequest
    snapshot: Snapshot
    lines: LineSpan
    """The lines it is about, in the snapshot: those that a later job must not share."""
    state: State = "queued"
    seq: int = 0
    tokens: int = 0
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    retry_at: float | None = None
    message: Message | None = None
    result: Any = None
    offered: tuple[Candidate, ...] = ()
    """What waits for the person's word."""
    openings: dict[str, int] = field(default_factory=dict)
    """Of the documents that the versions of what is offered count in, by URI."""
    written: tuple[Written, ...] = ()
    """What was delivered, as it was delivered: what `glm.undo` takes back."""
    task: asyncio.Task[None] | None = None
    committed: bool = False
    """An edit is on its way to the editor: from here on a cancel stops only what is not sent yet, for what the editor
    does with an edit it has cannot be stopped, and has to be reported truthfully."""
    stopped: bool = False
    undoes: bool = False
    """It takes back what another job wrote, and asks nothing."""
    retries: int = 0
    """How many times the same was asked before."""
    compare: tuple[Variant, ...] = ()
    """The ways in which it is asked at once; none: in one."""
    estimate: Estimated | None = None
    """What it may take, as soon as that is known."""
    conversation: Conversation | None = None
    """The question as it was asked last, with the model's reply, as soon as there is one: what can be refined."""

    @property
    def edits(self) -> bool:
        """Whether it delivers an edit."""
        return self.request.action.writes(self.snapshot.settings.explain.delivery)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The answers to choose from, as long as none is chosen."""
        return tuple(one for one in self.offered if one.label)

    def about(self, request: AskRequest, snapshot: Snapshot) -> None:
        """It asks `request` of `snapshot` after all."""
        self.request, self.snapshot, self.lines = request, snapshot, _lines(request, snapshot)

    @property
    def running(self) -> bool:
        return self.task is not None and not self.task.done()

    @property
    def over(self) -> bool:
        return self.state in ENDED

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.started


class Jobs:
    """The jobs of this session, oldest first."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._count = 0

    def __iter__(self) -> Iterator[Job]:
        return iter(tuple(self._jobs.values()))

    def add(self, title: str, request: AskRequest, snapshot: Snapshot) -> Job:
        self._count += 1
        job = Job(str(self._count), title, request, snapshot, _lines(request, snapshot))
        self._jobs[job.id] = job
        ended = [old.id for old in self if old.state in TERMINAL]
        for id in ended[: max(0, len(ended) + 1 - KEPT)]:
            del self._jobs[id]
        return job

    def get(self, id: str) -> Job:
        """Errors: BadInput if there is no such job."""
        if id not in self._jobs:
            raise BadInput(f"There is no GLM job {id!r} any more.", f"The last {KEPT} are kept.")
        return self._jobs[id]

    def running(self) -> list[Job]:
        return [job for job in self if job.running]

    def cancel(self, job: Job) -> None:
        """Stops the job; nothing of it that the editor does not have already is applied afterwards. A job that is over
        stays as it is."""
        if job.task is None or not job.running:
            return
        job.stopped = True
        if not job.committed:
            job.task.cancel()

    def cancel_edits_of(self, uri: str) -> None:
        for job in self.running():
            if job.edits and job.request.uri == uri:
                self.cancel(job)

    def superseded_by(self, new: Job) -> list[Job]:
        """The edit jobs that run, or are offered, whose lines overlap those of the edit job `new` in the same
        document."""
        if not new.edits:
            return []
        going = [job for job in self if job.running or job.state == "offered"]
        same = [job for job in going if job is not new and job.edits and job.request.uri == new.request.uri]
        return [job for job in same if _overlap(job, new)]


def _lines(request: AskRequest, snapshot: Snapshot) -> LineSpan:
    document = snapshot.document(request.uri)
    found = [one.range for one in request.diagnostics]
    return lines_of(request.action, document.text, request.span, found, document.language, document.tree)


def _overlap(earlier: Job, new: Job) -> bool:
    """Whether the lines of `earlier`, carried to the text of `new`, overlap its lines. Lines that the user has touched
    meanwhile are left to the delivery, which compares the texts."""
    before, now = earlier.snapshot.document(new.request.uri), new.snapshot.document(new.request.uri)
    changes = changes_between(before, now)
    lines = Range(Point(earlier.lines.first, 0), Point(earlier.lines.last, 0))
    carried = carry(lines, changes) if changes is not None else None
    return carried is not None and carried.start.line < new.lines.last and new.lines.first < carried.end.line
