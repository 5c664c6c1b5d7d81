"""The natural language an answer is asked for in."""

# ruff: noqa: SIM905 - a table of words reads best as one

from __future__ import annotations

import re
from collections.abc import Mapping

_NAMES: Mapping[str, str] = dict(
    row.split(maxsplit=1)
    for row in """\
ar Arabic
bg Bulgarian
bn Bengali
ca Catalan
cs Czech
da Danish
de German
el Greek
en English
es Spanish
et Estonian
fa Persian
fi Finnish
fr French
he Hebrew
hi Hindi
hr Croatian
hu Hungarian
id Indonesian
it Italian
ja Japanese
ko Korean
lt Lithuanian
lv Latvian
nb Norwegian
nl Dutch
nn Norwegian
no Norwegian
pl Polish
pt Portuguese
pt-br Brazilian Portuguese
ro Romanian
ru Russian
sk Slovak
sl Slovenian
sr Serbian
sv Swedish
th Thai
tr Turkish
uk Ukrainian
vi Vietnamese
zh Chinese
zh-hant Traditional Chinese
zh-hk Traditional Chinese
zh-tw Traditional Chinese""".split("\n")
)
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}", re.ASCII)


def named(locale: str) -> str:
    """The language of an IETF tag (`de-AT`), for a model: its English name, else the tag. Empty for what is no tag."""
    tag = locale.replace("_", "-")
    if not _TAG.fullmatch(tag):
        return ""
    parts = tag.lower().split("-")
    known = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((_NAMES[one] for one in known if one in _NAMES), f"the language of the locale {tag}")
