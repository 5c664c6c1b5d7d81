"""Keys: each goes to its own origin and nowhere else, whatever is set around it."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.errors
import pytest

from glm_lsp.errors import BadInput, Failed, NoKey
from glm_lsp.settings import Settings, load
from glm_lsp.state import keys

CANARY = "sk-canary-0f7e2b91"
OXEN = "https://hub.oxen.ai/api/ai"
OTHER = "https://glm.example/v1"
LOCAL = "http://127.0.0.1:8000/v1"


class Memory(keyring.backend.KeyringBackend):
    """A keyring that forgets everything at the end of the test."""

    priority = 1

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.entries:
            raise keyring.errors.PasswordDeleteError
        del self.entries[service, username]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Memory:
    memory = Memory()
    monkeypatch.setattr(keyring.core, "_keyring_backend", memory)
    return memory


@pytest.fixture
def no_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends import fail

    nothing = fail.Keyring()  # type: ignore[no-untyped-call]  # the library has no types there
    monkeypatch.setattr(keyring.core, "_keyring_backend", nothing)


def environment(tmp_path: Path, **variables: str) -> dict[str, str]:
    return {"GLM_LSP_STATE": str(tmp_path / "state"), "GLM_LSP_CONFIG": "/dev/null", **variables}


def sent_to(base_url: str, environ: dict[str, str], **endpoint: Any) -> str | None:
    """The key that would go to `base_url`; "none" if asking there is refused for want of one."""
    argv = [f"endpoint.base_url={base_url}", *(f"endpoint.{name}={value}" for name, value in endpoint.items())]
    loaded = load(environ=environ, argv=argv)
    assert loaded.problems == ()
    try:
        key = keys.key_for(loaded.settings, environ)
    except NoKey:
        return "none"
    return key.value if key else None


# what is set                                          where it may go: Oxen, another origin, this machine
ORIGIN_RULE = {
    "nothing": ({}, "none", "none", None),
    "the default variable": ({"OXEN_API_KEY": CANARY}, CANARY, "none", None),
    "our variable alone": ({"GLM_LSP_API_KEY": CANARY}, CANARY, "none", None),
    "our variable with another address": (
        {"GLM_LSP_API_KEY": CANARY, "GLM_LSP_BASE_URL": OTHER}, "none", CANARY, None,
    ),
    "our variable with the long name of another address": (
        {"GLM_LSP_API_KEY": CANARY, "GLM_LSP_ENDPOINT__BASE_URL": OTHER}, "none", CANARY, None,
    ),
    "our variable with this machine": ({"GLM_LSP_API_KEY": CANARY, "GLM_LSP_BASE_URL": LOCAL}, "none", "none", CANARY),
    "our variable with the stand-in": (
        {"GLM_LSP_API_KEY": CANARY, "GLM_LSP_BASE_URL": "offline:"}, "none", "none", None,
    ),
    "both, one for each": (
        {"GLM_LSP_API_KEY": CANARY, "GLM_LSP_BASE_URL": OTHER, "OXEN_API_KEY": "sk-oxen"}, "sk-oxen", CANARY, None,
    ),
    "both for Oxen: ours is the more deliberate": (
        {"GLM_LSP_API_KEY": CANARY, "OXEN_API_KEY": "sk-oxen"}, CANARY, "none", None,
    ),
    "empty variables": ({"GLM_LSP_API_KEY": "", "OXEN_API_KEY": ""}, "none", "none", None),
}  # fmt: skip


@pytest.mark.parametrize("case", ORIGIN_RULE)
def test_origin_rule(case: str, tmp_path: Path) -> None:
    variables, *expected = ORIGIN_RULE[case]
    environ = environment(tmp_path, **variables)
    assert [sent_to(url, environ) for url in (OXEN, OTHER, LOCAL)] == expected


@pytest.mark.parametrize(
    "twin",
    [
        "https://hub.oxen.ai:8443/api/ai",
        "https://hub.oxen.ai.evil.example/api/ai",
        "https://oxen.ai/api/ai",
        "https://xhub.oxen.ai/api/ai",
    ],
)
def test_addresses_that_look_like_oxens_get_no_key(twin: str, tmp_path: Path) -> None:
    environ = environment(tmp_path, OXEN_API_KEY=CANARY, GLM_LSP_API_KEY=CANARY)
    keys.keep(OXEN, CANARY, environ, "file")
    assert sent_to(twin, environ) == "none"


def test_an_address_that_cannot_be_read_owns_no_key(tmp_path: Path) -> None:
    environ = environment(tmp_path, GLM_LSP_API_KEY=CANARY, GLM_LSP_BASE_URL="https://user@glm.example")
    settings = load(environ=environ).settings
    assert settings.endpoint.base_url == OXEN
    with pytest.raises(NoKey):
        keys.key_for(settings, environ)


def test_a_variable_the_user_named_goes_where_he_points(tmp_path: Path) -> None:
    environ = environment(tmp_path, MY_KEY=CANARY)
    assert sent_to(OTHER, environ, api_key_env="MY_KEY") == CANARY


def test_naming_our_own_variable_does_not_widen_its_rule(tmp_path: Path) -> None:
    environ = environment(tmp_path, GLM_LSP_API_KEY=CANARY)
    assert sent_to(OTHER, environ, api_key_env="GLM_LSP_API_KEY") == "none"
    assert sent_to(OXEN, environ, api_key_env="GLM_LSP_API_KEY") == CANARY


def test_a_key_in_the_keyring_goes_to_its_origin_only(tmp_path: Path, ring: Memory) -> None:
    environ = environment(tmp_path)
    assert keys.keep(OTHER, f" {CANARY}\n", environ, "keyring") is None
    assert [sent_to(url, environ) for url in (OXEN, OTHER, LOCAL)] == ["none", CANARY, None]
    assert ring.entries == {("glm-lsp", "https://glm.example"): CANARY}
    assert not any(CANARY in path.read_text() for path in tmp_path.rglob("*") if path.is_file())


def test_the_keyring_is_not_asked_without_a_login(tmp_path: Path, ring: Memory) -> None:
    """Lost otherwise: a minute of every user without one, and a window that asks to unlock it."""
    assert sent_to(OXEN, environment(tmp_path, OXEN_API_KEY=CANARY)) == CANARY
    assert sent_to(LOCAL, environment(tmp_path)) is None
    assert ring.asked == 0


def test_a_key_in_a_file_is_private_and_goes_to_its_origin_only(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    path = keys.keep(OTHER, CANARY, environ, "file")
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [sent_to(url, environ) for url in (OXEN, OTHER, LOCAL)] == ["none", CANARY, None]
    path.chmod(0o644)
    assert sent_to(OTHER, environ) == "none"


def test_logout_forgets(tmp_path: Path, ring: Memory) -> None:
    environ = environment(tmp_path)
    places: tuple[keys.Kept, ...] = ("keyring", "file")
    for where in places:
        keys.keep(OTHER, CANARY, environ, where)
        assert sent_to(OTHER, environ) == CANARY
        assert keys.forget(OTHER, environ)
        assert sent_to(OTHER, environ) == "none"
        assert not keys.forget(OTHER, environ)
    assert ring.entries == {}


def test_without_a_keyring_the_file_is_offered_and_nothing_is_written(tmp_path: Path, no_ring: None) -> None:
    environ = environment(tmp_path)
    with pytest.raises(Failed, match="--file"):
        keys.keep(OTHER, CANARY, environ, "keyring")
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_the_environment_wins_over_what_login_kept(tmp_path: Path) -> None:
    environ = environment(tmp_path, OXEN_API_KEY="sk-new")
    keys.keep(OXEN, CANARY, environ, "file")
    assert sent_to(OXEN, environ) == "sk-new"


@pytest.mark.parametrize("value", ["", "  ", "two words", "a\nb", "clé", "a\x00b"])
def test_what_cannot_be_a_key_is_not_kept(value: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not an API key"):
        keys.keep(OTHER, value, environment(tmp_path), "file")


def test_a_key_with_a_line_break_starts_no_header(tmp_path: Path) -> None:
    environ = environment(tmp_path, OXEN_API_KEY=f"{CANARY}\r\nX-Evil: 1")
    with pytest.raises(NoKey, match="in OXEN_API_KEY cannot be sent") as caught:
        keys.key_for(Settings(), environ)
    assert CANARY not in str(caught.value)


def test_a_key_does_not_show_itself(tmp_path: Path) -> None:
    key = keys.key_for(Settings(), environment(tmp_path, OXEN_API_KEY=CANARY))
    assert key is not None
    assert key.value == CANARY
    assert CANARY not in repr(key) + str(key) + f"{key}"


def test_without_a_key_the_sentence_says_how_to_set_one(tmp_path: Path) -> None:
    with pytest.raises(NoKey) as caught:
        keys.key_for(Settings(), environment(tmp_path))
    assert str(caught.value) == (
        "There is no API key for https://hub.oxen.ai. Set OXEN_API_KEY, or run `glm-lsp login`. "
        "To try without a key: --set endpoint.base_url=offline:"
    )


def test_without_a_key_for_another_origin_the_sentence_says_why_oxens_was_not_used(tmp_path: Path) -> None:
    environ = environment(tmp_path, OXEN_API_KEY=CANARY, GLM_LSP_BASE_URL=OTHER)
    with pytest.raises(NoKey) as caught:
        keys.key_for(load(environ=environ).settings, environ)
    text = str(caught.value)
    assert f"glm-lsp login --base-url {OTHER}" in text
    assert "OXEN_API_KEY is sent to https://hub.oxen.ai only." in text
    assert CANARY not in text
