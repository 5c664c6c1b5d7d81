"""A secret that went out as a placeholder comes back as it was, where it was, or nothing is written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.context.receipt import Receipt
from glm_lsp.edits.secrets import HIDDEN, check_secrets, hidden, restored_lines
from glm_lsp.errors import ReplyUnusable

KEY, PEM = "GLM_SECRET_1_0123456789ab", "GLM_SECRET_2_0123456789ab"
RECEIPT = Receipt(tokens={KEY: "s3cret", PEM: "MIIE\r\nabcd\r\n1234"})
OLD = ('key = "s3cret"', 'pem = """MIIE', "abcd", '1234"""', "x = 1")
SENT = (f'key = "{KEY}"', f'pem = """{PEM}"""', "x = 1")


def test_lines_get_their_secrets_also_those_of_several_lines() -> None:
    assert restored_lines(SENT, RECEIPT) == OLD
    assert restored_lines(("x = 1",), RECEIPT) == ("x = 1",)


def test_a_reply_that_keeps_them_passes() -> None:
    check_secrets(OLD, OLD, SENT, RECEIPT)
    moved = (SENT[1], "y = 2", SENT[0])
    check_secrets(OLD, restored_lines(moved, RECEIPT), moved, RECEIPT)
    twice = (*SENT, SENT[0])
    check_secrets(OLD, restored_lines(twice, RECEIPT), twice, RECEIPT)


@pytest.mark.parametrize("left", [SENT[:1], SENT[1:], SENT[2:], ()])
def test_a_reply_that_drops_one_is_refused_and_says_which(left: tuple[str, ...]) -> None:
    with pytest.raises(ReplyUnusable, match="a secret would be lost from the file") as caught:
        check_secrets(OLD, restored_lines(left, RECEIPT), left, RECEIPT)
    for token, secret in RECEIPT.tokens.items():
        assert (token in caught.value.problem) is not any(token in line for line in left)
        assert secret not in f"{caught.value}{caught.value.problem}"


def test_a_secret_that_did_not_arrive_byte_for_byte_is_refused() -> None:
    """Indenting what stands in several lines changes a key."""
    new = ('key = "s3cret"', 'pem = """MIIE', "    abcd", '1234"""', "x = 1")
    with pytest.raises(ReplyUnusable, match="a secret"):
        check_secrets(OLD, new, SENT, RECEIPT)


texts = st.lists(
    st.sampled_from(
        [KEY, PEM, KEY.lower(), "GLM_SECRET_9", "glm\\_secret", "0123456789AB", "words ", "\n", "`", "s3cret"]
    )
).map(" ".join)


@settings(max_examples=examples(60), deadline=None)
@given(texts)
def test_what_is_for_reading_holds_no_placeholder_and_is_not_restored(text: str) -> None:
    """Otherwise an explanation that is written as a comment puts a placeholder into the file."""
    shown = hidden(text, RECEIPT)
    assert "secret" not in shown.lower().replace("s3cret", "").replace(HIDDEN, "")
    assert "0123456789ab" not in shown.lower()
    assert shown.count("s3cret") == text.count("s3cret")


def test_without_redaction_look_alikes_are_words() -> None:
    assert hidden(f"see {KEY}", Receipt(redacting=False)) == f"see {KEY}"
    assert restored_lines((KEY,), Receipt(redacting=False)) == (KEY,)
