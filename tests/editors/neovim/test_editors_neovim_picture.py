"""The picture of Neovim at work, as it stands in the README: made anew by every run, below `artefacts/`.

`GLM_LSP_PICTURES=1` also puts it into editors/pictures.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from editing import REPOSITORY, Editing
from scripted_model import ScriptedModel

EXPLANATION = """\
Says in which of five folders an invoice belongs on the day `today`.

1. What is still to pay, `invoice.open()`, decides first: less than nothing is `overpaid`, nothing is `paid`.
2. Else the day does: until `due()` it is `open`, for 30 days more `late`, then it goes to the `lawyer`.

**Easy to get wrong:** the 30 days count from the due date, not from the invoice; and `today` has to be a date: a
`datetime` cannot be compared with one.
"""
REPLY = """\
```python
def status(invoice, today):
    \"\"\"In which of our five folders the invoice belongs today.\"\"\"
    if invoice.open() < 0:
        return "overpaid"
    if invoice.open() == 0:
        return "paid"
    if today <= invoice.due():
        return "open"
    if today <= invoice.due() + datetime.timedelta(days=30):
        return "late"
    return "lawyer"
```
"""


def test_a_picture_shows_an_explanation_beside_an_offered_edit(nvim_program: Path, tmp_path: Path) -> None:
    """Without this the README shows what the editor no longer does."""
    with (tmp_path / "stderr").open("wb") as stderr, closing(ScriptedModel()) as model:
        editing = Editing(nvim_program, tmp_path, model.url, stderr, plugin=True)
        try:
            (tmp_path / "home/config.toml").write_text('edit.delivery = "preview"\n')
            svg = drawn(editing, model)
        finally:
            editing.close()
    for folder in [REPOSITORY / "artefacts"] + [REPOSITORY / "editors/pictures"] * ("GLM_LSP_PICTURES" in os.environ):
        folder.mkdir(exist_ok=True)
        (folder / "neovim.svg").write_text(svg)


def drawn(editing: Editing, model: ScriptedModel) -> str:
    nvim = editing.nvim
    nvim.call("nvim_ui_try_resize", 138, 32)
    source = (REPOSITORY / "examples/sample/invoice.py").read_bytes()
    first = source[: source.index(b"def status")].count(b"\n") + 1
    editing.open("invoice.py", source)
    nvim.call("nvim_command", "set number laststatus=3 noruler noshowcmd | colorscheme default")
    nvim.lua("vim.o.statusline = \" %t %m%= %{v:lua.require'glm'.statusline()} \"")
    nvim.lua("vim.g.glm_explanation = { split = 'right', win = -1, width = 54 }")
    nvim.press(f"{first}G:Glm explain<CR>")
    model.next_ask().answer(EXPLANATION)
    editing.ended()
    nvim.press(f"{first}G:Glm refactor<CR>")
    model.next_ask().answer(REPLY)
    nvim.wait("job", state="offered")
    nvim.press(f"{first}Gzt3<C-y>:<Esc>")
    nvim.call("nvim_command", "redraw!")
    nvim.call("nvim_eval", "0")
    shown = "\n".join(nvim.screen.lines())
    for words in ("def status(invoice", "Says in which of five folders", "GLM: Refactor: waiting for your word"):
        assert words in shown, shown
    return nvim.screen.svg()
