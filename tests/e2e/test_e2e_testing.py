"""The action that writes tests, on a copy of the example project: the project's own runner finds what comes of it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scripted_editor import Editor, Start
from scripted_model import Ask, ScriptedModel
from test_e2e_files import JOBS, Disk, ended

SAMPLE = Path(__file__).parents[2] / "examples" / "sample"
NEW_TEST = """

def test_cents_round_half_up():
    assert cents(Decimal("0.005")) == Decimal("0.01")
"""
NEW_FILE = "import reports\n\n\ndef test_title():\n    assert reports.title('a') == 'A'\n"
CREATE = f"test_reports.py\n````python\n<<<<<<< SEARCH\n=======\n{NEW_FILE}>>>>>>> REPLACE\n````\n"


@pytest.fixture
def sample(tmp_path: Path, start: Start) -> Path:
    """A copy of the example project where the server is started."""
    folder = tmp_path / "project"
    for path in SAMPLE.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    return folder


def collected(folder: Path) -> list[str]:
    """The tests that the project's own runner finds."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, env=environ)
    return [line for line in found.stdout.splitlines() if "::" in line]


async def asked(editor: Editor, model: ScriptedModel, path: Path, text: str, line: int) -> tuple[str, Ask]:
    editor.texts = Disk(editor.wire)
    uri = editor.open(path.name, text)
    job = await editor.pick("GLM: Write tests", uri, line, line + 1)
    return job, await asyncio.to_thread(model.next_ask)


async def test_tests_of_a_tested_module_are_added_to_its_own(start: Start, model: ScriptedModel, sample: Path) -> None:
    source = (sample / "invoice.py").read_text()
    line = source[: source.index("def cents")].count("\n")
    async with start("vscode", JOBS) as editor:
        job, ask = await asked(editor, model, sample / "invoice.py", source, line)
        assert "Add them to `test_invoice.py`, written as those in it are (pytest)." in ask.prompt
        assert (sample / "test_invoice.py").read_text() in ask.prompt
        assert (sample / "pytest.ini").read_text() in ask.prompt
        last = "    assert main([]) == 2\n"
        imports = "from invoice import (\n    InvoiceError,\n"
        ask.answer(
            f"test_invoice.py\n````python\n<<<<<<< SEARCH\n{imports}=======\n{imports}    cents,\n>>>>>>> REPLACE\n"
            f"<<<<<<< SEARCH\n{last}=======\n{last}{NEW_TEST}>>>>>>> REPLACE\n````\n"
        )
        assert (await ended(editor, job))["state"] == "delivered"
    found = collected(sample)
    assert found[0] == "test_invoice.py::test_totals", "those that were there are still found"
    assert found[-1] == "test_invoice.py::test_cents_round_half_up"


@pytest.mark.parametrize("yes", [True, False])
async def test_the_first_tests_of_a_module_are_a_new_file_beside_its_like_and_asked_about(
    start: Start, model: ScriptedModel, sample: Path, yes: bool
) -> None:
    source = "def title(text):\n    return text.title()\n"
    (sample / "reports.py").write_text(source)
    async with start("vscode", JOBS) as editor:
        editor.wire.answer("window/showMessageRequest", lambda params: {"title": "Apply"} if yes else None)
        job, ask = await asked(editor, model, sample / "reports.py", source, 0)
        assert "Put them into the new file `test_reports.py` (pytest), written as `test_invoice.py` is." in ask.prompt
        ask.answer(CREATE)
        assert (await ended(editor, job))["state"] == ("delivered" if yes else "cancelled")
        assert len(editor.wire.received("window/showMessageRequest")) == 1
    assert (sample / "test_reports.py").exists() is yes
    if yes:
        assert collected(sample)[-1] == "test_reports.py::test_title"
