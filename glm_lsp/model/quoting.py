"""What a server says, fit to be shown: on one line, short, without keys and without anything a terminal would obey."""

from __future__ import annotations

import re

from glm_lsp.model.endpoint import Endpoint

_LONGEST_QUOTE = 200
_MOST_READ = 8_192

_SOMEBODYS_KEY = re.compile(
    r"(?<=bearer )\S+|\b(?:sk|pk|rk|gh[pousr]|xox[abp]|glpat|hf)[-_][-\w]{10,}"
    r"|\bAKIA\w{12,}|\beyJ[-\w]{10,}\.[-.\w]+",
    re.IGNORECASE,
)
_ESCAPES = re.compile(
    # ECMA-48: OSC, DCS, SOS, PM and APC strings up to their end, CSI sequences, and two-character escapes.
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]).*?(?:\x07|\x1b\\|\x9c|$)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)


def plain(text: str) -> str:
    """`text` on one line, without anything a terminal would obey or an eye would not see (ECMA-48)."""
    visible = (character if character.isprintable() else " " for character in _ESCAPES.sub("", text))
    return " ".join("".join(visible).split())


def quoted(words: str, endpoint: Endpoint) -> str:
    """The end of a sentence: what the server said, fit to be shown."""
    # Masked before it is cut, so that no part of a key is left over at the end.
    text = endpoint.mask(plain(words[:_MOST_READ]))
    text = _SOMEBODYS_KEY.sub("[hidden]", text)
    if not text:
        return "."
    short = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
    return f": “{short.rstrip('.')}”."
