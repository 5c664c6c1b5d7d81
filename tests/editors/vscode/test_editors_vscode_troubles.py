"""What keeps GLM from working, and how VS Code says so: a sentence, and the button that mends it."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from guarded_model import guarded_model
from prices import EXPECTED, LINE, SOURCE
from scripted_model import ScriptedModel
from workbench import Browser, CodeServer, Workbench, window

KEY = "sk-the-right-one"


@pytest.fixture
def bin(code_server: CodeServer) -> Iterator[Path]:
    """A folder in the PATH of VS Code; empty again afterwards."""
    folder = code_server.home / "bin"
    yield folder
    for file in folder.iterdir():
        file.unlink()


@pytest.fixture
def opened(code_server: CodeServer, browser: Browser, tmp_path: Path, artefacts: Path) -> Iterator[Workbench]:
    """A window that a test starts itself, after it has said which settings hold."""
    with window(code_server, browser, tmp_path, artefacts) as workbench:
        yield workbench


def refactor(workbench: Workbench) -> None:
    if not (workbench.folder / "prices.py").exists():
        (workbench.folder / "prices.py").write_text(SOURCE)
        workbench.open("prices.py")
    workbench.go(LINE)
    workbench.pick("GLM: Refactor")


def works(workbench: Workbench) -> None:
    workbench.do("wait", selector=".tab.active.dirty")
    workbench.idle()
    assert workbench.saved("prices.py") == EXPECTED.encode()


def type_key(workbench: Workbench, key: str) -> None:
    workbench.do("wait", selector=f"{workbench.INPUT}[type='password']")
    workbench.type(key)
    workbench.picture("key")
    workbench.press("Enter")
    workbench.do("wait", selector=".quick-input-widget", state="hidden")


@pytest.mark.vscode_core
def test_no_key(code_server: CodeServer, opened: Workbench, program: Path) -> None:
    """Without this the first thing a new user sees is a failure that says nothing."""
    code_server.set({"glm.server.path": str(program)})
    opened.start()
    refactor(opened)
    opened.toast("There is no API key for https://hub.oxen.ai.")
    opened.picture("no key")
    opened.button("Set API Key")
    opened.do("wait", selector=".quick-input-title:has-text('API key for https://hub.oxen.ai')")
    opened.press("Escape")


def test_a_wrong_key_is_replaced_and_sent_to_its_own_server_only(
    code_server: CodeServer, opened: Workbench, program: Path
) -> None:
    """Without this a mistyped key is a dead end, or a key of one server is sent to another."""
    with guarded_model(KEY) as model, guarded_model() as other:
        code_server.set({"glm.server.path": str(program), "glm.endpoint.baseUrl": model.url})
        opened.start()
        refactor(opened)
        opened.toast("API key")
        opened.picture("no key")
        opened.button("Set API Key")
        type_key(opened, "sk-wrong")
        opened.idle()
        refactor(opened)
        opened.toast("did not accept the API key")
        opened.picture("wrong key")
        opened.button("Set API Key")
        type_key(opened, KEY)
        opened.idle()
        refactor(opened)
        works(opened)
        assert model.keys == [None, "Bearer sk-wrong", f"Bearer {KEY}"]

        for another, keys in ((other, [None]), (model, [None, "Bearer sk-wrong", f"Bearer {KEY}", f"Bearer {KEY}"])):
            opened.press("Control+z")
            opened.saved("prices.py")
            code_server.set({"glm.server.path": str(program), "glm.endpoint.baseUrl": another.url})
            opened.reload()
            opened.do("wait", selector=".tab.active[data-resource-name='prices.py']")
            refactor(opened)
            works(opened)
            assert another.keys == keys


def test_no_network(code_server: CodeServer, opened: Workbench, program: Path) -> None:
    """Without this a user without network is told of exceptions, and has to ask all over again."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    address = f"http://127.0.0.1:{port}/api/ai"
    code_server.set({"glm.server.path": str(program), "glm.endpoint.baseUrl": address})
    opened.start()
    refactor(opened)
    opened.toast("refused the connection")
    opened.picture("no network")
    with guarded_model(port=port):
        opened.button("Try Again")
        works(opened)


