"""What keeps us from working, and how Neovim says so: once, in a sentence that says what to do."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from editing import Editing, private_environment
from headless_neovim import Neovim
from scripted_model import ScriptedModel
from sources import EXPECTED, REPLY, SOURCE, TOTAL

KEY = "sk-the-right-one"
SERVER = shlex.join([sys.executable, "-m", "glm_lsp"])
INSTALL = "Install it: in a clone of glm-lsp, `pipx install .`."


class Troubled(Editing):
    """Its server is the program `bin/glm-lsp`, which need not be there."""

    def _enable(self) -> str:
        return f"lua vim.lsp.config('glm', {{ cmd = {{ '{self.program}' }} }}) vim.lsp.enable('glm')"

    @property
    def program(self) -> Path:
        return self.folder.parent / "bin/glm-lsp"

    def told(self) -> str:
        """The one message that the user has got, or gets next."""
        text = str(self.nvim.wait("notify")["text"]).removeprefix("LSP[glm] ")
        assert text.startswith("GLM: ")
        assert self.nvim.taken("notify") == []
        return text


Start = Callable[..., Troubled]


@pytest.fixture(params=["plain", "plugin"])
def start(request: pytest.FixtureRequest, nvim_program: Path, tmp_path: Path) -> Iterator[Start]:
    """A Neovim whose server asks at `url` and is what the shell does at `script`."""
    started: list[Neovim] = []

    def start(url: str = "https://hub.oxen.ai/api/ai", script: str | None = f'exec {SERVER} "$@"') -> Troubled:
        program = tmp_path / "bin/glm-lsp"
        if script is not None:
            program.parent.mkdir()
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
        editing = Troubled(nvim_program, tmp_path, url, stderr, plugin=request.param == "plugin")
        started.append(editing.nvim)
        return editing

    with (tmp_path / "nvim-stderr").open("wb") as stderr:
        yield start
        for nvim in started:
            nvim.close()


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    """Of no session: these tests start their editors themselves."""
    model = ScriptedModel()
    yield model
    model.close()


class _Guarded(BaseHTTPRequestHandler):
    """A model for those who have the key."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self._answer(401, json.dumps({"error": {"message": "unauthenticated"}}))
            return
        choice = {"index": 0, "delta": {"content": REPLY}, "finish_reason": "stop"}
        self._answer(200, f"data: {json.dumps({'choices': [choice]})}\n\ndata: [DONE]\n\n", "text/event-stream")

    def do_GET(self) -> None:
        price = {"input_cost_per_token": 6e-7, "output_cost_per_token": 2.2e-6}
        self._answer(200, json.dumps({"data": [{"id": "zai-org-glm-5-1", "pricing": price}, {"id": "glm-other"}]}))

    def _answer(self, status: int, body: str, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode("ascii"))

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def guarded() -> Iterator[str]:
    """Its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Guarded)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/ai"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refactor(editing: Troubled) -> int:
    buffer = editing.open("prices.py", SOURCE.encode())
    editing.pick("GLM: Refactor", TOTAL)
    editing.nvim.wait("end")
    return buffer


def test_no_key(start: Start) -> None:
    """Without this the first thing a new user sees says nothing."""
    editing = start()
    refactor(editing)
    mends = "`:Glm login` asks for one" if editing.plugin else "Set OXEN_API_KEY, or run `glm-lsp login`."
    assert editing.told().startswith(f"GLM: There is no API key for https://hub.oxen.ai. {mends}")


def test_a_wrong_key_and_then_the_right_one(start: Start, tmp_path: Path) -> None:
    """Without this a mistyped key is a dead end."""
    with guarded() as url:
        editing = start(url)
        login(tmp_path, url, "sk-wrong")
        buffer = refactor(editing)
        mends = "`:Glm login` asks for another" if editing.plugin else "Store a valid key with `glm-lsp login`"
        told = editing.told()
        assert "did not accept the API key" in told
        assert mends in told
        if editing.plugin:
            login_in_the_editor(editing)
        else:
            login(tmp_path, url, KEY)
        editing.ask("retry", "glm.retry", {})
        editing.nvim.wait("end")
        assert editing.lines(buffer) == EXPECTED.splitlines()


def login(folder: Path, url: str, key: str) -> None:
    """In a shell."""
    environment = private_environment(folder / "home") | {"GLM_LSP_BASE_URL": url}
    command = [sys.executable, "-m", "glm_lsp", "login", "--file"]
    subprocess.run(command, env=environment, input=key, text=True, check=True, capture_output=True)


def login_in_the_editor(editing: Editing) -> None:
    nvim = editing.nvim

    def shown(words: str) -> None:
        while words not in "\n".join(nvim.call("nvim_buf_get_lines", 0, 0, -1, True)):
            pass

    nvim.press(":Glm login --file<CR>")
    shown("API key for http://127.0.0.1")
    nvim.press(f"{KEY}<CR>")
    shown("is kept in")
    assert KEY not in "\n".join(nvim.call("nvim_buf_get_lines", 0, 0, -1, True))
    nvim.press("<C-\\><C-n>q")
    assert len(nvim.call("nvim_list_wins")) == 1


def test_no_network(start: Start) -> None:
    """Without this a user without network is told of exceptions, and has to ask all over again."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        editing = start(f"http://127.0.0.1:{port}/api/ai")
        refactor(editing)
    told = editing.told()
    assert "refused the connection. Check that the server runs and endpoint.base_url." in told
    assert ("`:Glm retry` asks again." in told) == editing.plugin


