"""Lines that fetch something from the network when a tool, an editor or a shell reads the file.

    added(base, intended) -> tuple[str, ...]      a sentence for each kind the edit adds

They are told and not refused: the user may have asked for one. Source: users-and-security D22.
"""

from __future__ import annotations

import re
from collections import Counter

from glm_lsp.plain import plain
from glm_lsp.text.lines import Text, body

LONGEST = 2_000
"""Characters of a line that are looked at."""
_SHOWN = 80
_URL = r"https?://[^\s\"'<>]"
_SHELL = r"(?:sudo\s{1,4}(?:-\w{1,4}\s{1,4})?)?(?:[\w/.]{0,40}/)?(?:env\s{1,4})?(?:ba|z|da|k|fi)?sh\b"
_RUNS = rf"(?:{_SHELL}|(?:sudo\s{{1,4}})?(?:python[\d.]{{0,4}}|node|perl|ruby|php|iex|Invoke-Expression)\b)"
_FETCHES = r"\b(?:curl|wget|iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b"
_INSTALLERS = (
    r"(?:pip[\d.]{0,4}|pipx|uv\s{1,4}pip|uv\s{1,4}tool|conda|mamba|gem|cargo|go|brew|choco|winget|scoop|snap|flatpak|apt"
    r"|apt-get|dnf|yum|zypper|luarocks|dotnet\s{1,4}tool|code)"
)
_MANAGERS = r"(?:npm|pnpm|yarn|bun|deno|composer|uv|poetry|cargo|apk|dotnet)"

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (what, re.compile("|".join(patterns), re.IGNORECASE))
    for what, *patterns in (
        (
            "runs what it downloads",
            rf"{_FETCHES}[^|\n]{{0,500}}\|\s{{0,8}}(?:tee\b[^|]{{0,80}}\|\s{{0,8}})?{_RUNS}",
            rf"(?:{_RUNS}|\beval\b|\bsource\b|(?<!\S)\.)[^\n]{{0,80}}?[<$(`\"']{{1,3}}\(?\s{{0,4}}{_FETCHES}",
        ),
        (
            "installs packages",
            rf"\b{_INSTALLERS}\s{{1,4}}(?:-\S{{1,40}}\s{{1,4}}){{0,4}}-{{0,2}}install(?:-extension)?\b",
            rf"\b{_MANAGERS}\s{{1,4}}(?:i|install|add|require)\s{{1,4}}[\w@./-]",
            r"\b(?:npx|bunx|uvx)\s{1,4}[\w@./-]",
        ),
        (
            "names a schema on the network",
            rf"\$schema[\"']?\s{{0,8}}[:=]\s{{0,8}}[\"']?{_URL}",
            rf"\bschemaLocation\s{{0,4}}=\s{{0,4}}[\"'][^\"']{{0,300}}{_URL}",
        ),
        (
            "takes in a file from the network",
            rf"(?:\b(?:extends|includes?|remote|imports?)|\$ref)[\"']?\s{{0,8}}[:=]\s{{0,8}}[\[\"'\s-]{{0,8}}{_URL}",
            rf"(?:@import\s{{1,8}}(?:url\(\s{{0,4}})?[\"']?|!include\s{{1,8}}[\"']?){_URL}",
            rf"\b(?:from|import|importScripts)\s{{0,8}}\(?\s{{0,8}}[\"']{_URL}",
        ),
        (
            "loads a script from the network",
            r"<(?:script|iframe|embed)\b[^>\n]{0,500}\bsrc\s{0,4}=\s{0,4}[\"']?(?:https?:)?//[^\s\"'<>]",
        ),
    )
)


def added(base: Text, intended: Text) -> tuple[str, ...]:
    """For each kind of such lines, a sentence that shows the first of them that `intended` has more often than
    `base`."""
    new = Counter(map(str.strip, map(body, intended.lines))) - Counter(map(str.strip, map(body, base.lines)))
    told: dict[str, str] = {}
    for line in new:
        for what, pattern in _KINDS:
            if what not in told and pattern.search(line, 0, LONGEST):
                told[what] = f"The edit adds a line that {what}: {plain(line, _SHOWN)}"
    return tuple(told.values())
