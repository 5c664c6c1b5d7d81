"""A name that reads as another does not come in unsaid; other alphabets may be used."""

from __future__ import annotations

import pytest

from glm_lsp.edits.lookalike import added
from glm_lsp.text.lines import Text

BASE = "import os\npath = os.getcwd()\nscope = 1\n"


def told(new: str, language: str = "python", base: str = BASE) -> tuple[str, ...]:
    return added(Text.of(base), Text.of(base + new), language)


@pytest.mark.parametrize("language", ["python", "plaintext"])
@pytest.mark.parametrize(
    "name",
    [
        "p\u0430th",  # Cyrillic а
        "\u0455\u0441\u043e\u0440\u0435",  # wholly Cyrillic, read as scope
        "is_\u0430dmin",
        "\u0410dmin",
        "c\u03bfunt",  # Greek omicron
        "\u0555rder",  # Armenian
    ],
)
def test_a_name_that_looks_like_another_is_told(name: str, language: str) -> None:
    (sentence,) = told(f"{name} = 2\n", language)
    assert f"`{name}`" in sentence
    assert "U+0" in sentence


def test_the_name_it_is_taken_for_is_named() -> None:
    assert told("p\u0430th = 2\n") == (
        "The edit adds the name `p\u0430th`, which looks like `path` and is another: it has U+0430 (CYRILLIC SMALL "
        "LETTER A).",
    )


@pytest.mark.parametrize(
    "new",
    [
        "σ = μ = Δt = 0\nλ_max = 1\nθ1 = ρ2 = 3\n",
        "όνομα = 'Ωμέγα'\n",
        "имя = 'адрес'\n",
        "größe = naïve = año = 1\n",
        "変数x = 価格 = 1\n",
        "# в этой строке path, а не что-то другое; HTMLом\nx = 'сор, scope'\n",
        "ｐｒｉｎｔ = 1\n",
    ],
)
def test_names_of_other_alphabets_are_what_they_seem(new: str) -> None:
    """Otherwise whoever does not write English is warned of their own names."""
    assert told(new) == ()


def test_what_the_file_has_is_no_news() -> None:
    assert told("print(p\u0430th)\n", base=f"{BASE}p\u0430th = 2\n") == ()


def test_three_are_enough() -> None:
    assert len(told("".join(f"p\u0430th{number} = 1\n" for number in range(9)))) == 3
