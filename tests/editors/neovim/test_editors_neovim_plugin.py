"""What the plugin adds: `:Glm`, jobs shown beside the code, explanations as they stream, offered edits, health."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from editing import CLIENT, private_environment
from headless_neovim import Neovim
from scripted_model import PATIENCE

SERVER = Path(__file__).with_name("in_process_server.lua")


@pytest.fixture
def nvim(nvim_program: Path, tmp_path: Path) -> Iterator[Neovim]:
    """With the plugin, `a.py` of four lines open, and a server that only remembers."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "a.py").write_text("a\nb = '𝒳'\nc\nd\n")
    with (tmp_path / "nvim-stderr").open("wb") as stderr:
        nvim = Neovim(
            nvim_program, ["--cmd", f"set runtimepath^={CLIENT} noswapfile"], private_environment(home), stderr
        )
        nvim.lua(SERVER.read_text())
        nvim.call("nvim_command", f"edit {tmp_path / 'a.py'}")
        nvim.wait("attach")
        yield nvim
        nvim.close()


def commands(nvim: Neovim) -> list[Any]:
    return list(nvim.lua("return server.commands"))


def tell(nvim: Neovim, path: Path, **job: Any) -> None:
    nvim.lua("server.tell(...)", {"uri": path.as_uri()} | job)
    nvim.wait("job")


def span(first: int, first_column: int, last: int, last_column: int) -> dict[str, Any]:
    return {
        "start": {"line": first, "character": first_column},
        "end": {"line": last, "character": last_column},
    }


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("3G0:Glm explain<CR>", {"action": "explain", "range": span(2, 0, 2, 0)}),
        ("1GVj:Glm refactor<CR>", {"action": "refactor", "range": span(0, 0, 1, 8)}),
        (":2Glm edit make it 𝒳!  <CR>", {"action": "edit", "range": span(1, 0, 1, 8), "instruction": "make it 𝒳!"}),
    ],
)
def test_the_command_runs_an_action_on_its_range(
    nvim: Neovim, tmp_path: Path, typed: str, expected: dict[str, Any]
) -> None:
    """Without this `:Glm` works on other lines than those the user named."""
    nvim.press(typed)
    assert commands(nvim) == [["glm.run", {"uri": (tmp_path / "a.py").as_uri()} | expected]]


def test_the_command_completes_what_the_server_has(nvim: Neovim) -> None:
    """Without this the user is offered verbs that end in an error, or has to know the actions by heart."""

    def completed(line: str) -> list[str]:
        return list(nvim.call("nvim_call_function", "getcompletion", [line, "cmdline"]))

    known = ["accept", "ask", "cancel", "candidates", "compare", "context", "edit", "explain", "login", "reject"]
    assert completed("Glm ") == [*known, "suggest"]
    assert completed("Glm e") == ["edit", "explain"]
    assert completed("Glm edit m") == []


def test_cancel_reaches_the_server(nvim: Neovim) -> None:
    """Without this `:Glm cancel` looks as if it worked, and the edit comes all the same."""
    nvim.press(":Glm cancel<CR>")
    assert ["glm.cancel", {}] in commands(nvim)


def test_a_job_is_shown_beside_its_code_until_it_ends(nvim: Neovim, tmp_path: Path) -> None:
    """Without this a user cannot see that the model is at work, or sees it for ever."""

    def beside() -> list[tuple[int, str]]:
        marks = nvim.lua("""
          local namespace = vim.api.nvim_get_namespaces()['glm.jobs']
          return vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })
        """)
        return [(mark[1], mark[3]["virt_text"][0][0]) for mark in marks]

    path = tmp_path / "a.py"
    tell(nvim, path, seq=0, state="queued", range=span(1, 0, 3, 0))
    nvim.press("ggOx<Esc>")
    tell(nvim, path, seq=1, state="streaming", tokens=12, range=span(1, 0, 3, 0))
    assert beside() == [(2, "GLM: Refactor: answering, 12 tokens")]
    assert nvim.lua("return require('glm').statusline()") == "GLM: Refactor: answering, 12 tokens"
    message = {"level": "warning", "text": "No.", "next": "Try again."}
    tell(nvim, path, seq=2, state="refused", message=message)
    assert beside() == []
    assert nvim.lua("return require('glm').statusline()") == ""
    assert nvim.wait("notify")["text"] == "GLM: No. Try again."


