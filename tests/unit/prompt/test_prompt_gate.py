"""Nothing leaves but through the gate, and nothing leaves it that must stay."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from property import examples

import glm_lsp
from glm_lsp.context.receipt import restored
from glm_lsp.errors import Withheld
from glm_lsp.model.messages import Tool, ToolCall
from glm_lsp.prompt.draft import Draft, Piece, Turn
from glm_lsp.prompt.gate import clear
from glm_lsp.prompt.redactor import Redactor
from glm_lsp.workspace.ignore import rules
from glm_lsp.workspace.paths import uri_of

GITHUB = "ghp_" + "a1B2" * 9
NO_RULES = rules([])
PACKAGE = Path(glm_lsp.__file__).parent


def draft(*pieces: Piece) -> Draft:
    return Draft("glm", (Turn("system", (Piece("Be brief.", "prompt"),)), Turn("user", pieces)), max_tokens=100)


def test_a_cleared_request_is_made_in_one_place() -> None:
    """Otherwise there is a second way out, without rules and redaction. No copy with `dataclasses.replace` either."""
    makers = set()
    for file in PACKAGE.rglob("*.py"):
        text = file.read_text("utf-8")
        if not re.search(r"ClearedRequest|\bcleared\b|\brequest\b", text):
            continue
        tree = ast.parse(text)
        # A module that never names the class may well have a `request` of its own.
        held = {"request", "cleared"} if "ClearedRequest" in text else {"cleared"}
        names = {"ClearedRequest"} | {
            alias.asname
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if alias.name == "ClearedRequest" and alias.asname
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func
                name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                if name in names:
                    makers.add(file.relative_to(PACKAGE).as_posix())
                if name in {"replace", "copy", "deepcopy"} and any(
                    isinstance(argument, ast.Name) and argument.id in held for argument in node.args
                ):
                    makers.add(f"{file.relative_to(PACKAGE).as_posix()}, by {name}")
    assert makers == {"prompt/gate.py"}


def test_messages_are_their_pieces_byte_for_byte(tmp_path: Path) -> None:
    """Otherwise what is shown as sent is not what is sent."""
    pieces = [Piece(text, "file", uri_of(tmp_path / "a.py")) for text in ("\ufeffa\r\n", "", "\tb\u2028 ", "\n\n")]
    request, receipt = clear(draft(*pieces), rules([tmp_path]), Redactor())
    assert request.messages[1].content == "\ufeffa\r\n\tb\u2028 \n\n"
    for index, message in enumerate(request.messages):
        assert "".join(part.text for part in receipt.parts if part.message == index) == message.content
    assert receipt.files == {uri_of(tmp_path / "a.py")}


def test_parameters_go_out_as_they_are(tmp_path: Path) -> None:
    given = Draft(
        "m",
        (Turn("user", (Piece("x", "instruction"),)),),
        7,
        stream=False,
        thinking=True,
        temperature=0.2,
        top_p=0.9,
        frequency_penalty=0.1,
        presence_penalty=-0.1,
        tools=(Tool("look", "Looks.", {"type": "object", "required": ["x"], "maximum": 3}),),
        tool_choice="auto",
        parallel_tool_calls=False,
        response_format="json_object",
    )
    request, _ = clear(given, rules([tmp_path]), Redactor())
    for name in Draft.__dataclass_fields__.keys() - {"turns"}:
        assert getattr(request, name) == getattr(given, name), name


def test_every_text_is_redacted(tmp_path: Path) -> None:
    """Otherwise a key leaves by an instruction, a diagnostic, a repair or a tool call."""
    uri = uri_of(tmp_path / "a.py")
    pieces = [
        Piece(f"fix {GITHUB}\n", "instruction"),
        Piece(f"key = '{GITHUB}'\n", "file", uri),
        Piece(f"unexpected {GITHUB}\n", "diagnostics", uri),
        Piece(f"You wrote {GITHUB}", "reply"),
    ]
    call = ToolCall("1", "look", f'{{"key": "{GITHUB}"}}')
    turns = (
        Turn("system", (Piece(f"s {GITHUB}", "prompt"),)),
        Turn("assistant", (), tool_calls=(call,), reasoning=f"hm {GITHUB}"),
        Turn("user", tuple(pieces)),
    )
    tool = Tool("look", f"as {GITHUB}", {"default": [GITHUB]})
    request, receipt = clear(Draft("m", turns, 9, tools=(tool,)), rules([tmp_path]), Redactor())
    assert GITHUB not in repr(request)
    assert "ghp_" not in repr(request)
    assert list(receipt.tokens.values()) == [GITHUB]
    assert receipt.redacted == 5


def test_redaction_can_be_turned_off_and_the_receipt_says_so(tmp_path: Path) -> None:
    request, receipt = clear(draft(Piece(GITHUB, "instruction")), rules([tmp_path]), Redactor(), redact=False)
    assert request.messages[1].content == GITHUB
    assert not receipt.redacting
    assert not receipt.tokens


def test_a_key_parted_by_the_sentinels_stays_whole_here(tmp_path: Path) -> None:
    """Otherwise the lines of a private key that stand outside the region leave."""
    uri = uri_of(tmp_path / "a.py")
    body = [f"{'Zm9vYmFyYmF6' * 5}{number:04d}" for number in range(6)]
    key = ["-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----", ""]
    before, region, after = ("\n".join(lines) + "\n" for lines in (key[:3], key[3:5], key[5:]))
    request, receipt = clear(
        draft(
            Piece(before, "file", uri),
            Piece("<<region>>\n", "prompt"),
            Piece(region, "file", uri),
            Piece("<<end>>\n", "prompt"),
            Piece(after, "file", uri),
        ),
        rules([tmp_path]),
        Redactor(),
    )
    content = request.messages[1].content
    assert "Zm9vYmFyYmF6" not in content
    assert "<<region>>\n" in content
    assert restored(content, receipt) == f"{before}<<region>>\n{region}<<end>>\n{after}"


def test_one_line_of_a_private_key_is_hidden_where_it_stands_alone(tmp_path: Path) -> None:
    """Otherwise a diagnostic that quotes its line, or a few lines of context, sends the end of the key."""
    body = [f"{'Zm9vYmFyYmF6' * 5}{number:04d}" for number in range(4)]
    key = "\n".join(["-----BEGIN EC PRIVATE KEY-----", *body, "Qm4xMjM0NTY3OD==", "-----END EC PRIVATE KEY-----\n"])
    for text in (key, key.replace("\n", "\r\n"), key.replace("\n", "\\n")):
        request, _ = clear(
            draft(
                Piece(text, "file", uri_of(tmp_path / "a.py")),
                Piece("\n- error: a word too many\n  at: Qm4xMjM0NTY3OD==\n", "diagnostics"),
            ),
            NO_RULES,
            Redactor(),
        )
        assert "Qm4x" not in request.messages[1].content


PLANTED = [
    line.partition(" | ")[2].replace("¶", "\n").translate({ord(sign): None for sign in "·⟦⟧"})
    for line in (Path(__file__).parents[2] / "data" / "secrets" / "planted.txt").read_text("utf-8").splitlines()
]
MARK = "<<mark>>\n"
texts = st.lists(
    st.sampled_from([*PLANTED, "GLM_SECRET_1", "\ufeff", "x = 1", "\r", "😀", "key", "a\ud800"]), max_size=4
)
pieces = st.builds(
    lambda texts, uri, joint, end: Piece(joint.join(texts) + end, "file", uri),
    texts,
    st.sampled_from(["", "file:///w/a.py", "file:///w/b.py"]),
    st.sampled_from(["\n", "\n", "\r\n", ""]),
    st.sampled_from(["\n", "\n", "\r\n", "", " "]),
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.one_of(pieces, st.just(Piece(MARK, "prompt"))), max_size=6))
@example([Piece(f"{PLANTED[3]}\n{GITHUB}", "file", uri) for uri in ("file:///w/a.py", "", "file:///w/a.py")])
@example(
    [
        Piece("-----BEGIN EC PRIVATE KEY-----\n" + 3 * f"{'Zm9vYmFyYmF6' * 5}\n", "file", "file:///w/a.py"),
        Piece("AKIA" + "QRSTUVWXYZ234567\n", "file", "file:///w/a.py"),
    ]
)
def test_whatever_the_pieces_what_was_sent_can_be_restored(pieces: list[Piece]) -> None:
    """Otherwise a faithful reply changes the user's file, or is refused: two tokens, or a token and a name, became one
    word where two pieces meet."""
    request, receipt = clear(draft(*pieces), NO_RULES, Redactor())
    content = "".join(message.content for message in request.messages[1:])
    assert restored(content, receipt) == "".join(piece.text for piece in pieces)
    assert "".join(part.text for part in receipt.parts if part.message) == content
    if all(piece.text.endswith("\n") for piece in pieces):
        assert content.split("\n").count(MARK.strip()) == pieces.count(Piece(MARK, "prompt")), "a mark lost its line"


def test_the_file_itself_is_refused_by_name_of_rule_file_and_key(tmp_path: Path) -> None:
    """Otherwise the user learns neither why nor how to lift it."""
    (tmp_path / ".gitignore").write_text("*.py\nlocal/\n")
    for name, rule, remedy in (
        ("local/a.txt", f"line 2 of `{tmp_path}/.gitignore` (`local/`)", "`privacy.allow`"),
        (".env", "`.env*`", "No setting"),
    ):
        with pytest.raises(Withheld) as caught:
            clear(draft(Piece("A=1", "file", uri_of(tmp_path / name))), rules([tmp_path]), Redactor())
        assert f"`{name}` stays on this machine" in caught.value.message
        assert rule in caught.value.message
        assert remedy in caught.value.next


def test_a_part_that_may_not_go_is_left_out_and_named(tmp_path: Path) -> None:
    """Otherwise one ignored neighbour stops every request, or goes unsaid."""
    (tmp_path / ".gitignore").write_text("*.log\n")
    request, receipt = clear(
        draft(
            Piece("x = 1\n", "file", uri_of(tmp_path / "a.py")),
            Piece("lines\n", "file", uri_of(tmp_path / "b.log"), title="b.log", optional=True),
            Piece("// @generated\n", "file", uri_of(tmp_path / "c.ts"), title="c.ts", optional=True),
        ),
        rules([tmp_path]),
        Redactor(),
    )
    assert request.messages[1].content == "x = 1\n"
    assert [(out.title, out.why) for out in receipt.left_out] == [
        ("b.log", f"`b.log` stays on this machine: line 1 of `{tmp_path}/.gitignore` (`*.log`) keeps it back."),
        ("c.ts", "`c.ts` is generated."),
    ]
    assert receipt.files == {uri_of(tmp_path / "a.py")}


def test_half_a_character_goes_out_as_a_token_and_comes_back() -> None:
    """Otherwise the model, which cannot write one, puts another character into the user's file."""
    text = 'x = "a\ud800b"  # \udfff😀\n'
    request, receipt = clear(draft(Piece(text, "file", "untitled:a.py")), NO_RULES, Redactor())
    sent = request.messages[1].content
    assert not any("\ud800" <= character <= "\udfff" for character in sent)
    assert "😀" in sent
    assert restored(sent, receipt) == text
    with pytest.raises(Withheld, match="half of a character"):
        clear(draft(Piece(text, "file", "untitled:a.py")), NO_RULES, Redactor(), redact=False)


def test_a_turn_with_nothing_left_is_not_sent(tmp_path: Path) -> None:
    piece = Piece("A=1", "file", uri_of(tmp_path / ".env"), optional=True)
    request, _ = clear(draft(piece), rules([tmp_path]), Redactor())
    assert [message.role for message in request.messages] == ["system"]


@pytest.mark.parametrize("uri", ["untitled:.env", "vscode-notebook-cell:/w/.ssh/a.ipynb#W0", "file:///w/ID_RSA"])
def test_a_document_that_is_no_file_is_judged_by_its_name(uri: str) -> None:
    with pytest.raises(Withheld):
        clear(draft(Piece("x", "file", uri)), rules([]), Redactor())


def test_an_unsaved_document_may_be_sent() -> None:
    request, _ = clear(draft(Piece("x", "file", "untitled:Untitled-1")), rules([]), Redactor())
    assert request.messages[1].content == "x"
