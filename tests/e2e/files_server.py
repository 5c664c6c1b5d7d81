"""The server with one action more, `files`, whose edits may reach all over the workspace. Run in place of
`python -m glm_lsp`.

The catalogue is its only difference: what an action may do is written in its own file, and this one stands here.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from glm_lsp.actions.action import Action, parse
from glm_lsp.actions.catalogue import built_in
from glm_lsp.cli.main import main
from glm_lsp.lsp import server

FILES = """\
---
title: Files
reach: workspace
---
Change what has to be changed, in every file. Answer with SEARCH/REPLACE blocks.
"""


def catalogue() -> Mapping[str, Action]:
    return {**built_in(), "files": parse("files", FILES, "a test")}


if __name__ == "__main__":
    vars(server)["built_in"] = catalogue
    sys.exit(main())