def test_an_explanation_streams_into_its_own_window(nvim: Neovim, tmp_path: Path) -> None:
    """Without this the explanation takes the place of the code, or each opens one more window."""
    path = tmp_path / "a.py"
    window = nvim.call("nvim_get_current_win")
    for job in ("1", "2"):
        explain = {"job": job, "action": "explain", "mode": "explain", "title": "GLM: Explain", "state": "streaming"}
        tell(nvim, path, seq=1, text={"append": "A wrong beginning"}, **explain)
        tell(nvim, path, seq=2, text={"append": "First\n", "anew": True}, **explain)
        tell(nvim, path, seq=3, text={"append": f"second {job}."}, **explain)
        tell(nvim, path, seq=4, **explain | {"state": "delivered"})
        assert nvim.call("nvim_get_current_win") == window
        [other] = [one for one in nvim.call("nvim_list_wins") if one != window]
        buffer = nvim.call("nvim_win_get_buf", other)
        assert nvim.call("nvim_buf_get_lines", buffer, 0, -1, True) == ["First", f"second {job}."]
        assert nvim.lua("return vim.bo[...].filetype", buffer) == "markdown"
    nvim.call("nvim_set_current_win", other)
    nvim.press("q")
    assert nvim.call("nvim_list_wins") == [window]


def test_an_explanation_leaves_the_windows_that_are_the_user_s(nvim: Neovim, tmp_path: Path) -> None:
    """Without this the file a user has opened where an explanation was is gone under their cursor, or the explanation
    opens in another tab, unseen."""
    path = tmp_path / "a.py"

    def explain(job: str) -> int:
        """The window the explanation is in."""
        told = {"job": job, "action": "explain", "mode": "explain", "text": {"append": f"number {job}"}}
        tell(nvim, path, seq=1, state="streaming", **told)
        tell(nvim, path, seq=2, state="delivered", job=job)
        [there] = [
            window
            for window in nvim.call("nvim_tabpage_list_wins", 0)
            if nvim.call("nvim_buf_get_lines", nvim.call("nvim_win_get_buf", window), 0, -1, True) == [f"number {job}"]
        ]
        assert nvim.call("nvim_get_option_value", "conceallevel", {"win": there}) == 2
        return int(there)

    first = explain("1")
    assert explain("2") == first
    nvim.call("nvim_set_current_win", first)
    nvim.call("nvim_command", f"edit {path}")
    assert explain("3") != first
    assert nvim.call("nvim_win_get_buf", first) == nvim.call("nvim_call_function", "bufnr", [str(path)])
    nvim.call("nvim_command", "tab split")
    explain("4")


def test_a_long_message_takes_no_key_and_stands_whole_in_messages(nvim: Neovim, tmp_path: Path) -> None:
    """Without this the next keys of the user go to "Press ENTER", and `dd` becomes the beginning of something else."""
    # As Neovim does it; the record keeps messages from the screen.
    nvim.lua("vim.notify = function(text) vim.api.nvim_echo({ { text } }, true, {}) end")
    nvim.call("nvim_ui_try_resize", 60, 20)
    text = "a sentence of some length, which says what happened and what is to be done about it. " * 2
    message = {"level": "warning", "text": text.strip()}
    tell(nvim, tmp_path / "a.py", seq=1, state="refused", message=message)
    nvim.press("dd")
    assert nvim.call("nvim_get_mode") == {"mode": "n", "blocking": False}
    assert nvim.call("nvim_buf_line_count", 0) == 3
    assert nvim.screen.lines()[-1].strip() == "GLM: a sentence of some length, whic … :messages"
    assert f"GLM: {text}".strip() in nvim.call("nvim_exec2", "messages", {"output": True})["output"]


def test_a_message_in_insert_mode_is_seen_after_it(nvim: Neovim, tmp_path: Path) -> None:
    """Without this "-- INSERT --" is written over it at once, and nobody has seen it."""
    nvim.press("i")
    tell(nvim, tmp_path / "a.py", seq=1, state="refused", message={"level": "warning", "text": "The text changed."})
    nvim.press("typed<Esc>")
    deadline = time.monotonic() + PATIENCE
    while (last := nvim.screen.lines()[-1].strip()) != "GLM: The text changed.":
        assert time.monotonic() < deadline, last
        nvim.call("nvim_eval", "0")
    assert nvim.call("nvim_buf_get_lines", 0, 0, 1, True) == ["typeda"]


