"""Secrets go out as tokens and come back as they were."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.context.receipt import Receipt, lost, restored
from glm_lsp.errors import ReplyUnusable
from glm_lsp.prompt.redactor import Redactor, standing_alone

GITHUB = "ghp_" + "a1B2" * 9
TOKEN = re.compile(r"GLM_SECRET_\d+_[0-9a-f]{12}")
DATA = Path(__file__).parents[2] / "data" / "secrets" / "planted.txt"
PLANTED = [
    line.partition(" | ")[2].translate({ord(sign): None for sign in "·⟦⟧"})
    for line in DATA.read_text("utf-8").splitlines()
]


def redacted(text: str, redactor: Redactor, *, ours: bool = False) -> tuple[str, Receipt]:
    suspects = redactor.suspects(text, ours=ours)
    redactor.replaced(text, standing_alone(text, suspects))
    sent = redactor.replaced(text, standing_alone(text, (*suspects, *redactor.echoes(text, ours=ours))))
    return sent, Receipt(tokens=redactor.tokens(sent))


fragments = st.sampled_from(
    [
        *PLANTED,
        GITHUB,
        f'x = "{GITHUB}"\n',
        "GLM_SECRET_1_0123456789ab",
        "glm-secret",
        "GLM\\_SECRET_2",
        "\\n",
        "\\",
        "a",
        "_",
        "9",
        "é",
        "İ",
        "\u2028",
        "\ufeff",
        '"',
        " ",
        "\r\n",
    ]
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.one_of(fragments, st.text(max_size=12)), max_size=8).map("".join))
def test_what_is_sent_comes_back_byte_for_byte(text: str) -> None:
    """Otherwise a faithful reply changes the user's file, or is refused."""
    sent, receipt = redacted(text, Redactor("0123456789ab"))
    assert restored(sent, receipt) == text
    assert len(set(receipt.tokens.values())) == len(receipt.tokens)
    assert GITHUB not in sent


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.sampled_from(PLANTED), min_size=1, max_size=5))
def test_the_same_text_is_sent_the_same_way(texts: list[str]) -> None:
    """Otherwise nothing a provider has cached is of use, and a refinement speaks of tokens that are no more."""
    redactor = Redactor()
    first = [redacted(text, redactor)[0] for text in texts]
    assert [redacted(text, redactor)[0] for text in texts] == first


def test_the_same_secret_has_one_token_and_others_have_others() -> None:
    redactor = Redactor()
    tokens = [redactor.token(secret) for secret in ("one", "two", "one")]
    assert tokens[0] == tokens[2] != tokens[1]


def test_a_secret_named_once_is_hidden_where_it_is_not_named() -> None:
    """Otherwise `password = "…"` hides it and the call below sends it."""
    text = 'password = "hunter2hunter2"\nconnect("hunter2hunter2")\n# hunter2hunter2\n'
    sent, receipt = redacted(text, Redactor())
    assert "hunter2" not in sent
    assert len(receipt.tokens) == 1


def test_text_that_looks_like_a_token_is_sent_as_one() -> None:
    """Otherwise a file about glm-lsp, or one the user pasted an explanation into, gets another file's secret."""
    redactor = Redactor("0123456789ab")
    stolen = redactor.token(GITHUB)
    sent, receipt = redacted(f"see {stolen} and GLM_SECRET\n", redactor)
    assert stolen not in sent
    assert restored(sent, receipt) == f"see {stolen} and GLM_SECRET\n"


def test_a_text_full_of_look_alikes_is_one_secret() -> None:
    """Otherwise its thousands of tokens hold up everything, or those past a limit are sent as they stand."""
    text = "glm_secret " * 3_000
    sent, receipt = redacted(text, Redactor())
    assert len(sent) < 40
    assert restored(sent, receipt) == text


