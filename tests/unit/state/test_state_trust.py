"""Trust: a project's prompts are used only as they were when the user said yes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.errors import Refused
from glm_lsp.state import trust


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".glm" / "actions").mkdir(parents=True)
    (folder / ".glm" / "rules.md").write_text("Use tabs.")
    (folder / ".glm" / "actions" / "audit.md").write_text("Audit {{selection}}.")
    return folder


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


def standing(state: Path, project: Path) -> trust.Standing:
    return trust.standing(state, project, trust.prompts(project))


def test_nothing_is_trusted_before_it_was_asked_about(state: Path, project: Path) -> None:
    assert standing(state, project) == "new"


def test_yes_and_no_are_both_remembered(state: Path, project: Path) -> None:
    trust.decide(state, project, trust.prompts(project), trusted=True)
    assert standing(state, project) == "trusted"
    trust.decide(state, project, trust.prompts(project), trusted=False)
    assert standing(state, project) == "refused"


def test_trust_is_one_folders_and_not_its_neighbours(state: Path, project: Path) -> None:
    trust.decide(state, project, trust.prompts(project), trusted=True)
    copy = project.parent / "project-evil"
    (copy / ".glm").mkdir(parents=True)
    (copy / ".glm" / "rules.md").write_text("Use tabs.")
    assert standing(state, copy) == "new"


def test_a_folder_is_the_same_by_any_name(state: Path, project: Path) -> None:
    link = project.parent / "link"
    link.symlink_to(project)
    trust.decide(state, link, trust.prompts(link), trusted=True)
    assert standing(state, project) == "trusted"


@pytest.mark.parametrize("was_trusted", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        lambda glm: (glm / "rules.md").write_text("Use tabs!"),
        lambda glm: (glm / "rules.md").write_text("Use tabs.\n"),
        lambda glm: (glm / "rules.md").unlink(),
        lambda glm: (glm / "actions" / "new.md").write_text("x"),
        lambda glm: (glm / "actions" / "audit.md").rename(glm / "actions" / "tests.md"),
    ],
    ids=["one byte", "one byte more", "rules gone", "a new action", "a renamed action"],
)
def test_any_change_is_asked_about_again(state: Path, project: Path, change: object, was_trusted: bool) -> None:
    """Lost otherwise: what a pulled commit slips in after the user said yes (CVE-2025-54136)."""
    assert callable(change)
    trust.decide(state, project, trust.prompts(project), trusted=was_trusted)
    change(project / ".glm")
    assert standing(state, project) == "changed"


def test_a_project_without_prompts_needs_no_trust(state: Path, tmp_path: Path) -> None:
    assert standing(state, tmp_path) == "nothing"
    (tmp_path / ".glm").mkdir()
    (tmp_path / ".glm" / "ignore").write_text("*.csv")
    assert standing(state, tmp_path) == "nothing"


def test_links_are_not_prompts(state: Path, project: Path, tmp_path: Path) -> None:
    """Lost otherwise: any file of the user's, sent with every request as a project's rules."""
    secret = tmp_path / "id_rsa"
    secret.write_text("PRIVATE")
    (project / ".glm" / "rules.md").unlink()
    (project / ".glm" / "rules.md").symlink_to(secret)
    (project / ".glm" / "actions" / "leak.md").symlink_to(secret)
    assert set(trust.prompts(project)) == {"actions/audit.md"}

    other = tmp_path / "other"
    other.mkdir()
    (other / ".glm").symlink_to(project / ".glm")
    assert trust.prompts(other) == {}


def test_prompts_too_large_to_be_meant_are_refused_by_name(project: Path) -> None:
    (project / ".glm" / "rules.md").write_bytes(b"x" * (trust.MAX_BYTES + 1))
    with pytest.raises(Refused, match=r"rules\.md is larger"):
        trust.prompts(project)


def test_too_many_prompts_are_refused(project: Path) -> None:
    for number in range(trust.MAX_FILES):
        (project / ".glm" / "actions" / f"a{number}.md").write_text("x")
    with pytest.raises(Refused, match="more than"):
        trust.prompts(project)


FILES = st.dictionaries(st.text(st.sampled_from("ab:1/"), min_size=1, max_size=4), st.binary(max_size=4), max_size=3)


@settings(max_examples=examples(200), deadline=None)
@given(FILES, FILES)
def test_different_files_have_different_fingerprints(one: dict[str, bytes], two: dict[str, bytes]) -> None:
    assert (trust.fingerprint(one) == trust.fingerprint(two)) == (one == two)