def test_a_buffer_s_own_keys_come_back_after_an_offer(nvim: Neovim, tmp_path: Path) -> None:
    """Without this an offer costs the user the keys that another plugin has given the buffer, or a buffer that is
    loaded again has no keys for it."""
    path = tmp_path / "a.py"
    hunk = {"id": 1, "uri": path.as_uri(), "range": span(1, 0, 2, 0), "oldText": "b = '𝒳'\n", "newText": "B\n"}

    def does(key: str) -> str:
        return str(nvim.call("nvim_call_function", "maparg", [key, "n", False, True]).get("desc", ""))

    nvim.lua("vim.keymap.set('n', ']g', function() vim.g.mine = 1 end, { buffer = true, desc = 'mine' })")
    tell(nvim, path, seq=1, state="offered", hunks=[hunk])
    assert does("]g") == "GLM: next"
    tell(nvim, path, seq=2, state="cancelled")
    assert (does("]g"), does("[g")) == ("mine", "")
    nvim.press("]g")
    assert nvim.call("nvim_get_var", "mine") == 1

    tell(nvim, path, job="2", seq=1, state="offered", hunks=[hunk])
    nvim.call("nvim_command", "bdelete")
    tell(nvim, path, job="2", seq=2, state="cancelled")
    nvim.call("nvim_command", f"edit {path}")
    tell(nvim, path, job="3", seq=1, state="offered", hunks=[hunk])
    assert does("]g") == "GLM: next"


def test_a_buffer_without_a_name_is_left_alone(nvim: Neovim) -> None:
    """Without this all of them are one document, which Neovim takes for the folder `/`, and lists it."""
    nvim.call("nvim_command", "enew | set filetype=python")
    assert nvim.lua("return #vim.lsp.get_clients({ bufnr = 0 })") == 0
    nvim.press(":Glm edit write it<CR>")
    assert nvim.wait("notify")["text"].startswith("GLM: this buffer has no name.")


def test_offered_hunks_are_drawn_and_decided_by_keys(nvim: Neovim, tmp_path: Path) -> None:
    """Without this a user who wants to look first has to take all or nothing, unseen."""

    def drawn() -> list[tuple[int, int, list[str]]]:
        marks = nvim.lua("""
          local namespace = vim.api.nvim_get_namespaces()['glm.preview']
          return vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })
        """)
        return sorted(
            (mark[1], mark[3].get("end_row", 0), [line[0][0] for line in mark[3].get("virt_lines", [])])
            for mark in marks
        )

    path = tmp_path / "a.py"
    hunks = [
        {"id": 1, "uri": path.as_uri(), "range": span(0, 0, 1, 0), "oldText": "a\n", "newText": "A\n"},
        {"id": 2, "uri": path.as_uri(), "range": span(3, 0, 4, 0), "oldText": "d\n", "newText": ""},
    ]
    tell(nvim, path, seq=1, state="offered", hunks=hunks)
    assert [one for one in drawn() if one[1]] == [(0, 1, []), (3, 4, [])]
    assert [one[2] for one in drawn() if one[2]] == [["A"]]

    nvim.press("gg]g")
    assert nvim.call("nvim_win_get_cursor", 0) == [4, 0]
    nvim.call("nvim_set_var", "mapleader", "\\")
    nvim.press(r"\gr")
    nvim.press(r"[g\ga")
    nvim.press(":Glm! accept<CR>")
    assert commands(nvim) == [
        ["glm.reject", {"job": "1", "hunk": 2}],
        ["glm.accept", {"job": "1", "hunk": 1}],
        ["glm.accept", {"job": "1"}],
    ]

    tell(nvim, path, seq=2, state="offered", hunks=hunks[:1])
    assert [one for one in drawn() if one[1]] == [(0, 1, [])]
    tell(nvim, path, seq=3, state="delivered")
    assert drawn() == []
    assert not [key for key in nvim.call("nvim_buf_get_keymap", 0, "n") if key.get("desc", "").startswith("GLM")]


def test_a_suggestion_that_is_picked_runs_as_an_edit_of_its_place(nvim: Neovim, tmp_path: Path) -> None:
    """Without this the user reads what could be done and has to ask for it by hand."""
    path = tmp_path / "a.py"
    nvim.press(":2,3Glm suggest<CR>")
    assert commands(nvim)[0] == ["glm.suggest", {"uri": path.as_uri(), "range": span(1, 0, 2, 1)}]
    found = [
        {"title": "Name it", "why": "", "range": span(0, 0, 1, 0), "instruction": "name", "version": 7},
        {"title": "Split", "why": "too long", "range": span(1, 0, 2, 0), "instruction": "split it", "version": 7},
    ]
    nvim.lua("record.pick(...)", "Split: too long")
    tell(nvim, path, seq=1, action="suggest", mode="suggest", state="delivered", result=found)
    assert nvim.wait("menu")["titles"] == ["Name it", "Split: too long"]
    [chosen] = [argument for command, argument in commands(nvim) if command == "glm.run"]
    assert chosen == {
        "action": "edit",
        "uri": path.as_uri(),
        "range": span(1, 0, 2, 0),
        "version": 7,
        "instruction": "split it",
    }


