"""Settings from their layers: what a user sets holds, and what a project sets through his editor cannot hurt him."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.errors import BadSettings
from glm_lsp.settings import Problem, Settings, keys, load, render, schema
from glm_lsp.settings.tree import FROM_EDITOR

DATA = Path(__file__).parents[2] / "data" / "settings"
CASES: list[dict[str, Any]] = tomllib.loads((DATA / "layers.toml").read_text("utf-8"))["case"]
CANARY = "canary-5f1c9a"


def values(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in keys():
        value: Any = settings
        for name in key.split("."):
            value = getattr(value, name)
        found[key] = list(value) if isinstance(value, tuple) else value
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_layers(case: dict[str, Any], tmp_path: Path) -> None:
    environ = {"GLM_LSP_CONFIG": str(tmp_path / "config.toml"), **case.get("environ", {})}
    (tmp_path / "config.toml").write_text(case.get("file", ""), "utf-8")

    loaded = load(lsp=json.loads(case.get("lsp", "null")), environ=environ, argv=case.get("argv", []))

    assert values(loaded.settings) == values(Settings()) | case["expect"]
    lines = render(loaded.problems).split("\n")[1:]
    wanted = case.get("problems", [])
    assert len(lines) == len(wanted), lines
    for line, text, source in zip(lines, wanted, case.get("sources", []), strict=True):
        assert text in line
        assert source in line


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("language=ß?", "is not used: it does not have the right form (--set)"),
        ("edit.repair=many", "is not used: it should be a valid integer (--set)"),
        ("actions.automatic=always", "is not used: it should be 'off', 'diagnostics' or 'selection' (--set)"),
        ("endpoint.base_url=http://example.com", "is not used: it should begin with https://"),
    ],
)
def test_what_is_wrong_with_a_value_is_a_sentence(setting: str, reason: str) -> None:
    (problem,) = load(environ={"GLM_LSP_CONFIG": "/dev/null"}, argv=[setting]).problems
    assert str(problem).startswith(f"{setting.partition('=')[0]} {reason}")


@pytest.mark.parametrize("key", [key for key, policy in FROM_EDITOR.items() if policy == "never"])
def test_no_value_for_a_key_of_the_endpoint_is_taken_from_an_editor(key: str) -> None:
    """Lost otherwise: the key, to whoever wrote the project's settings."""
    table, name = key.split(".")
    hostile: list[Any] = ["https://evil.example", "x", {"X-A": "b"}, 1, [], True]
    for value in hostile:
        loaded = load(lsp=({table: {name: value}}, {key: value}), environ={"GLM_LSP_CONFIG": "/dev/null"})
        assert loaded.settings == Settings()
        assert len(loaded.problems) == 2


def test_all_keys_of_the_editor_policy_exist() -> None:
    assert set(FROM_EDITOR) <= set(keys())


def test_what_an_editor_said_first_still_protects_when_it_speaks_again(tmp_path: Path) -> None:
    loaded = load(
        lsp=({"privacy": {"ignore": ["a"]}, "usage": {"dailyTokens": 5}}, {"privacy": {"ignore": ["b"]}}),
        environ={"GLM_LSP_CONFIG": "/dev/null"},
    )
    assert loaded.settings.privacy.ignore == ("a", "b")
    assert loaded.settings.usage.daily_tokens == 5


