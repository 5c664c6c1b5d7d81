"""Where state lies: nobody else can read it, nothing planted is followed, nothing is ever half there."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
from pathlib import Path

import pytest

from glm_lsp.errors import Failed
from glm_lsp.state import models, place, refused, replies


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_the_directory_is_the_named_one_and_private(tmp_path: Path) -> None:
    state = place.root({"GLM_LSP_STATE": str(tmp_path / "deep" / "state")})
    assert state == tmp_path / "deep" / "state"
    assert mode(state) == 0o700


def test_the_directory_is_else_the_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert place.root({}) == tmp_path / "glm-lsp"


def test_a_directory_others_may_write_to_is_not_used(tmp_path: Path) -> None:
    """Lost otherwise: the trust store and the keys, to any user of the machine."""
    tmp_path.chmod(0o777)
    with pytest.raises(Failed, match="Other users may write"):
        place.root({"GLM_LSP_STATE": str(tmp_path)})


def test_a_directory_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Failed, match="cannot be used: Not a directory"):
        place.root({"GLM_LSP_STATE": str(tmp_path / "file" / "state")})


def test_all_that_is_written_is_private_under_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        state = place.root({"GLM_LSP_STATE": str(tmp_path / "state")})
        replies.keep_reply(state, "reply")
        replies.keep_explanation(state, "Explain", "# x")
        replies.keep_diff(state, "--- a")
        refused.remember(state, "https://a.example", "reasoning_effort")
        models.save(state, "https://a.example", [])
    finally:
        os.umask(before)
    found = [state, *state.rglob("*")]
    assert len(found) > 10
    for path in found:
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_a_planted_link_is_never_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("the user's own")
    state = place.root({"GLM_LSP_STATE": str(tmp_path / "state")})
    target = state / "note.json"
    target.symlink_to(victim)
    assert place.read(target) is None
    place.write_json(target, {"a": 1})
    assert victim.read_text() == "the user's own"
    assert not target.is_symlink()

    (state / "elsewhere").symlink_to(tmp_path)
    with pytest.raises(Failed):
        place.folder(state, "elsewhere")

    (state / ".lock").symlink_to(victim)
    with pytest.raises(Failed), place.lock(state):
        pass


def test_what_others_could_have_written_is_not_read(tmp_path: Path) -> None:
    place.write(tmp_path / "a.json", "{}")
    assert place.read(tmp_path / "a.json") == "{}"
    (tmp_path / "a.json").chmod(0o644)
    assert place.read(tmp_path / "a.json") is None


def test_neither_a_pipe_nor_a_folder_blocks_a_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert place.read(tmp_path / "pipe") is None
    assert place.read(tmp_path) is None


@pytest.mark.parametrize("damage", ["", "{", "[]", "\x00\x01", "[" * 100_000])
def test_a_damaged_note_counts_as_none(tmp_path: Path, damage: str) -> None:
    place.write(tmp_path / "note.json", damage)
    assert place.read_json(tmp_path / "note.json") == {}


def test_a_failed_write_leaves_the_old_text_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "taken"
    target.mkdir()
    (target / "x").write_text("")
    with pytest.raises(Failed):
        place.write(target, "new")
    assert list(tmp_path.iterdir()) == [target]


def test_the_lock_lets_one_in_at_a_time(tmp_path: Path) -> None:
    inside = threading.Event()
    out: list[str] = []

    def second() -> None:
        inside.wait()
        with place.lock(tmp_path):
            out.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with place.lock(tmp_path):
        inside.set()
        out.append("first")
    thread.join()
    assert out == ["first", "second"]


def test_only_the_last_replies_are_kept(tmp_path: Path) -> None:
    made = []
    for number in range(replies.REPLIES + 5):
        path = replies.keep_reply(tmp_path, f"reply {number}")
        os.utime(path, (number, number))
        made.append(path)
    kept = sorted((tmp_path / "replies").iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    assert kept == made[: -replies.REPLIES - 1 : -1]
    assert kept[0].read_text() == f"reply {replies.REPLIES + 4}"


def test_names_of_kept_files_cannot_be_guessed_and_end_as_editors_expect(tmp_path: Path) -> None:
    one = replies.keep_explanation(tmp_path, "Explain `../../etc/passwd`\n", "text")
    two = replies.keep_explanation(tmp_path, "Explain `../../etc/passwd`\n", "text")
    assert one != two
    assert one.parent == tmp_path / "explanations"
    assert one.name.startswith("explain-etc-passwd-")
    assert one.suffix == ".md"
    assert replies.keep_diff(tmp_path, "").suffix == ".diff"
    assert replies.keep_explanation(tmp_path, "説明", "x").name.startswith("explanation-")


def test_text_that_cannot_be_encoded_is_kept_all_the_same(tmp_path: Path) -> None:
    assert replies.keep_reply(tmp_path, "a\ud800b").read_text() == "a?b"


def test_refused_parameters_belong_to_their_origin(tmp_path: Path) -> None:
    refused.remember(tmp_path, "https://a.example", "reasoning_effort")
    refused.remember(tmp_path, "https://a.example", "stream_options")
    assert refused.parameters(tmp_path, "https://a.example") == {"reasoning_effort", "stream_options"}
    assert refused.parameters(tmp_path, "https://b.example") == frozenset()
    assert refused.forget(tmp_path, "https://a.example")
    assert refused.parameters(tmp_path, "https://a.example") == frozenset()


def test_two_servers_that_learn_at_once_both_learn(tmp_path: Path) -> None:
    names = [f"parameter_{number}" for number in range(12)]
    threads = [threading.Thread(target=refused.remember, args=(tmp_path, "https://a.example", name)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused.parameters(tmp_path, "https://a.example") == set(names)


def test_the_models_cache_grows_old_and_belongs_to_its_origin(tmp_path: Path) -> None:
    models.save(tmp_path, "https://a.example", [{"id": "glm"}], now=1000.0)
    assert models.load(tmp_path, "https://a.example", now=1000.0 + models.FRESH_SECONDS) == [{"id": "glm"}]
    assert models.load(tmp_path, "https://a.example", now=1001.0 + models.FRESH_SECONDS) is None
    assert models.load(tmp_path, "https://a.example", now=999.0) is None
    assert models.load(tmp_path, "https://a.example", fresh=None, now=1e12) == [{"id": "glm"}]
    assert models.load(tmp_path, "https://b.example", fresh=None) is None


def test_a_cache_that_holds_nonsense_is_none(tmp_path: Path) -> None:
    models.save(tmp_path, "https://a.example", [], now=0.0)
    (path,) = (tmp_path / "models").iterdir()
    for nonsense in ({"at": "x"}, {"models": 3}, {"origin": "https://evil.example"}):
        entry = {"origin": "https://a.example", "at": 0.0, "models": []} | nonsense
        place.write(path, json.dumps(entry))
        assert models.load(tmp_path, "https://a.example", fresh=None) is None


def test_where_nothing_can_be_written_there_is_nothing_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, or one that may not be written to, must not stop those who only look whether there is something."""

    def full(self: Path, mode: int = 0o777) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    path = place.folder(tmp_path, "keys") / "a.json"
    assert place.read_json(path) == {}
    with pytest.raises(Failed):
        place.write(path, "{}")
