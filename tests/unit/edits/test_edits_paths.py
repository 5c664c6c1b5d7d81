"""Which file a reply means. It may be an attacker's text: it picks a file we sent, or names a plain new one."""

from __future__ import annotations

import pytest

from glm_lsp.context.receipt import Receipt
from glm_lsp.edits.paths import checked, known, named
from glm_lsp.edits.request import EditRequest
from glm_lsp.errors import ReplyUnusable
from glm_lsp.text.lines import Text
from glm_lsp.workspace.documents import OpenDocument

SENT = [
    "src/a.py",
    "src/net/client.ts",
    "app/(auth)/page.tsx",
    "README.md",
    "docs/my notes.txt",
    "Makefile",
    ".env.sample",
]


def ask() -> EditRequest:
    documents = {f"file:///w/{path}": OpenDocument(f"file:///w/{path}", "", 1, Text.of("x\n")) for path in SENT}
    documents["file:///w/unsent.py"] = OpenDocument("file:///w/unsent.py", "python", 1, Text.of("x\n"))
    return EditRequest(
        documents=documents,
        region=None,
        reach="workspace",
        receipt=Receipt(files=frozenset(documents) - {"file:///w/unsent.py"}),
        paths={uri: uri.removeprefix("file:///w/") for uri in documents},
        taken=frozenset({"ignored/secret.txt"}),
        folder="file:///w",
    )


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            ".",
            "..",
            "../x.py",
            "a/../../x.py",
            "a/..",
            "a/./b.py",
            "a//b.py",
            "a/",
            "/etc/passwd",
            "//server/share/x",
        ),
        *(
            "\\\\server\\share\\x",
            "C:\\x.py",
            "C:/x.py",
            "c:x.py",
            "file.txt:stream",
            "~/.bashrc",
            "~root/x",
            "a\\b.py",
            ".git/hooks/x",
            "a/.GIT/config",
            "git~1/config",
        ),
        *(
            "a\0.py",
            "a\n.py",
            "a\x7f.py",
            "a\u202e.py",
            "a\u200b.py",
            "a\ufeff.py",
            "con",
            "CON.py",
            "a/nul.txt",
            "aux.c",
        ),
        *(
            "prn",
            "COM1",
            "lpt9.log",
            "com¹.txt",
            "conin$",
            "clock$",
            "a./b.py",
            "a.",
            "a /b.py",
            " a.py",
            "a.py ",
            "...",
        ),
        *('a"b.py', "a<b.py", "a>b.py", "a|b.py", "a?b.py", "a*b.py", "x" * 300, "/".join(["x"] * 600)),
        *("src/a.py", "SRC/A.PY", "readme.MD", "Readme.md", "src/a.py/x.py", "README.md/x", "ignored/secret.txt"),
        *(".git/hooks/pre-commit", "sub/.GIT/config", "\uff0egit/config", "git~1/config", ".git"),
        *("IGNORED/secret.TXT", "unsent.py", "docs/my notes.txt", "makefile", "a\u0085.py", "a\x1b[31m.py"),
    ],
)
def test_no_file_is_made_there(path: str) -> None:
    with pytest.raises(ReplyUnusable):
        checked(path, ask())


@pytest.mark.parametrize(
    "path",
    [
        *(
            "b.py",
            "src/b.py",
            "./src/b.py",
            "deep/er/x.test.ts",
            "app/(auth)/layout.tsx",
            "app/[id]/page.tsx",
            ".hidden",
        ),
        *(
            "docs/über uns.md",
            "a-b_c+d@2.js",
            "src/a.pyi",
            "console.py",
            "com.py",
            "src/a.py.orig",
            "文档.md",
            "x/.gitkeep",
        ),
    ],
)
def test_a_plain_new_file_is_allowed(path: str) -> None:
    assert checked(path, ask()) == path.removeprefix("./")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("src/a.py", "src/a.py"),
        ("`src/a.py`", "src/a.py"),
        ("**src/a.py**", "src/a.py"),
        ("### `src/a.py`:", "src/a.py"),
        ("1. src/a.py", "src/a.py"),
        ("- src/a.py", "src/a.py"),
        ("# src/a.py", "src/a.py"),
        ("// src/a.py", "src/a.py"),
        ("/* src/a.py */", "src/a.py"),
        ("<!-- src/a.py -->", "src/a.py"),
        ("File: src/a.py", "src/a.py"),
        ("**File:** `src/a.py`", "src/a.py"),
        ("File path: src/a.py", "src/a.py"),
        ("python src/a.py", "src/a.py"),
        ("python:src/a.py", "src/a.py"),
        ('python title="src/a.py"', "src/a.py"),
        ("filename=src/a.py", "src/a.py"),
        ("Change `src/a.py` like this:", "src/a.py"),
        ("./src/a.py", "src/a.py"),
        ("a.py", "src/a.py"),
        ("work/src/a.py", "src/a.py"),
        ("src\\a.py", "src/a.py"),
        ("docs/my notes.txt", "docs/my notes.txt"),
        ("app/(auth)/page.tsx", "app/(auth)/page.tsx"),
        ("Makefile", "Makefile"),
        (".env.sample", ".env.sample"),
    ],
)
def test_a_sent_file_is_known_however_it_is_written(line: str, path: str) -> None:
    assert known([line], ask()) == f"file:///w/{path}"


@pytest.mark.parametrize(
    "line", ["unsent.py", "src/b.py", "/w/src/a.py", "../src/a.py", "C:\\src\\a.py", "b.py", "xsrc/net/client.tsx"]
)
def test_a_file_that_was_not_sent_is_refused(line: str) -> None:
    with pytest.raises(ReplyUnusable):
        known([line], ask())


@pytest.mark.parametrize(
    "line",
    [
        "Here is the change:",
        "python",
        "",
        "...",
        "Done.",
        "e.g. this",
        "see https://example.org/a.py",
        "c++",
        "diff",
        "1.",
    ],
)
def test_prose_names_no_file(line: str) -> None:
    assert named([line], ask()) is None


def test_the_nearest_name_counts() -> None:
    """A path further up belongs to what stands there."""
    assert known(["src/net/client.ts", "src/a.py"], ask()) == "file:///w/src/net/client.ts"
    assert known(["Then:", "src/a.py"], ask()) == "file:///w/src/a.py"
    with pytest.raises(ReplyUnusable):
        known(["src/new.py", "src/a.py"], ask())


def test_underscores_belong_to_a_name() -> None:
    """Otherwise a block for `_config.yml` changes `config.yml`, which was sent too."""
    documents = {
        f"file:///w/{path}": OpenDocument(f"file:///w/{path}", "", 1, Text.of("x\n"))
        for path in ("_config.yml", "config.yml", "pkg/__init__.py")
    }
    both = EditRequest(
        documents=documents,
        region=None,
        reach="workspace",
        receipt=Receipt(files=frozenset(documents)),
        paths={uri: uri.removeprefix("file:///w/") for uri in documents},
    )
    for line, path in [
        ("_config.yml", "_config.yml"),
        ("`_config.yml`", "_config.yml"),
        ("config.yml", "config.yml"),
        ("_config.yml_", "config.yml"),
        ("__init__.py", "pkg/__init__.py"),
    ]:
        assert known([line], both) == f"file:///w/{path}", line
