"""A real Emacs in a terminal, that a test can look into."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripted_model import PATIENCE
from terminal import Terminal
from workplace import Workplace

DRIVE = Path(__file__).with_name("drive.el")


class EmacsError(Exception):
    """Emacs could not evaluate a form."""


@dataclass
class Change:
    """`deleted` characters at `start` (from 0) became `inserted`, by the `user` or by `glm`."""

    by: str
    start: int
    deleted: int
    inserted: str


class Emacs:
    """Emacs with `configuration` as the user's init file; `packages` are folders of Lisp packages."""

    def __init__(self, program: Path, work: Workplace, configuration: str, packages: Sequence[Path] = ()) -> None:
        self.work = work
        work.configure(".emacs.d/init.el", configuration)
        loads = "".join(f'(add-to-list \'load-path "{one}") (load "{one}/autoloads" nil t)\n' for one in packages)
        work.configure(".emacs.d/early-init.el", f'{loads}(load "{DRIVE}" nil t)\n')
        path = work.home / "drive"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
            listening.listen()
            listening.settimeout(PATIENCE)
            self.terminal = Terminal(
                [program, "--no-site-file"], work.project, work.environment | {"DRIVE_SOCKET": str(path)}
            )
            try:
                self._connection, _ = listening.accept()
            except TimeoutError:
                screen = "\n".join(self.terminal.screen())
                self.terminal.close()
                raise TimeoutError(f"Emacs did not start. Its screen:\n{screen}") from None
        self.prompt = "[eglot] Pick an action"
        self.began = 0
        self._unread = b""
        self.press("")

    def eval(self, form: str) -> Any:
        """The value of `form`, evaluated while Emacs waits for keys. Errors: EmacsError, TimeoutError."""
        self._connection.sendall(json.dumps(f"(progn {form})").encode() + b"\n")
        answer = self._told(form)
        if "error" in answer:
            raise EmacsError(f"{form}: {answer['error']}")
        return answer["value"]

    def do(self, form: str) -> None:
        """Evaluates `form` for what it does."""
        self.eval(f"{form} nil")

    def press(self, keys: str) -> None:
        """The user presses `keys`; Emacs has dealt with them when this returns."""
        self.terminal.press(keys + "\x1b[24~")
        told = self._told(f"the keys {keys!r}")
        assert "pressed" in told, told

    def open(self, name: str, content: bytes) -> None:
        """Writes the file, opens it in the one window, waits for the server to join, and writes down all changes."""
        path = self.work.write(name, content)
        begun = len(self.work.traffic.records)
        self.do(f"(delete-other-windows) (find-file {lisp(str(path))})")
        self.press("")  # Hooks that a command would run, run now.
        self.work.traffic.method("client", "textDocument/didOpen", begun)
        self.do("(drive-watch)")

    def start_afresh(self) -> None:
        """No file is open, and nothing goes on."""
        self.do(
            "(delete-other-windows)"
            "(ignore-errors (glm-cancel))"
            "(dolist (buffer (buffer-list)) (when (buffer-file-name buffer)"
            " (with-current-buffer buffer (set-buffer-modified-p nil)) (kill-buffer buffer)))"
        )

    def pick(self, title: str, line: int, last: int | None = None, column: int = 0) -> None:
        """Opens the menu at a line, or on the lines up to the end of `last`, all from 1, and picks."""
        self.go(line, column)
        if last is not None:
            self.do(f"(push-mark (save-excursion (goto-line {last}) (line-end-position)) t t)")
        self.begin()
        self.terminal.press("\x03a")  # C-c a
        self.terminal.wait(lambda screen: any(line.startswith(self.prompt) for line in screen))
        self.press(f"{title}\r")

    def begin(self) -> None:
        """What `job_end` and `told` tell of begins now."""
        self.began = len(self.work.traffic.records)

    def job_end(self, began: int | None = None) -> str:
        """How the job ended that was picked last, or the first since record `began`."""
        return self.work.traffic.job_end(self.began if began is None else began)

    def told(self) -> list[str]:
        """What the user was told since the last pick."""
        return self.work.traffic.told(self.began)

    def undo(self, *, more: bool = False) -> None:
        """The user undoes the last change, or one `more` in a row."""
        last = "'undo" if more else "nil"
        self.do(f"(setq last-command {last})")
        self.press("\x1f")  # C-/

    def wait_for_ticks(self, ticks: int) -> None:
        """Waits until a timer has run so many times."""
        self.do(f"(drive-tick {ticks})")
        told = self._told("ticks")
        assert "ticked" in told, told

    def text(self) -> str:
        return str(self.eval("(save-restriction (widen) (buffer-substring-no-properties 1 (point-max)))"))

    def saved(self) -> bytes:
        """The bytes the current buffer would be saved as."""
        copy = self.work.home / "saved-copy"
        self.do(f"(let ((inhibit-message t)) (write-region nil nil {lisp(str(copy))} nil 'quiet))")
        return copy.read_bytes()

    def changes(self) -> list[Change]:
        return [Change(*change) for change in self.eval("(vconcat (reverse drive-changes))")]

    def go(self, line: int, column: int = 0) -> None:
        """To a line, counted from 1."""
        self.do(
            f"(goto-char (point-min)) (forward-line {line - 1}) (forward-char {column}) (set-window-point nil (point))"
        )

    def close(self) -> None:
        """Ends Emacs, and with it the server, whether or not they like it."""
        self._connection.close()
        self.terminal.close()

    def _told(self, what: str) -> dict[str, Any]:
        while b"\n" not in self._unread:
            ready = select.select([self._connection], [], [], PATIENCE)[0]
            chunk = self._connection.recv(1 << 16) if ready else b""
            if not chunk:
                screen = "\n".join(self.terminal.screen()).rstrip()
                raise TimeoutError(f"Emacs {'ended' if ready else 'does not answer'}: {what}. Its screen:\n{screen}")
            self._unread += chunk
        line, self._unread = self._unread.split(b"\n", 1)
        told: dict[str, Any] = json.loads(line)
        return told


def lisp(text: str) -> str:
    """`text` as a Lisp string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