def test_suggestions_wait_for_a_user_who_types(nvim: Neovim, tmp_path: Path) -> None:
    """Without this a list opens under the fingers of somebody who types, and takes the next keys."""
    nvim.press("i")
    one = {"title": "Name it", "why": "", "range": span(0, 0, 1, 0), "instruction": "name"}
    tell(nvim, tmp_path / "a.py", seq=1, action="suggest", mode="suggest", state="delivered", result=[one])
    assert "code action menu" in nvim.wait("notify")["text"]
    assert nvim.taken("menu") == []


def test_answers_are_compared_and_one_is_accepted(nvim: Neovim, tmp_path: Path) -> None:
    """Without this the candidates are paid for and cannot be looked at, or the wrong one is written."""
    path = tmp_path / "a.py"
    nvim.press(":Glm compare refactor<CR>")
    [[command, argument]] = commands(nvim)
    assert (command, argument["action"]) == ("glm.run", "refactor")
    assert len(argument["compare"]) == 3

    def hunk(new: str) -> dict[str, Any]:
        return {"id": 1, "uri": path.as_uri(), "range": span(0, 0, 1, 0), "oldText": "a\n", "newText": new}

    candidates = [
        {"id": "1", "label": "temperature 0.2", "cost": 0.01, "tokens": 15, "hunks": [hunk("A\n")]},
        {"id": "2", "label": "temperature 0.9", "cost": None, "tokens": 20, "hunks": [hunk("B\n")]},
        {"id": "3", "label": "thinking", "tokens": 9, "hunks": [], "message": {"level": "error", "text": "It is cut."}},
    ]
    nvim.lua("record.pick(...)", "temperature 0.9 (20 tokens)")
    tell(nvim, path, seq=1, state="offered", candidates=candidates)
    assert nvim.wait("menu")["titles"][1:] == ["temperature 0.9 (20 tokens)", "thinking: It is cut."]
    nvim.press(":Glm! accept<CR>")
    assert commands(nvim)[1:] == [["glm.accept", {"job": "1", "candidate": "2"}]]
    nvim.lua("record.pick(...)", "temperature 0.2 (15 tokens, $0.0100)")
    nvim.press(":Glm candidates<CR>")
    nvim.press(":Glm accept<CR>")
    assert commands(nvim)[2:] == [["glm.accept", {"job": "1", "candidate": "1", "hunk": 1}]]
    tell(nvim, path, seq=2, state="delivering")
    message = {"level": "warning", "text": "The text changed."}
    tell(nvim, path, seq=3, state="offered", candidates=candidates, message=message)
    assert nvim.wait("notify")["text"] == "GLM: The text changed."
    assert nvim.taken("menu")[1:] == [], "what is looked at stays so"
    tell(nvim, path, seq=4, state="delivered")
    nvim.press(":Glm candidates<CR>")
    assert "nothing to compare" in nvim.wait("notify")["text"]


def streamed(nvim: Neovim) -> tuple[int, list[str]] | None:
    """What is drawn of an edit that streams: below which line (from 0), and the lines."""
    marks = nvim.lua("""
      local namespace = vim.api.nvim_get_namespaces()['glm.stream']
      return namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}
    """)
    assert len(marks) <= 1
    drawn = [(mark[1], [line[0][0] for line in mark[3].get("virt_lines", [])]) for mark in marks]
    return next((one for one in drawn if one[1]), None)


def test_an_edit_that_will_be_offered_is_drawn_as_it_streams(nvim: Neovim, tmp_path: Path) -> None:
    """Without this who wants to look first looks at nothing for half a minute, or at text that is no candidate."""
    path = tmp_path / "a.py"
    region = span(1, 0, 3, 0)
    told = {"delivery": "preview", "region": region, "state": "streaming"}
    tell(nvim, path, seq=1, text={"append": "b ="}, **told)
    assert streamed(nvim) == (2, ["b ="])
    nvim.press("ggOx<Esc>")
    tell(nvim, path, seq=2, text={"append": " 1\n\nc"}, **told)
    assert streamed(nvim) == (3, ["b = 1", " ", "c"])
    tell(nvim, path, seq=3, text={"append": "".join(f"\nline {number}" for number in range(100))}, **told)
    assert streamed(nvim) == (3, ["⋮ 64 lines more", *(f"line {number}" for number in range(61, 100))])
    tell(nvim, path, seq=4, **told | {"state": "waiting"})
    assert streamed(nvim) is None, "it could not be used"
    tell(nvim, path, seq=5, text={"append": "B\n"}, **told)
    assert streamed(nvim) == (3, ["B", " "])
    hunk = {"id": 1, "uri": path.as_uri(), "range": span(2, 0, 4, 0), "oldText": "b = '𝒳'\nc\n", "newText": "B\n"}
    tell(nvim, path, seq=6, hunks=[hunk], **told | {"state": "offered"})
    assert streamed(nvim) is None
    tell(nvim, path, seq=7, **told | {"state": "cancelled"})


