"""`python -m glm_lsp` and the console script `glm-lsp`."""

from __future__ import annotations

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - before anything that an older Python cannot read
    sys.exit("glm-lsp needs Python 3.11 or newer; this is %d.%d." % sys.version_info[:2])  # noqa: UP031 - as above

# With -m, Python looks for modules in the current folder first. An editor starts us in the user's project, whose
# `json.py` is not to be run.
if __name__ == "__main__" and sys.path and (not sys.path[0] or sys.path[0] == os.getcwd()):
    del sys.path[0]

from glm_lsp.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
