"""What may not leave the machine stays, by whatever name it is asked for, and the user is told why."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from glm_lsp.workspace import ignore_git
from glm_lsp.workspace.ignore import Rules, rules
from glm_lsp.workspace.ignore_names import secret_name
from glm_lsp.workspace.ignore_patterns import patterns
from glm_lsp.workspace.noise import skip

SECRET_NAMES = """
.env .env.local .env.production .envrc prod.env key.pem server.key cert.p12 store.jks vault.kdbx putty.ppk
id_rsa id_rsa.pub id_ed25519 id_work id_ecdsa_sk .npmrc .yarnrc.yml .pypirc .netrc _netrc .pgpass .my.cnf .htpasswd
.git-credentials .dockercfg kubeconfig prod.kubeconfig terraform.tfstate terraform.tfstate.backup prod.tfvars
.terraformrc credentials credentials.json client_secret_42.json my-service-account.json secrets.yaml secrets.prod.yml
.ssh/config .ssh/known_hosts .aws/config .kube/config .gnupg/pubring.kbx .docker/config.json .git/config
.config/gcloud/access_tokens.db .config/gh/hosts.yml .cargo/credentials.toml .envs/.production/.django .bash_history
""".split()  # noqa: SIM905
PLAIN_NAMES = """
environment.py env.py src/envelope.ts id_generator.py id_utils.ts docs/id_mapping/x.py keys.py keyboard.py pem.py
tokens.py secrets.py test_secrets.py credentials.py config.json docker/config.json git/config ssh/client.py
aws/config.py kube/config.go README.md .gitignore .github/workflows/ci.yml package.json terraform.tf main.tf
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_names_of_secrets_are_known_however_written(name: str) -> None:
    """Otherwise a key leaves because its file is deep, in capitals, or named as Windows would."""
    windows = name.replace("/", "\\")
    for twin in (name, name.upper(), name.title(), f"/a/b/{name}", f"C:\\w\\{windows}", f"x\\{windows.upper()}"):
        assert secret_name(PurePosixPath(twin)), twin
        assert secret_name(twin), twin
    assert secret_name(PureWindowsPath("C:/w") / name)
    for twin in (name + ".", name + "::$DATA", name + " "):
        assert secret_name(twin), twin


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_names_that_are_nearly_those_are_not(name: str) -> None:
    """Otherwise ordinary programs are refused, and no setting lifts that."""
    assert secret_name(f"/w/{name}") is None


def test_full_width_and_invisible_letters_are_letters() -> None:
    assert secret_name("．ｅｎｖ")
    assert secret_name(".e\u200bnv")


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    """A repository in which `local/` and `*.log` are ignored."""
    root = tmp_path / "ws"
    for name in ("local/a.py", "src/a.py", "src/b.log", "src/keep.log", ".env"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x = 1\n")
    (root / ".gitignore").write_text("local/\n*.log\n!keep.log\n")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def kinds(found: Rules, root: Path, *names: str) -> dict[str, str]:
    reasons = found.judge([root / name for name in names])
    return {place.relative_to(root).as_posix(): reason.kind for place, reason in reasons.items()}


@pytest.mark.parametrize("git", [True, False])
def test_links_are_what_they_lead_to(ws: Path, git: bool) -> None:
    """Otherwise `notes.txt -> .env` leaves."""
    for link, target in (
        ("to-env", ".env"),
        ("to-link", "to-env"),
        ("to-local", "local"),
        ("src/up", ".."),
        ("harmless", "src/a.py"),
        ("harmless-folder", "src"),
        ("loop", "loop"),
        ("src/out.log", "a.py"),
    ):
        (ws / link).symlink_to(target)
    (ws.parent / "door").symlink_to("ws")
    found = rules([ws])
    found = found if git else replace(found, git=None)
    assert kinds(
        found,
        ws,
        *("to-env", "to-link", "to-local/a.py", "src/up/local/a.py", "src/up/.env", "src/out.log", "src/../.env"),
        *("harmless", "harmless-folder/a.py", "src/up/src/a.py", "src/keep.log"),
    ) == {
        "to-env": "secret name",
        "to-link": "secret name",
        "to-local/a.py": ".gitignore",
        "src/up/local/a.py": ".gitignore",
        "src/up/.env": "secret name",
        "src/out.log": ".gitignore",
        "src/../.env": "secret name",
    }
    assert kinds(found, ws.parent, "door/local/a.py", "door/src/a.py") == {"door/local/a.py": ".gitignore"}
    assert kinds(rules([ws.parent / "door"]), ws.parent, "ws/local/a.py", "door/src/b.log", "door/src/a.py") == {
        "ws/local/a.py": ".gitignore",
        "door/src/b.log": ".gitignore",
    }


def test_a_link_is_judged_by_each_name_on_its_way(ws: Path, tmp_path: Path) -> None:
    """Otherwise `notes.txt -> .env -> /vault/x` leaves, for neither end is called .env."""
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "x").write_text("KEY=1")
    (ws / ".env").unlink()
    (ws / ".env").symlink_to(tmp_path / "vault" / "x")
    (ws / "notes.txt").symlink_to(".env")
    reason = rules([ws]).withheld(ws / "notes.txt")
    assert reason
    assert reason.sentence.startswith("`notes.txt` stays on this machine: it is another name of `.env`, and files of")