@pytest.mark.parametrize("delivery", ["apply", "confirm"])
def test_nothing_is_drawn_of_an_edit_that_is_made(nvim: Neovim, tmp_path: Path, delivery: str) -> None:
    """Without this the lines below dance while the user reads them."""
    told = {"delivery": delivery, "region": span(1, 0, 3, 0), "text": {"append": "b"}}
    tell(nvim, tmp_path / "a.py", seq=1, state="streaming", **told)
    assert streamed(nvim) is None


def test_jobs_of_two_servers_do_not_hide_each_other(nvim: Neovim, tmp_path: Path) -> None:
    """Without this, with two projects open, a job of the second is not shown: each server counts its jobs from 1."""
    for name in ("one", "two"):
        folder = tmp_path / name
        (folder / ".git").mkdir(parents=True)
        (folder / "b.py").write_text("b\n")
        nvim.call("nvim_command", f"edit {folder / 'b.py'}")
        nvim.wait("attach")
        tell(nvim, folder / "b.py", seq=3, state="waiting", title=f"GLM: {name}")
    assert "(+1)" in nvim.lua("return require('glm').statusline()")
    nvim.lua("server.tell(...)", {"uri": (folder / "b.py").as_uri(), "seq": 4, "state": "delivered"})
    nvim.wait("job", state="delivered")
    assert nvim.lua("return require('glm').statusline()") == "GLM: one: waiting for the model"


def test_what_mends_a_failure_here_is_said(nvim: Neovim, tmp_path: Path) -> None:
    """Without this the user leaves the editor for a shell."""
    said = {
        "no-key": "GLM: No. `:Glm login` asks for one and keeps it.",
        "no-network": "GLM: No. Look. `:Glm retry` asks again.",
        "cannot": "GLM: No. Look.",
    }
    for number, (reason, text) in enumerate(said.items(), 1):
        message = {"level": "error", "text": "No.", "next": "Look.", "reason": reason}
        tell(nvim, tmp_path / "a.py", job=str(number), seq=1, state="failed", message=message)
        assert nvim.wait("notify")["text"] == text


def test_what_would_be_sent_can_be_read(nvim: Neovim) -> None:
    """Without this the user has to believe us."""
    part = {"title": "the region", "tokens": 12, "text": "def f():\n    pass\n"}
    without = {"title": ".env", "why": "It holds secrets."}
    nvim.lua("server.answers['glm.context'] = ...", {"parts": [part], "leftOut": [without]})
    nvim.press(":2Glm context explain<CR>")
    assert commands(nvim)[0][1]["action"] == "explain"
    shown = nvim.call("nvim_buf_get_lines", 0, 0, -1, True)
    assert shown[:4] == [
        "Nothing is sent by looking. About 12 tokens would be:",
        "━━ the region (about 12 tokens)",
        "def f():",
        "    pass",
    ]
    assert shown[-1] == ".env: It holds secrets."
    nvim.press("q")
    assert len(nvim.call("nvim_list_wins")) == 1


def test_checkhealth_finds_nothing_wrong(nvim: Neovim) -> None:
    """Without this a user with a broken setup is told that all is well, or the other way round."""
    nvim.lua("vim.lsp.config('glm', { cmd = { vim.v.progpath } })")
    nvim.call("nvim_command", "checkhealth glm")
    report = "\n".join(nvim.call("nvim_buf_get_lines", 0, 0, -1, True))
    assert "does not answer" in report  # This server has no `glm.status`.
    nvim.lua("vim.lsp.config('glm', { cmd = { 'no-such-program' } })")
    nvim.call("nvim_command", "checkhealth glm")
    report = "\n".join(nvim.call("nvim_buf_get_lines", 0, 0, -1, True))
    assert "`no-such-program` is not an executable program" in report
