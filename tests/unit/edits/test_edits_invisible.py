"""Characters a reader cannot see are refused in new text; scripts and emoji that need them are not."""

from __future__ import annotations

import pytest

from glm_lsp.edits.invisible import added

HIDDEN = [
    *range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, *range(0x80, 0xA0), 0xAD, 0x61C, 0x115F, 0x1160, 0x180E,
    *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x2070), 0x3164, 0xFFA0,
    *range(0xFE00, 0xFE10), 0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0, 7),
    0xD800, 0xDFFF,
]  # fmt: skip


@pytest.mark.parametrize("code", HIDDEN, ids=hex)
def test_each_is_refused_in_new_text_and_named(code: int) -> None:
    assert added("a = 1\n", f"a{chr(code)}b = 1\n").startswith(f"U+{code:04X} ")


@pytest.mark.parametrize("code", HIDDEN[::9], ids=hex)
def test_what_the_file_has_may_stay_and_move_but_not_grow(code: int) -> None:
    character = chr(code)
    assert added(f"x{character}y\nb\n", f"b\nx{character}y\n") == ""
    assert added(f"x{character}y\n", f"x{character}y{character}z\n") != ""


@pytest.mark.parametrize(
    "text",
    [
        "plain\ttext\r\n",
        "مرحبا بالعالم",
        "שלום עולם",
        "می\u200cخواهم",
        "क्\u200dष",
        "👨\u200d👩\u200d👧\u200d👦",
        "🏳\ufe0f\u200d🌈",
        "❤\ufe0f ☺\ufe0f ↔\ufe0f",
        "1\ufe0f\u20e3 #\ufe0f\u20e3",
        "👍🏽",
        "🇩🇪🇫🇷",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "日本語 한국어 Ελληνικά",
        "e\u0301",
    ],
)
def test_scripts_and_emoji_are_let_through(text: str) -> None:
    assert added("", text) == ""


@pytest.mark.parametrize("text", ["a\u200db", "x\ufe0f", "\ufe0f", "a\u200cb", "🏴x\U000e0067", "\u200d"])
def test_joiners_out_of_place_are_refused(text: str) -> None:
    assert added("", text) != ""
