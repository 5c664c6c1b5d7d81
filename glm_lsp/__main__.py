"""`python -m glm_lsp` and the console script `glm-lsp`."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - before anything that an older Python cannot read
    sys.exit("glm-lsp needs Python 3.11 or newer; this is %d.%d." % sys.version_info[:2])  # noqa: UP031 - as above

from glm_lsp.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