def test_hard_links_are_the_same_file(ws: Path) -> None:
    os.link(ws / ".env", ws / "src" / "notes.txt")
    os.link(ws / "local" / "a.py", ws / "copy.py")
    os.link(ws / "src" / "a.py", ws / "src" / "c.py")
    assert kinds(rules([ws]), ws, "src/notes.txt", "copy.py", "src/c.py") == {
        "src/notes.txt": "secret name",
        "copy.py": ".gitignore",
    }


def test_case_twins(ws: Path) -> None:
    """Where letter case makes no difference (here: .GIT is .git) `LOCAL/a.py` is the ignored file; elsewhere it is
    another file, and git does not ignore it. Secret names and our own lists know no case anywhere."""
    (ws / ".glm").mkdir()
    (ws / ".glm" / "ignore").write_text("Notes/\n")
    names = ("LOCAL/a.py", "src/B.LOG", ".ENV", "NOTES/a", "src/X.SQL")
    found = rules([ws], ignore=["*.sql"])
    ours = {".ENV": "secret name", "NOTES/a": ".glm/ignore", "src/X.SQL": "privacy.ignore"}
    assert kinds(found, ws, *names) == ours
    (ws / ".GIT").symlink_to(".git")
    assert kinds(found, ws, *names) == {**ours, "LOCAL/a.py": ".gitignore", "src/B.LOG": ".gitignore"}


def test_the_project_s_own_list_holds_and_bad_lines_are_named(ws: Path) -> None:
    (ws / ".glm").mkdir()
    (ws / ".glm" / "ignore").write_text("\ufeff/src/\r\n!\n!src/a.py\n")
    found = rules([ws], ignore=["!", "*.sql"], allow=["!"])
    assert kinds(found, ws, "src/a.py", "x.sql", "b.py") == {"src/a.py": ".glm/ignore", "x.sql": "privacy.ignore"}
    assert found.complaints == (
        "privacy.ignore: `!` (line 1) is no pattern and was skipped.",
        "privacy.allow: `!` (line 1) is no pattern and was skipped.",
        f"{ws}/.glm/ignore: `!` (line 2) is no pattern and was skipped.",
    )


def test_allow_lifts_gitignore_and_nothing_else(ws: Path) -> None:
    (ws / ".glm").mkdir()
    (ws / ".glm" / "ignore").write_text("*.log\n")
    found = rules([ws], ignore=["private.py"], allow=["local/", "*"])
    names = ("local/a.py", "local/.env", "src/b.log", "private.py")
    assert kinds(found, ws, *names) == {
        "local/.env": "secret name",
        "src/b.log": ".glm/ignore",
        "private.py": "privacy.ignore",
    }