def test_a_missing_server_and_then_one_in_the_path(
    code_server: CodeServer, opened: Workbench, model: ScriptedModel, bin: Path, program: Path
) -> None:
    """Without this a user who has installed the extension alone has nothing, and does not know why."""
    code_server.set({"glm.endpoint.baseUrl": model.url})
    opened.start()
    opened.toast("The GLM server was not found: there is no glm-lsp in the PATH, and no uvx to fetch it.")
    opened.picture("missing")
    opened.button("How to Install")
    opened.do("wait", selector=".gettingStartedContainer :text('First steps with GLM')")
    opened.picture("walkthrough")
    (bin / "glm-lsp").symlink_to(program)
    opened.command("GLM: Restart Server")
    opened.idle()
    refactor(opened)
    opened.asks(model)


def test_uvx_runs_the_server_the_extension_carries(
    code_server: CodeServer, opened: Workbench, model: ScriptedModel, bin: Path, program: Path
) -> None:
    """Without this a user has to know about Python to use an extension."""
    (bin / "uvx").write_text(
        f'#!/bin/sh\n[ "$1 $3 $4" = "--from glm-lsp serve" ] && [ -f "$2" ] && exec {program} serve\n'
    )
    (bin / "uvx").chmod(0o755)
    code_server.set({"glm.endpoint.baseUrl": model.url})
    opened.start()
    opened.idle()
    refactor(opened)
    opened.asks(model)


def test_a_server_that_is_not_where_it_was_said_to_be(code_server: CodeServer, opened: Workbench) -> None:
    """Without this a mistyped path fails in silence, or another server than the chosen one is run."""
    code_server.set({"glm.server.path": "/nowhere/glm-lsp"})
    opened.start()
    opened.toast("There is no program at /nowhere/glm-lsp, where glm.server.path says the GLM server is.")
    opened.picture("not there")
    opened.button("Open Settings")
    opened.do("wait", selector=".settings-editor :text('Server: Path')")
    opened.picture("settings")


OLD_PYTHONS = {
    "ours": "glm-lsp needs Python 3.11 or newer; this is Python 3.9.2.",
    "uv": "  x No interpreter found for Python >=3.11 in managed installations or search path",
    "python": '  File "glm_lsp/cli/main.py", line 9\n    match name:\n          ^\nSyntaxError: invalid syntax',
}


@pytest.mark.parametrize("said", OLD_PYTHONS.values(), ids=OLD_PYTHONS.keys())
def test_an_old_python(code_server: CodeServer, opened: Workbench, tmp_path: Path, said: str) -> None:
    """Without this a user of an old system sees the insides of Python."""
    old = tmp_path / "glm-lsp"
    old.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\nexit 1\n")
    old.chmod(0o755)
    code_server.set({"glm.server.path": str(old)})
    opened.start()
    opened.toast("The GLM server needs Python 3.11 or newer, and found an older one.")
    opened.picture("old Python")
    assert len(opened.toasts()) == 1
    opened.button("How to Install")
    opened.do("wait", selector=".gettingStartedContainer :text('First steps with GLM')")


def test_a_server_that_dies_is_started_again(
    code_server: CodeServer, opened: Workbench, model: ScriptedModel, program: Path, tmp_path: Path
) -> None:
    """Without this one crash takes GLM away until the window is reloaded."""
    note = tmp_path / "pid"
    wrapper = tmp_path / "glm-lsp"
    wrapper.write_text(f'#!/bin/sh\necho $$ > {note}\nexec {program} "$@"\n')
    wrapper.chmod(0o755)
    code_server.set({"glm.server.path": str(wrapper), "glm.endpoint.baseUrl": model.url})
    opened.start()
    opened.idle()
    refactor(opened)
    opened.asks(model)
    os.kill(int(note.read_text()), signal.SIGKILL)
    opened.idle()
    refactor(opened)
    opened.asks(model)
