"""The usage log: every request is counted once, whoever writes beside us and whoever is killed."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from glm_lsp.errors import Failed
from glm_lsp.state import usage

NOON = time.mktime((2026, 3, 14, 12, 0, 0, 0, 0, -1))
DAY = 86_400.0
ROW = usage.Row(
    at=NOON, action="refactor", origin="https://hub.oxen.ai", model="glm", status=200, outcome="ok",
    seconds=4.0, first_token=1.0, prompt=1000, completion=200, cached=300, reasoning=50, cost=0.25,
)  # fmt: skip

WRITER = """
import sys
from pathlib import Path
from glm_lsp.state import usage
row = usage.Row(0.0, "refactor", "o", "m", 200, "ok", 1.0, prompt=1)
for number in range(int(sys.argv[2])):
    usage.record(Path(sys.argv[1]), row)
    print(number, flush=True)
"""


def writer(state: Path, rows: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(state), str(rows)], stdout=subprocess.PIPE, text=True)


def rows_in(state: Path) -> int:
    return sum(total.requests for total in usage.summary(state))


def test_a_day_is_summed_by_action(tmp_path: Path) -> None:
    usage.record(tmp_path, ROW)
    usage.record(tmp_path, replace(ROW, seconds=2.0, first_token=None, cost=None))
    usage.record(tmp_path, replace(ROW, outcome="RateLimited", status=429, seconds=99.0, prompt=0, completion=0))
    usage.record(tmp_path, replace(ROW, action="explain", at=NOON - DAY, cost=None))
    later, earlier = usage.summary(tmp_path)
    assert later == usage.Total("2026-03-14", "refactor", 3, 1, 2000, 400, 900, 150, 0.5, seconds=3.0, first_token=1.0)
    assert (earlier.day, earlier.action, earlier.cost) == ("2026-03-13", "explain", None)
    assert usage.summary(tmp_path, since=NOON) == [later]


def test_today_ends_at_local_midnight(tmp_path: Path) -> None:
    """Lost otherwise: the daily limit, which would hold for some other day than the user's."""
    usage.record(tmp_path, ROW)
    usage.record(tmp_path, replace(ROW, at=NOON - DAY))
    assert usage.tokens_today(tmp_path, now=NOON) == 1200
    assert usage.tokens_today(tmp_path, now=NOON + DAY) == 0


def test_an_empty_log_is_zero(tmp_path: Path) -> None:
    assert usage.tokens_today(tmp_path) == 0
    assert usage.summary(tmp_path) == []


def test_two_servers_write_at_once_and_no_row_is_lost(tmp_path: Path) -> None:
    writers = [writer(tmp_path, 40) for _ in range(2)]
    for process in writers:
        process.communicate()
        assert process.returncode == 0
    assert rows_in(tmp_path) == 80


def test_a_kill_loses_no_row_that_was_recorded(tmp_path: Path) -> None:
    process = writer(tmp_path, 1_000_000)
    assert process.stdout is not None
    for _ in range(20):
        last = process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    rest = process.communicate()[0].split()
    told = int(rest[-1] if rest else last) + 1
    assert told <= rows_in(tmp_path) <= told + 1
    usage.record(tmp_path, ROW)
    assert usage.tokens_today(tmp_path, now=NOON) == 1200


def test_the_log_and_its_companions_are_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with usage._open(tmp_path) as log:
            log.execute("delete from attempts")
            names = [path for path in tmp_path.iterdir() if path.name.startswith(usage.NAME)]
            modes = {stat.S_IMODE(path.stat().st_mode) for path in names}
    finally:
        os.umask(before)
    assert len(names) >= 2
    assert modes == {0o600}


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"")
    (tmp_path / usage.NAME).symlink_to(victim)
    with pytest.raises(Failed, match="cannot be used"):
        usage.record(tmp_path, ROW)
    assert victim.read_bytes() == b""


def test_a_damaged_log_is_a_sentence_and_stays(tmp_path: Path) -> None:
    (tmp_path / usage.NAME).write_bytes(b"this is no database, whatever its name" * 100)
    with pytest.raises(Failed, match="Move it away"):
        usage.tokens_today(tmp_path)
    assert (tmp_path / usage.NAME).read_bytes().startswith(b"this is no database")