def test_settings_patterns_hold_outside_the_workspace_too(ws: Path, tmp_path: Path) -> None:
    found = rules([ws], ignore=["*.sql", "/src/a.py"])
    assert kinds(found, tmp_path, "x.sql", "ws/src/a.py", "src/a.py") == {
        "x.sql": "privacy.ignore",
        "ws/src/a.py": "privacy.ignore",
    }


def test_the_reason_names_rule_file_and_key(ws: Path) -> None:
    reason = rules([ws]).withheld(ws / "src" / "b.log")
    assert reason
    assert (reason.kind, reason.file, reason.line, reason.pattern, reason.key) == (
        ".gitignore",
        f"{ws}/.gitignore",
        2,
        "*.log",
        "privacy.allow",
    )
    for place, found in (("x.sql", rules([ws], ignore=["*.sql"])), ("src/b.log", rules([ws])), (".env", rules([ws]))):
        shown = found.withheld(ws / place)
        assert shown
        assert shown.key in shown.remedy
        assert shown.pattern in shown.sentence


def test_nested_repositories_answer_for_themselves_and_to_the_outer_one(ws: Path) -> None:
    """Otherwise git refuses the whole question ("in submodule"), or an ignored checkout leaves."""
    for inner in ("local/clone", "vendor/clone"):
        (ws / inner).mkdir(parents=True)
        subprocess.run(["git", "init", "-q", str(ws / inner)], check=True)
        (ws / inner / ".gitignore").write_text("*.tmp\n")
    assert kinds(
        rules([ws]), ws, "local/clone/a.py", "vendor/clone/a.py", "vendor/clone/a.tmp", "vendor/clone/a.log", "a.tmp"
    ) == {"local/clone/a.py": ".gitignore", "vendor/clone/a.tmp": ".gitignore"}


def test_a_repository_above_the_workspace_speaks_only_for_what_is_its_own(ws: Path, tmp_path: Path) -> None:
    """A home folder kept in git with `*` in its `.gitignore` must not refuse every project below it."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("*\n")
    (tmp_path / "loose").mkdir()
    assert kinds(rules([ws]), ws, "src/a.py") == {}
    assert kinds(rules([tmp_path / "loose"]), tmp_path, "loose/a.py") == {"loose/a.py": ".gitignore"}


def test_gitignore_holds_without_a_repository(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / ".gitignore").write_text("!b.log\n/a.py\n")
    (tmp_path / ".git").mkdir()  # empty: git does not take this for a repository either
    assert kinds(rules([tmp_path]), tmp_path, "a.log", "d/a.log", "d/b.log", "d/a.py", "a.py") == {
        "a.log": ".gitignore",
        "d/a.log": ".gitignore",
        "d/a.py": ".gitignore",
    }
    assert kinds(rules([]), tmp_path, "a.log", "b.txt") == {"a.log": ".gitignore"}


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("sleep 60", "git did not answer in time"),
        ("echo fatal: out of luck >&2; exit 128", "git says: fatal: out of luck"),
        ("echo warning: unable to access .gitignore >&2; exit 1", "git says: warning: unable"),
        ("printf 'a\\0b'", "git's answer was cut short"),
        ("kill -9 $$", "git failed"),
    ],
)
def test_rules_that_cannot_be_asked_keep_everything_back(
    ws: Path, tmp_path: Path, script: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a broken git sends what it would have kept."""
    monkeypatch.setattr(ignore_git, "TIMEOUT", 0.2)
    git = tmp_path / "git"
    git.write_text(f"#!/bin/sh\nexec 3>&-\ncat > /dev/null\n{script}\n".replace("sleep", "exec sleep"))
    git.chmod(0o755)
    found = replace(rules([ws]), git=str(git))
    reason = found.withheld(ws / "src" / "a.py")
    assert reason
    assert reason.kind == "unreadable"
    assert why in reason.sentence
    assert replace(found, git=str(tmp_path / "gone")).withheld(ws / "src" / "a.py")


