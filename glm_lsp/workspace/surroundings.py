"""What the programs we start are told of our surroundings."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PRIVATE = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL", re.IGNORECASE)


def without_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without the variables whose names say that they hold a key: neither git nor the process that builds an
    index has use for ours, which the user may keep under a name of his own (users-and-security D6)."""
    return {name: value for name, value in environ.items() if not _PRIVATE.search(name)}