def test_our_own_tokens_stay_in_the_user_s_words_and_in_replies() -> None:
    """Otherwise "do not change GLM_SECRET_1_…" means nothing to the model, and a repair shows it another reply."""
    redactor = Redactor("0123456789ab")
    token = redactor.token(GITHUB)
    sent, receipt = redacted(f'password = "{token}"; key {GITHUB}', redactor, ours=True)
    assert sent == f'password = "{token}"; key {token}'
    assert receipt.tokens == {token: GITHUB}


@pytest.mark.parametrize("before", ["", "x", "\\n", "%20", "é", "_", "9", '"', "\\"])
@pytest.mark.parametrize("after", ["", "_old", "é", '"', "\\n", "/"])
def test_a_token_stands_alone(before: str, after: str) -> None:
    """Otherwise one that the model made a part of a name could not be told from one that was."""
    text = before + GITHUB + after
    sent, receipt = redacted(text, Redactor())
    assert TOKEN.search(sent)
    assert restored(sent, receipt) == text


def test_no_secret_is_shown_by_accident() -> None:
    redactor = Redactor()
    _, receipt = redacted(GITHUB, redactor)
    assert GITHUB not in f"{redactor!r}{redactor}{receipt!r}{receipt}"


T = "GLM_SECRET_1_0123456789ab"
RECEIPT = Receipt(tokens={T: "s3cret", "GLM_SECRET_12_0123456789ab": "other"})


@pytest.mark.parametrize(
    "reply",
    [
        T.lower(),
        T.replace("SECRET", "Secret"),
        "GLM_SECRET_1",
        "GLM_SECRET",
        T[:-1],
        T + "c",
        T + "_old",
        "my" + T,
        T.replace("_", "\\_"),
        T.replace("_", "-"),
        T.replace("_", " "),
        T.replace("_", "&#95;"),
        T.replace("_", "%5f"),
        T[:14] + " " + T[14:],
        T[:14] + "\n" + T[14:],
        T[:13] + '"' + T[13:] + '"',
        "GLM_SEC RET_1_0123456789ab",
        "SECRET_1_0123456789ab",
        "SECRET_1_0123456789AB",
        "GLM_SECRET_2_0123456789ab",
        "GLM_SECRET_01_0123456789ab",
        "GLM_SECRET_1_ba9876543210",
        "GLM*SECRET*",
    ],
)
def test_an_altered_or_unknown_token_refuses_the_reply(reply: str) -> None:
    """Otherwise it is written into the user's file in place of a key."""
    with pytest.raises(ReplyUnusable) as caught:
        restored(f"a = '{T}'\nb = '{reply}'\n", RECEIPT)
    assert "s3cret" not in f"{caught.value}{caught.value.problem}"


def test_a_reply_with_its_tokens_is_restored() -> None:
    assert restored(f'f("{T}", {T}\\n{T})', RECEIPT) == 'f("s3cret", s3cret\\ns3cret)'
    assert restored("GLM_SECRET_12_0123456789ab", RECEIPT) == "other"
    assert restored("no token; glm.secret(glm) # secret", RECEIPT) == "no token; glm.secret(glm) # secret"


def test_without_redaction_look_alikes_are_plain_text() -> None:
    assert restored(T, Receipt(redacting=False)) == T


def test_a_reply_that_drops_a_secret_is_known() -> None:
    """Otherwise a refactoring silently deletes the user's key."""
    old = f'key = "{T}"\nother = "GLM_SECRET_12_0123456789ab"\n'
    assert lost(old, "key = load()\nother = 'GLM_SECRET_12_0123456789ab'", RECEIPT) == (T,)
    windows = Receipt(tokens={T: "MIIB\r\nabcd"})
    assert lost("key\nMIIB\nabcd\n", "key\n", windows) == (T,)
    assert lost("key\r\nMIIB\r\nabcd\r\n", "MIIB\nabcd", windows) == ()
    assert lost('key = "s3cret"', f"key = '{T}'", RECEIPT) == ()
    assert lost(old, "s3cret other", RECEIPT) == ()
