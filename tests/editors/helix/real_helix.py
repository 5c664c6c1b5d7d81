"""A real Helix in a terminal."""

from __future__ import annotations

import re
from pathlib import Path

from terminal import Terminal
from workplace import Workplace, snippet

CONFIGURATION = "[editor]\ninsert-final-newline = false\n"
"""Helix would end a file that does not end with a newline when it saves it, whoever edited it."""


class Helix:
    """Helix set up as its page says. Its only window to the inside is the file it saves."""

    def __init__(self, program: Path, work: Workplace) -> None:
        self.work = work
        self.began = 0
        work.configure(".config/helix/languages.toml", snippet("helix.md", "toml"))
        work.configure(".config/helix/config.toml", CONFIGURATION)
        self._path = work.project
        self.terminal = Terminal([program], work.project, work.environment)
        self.terminal.wait(" NOR ")

    def open(self, name: str, content: bytes) -> None:
        """Writes the file, opens it in the place of the one before, and waits for the server to join."""
        begun = len(self.work.traffic.records)
        self.terminal.press(":buffer-close-all!\r")
        self.terminal.wait("[scratch]")
        self._path = self.work.write(name, content)
        self.terminal.press(f":open {name}\r")
        self.work.traffic.method("client", "textDocument/didOpen", begun)
        self.terminal.wait(f" {name} ")

    def pick(self, title: str, line: int) -> list[str]:
        """Opens the menu at a line (from 1) and picks. The menu's rows."""
        self.began = len(self.work.traffic.records)
        self.terminal.press(f"{line}G a")
        screen = self.terminal.wait(title)
        found = (re.search(r"(GLM|Other): .*?(?=  |$)", row) for row in screen)
        rows = [row[0] for row in found if row]
        row = next(number for number, row in enumerate(rows) if row == title)
        self.terminal.press("\x0e" * row + "\r")  # C-n
        self.work.traffic.method("client", "workspace/executeCommand", self.began)
        return rows

    def type(self, keys: str) -> None:
        """Inserts, and leaves insert mode again. What follows Escape at once would be taken for Alt."""
        self.terminal.press(keys)
        self.terminal.wait(" INS ")
        self.terminal.press("\x1b")
        self.terminal.wait(" NOR ")

    def undo(self) -> None:
        self.terminal.press("u")

    def saved(self) -> bytes:
        """Saves the file; its bytes."""
        begun = len(self.work.traffic.records)
        self.terminal.press(":write!\r")
        self.work.traffic.method("client", "textDocument/didSave", begun)
        return self._path.read_bytes()

    def job_end(self) -> str:
        """How the job ended that was picked last."""
        return self.work.traffic.job_end(self.began)

    def told(self) -> list[str]:
        """What the user was told since the last pick."""
        return self.work.traffic.told(self.began)

    def close(self) -> None:
        self.terminal.close()
