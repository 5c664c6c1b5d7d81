"""An Emacs that lives for some tests, set up as its page says, with a model of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance import violations
from real_emacs import Emacs
from scripted_model import ScriptedModel
from workplace import Workplace

Start = Callable[[str], tuple[Emacs, ScriptedModel]]

EGLOT = 0
LSP_MODE = 1
"""The number of its configuration among those of the page."""


@contextmanager
def living(program: Path, folder: Path, configuration: str) -> Iterator[tuple[Emacs, ScriptedModel]]:
    """An Emacs and its model; at the end all traffic is checked."""
    model = ScriptedModel()
    work = Workplace(folder, model.url)
    packages = sorted(program.parents[1].glob("root/usr/share/emacs/site-lisp/elpa-src/*-[0-9]*"))
    try:
        emacs = Emacs(program, work, configuration, packages)
        try:
            yield emacs, model
        finally:
            emacs.close()
    finally:
        work.traffic.close()
        model.close()
    # The editor goes without ceremony, so the session may be unfinished.
    assert violations(work.traffic.records, folders=[work.project, work.state], cut=True) == []