def test_a_list_that_cannot_be_read_keeps_everything_back(ws: Path, tmp_path: Path) -> None:
    (ws / ".glm" / "ignore").mkdir(parents=True)
    found = rules([ws])
    reason = found.withheld(ws / "src" / "a.py")
    assert reason
    assert f"{ws}/.glm/ignore cannot be read" in reason.sentence
    assert kinds(found, tmp_path, "else.py") == {}


@pytest.mark.parametrize("place", [".glm/ignore", ".gitignore"])
@pytest.mark.parametrize("kind", ["pipe", "device", "large", "dense", "many"])
def test_a_list_that_is_no_list_keeps_everything_back_at_once(tmp_path: Path, place: str, kind: str) -> None:
    """Otherwise every question waits for a pipe for ever, or reads /dev/zero until memory is full."""
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True)
    match kind:
        case "pipe":
            os.mkfifo(file)
        case "device":
            file.symlink_to("/dev/zero")
        case "large":
            file.write_text("#" * 5_000_000)
        case "dense":
            file.write_text(("*a" * 2_000 + "\n") * 100)
        case _:
            file.write_text("a*b*c\n" * 1_000_000)
    reason = rules([tmp_path]).withheld(tmp_path / "a.py")
    assert reason
    assert reason.kind == "unreadable"
    assert str(file) in reason.sentence


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 30 + "b", "a" * 250),
        ("a/" + "**/a/" * 20 + "b", "/".join("a" * 500)),
        ("?*" * 100 + "b", "a" * 250),
        ("**/*/" * 100 + "b", "/".join("a" * 300)),
        ("**/*a*a*a*a*b/**/c", "/".join(["a" * 100] * 20)),
        ("[a]*" * 1_000, "a" * 250),
    ],
)
def test_no_pattern_is_slow_on_any_path(pattern: str, path: str) -> None:
    """Otherwise one line in a project's list stops the server: Python looks for a match without letting go."""
    started = time.perf_counter()
    assert not patterns("", [pattern]).ignores(path.split("/"))
    assert time.perf_counter() - started < 1


def test_the_surroundings_of_git_do_not_change_its_answer(ws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a server started from a git hook asks about another repository, or a repository's program is run."""
    mark = ws / "ran"
    subprocess.run(["git", "-C", str(ws), "config", "core.fsmonitor", f"touch {mark}; false"], check=True)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_TRACE", "1")
    assert kinds(rules([ws]), ws, "src/a.py", "src/b.log") == {"src/b.log": ".gitignore"}
    assert not mark.exists()


def test_names_git_might_misread(ws: Path) -> None:
    names = ["-z.log", ":(top)a.log", "a\nb.log", "*.log", "é.log", os.fsdecode(b"\xff.log"), "src/:a.py", "-a"]
    assert set(kinds(rules([ws]), ws, *names)) == set(names[:-2])


def test_a_name_that_cannot_be_followed_stays(ws: Path) -> None:
    assert kinds(rules([ws]), ws, "x" * 300 + "/a.py") == {"x" * 300 + "/a.py": "unreadable"}


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.py", "x = 1\n", ""),
        ("a.py", "", ""),
        ("a.bin", "a\0b", "not a text file"),
        ("package-lock.json", "{}", "lock file"),
        ("Cargo.lock", "", "lock file"),
        ("jquery.min.js", "x", "generated"),
        ("api_pb2.py", "x", "generated"),
        ("a.go", "// Code generated by protoc-gen-go. DO NOT EDIT.\npackage a\n", "generated"),
        ("a.ts", "/* @generated */\n", "generated"),
        ("a.py", "x = 1\n" * 400 + "# @generated by hand\n", ""),
        ("a.js", "x=1;" * 5_000, "minified"),
        ("a.py", "x = 1\n" * 2_000, ""),
        ("a.py", "x = 1\n" * 200_000, "too large"),
    ],
)
def test_what_is_not_worth_sending(name: str, text: str, why: str) -> None:
    """Otherwise a lock file or a bundle fills the prompt."""
    found = skip(PurePosixPath(name), text)
    assert why in found if why else found == ""