def test_a_file_named_on_the_command_line_must_exist(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.toml"
    assert load(file=missing).problems == (Problem(str(missing), "", "does not exist"),)


def test_without_a_config_file_the_defaults_hold_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load() == load(environ={})
    assert load().settings == Settings()
    assert load().problems == ()


def test_the_file_on_the_command_line_wins_over_the_variable(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("language = 'German'")
    (tmp_path / "b.toml").write_text("language = 'French'")
    loaded = load(file=tmp_path / "a.toml", environ={"GLM_LSP_CONFIG": str(tmp_path / "b.toml")})
    assert loaded.settings.language == "German"


def test_a_config_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (problem,) = load(file=tmp_path).problems
    assert str(tmp_path) in str(problem)
    assert "cannot be read" in str(problem)


@pytest.mark.parametrize(
    ("file", "environ", "safe"),
    [
        ("", {"GLM_LSP_BASE_URL": "http://models.intranet/v1"}, False),
        ("[endpoint]\nbase_url = 'http://models.intranet/v1'", {}, False),
        ("[endpoint]\nbaseurl = 'https://models.intranet/v1'", {}, False),
        ("endpoint = 'https://models.intranet/v1'", {}, False),
        (
            "[endpoint]\nbase_url = 'http://models.intranet/v1'",
            {"GLM_LSP_BASE_URL": "https://models.intranet/v1"},
            True,
        ),
        ("[privacy]\nignore = [1]", {}, False),
        ("[privacy]\nignored = ['*.sql']", {}, False),
        ("privacy = ['*.sql']", {}, False),
        ("[privacy\nignore = ['*.sql']", {}, False),
        ("[edit]\nrepair = 'often'", {"GLM_LSP_NONE_SUCH": "1"}, True),
    ],
)
def test_nothing_is_sent_where_the_user_may_not_want_it(
    file: str, environ: dict[str, str], safe: bool, tmp_path: Path
) -> None:
    """Lost otherwise: a company's code, which goes to the default address because its own is misspelled."""
    (tmp_path / "config.toml").write_text(file)
    loaded = load(environ={"GLM_LSP_CONFIG": str(tmp_path / "config.toml"), **environ})
    if safe:
        loaded.check_safe()
    else:
        with pytest.raises(BadSettings, match=r"^Nothing is sent, .* Mend this setting and try again\.$"):
            loaded.check_safe()


@pytest.mark.parametrize("sent", [{"endpoint": {"baseUrl": "http://a.b"}}, {"privacy": {"ignore": 1}}, {"privacy": 1}])
def test_what_a_project_may_have_written_stops_nothing(sent: Any) -> None:
    load(lsp=sent, environ={"GLM_LSP_CONFIG": "/dev/null"}).check_safe()


def test_headers_others_can_read_are_warned_about_and_used(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[endpoint.headers]\nX-Team = '{CANARY}'")
    file.chmod(0o644)
    loaded = load(file=file)
    assert loaded.settings.endpoint.headers == {"X-Team": CANARY}
    assert "chmod 600" in render(loaded.problems)
    file.chmod(0o600)
    assert load(file=file).problems == ()


def test_no_value_is_shown_in_a_problem_or_a_repr(tmp_path: Path) -> None:
    """Lost otherwise: a secret, in a log or on a shared screen."""
    environ = {
        "GLM_LSP_CONFIG": "/dev/null",
        "GLM_LSP_BASE_URL": f"https://user:{CANARY}@host.example/",
        "GLM_LSP_ENDPOINT__PROXY": f"http://user:{CANARY}@proxy.example:1",
        "GLM_LSP_ENDPOINT__HEADERS": json.dumps({"Authorization": CANARY}),
        "GLM_LSP_CONTEXT__BUDGET_TOKENS": CANARY,
    }
    loaded = load(environ=environ, argv=[f"endpoint.headers.X-A={CANARY}", f"endpoint.model={CANARY} \n"])
    assert loaded.settings.endpoint.proxy is not None
    assert loaded.settings.endpoint.headers == {"X-A": CANARY}
    assert len(loaded.problems) == 4
    assert CANARY not in repr(loaded) + str(loaded.settings) + render(loaded.problems)


def test_keys_from_strangers_cannot_write_on_the_terminal() -> None:
    loaded = load(lsp={"\x1b]52;c;AAAA\x07": 1, "a" * 5000: 1, "ü\n- endpoint.model is fine": 1}, environ={})
    text = render(loaded.problems)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert len(text) < 500
    assert text.count("\n") == 3


def test_a_thousand_problems_make_a_message_a_person_can_read() -> None:
    problems = load(lsp={f"key{number}": 1 for number in range(1000)}, environ={}).problems
    assert len(problems) == 1000
    assert len(render(problems).split("\n")) == 22
    assert "and 980 more" in render(problems)


NAMES: st.SearchStrategy[str] = (
    st.sampled_from([*{part for key in keys() for part in key.split(".")}, *keys(), "glm", "baseUrl"]) | st.text()
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@hypothesis_settings(max_examples=examples(150), deadline=None)
@given(JSON)
def test_whatever_an_editor_sends_the_protected_keys_stay_protected(sent: Any) -> None:
    settings = load(lsp=sent, environ={"GLM_LSP_CONFIG": "/dev/null"}).settings
    default = Settings()
    for name in ("base_url", "api_key_env", "headers", "proxy", "ca_file"):
        assert getattr(settings.endpoint, name) == getattr(default.endpoint, name)
    assert settings.edit.verify
    assert settings.privacy.redact
    assert settings.privacy.allow == ()


def test_the_schema_describes_every_key_and_says_what_an_editor_may_set() -> None:
    """The settings pages of editors are generated from it."""
    whole = schema()
    for key in keys():
        entry = whole
        for name in key.split("."):
            entry = whole["$defs"][entry["$ref"].rsplit("/", 1)[1]] if "$ref" in entry else entry
            entry = entry["properties"][name]
        assert entry["description"], key
        assert "default" in entry, key
        assert entry.get("fromEditor", "any") == FROM_EDITOR.get(key, "any")
    json.dumps(whole)


def test_settings_do_not_change_under_a_running_job() -> None:
    settings = Settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.endpoint.model = "other"
