"""What a server says, fit to be shown: on one line, short, without keys and without anything a terminal would obey."""

from __future__ import annotations

import re

from glm_lsp.model.endpoint import Endpoint
from glm_lsp.plain import plain

_LONGEST_QUOTE = 200
_MOST_READ = 8_192

_SOMEBODYS_KEY = re.compile(
    r"(?<=bearer )\S+|\b(?:sk|pk|rk|gh[pousr]|xox[abp]|glpat|hf)[-_][-\w]{10,}"
    r"|\bAKIA\w{12,}|\beyJ[-\w]{10,}\.[-.\w]+",
    re.IGNORECASE,
)


def quoted(words: str, endpoint: Endpoint) -> str:
    """The end of a sentence: what the server said, fit to be shown."""
    short = plain(_SOMEBODYS_KEY.sub("[hidden]", masked(words, endpoint, _MOST_READ)), _LONGEST_QUOTE)
    return f": “{short.rstrip('.')}”." if short else "."


def masked(words: str, endpoint: Endpoint, limit: int = _LONGEST_QUOTE) -> str:
    """What the server said, on one line of at most `limit` characters, without the user's keys."""
    # Masked between cleaning and cutting: a key is not to be put together by the one, nor half of it left by the other.
    return plain(endpoint.mask(plain(words, _MOST_READ)), limit)
