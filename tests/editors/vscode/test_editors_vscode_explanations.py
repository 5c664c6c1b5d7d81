"""Explanations in VS Code: as they stream, beside the code, and inert."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from prices import DATA, LINE, SOURCE
from scripted_model import PATIENCE, ScriptedModel
from workbench import Workbench


@pytest.fixture
def canary() -> Iterator[ThreadingHTTPServer]:
    """A web server on this machine that notes what is fetched from it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Canary)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class _Canary(BaseHTTPRequestHandler):
    fetched: list[str] = []  # noqa: RUF012 - one for the server, and there is one server

    def do_GET(self) -> None:
        self.fetched.append(self.path)
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.vscode_core
def test_an_explanation_streams_beside_what_the_user_types(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this an explanation swallows the keys of a user who went on typing, or comes only when it is whole."""
    (workbench.folder / "prices.py").write_text(SOURCE)
    workbench.open("prices.py")
    workbench.go(LINE)
    workbench.pick("GLM: Explain")
    ask = workbench.asks(model)
    workbench.type("# ty")
    ask.say("It adds up *all* prices.\n\n")
    assert "prices.py, line 5" in workbench.do("shown", text="It adds up all prices.")
    workbench.picture("first words")
    workbench.type("pi")
    ask.say("- `prices`: numbers\n\n```python\nsum(prices)\n```\n")
    workbench.do("shown", text="prices: numbers")
    ask.answer("\nThe end.\n")
    workbench.type("ng\n")
    workbench.do("shown", text="The end.")
    workbench.idle()
    workbench.picture("whole")

    lines = SOURCE.splitlines(keepends=True)
    assert workbench.saved("prices.py") == "".join([*lines[: LINE - 1], "# typing\n", *lines[LINE - 1 :]]).encode()
    assert workbench.toasts() == []


def test_the_next_explanation_takes_the_place_of_the_last(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this every explanation opens one more column."""
    (workbench.folder / "prices.py").write_text(SOURCE)
    workbench.open("prices.py")
    for words in ("The first.", "The second."):
        workbench.go(LINE)
        workbench.pick("GLM: Explain")
        workbench.asks(model).answer(words)
        shown = workbench.do("shown", text=words)
        workbench.idle()
    assert "The first." not in shown
    assert workbench.do("count", selector=".editor-group-container") == 2


def test_a_cancelled_explanation_says_that_it_is_not_whole(workbench: Workbench, model: ScriptedModel) -> None:
    """Without this half an explanation is taken for all there is to say."""
    (workbench.folder / "prices.py").write_text(SOURCE)
    workbench.open("prices.py")
    workbench.go(LINE)
    workbench.pick("GLM: Explain")
    ask = workbench.asks(model)
    ask.say("It adds ")
    workbench.do("shown", text="It adds")
    workbench.press("Control+Alt+g", "c")
    assert ask.abandoned.wait(PATIENCE)
    workbench.do("shown", text="This explanation is not complete.")


def test_nothing_in_an_explanation_is_fetched_or_can_be_clicked(
    workbench: Workbench, model: ScriptedModel, canary: ThreadingHTTPServer
) -> None:
    """Without this a text that was slipped to the model sends what the model has read to a stranger's server."""
    payloads = (DATA / "payloads.md").read_text().replace("CANARY", f"http://127.0.0.1:{canary.server_port}")
    (workbench.folder / "prices.py").write_text(SOURCE)
    workbench.open("prices.py")
    workbench.go(LINE)
    workbench.pick("GLM: Explain")
    workbench.asks(model).answer(payloads)
    workbench.do("shown", text="the end of it")
    workbench.idle()
    workbench.picture("inert")
    for tag in ("img", "a", "iframe", "video", "svg", "picture", "link[href*='127.0.0.1']"):
        assert workbench.do("inside", text="the end of it", selector=f".markdown-body {tag}") == 0, tag
    assert _Canary.fetched == []