def test_a_server_that_is_not_there(start: Start) -> None:
    """Without this a user who has installed the plugin alone has nothing, and does not know why."""
    editing = start(script=None)
    for name in ("a.py", "b.py"):
        editing.nvim.call("nvim_command", f"edit {name}")
    assert editing.told() == f"GLM: the server `{editing.program}` is not an executable program. {INSTALL}"
    if editing.plugin:
        assert "is not an executable program" in health(editing)
        editing.nvim.call("nvim_command", "edit c.py")
        editing.nvim.press(":Glm explain<CR>")
        assert ":checkhealth glm says why" in editing.told()


OLD_PYTHONS = {
    "ours": ("glm-lsp needs Python 3.11 or newer; this is 3.9.", "glm-lsp needs Python 3.11 or newer; this is 3.9."),
    "python's": (
        "  File main.py\n    match name:\nSyntaxError: invalid syntax",
        "The server needs Python 3.11 or newer, and found an older one.",
    ),
}


@pytest.mark.parametrize(("says", "told"), OLD_PYTHONS.values(), ids=OLD_PYTHONS.keys())
def test_an_old_python(start: Start, says: str, told: str) -> None:
    """Without this a user of an old system reads an exit code, and the name of a log file."""
    editing = start(script=f"cat >&2 <<'END'\n{says}\nEND\nexit 1")
    path = editing.folder / "a.py"
    path.write_text("x = 1\n")
    editing.nvim.call("nvim_command", f"edit {path}")
    ours = editing.nvim.wait("notify", text=f"GLM: {told}")
    assert ours["level"] == 4
    assert all("Client glm quit with exit code 1" in event["text"] for event in editing.nvim.taken("notify"))
    if editing.plugin:
        assert f"does not run: {says.splitlines()[-1]}" in health(editing)


def test_a_server_that_dies_is_started_again(start: Start, model: ScriptedModel, tmp_path: Path) -> None:
    """Without this one crash takes GLM away until Neovim is started anew, and nobody says so."""
    note = tmp_path / "pid"
    editing = start(model.url, f'echo $$ > {note}\nexec {SERVER} "$@"')
    buffer = editing.open("prices.py", SOURCE.encode())
    os.kill(int(note.read_text()), signal.SIGKILL)
    editing.nvim.wait("attach", buf=buffer)
    assert "GLM: the server ended unexpectedly, and was started again." in [
        event["text"] for event in editing.nvim.taken("notify")
    ]
    editing.pick("GLM: Refactor", TOTAL)
    model.next_ask().answer(REPLY)
    editing.nvim.wait("end")
    assert editing.lines(buffer) == EXPECTED.splitlines()


@pytest.mark.parametrize("start", ["plugin"], indirect=True)
def test_checkhealth_is_clean_and_another_model_can_be_picked(start: Start) -> None:
    """Without this a user who looks for the fault is sent after one that is none."""
    with guarded() as url:
        editing = start(url)
        editing.open("prices.py", SOURCE.encode())
        report = health(editing)
        assert not any(word in report for word in ("ERROR", "WARNING", "❌", "⚠️")), report
        assert f"zai-org-glm-5-1 at {url}, 1 buffers" in report
        assert f"`{editing.program}`, glm-lsp " in report
        editing.nvim.call("nvim_command", f"edit {editing.folder / 'prices.py'}")
        editing.nvim.lua("record.pick('glm-other')")
        editing.nvim.press(":Glm models<CR>")
        assert editing.nvim.wait("menu")["titles"] == [
            "zai-org-glm-5-1 ($0.60 / $2.20 a million tokens)",
            "glm-other",
        ]
        editing.nvim.press(f"{TOTAL}G:Glm request<CR>")
        while "glm-other" not in "\n".join(editing.nvim.call("nvim_buf_get_lines", 0, 0, -1, True)):
            pass


def health(editing: Editing) -> str:
    editing.nvim.call("nvim_command", "checkhealth glm")
    report = "\n".join(editing.nvim.call("nvim_buf_get_lines", 0, 0, -1, True))
    editing.nvim.call("nvim_command", "bwipeout!")
    return report
