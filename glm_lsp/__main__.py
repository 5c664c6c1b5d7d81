"""`python -m glm_lsp` and the console script `glm-lsp`."""

from __future__ import annotations

import sys

from glm_lsp.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
