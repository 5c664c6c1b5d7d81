"""VS Code in a browser, driven by keys and by the mouse as a person would; its text is read on disk."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from scripted_model import Ask, ScriptedModel

HERE = Path(__file__).parent
INSTALL_SECONDS, START_SECONDS, END_SECONDS = 120.0, 60.0, 20.0

SETTINGS: dict[str, Any] = {
    "chat.disableAIFeatures": True,
    "editor.acceptSuggestionOnEnter": "off",
    "editor.autoClosingBrackets": "never",
    "editor.autoClosingQuotes": "never",
    "editor.autoIndent": "none",
    "editor.minimap.enabled": False,
    "editor.quickSuggestions": {"other": "off", "comments": "off", "strings": "off"},
    "editor.wordBasedSuggestions": "off",
    "extensions.autoCheckUpdates": False,
    "extensions.ignoreRecommendations": True,
    "files.autoSave": "off",
    "files.hotExit": "off",
    "files.insertFinalNewline": False,
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "window.menuBarVisibility": "classic",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}
"""What keeps VS Code from typing, asking or fetching by itself."""


class CodeServer:
    """VS Code's server half, with our extension in it. Everything it writes is below `home`."""

    def __init__(self, installed: Path, vsix: Path, home: Path, variables: dict[str, str]) -> None:
        """`installed` is the folder of scripts/install-vscode; `variables` are added to a bare environment."""
        self.home = home
        self._node = installed / "bin/node"
        self._program = installed / "code-server/node_modules/code-server/out/node/entry.js"
        self.data = home / "data"
        for folder in (self.data / "User", self.data / "Machine", home / "extensions", home / "bin"):
            folder.mkdir(parents=True)
        self._environment = {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": f"{home / 'bin'}:/usr/bin:/bin",
            "SHELL": "/bin/sh",
            **variables,
        }
        # VS Code takes the PATH from a login shell.
        (home / ".profile").write_text(f'PATH="{self._environment["PATH"]}"\n')
        self.set({})
        # A file, not a pipe: nobody reads on once it listens, and VS Code must not wait for a reader.
        self._said = home / "said"
        installing = self._start("--install-extension", str(vsix))
        assert installing.wait(INSTALL_SECONDS) == 0, self._said.read_text()
        self._process = self._start(
            "--bind-addr=127.0.0.1:0", "--auth=none", "--disable-telemetry", "--disable-update-check",
            "--disable-getting-started-override", "--ignore-last-opened", "--disable-proxy",
            "--reconnection-grace-time=1",
        )  # fmt: skip
        self.url = self._listening()

    def set(self, settings: dict[str, Any]) -> None:
        """The settings of the user, for windows that open from now on and for those that are open."""
        text = json.dumps(SETTINGS | settings)
        for place in ("User", "Machine"):
            (self.data / place / "settings.json").write_text(text)

    def close(self) -> None:
        """Ends it with all it has started: it began a session of its own, and they belong to that."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in self._session():
                with suppress(ProcessLookupError):
                    os.kill(process, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)

    def _session(self) -> Iterator[int]:
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with suppress(OSError):
                    fields = (folder / "stat").read_text().rpartition(")")[2].split()
                    if int(fields[3]) == self._process.pid:
                        yield int(folder.name)

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        whole: list[str | Path] = [self._node, self._program, f"--user-data-dir={self.data}",
                 f"--extensions-dir={self.home / 'extensions'}", *arguments]  # fmt: skip
        with self._said.open("w") as said:
            return subprocess.Popen(
                whole,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _listening(self) -> str:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            if found := re.search(r"listening on (http://\S+?)/?$", self._said.read_text(), re.MULTILINE):
                return found[1]
            time.sleep(0.05)
        raise AssertionError(self._said.read_text())


class Browser:
    """The browser. Errors of what it is told become `AssertionError`."""

    def __init__(self, installed: Path, home: Path) -> None:
        environment = os.environ | {"HOME": str(home)}
        self._process = subprocess.Popen(
            [installed / "bin/node", HERE / "browser.mjs", installed / "playwright", installed / "bin/chromium"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, name: str, /, **arguments: Any) -> Any:
        stdin, stdout = self._pipes
        stdin.write(json.dumps({"do": name, **arguments}) + "\n")
        stdin.flush()
        line = stdout.readline()
        assert line, "the browser ended"
        answer = json.loads(line)
        assert "error" not in answer, f"{name} {arguments}: {answer['error']}"
        return answer["value"]

    def close(self) -> None:
        stdin, stdout = self._pipes
        stdin.close()
        self._process.wait(END_SECONDS)
        stdout.close()

    @property
    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout


class Workbench:
    """One window, on one folder. `artefacts` is where screenshots of it go."""

    STATUS = "[id='glm-lsp.glm-lsp.glmLsp.status']"
    TOAST = ".notification-toast"
    MENU = ".action-widget"
    INPUT = ".quick-input-widget input"

    def __init__(self, server: CodeServer, browser: Browser, folder: Path, artefacts: Path) -> None:
        self._server = server
        self._browser = browser
        self._artefacts = artefacts
        self.folder = folder
        self.do = browser.do

    def start(self) -> None:
        self.do("open", url=f"{self._server.url}/?folder={quote(str(self.folder))}")
        self.do("wait", selector=f"{self.STATUS} .codicon-sparkle, {self.STATUS} .codicon-warning")

    def reload(self) -> None:
        self.do("reload")
        self.do("wait", selector=f"{self.STATUS} .codicon-sparkle, {self.STATUS} .codicon-warning")

    def press(self, *keys: str) -> None:
        for one in keys:
            self.do("press", keys=one)

    def type(self, text: str, delay: float = 0) -> None:
        """Key by key, `delay` milliseconds between them."""
        self.do("type", text=text, delay=delay)

    def picture(self, name: str) -> None:
        self.do("screenshot", path=str(self._artefacts / f"{name}.png"))

    def open(self, name: str) -> None:
        """The file `name` of the folder, in an editor that has the keyboard."""
        self.press("Control+p")
        self.do("wait", selector=self.INPUT)
        self.do("insert", text=str(self.folder / name))
        self.do("wait", selector=f".quick-input-list .monaco-list-row.focused[aria-label^='{name}']")
        self.press("Enter")
        self.do("wait", selector=f".tab.active[data-resource-name='{name}']")
        self.do("wait", selector=".editor-instance .view-lines")

    def tab(self, name: str) -> None:
        """Brings the file `name`, which is open, to the front, with the mouse."""
        self.do("click", selector=f".tab[data-resource-name='{name}']")
        self.do("wait", selector=f".tab.active[data-resource-name='{name}']")
        self.do("wait", selector=".editor-instance .monaco-editor.focused")

    def go(self, line: int, column: int = 1) -> None:
        """The cursor to a place, both from 1."""
        self.press("Control+g")
        self.do("wait", selector=self.INPUT)
        self.do("insert", text=f"{line}:{column}")
        self.press("Enter")
        self.do("wait", selector=".quick-input-widget", state="hidden")
        self.do("wait", selector=".editor-instance .monaco-editor.focused")

    def command(self, title: str) -> None:
        """A command of the palette, by its whole title."""
        self.press("F1")
        self.do("wait", selector=self.INPUT)
        self.do("insert", text=title)
        row = f".quick-input-list .monaco-list-row.focused[aria-label^='{title}']"
        self.do("wait", selector=row)
        self.press("Enter")

    def palette(self, text: str) -> list[str]:
        """The titles the palette finds for `text`."""
        self.press("F1")
        self.do("wait", selector=self.INPUT)
        self.do("insert", text=text)
        self.do("wait", selector=".quick-input-list .monaco-list-row")
        found: list[str] = self.do("texts", selector=".quick-input-list .monaco-list-row .label-name")
        self.press("Escape")
        return found

    def menu(self) -> list[str]:
        """Opens the code action menu; its lines."""
        # A server that was started a moment ago may not have been asked yet; VS Code says so, or nothing, and is asked
        # again.
        for _ in range(20):
            self.press("Control+.")
            with suppress(AssertionError):
                self.do("wait", selector=f"{self.MENU} .monaco-list-row", timeout=1000)
                break
            self.press("Escape")
        titles: list[str] = self.do("texts", selector=f"{self.MENU} .monaco-list-row .title")
        return [title.replace("\u00a0", " ") for title in titles]

    def pick(self, title: str) -> None:
        """An item of the code action menu, with the mouse."""
        assert title in self.menu()
        self.do("click", selector=f"{self.MENU} .monaco-list-row:has(.title:text-is('{title}'))")

    def lightbulb(self, title: str) -> None:
        """The item `title` of the menu behind the lightbulb, both with the mouse."""
        self.do("click", selector=".lightBulbWidget")
        self.do("click", selector=f"{self.MENU} .monaco-list-row:has-text('{title}')")

    def asks(self, model: ScriptedModel) -> Ask:
        """Waits until the model is asked, and the status bar shows that something runs."""
        ask = model.next_ask()
        self.do("wait", selector=f"{self.STATUS} .codicon-loading")
        return ask

    def idle(self) -> None:
        """Waits until nothing shows any more that something runs."""
        self.do("wait", selector=f"{self.STATUS} .codicon-sparkle")
        self.do("wait", selector=f"{self.TOAST}:has(.monaco-button:has-text('Cancel'))", state="detached")

    def toasts(self) -> list[str]:
        """What is said; not how a job goes, which VS Code shows for a moment longer than it goes."""
        said = f"{self.TOAST}:not(:has(.monaco-button:has-text('Cancel')))"
        found: list[str] = self.do("texts", selector=f"{said} .notification-list-item-message")
        return [text.replace("\u00a0", " ") for text in found]

    def toast(self, text: str) -> None:
        """Waits for a message that holds `text`."""
        self.do("wait", selector=f"{self.TOAST}:has-text('{text}')")

    def button(self, title: str) -> None:
        """A button of a message."""
        self.do("click", selector=f"{self.TOAST} .monaco-button:has-text('{title}')")

    def saved(self, name: str) -> bytes:
        """What the editor in front writes: the truth about its text, line ends included."""
        self.press("Control+s")
        self.do("wait", selector=f".tab.dirty[data-resource-name='{name}']", state="detached")
        return (self.folder / name).read_bytes()


@contextmanager
def window(server: CodeServer, browser: Browser, folder: Path, artefacts: Path) -> Iterator[Workbench]:
    """A window on `folder`, closed afterwards. It is for the caller to `start` it, once its settings hold."""
    workbench = Workbench(server, browser, folder, artefacts)
    try:
        yield workbench
    finally:
        with suppress(AssertionError):
            workbench.picture("at the end")
        browser.do("close")
