"""`glm-lsp context`: what would be sent, before it is, without a key and without a network."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

SOURCE = "RATE = 3\n\n\ndef status(paid):\n    return paid\n"
NONCE = re.compile(r"(?<=GLM_DATA_)\w+|(?<=GLM_REGION_START_)\w+?(?=>)|(?<=GLM_REGION_END_)\w+?(?=>)")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    path = project / "shop.py"
    path.write_text(SOURCE)
    return path


def test_text_lists_the_parts_and_shows_each(run: Run, file: Path) -> None:
    code, out, err = run("context", f"{file}:4", "--action", "refactor")
    assert (code, err) == (0, "")
    assert out.startswith("To https://hub.oxen.ai/api/ai/chat/completions, model zai-org-glm-5-1: about ")
    assert "the file before the region  shop.py:1-3\n" in out
    assert "──── user: the region, shop.py:4-5\ndef status(paid):\n    return paid\n" in out
    assert "Left out" not in out


def test_text_says_what_was_left_out_and_what_was_replaced(run: Run, file: Path) -> None:
    file.write_text('password = "Ew8Rh2qLx0Vn7Zb3"\n' + SOURCE + "# more\n" * 500)
    code, out, _ = run("context", f"{file}:5", "--set", "context.budget_tokens=60")
    assert code == 0
    assert "Left out: lines far from the region. The file is larger than the budget." in out
    assert "Secrets replaced by placeholders: 1." in out
    assert "Ew8Rh2qLx0Vn7Zb3" not in out


def test_json_is_what_the_editors_get(run: Run, file: Path) -> None:
    seen = json.loads(run("context", f"{file}:4", "--as", "json")[1])
    assert set(seen) == {"parts", "leftOut"}
    (region,) = [part for part in seen["parts"] if part["title"] == "the region"]
    assert region["range"] == {"start": {"line": 3, "character": 0}, "end": {"line": 5, "character": 0}}
    assert region["uri"] == file.as_uri()


def test_every_form_shows_the_same_request(run: Run, file: Path) -> None:
    place = (f"{file}:4", "--action", "edit", "-m", "it's “good” $HOME")
    parts = json.loads(run("context", *place, "--as", "json")[1])["parts"]
    words = shlex.split(run("context", *place, "--as", "curl")[1])
    body = json.loads(words[words.index("-d") + 1])
    python = run("context", *place, "--as", "python")[1]
    assert NONCE.sub("", "".join(part["text"] for part in parts)) == NONCE.sub(
        "", "".join(message["content"] for message in body["messages"])
    )
    assert "it's “good” $HOME" in python
    assert "$OXEN_API_KEY" in " ".join(words)


def test_a_diagnostic_is_shown_as_it_would_be_sent(run: Run, file: Path, tmp_path: Path) -> None:
    span = {"start": {"line": 3, "character": 0}, "end": {"line": 3, "character": 3}}
    found = tmp_path / "found.json"
    found.write_text(json.dumps([{"range": span, "message": "status is a poor name"}]))
    _, out, _ = run("context", f"{file}:4", "--diagnostics", str(found))
    assert "status is a poor name" in out


def test_findings_that_are_no_list_are_bad_usage(run: Run, file: Path, tmp_path: Path) -> None:
    """Lost otherwise: that the wrong file was named; its findings would be missing without a word."""
    found = tmp_path / "found.json"
    before = {"range": {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}}, "message": "x"}
    found.write_text(json.dumps([before]))
    assert run("context", f"{file}:4", "--diagnostics", str(found))[0] == 2, "lines begin at 0"
    found.write_text("{}")
    code, _, err = run("context", f"{file}:4", "--diagnostics", str(found))
    assert code == 2
    assert "not a JSON list" in err


def test_a_request_to_a_stand_in_that_is_gone_says_so(run: Run, file: Path) -> None:
    offline = ("--set", "endpoint.base_url=offline:")
    assert "`glm-lsp offline` keeps a stand-in running" in run("context", f"{file}:4", "--as", "curl", *offline)[2]
    assert run("context", f"{file}:4", "--as", "json", *offline)[2] == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--action", "nonsense"], "There is no action"),
        (["--action", "edit"], "needs to be told what you want"),
        (["--as", "perl"], "invalid choice"),
    ],
)
def test_wrong_usage_is_told(run: Run, file: Path, arguments: list[str], says: str) -> None:
    code, out, err = run("context", f"{file}:4", *arguments)
    assert (code, out) == (2, "")
    assert says in err


def test_what_may_not_be_sent_is_refused_with_the_reason(run: Run, file: Path) -> None:
    secret = file.with_name(".env")
    secret.write_text("A=1\n")
    code, out, err = run("context", str(secret))
    assert (code, out) == (1, "")
    assert ".env" in err


def test_a_line_that_withholds_nothing_is_told_once(run: Run, file: Path) -> None:
    """Who mistypes a pattern believes a file withheld that is not."""
    (file.parent / ".glm").mkdir()
    (file.parent / ".glm/ignore").write_text("good\n!\n")
    code, _, err = run("context", f"{file}:4")
    assert code == 0
    assert err.count("`!` (line 2) is no pattern") == 1
