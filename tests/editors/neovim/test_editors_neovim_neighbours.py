"""Beside another language server: a real basedpyright. We fix what it finds; its own fixes stay where they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conformance import violations
from editing import Editing
from scripted_model import ScriptedModel

BEFORE = """\
def first(items: list[int]) -> int:
    return items[0]


def label(number: int) -> str:
    return number
"""
AFTER = BEFORE.replace("return number", "return str(number)")
REPLY = "```python\ndef label(number: int) -> str:\n    return str(number)\n```\n"
FINDING = 6
"""The line basedpyright complains about, from 1."""

PYRIGHT = """
vim.lsp.config('basedpyright', {{
  cmd = {{ '{program}', '--stdio' }}, filetypes = {{ 'python' }}, root_markers = {{ '.git' }},
  settings = {{ basedpyright = {{ analysis = {{ diagnosticMode = 'openFilesOnly' }} }} }},
}})
"""


class TwoServers(Editing):
    """With basedpyright beside our server; `order` says who is enabled first."""

    pyright = Path()
    order = ("glm", "basedpyright")

    def _enable(self) -> str:
        ours = super()._enable().removesuffix(" vim.lsp.enable('glm')")
        neighbour = " ".join(PYRIGHT.format(program=self.pyright).split())
        return f"{ours} {neighbour} vim.lsp.enable({{ '{self.order[0]}', '{self.order[1]}' }})"

    def join(self, name: str, content: str) -> int:
        """Opens the file, and waits for both servers and the first finding."""
        buffer = self.open(name, content.encode())
        self.nvim.wait("attach", buf=buffer)
        self.nvim.wait("diagnostics", buf=buffer, some=True)
        return buffer

    def ended(self) -> dict[str, Any]:
        """As ever; but the neighbour tells of its own progress too."""
        while (job := super().ended())["state"] not in ("delivered", "refused", "failed", "cancelled"):
            pass
        return job

    def menu(self, keys: str) -> list[str]:
        """The titles of the code action menu where `keys` lead; nothing is picked."""
        self.nvim.press(f"{keys}gra<Esc>")
        return list(self.nvim.wait("menu")["titles"])


@pytest.fixture(scope="module", params=[("glm", "basedpyright"), ("basedpyright", "glm")], ids=["first", "last"])
def editing(
    request: pytest.FixtureRequest,
    nvim_program: Path,
    basedpyright_program: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[TwoServers, ScriptedModel]]:
    """Ours is started first, then last."""
    folder = tmp_path_factory.mktemp("two")
    server = type("Ordered", (TwoServers,), {"pyright": basedpyright_program, "order": request.param})
    with (folder / "nvim-stderr").open("wb") as stderr, closing(ScriptedModel()) as model:
        editing = server(nvim_program, folder, model.url, stderr, plugin=False)
        editing.nvim.lua(
            """
            vim.api.nvim_create_autocmd('DiagnosticChanged', { callback = function(event)
              vim.rpcnotify(1, 'record', { kind = 'diagnostics', buf = event.buf, some = #event.data.diagnostics > 0 })
            end })
            """
        )
        yield editing, model
        traffic = editing.close()
    assert violations(traffic, folders=[editing.folder, editing.state], cut=True) == []


def test_its_finding_is_fixed_by_us_and_gone(editing: tuple[TwoServers, ScriptedModel]) -> None:
    """Without this the most used item of the menu does nothing where it is used: beside the server that complains."""
    editor, model = editing
    buffer = editor.join("label.py", BEFORE)
    editor.pick("GLM: Fix [glm]", FINDING)
    ask = model.next_ask()
    assert "is not assignable to return type" in ask.prompt, "what basedpyright says was not sent"
    ask.answer(REPLY)
    assert editor.ended()["state"] == "delivered"
    assert "\n".join([*editor.lines(buffer), ""]) == AFTER
    editor.nvim.wait("diagnostics", buf=buffer, some=False)
    editor.nvim.press("u")
    assert "\n".join([*editor.lines(buffer), ""]) == BEFORE
    assert editor.messages() == []


def test_its_own_fixes_are_all_there_and_few_of_ours(editing: tuple[TwoServers, ScriptedModel]) -> None:
    """Without this the fix the user knows is hidden behind ours."""
    editor, _ = editing
    editor.start_afresh()
    editor.join("imports.py", "def f() -> str:\n    return os.getcwd()\n")
    titles = editor.menu("2G0fo")
    native = [title for title in titles if "GLM: " not in title]
    ours = [title for title in titles if "GLM: " in title]
    assert any("import os" in title for title in native), "\n".join(titles)
    assert 1 <= len(ours) <= 8
    assert ours[0].startswith("GLM: Fix")


def test_nothing_of_ours_runs_on_save_or_holds_it_up(editing: tuple[TwoServers, ScriptedModel]) -> None:
    """Without this a configuration that organises imports on save waits for a model at every save."""
    editor, model = editing
    editor.start_afresh()
    buffer = editor.join("saved.py", BEFORE)
    editor.pick("GLM: Refactor [glm]", FINDING)
    model.next_ask()  # It never answers.
    ours, milliseconds = editor.nvim.lua(
        """
        local buf = ...
        local ours = vim.lsp.get_clients({ name = 'glm' })[1]
        local params = vim.lsp.util.make_range_params(0, ours.offset_encoding)
        params.context = { diagnostics = {}, only = { 'source.fixAll', 'source.organizeImports' }, triggerKind = 2 }
        local began = vim.uv.hrtime()
        local answers = vim.lsp.buf_request_sync(buf, 'textDocument/codeAction', params, 20000)
        vim.cmd('silent write')
        return { answers[ours.id].result, (vim.uv.hrtime() - began) / 1e6 }
        """,
        buffer,
    )
    assert ours == []
    assert milliseconds < 1000, "the save waited"
