"""The usage log: one row per HTTP request, in SQLite, kept on this machine only.

A row is there once `record` returns, also if the process is killed the moment after; several servers write at once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from glm_lsp.errors import Failed
from glm_lsp.state import place

if TYPE_CHECKING:
    import sqlite3

NAME = "usage.sqlite"
BUSY_SECONDS = 10.0
VERSION = 1
"""Of the table, as `_TABLE` leaves it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One HTTP request. `at`: Unix seconds; `status` 0: no answer; `outcome`: `ok` or the error's name; token counts
    are the server's own (`cached` of `prompt`, `reasoning` of `completion`); `cost` in dollars, None: price unknown."""

    at: float
    action: str
    origin: str
    model: str
    status: int
    outcome: str
    seconds: float
    first_token: float | None = None
    prompt: int = 0
    completion: int = 0
    cached: int = 0
    reasoning: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """The requests of one local `day` (YYYY-MM-DD) and `action`, summed; `seconds` and `first_token` are means of those
    that went well; `cost` is None if no row had one."""

    day: str
    action: str
    requests: int
    failed: int
    prompt: int
    completion: int
    cached: int
    reasoning: int
    cost: float | None
    seconds: float | None
    first_token: float | None


_COLUMNS = tuple(field.name for field in fields(Row))
_TABLE = """
create table if not exists attempts (
  at real not null, action text not null, origin text not null, model text not null,
  status integer not null, outcome text not null, seconds real not null, first_token real,
  prompt integer not null, completion integer not null, cached integer not null, reasoning integer not null, cost real,
  day text not null);
create index if not exists attempts_by_day on attempts (day, action);
pragma user_version = 1;
"""
_SUMMARY = """
select day, action, count(*), sum(outcome <> 'ok'),
       sum(prompt), sum(completion), sum(cached), sum(reasoning), sum(cost),
       avg(case when outcome = 'ok' then seconds end), avg(case when outcome = 'ok' then first_token end)
from attempts where day >= ? group by day, action order by day desc, action
"""


def record(state: Path, row: Row) -> None:
    """Errors: Failed if the log cannot be written; what was asked for was done all the same."""
    marks = ", ".join("?" * (len(_COLUMNS) + 1))
    with _open(state) as log, log:
        log.execute(
            f"insert into attempts ({', '.join(_COLUMNS)}, day) values ({marks})",  # noqa: S608 - our own column names
            (*astuple(row), _day(row.at)),
        )


def summary(state: Path, *, since: float = 0.0) -> list[Total]:
    """The latest day first; `since` in Unix seconds counts whole days."""
    with _open(state) as log:
        return [Total(*row) for row in log.execute(_SUMMARY, (_day(since) if since else "",))]


def tokens_today(state: Path, *, now: float | None = None) -> int:
    """Prompt and completion tokens of all requests since local midnight."""
    today = _day(time.time() if now is None else now)
    with _open(state) as log:
        (tokens,) = log.execute(
            "select coalesce(sum(prompt + completion), 0) from attempts where day = ?", (today,)
        ).fetchone()
    return int(tokens)


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at))


@contextmanager
def _open(state: Path) -> Iterator[sqlite3.Connection]:
    import sqlite3

    path = state / NAME
    try:
        # Made by us first: SQLite would make it readable to others, and its companions take the modes of the file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as log:
            if log.execute("pragma user_version").fetchone() != (VERSION,):
                with place.lock(state):  # two servers may start at once, and the change to WAL does not wait
                    log.execute("pragma journal_mode = wal")
                    log.executescript(_TABLE)
            yield log
    except (OSError, sqlite3.Error) as error:
        raise Failed(f"The usage log {path} cannot be used.", "Move it away to begin a new one.") from error
