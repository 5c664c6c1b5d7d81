"""The command line as a person or a script meets it: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from glm_lsp import __version__
from glm_lsp.cli.main import COMMANDS
from glm_lsp.cli.serve import address
from glm_lsp.errors import BadInput
from glm_lsp.state import trust, usage

CANARY = "sk-canary-77d1e0"
OFFLINE = ["--set", "endpoint.base_url=offline:"]


Run = Callable[..., tuple[int, str, str]]


def test_help_names_every_command_and_the_way_without_a_key(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert all(f"\n  {name} " in out for name in COMMANDS)
    assert "endpoint.base_url=offline:" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_takes_settings(name: str, run: Run) -> None:
    code, out, _ = run(name, "--help")
    assert code == 0
    assert "--config FILE" in out
    assert "--set KEY=VALUE" in out
    assert (import_module(f"glm_lsp.cli.{name}").__doc__ or "").split(".")[0].split("\n")[0] in out


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"glm-lsp {__version__}\n", "")


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["expalin"], "Did you mean `glm-lsp explain`?"),
        (["zzz"], "`glm-lsp --help` lists them."),
        (["usage", "--jsn"], "--jsn"),
        (["edit"], "FILE[:A[-B]]"),
        (["serve", "--tcp", "0.0.0.0:1"], "this machine only"),
        (["serve", "--tcp", "9257"], "not HOST:PORT"),
        (["models", "--set", "endpoint.base_url=http://evil.example"], "endpoint.base_url is not used"),
        (["models", "--set", "endpoint.modle=x"], "did you mean endpoint.model?"),
        (["models", "--config", "/nowhere.toml"], "/nowhere.toml does not exist"),
        (["trust", "/nowhere"], "/nowhere is not a folder"),
        (["trust", ".", "--config", "/nowhere.toml"], "/nowhere.toml does not exist"),
        (["usage", "--set", "endpoint.modle=x"], "did you mean endpoint.model?"),
        (["usage", "--days", "0"], "--days 0"),
        (["offline", "--port", "70000"], "--port 70000"),
        (["offline", "--port", "0", "--set", "nope"], "--set key=value"),
        (["login", "--base-url", "http://evil.example"], "https://"),
        (["login", *OFFLINE], "needs no key"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_is_a_sentence_and_exit_code_2(argv: list[str], hint: str, run: Run) -> None:
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert hint in err
    assert "Traceback" not in err


def test_a_problem_in_the_config_file_does_not_stop_a_command(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[edit]\ndelivery = 'sometimes'")
    monkeypatch.setenv("GLM_LSP_CONFIG", str(config))
    code, _, err = run("models", *OFFLINE)
    assert code == 0
    assert f"edit.delivery is not used: it should be 'apply', 'confirm' or 'preview' ({config})" in err


def test_without_a_key_the_sentence_says_how_to_set_one(run: Run) -> None:
    code, out, err = run("models")
    assert (code, out) == (1, "")
    assert "glm-lsp login" in err
    assert "--set endpoint.base_url=offline:" in err


def test_models_of_the_stand_in(run: Run) -> None:
    code, out, err = run("models", *OFFLINE)
    assert (code, err) == (0, "")
    assert "offline stand-in" in out
    code, out, _ = run("models", "zai-org-glm-5-1", *OFFLINE)
    assert code == 0
    assert json.loads(out)["id"] == "zai-org-glm-5-1"
    code, out, err = run("models", "no-such", *OFFLINE)
    assert (code, out) == (1, "")
    assert "does not know the model no-such" in err


def test_what_the_endpoint_said_earlier_serves_when_it_is_gone(run: Run, tmp_path: Path) -> None:
    from glm_lsp.model.endpoint import origin
    from glm_lsp.state import models, place

    base_url = "http://127.0.0.1:9/v1"
    state = place.root({"GLM_LSP_STATE": str(tmp_path / "state")})
    models.save(state, origin(base_url), [{"id": "glm-\x1b[31mkept"}])
    code, out, err = run("models", "--set", f"endpoint.base_url={base_url}")
    assert code == 0
    assert "glm-[31mkept" in out
    assert "said earlier" in err


def test_login_and_logout_with_a_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(f"{CANARY}\n")
    with (tmp_path / "key").open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        code, out, err = run("login", "--file", "--base-url", "https://glm.example/v1")
    assert code == 0
    assert "The key for https://glm.example is kept in" in out
    assert CANARY not in out + err
    (path,) = (tmp_path / "state" / "keys").glob("*.json")
    assert str(path) in out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    assert run("logout", "--base-url", "https://glm.example/v1")[1] == "The key is forgotten for https://glm.example.\n"
    assert run("logout", "--base-url", "https://glm.example/v1")[1] == "No key was kept for https://glm.example.\n"
    assert not path.exists()


def test_trust_and_revoke(run: Run, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / ".glm").mkdir(parents=True)
    assert run("trust", str(project))[0] == 2
    (project / ".glm" / "rules.md").write_text("Use tabs.\u200b")
    state = tmp_path / "state"

    code, out, err = run("trust", str(project))
    assert code == 0
    assert ".glm/rules.md  12 bytes" in out
    assert "U+200B" in err
    assert trust.standing(state, project, trust.prompts(project)) == "trusted"

    assert run("trust", str(project), "--revoke")[0] == 0
    assert trust.standing(state, project, trust.prompts(project)) == "refused"


def test_usage_as_a_table_and_as_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    assert run("usage")[1] == "Nothing was asked in the last 30 days.\n"
    row = usage.Row(time.time(), "refactor\x1b[2J", "o", "m", 200, "ok", 4.0, 0.5, 12_000, 340, cost=0.0123)
    usage.record(tmp_path / "state", row)
    usage.record(tmp_path / "state", usage.Row(time.time() - 40 * 86_400, "explain", "o", "m", 200, "ok", 1.0))

    code, out, _ = run("usage")
    assert code == 0
    head, line = out.splitlines()
    assert head.split()[:3] == ["day", "action", "requests"]
    assert "12,000" in line
    assert "$0.0123" in line
    assert "\x1b" not in out
    assert len(run("usage", "--days", "60")[1].splitlines()) == 3

    (total,) = [json.loads(line) for line in run("usage", "--json")[1].splitlines()]
    assert (total["prompt"], total["completion"], total["cost"]) == (12_000, 340, 0.0123)


def test_doctor_says_what_is_missing_and_then_that_all_is_well(run: Run) -> None:
    code, out, err = run("doctor")
    assert (code, err) == (1, "")
    assert "wrong  key: There is no API key for https://hub.oxen.ai." in out
    assert "→ Set OXEN_API_KEY, or run `glm-lsp login`." in out

    code, out, _ = run("doctor", *OFFLINE)
    assert code == 0
    assert out.endswith("All is well.\n")

    code, out, _ = run("doctor", "--set", "endpoint.base_url=http://127.0.0.1:9/v1", "--set", "edit.repair=x")
    assert code == 1
    assert "wrong  setting: edit.repair is not used" in out
    assert "wrong  endpoint:" in out
    assert "2 to mend." in out


def test_doctor_says_once_that_a_config_file_is_not_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost otherwise: what to believe, the line that says it is well or the one that says it is not."""
    monkeypatch.setenv("GLM_LSP_CONFIG", "/nowhere.toml")
    _, out, _ = run("doctor", *OFFLINE)
    assert [line for line in out.splitlines() if "/nowhere.toml" in line] == [
        "wrong  setting: /nowhere.toml does not exist"
    ]


def test_doctor_never_shows_the_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLM_LSP_API_KEY", CANARY)
    monkeypatch.setenv("GLM_LSP_BASE_URL", "http://127.0.0.1:9/v1")
    code, out, err = run("doctor")
    assert code == 1
    assert "ok     key: found in GLM_LSP_API_KEY" in out
    assert CANARY not in out + err


def test_doctor_names_a_state_directory_that_is_not_ours_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o777)
    code, out, _ = run("doctor", *OFFLINE)
    assert code == 1
    assert "Other users may write to the state directory" in out


@pytest.mark.parametrize(
    ("text", "expected"),
    [("127.0.0.1:9257", ("127.0.0.1", 9257)), ("localhost:0", ("localhost", 0)), ("[::1]:80", ("::1", 80))],
)
def test_addresses_of_this_machine(text: str, expected: tuple[str, int]) -> None:
    assert address(text) == expected


@pytest.mark.parametrize("text", [":80", "*:80", "0.0.0.0:80", "192.168.1.2:80", "127.0.0.1:x", "127.0.0.1:70000", "a"])
def test_other_addresses_are_refused(text: str) -> None:
    """Lost otherwise: the user's credit, to anybody on his network."""
    with pytest.raises(BadInput):
        address(text)


def test_a_port_that_is_taken_is_a_sentence(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        assert run("serve", "--tcp", place) == (
            1,
            "",
            f"glm-lsp: The server cannot listen on {place}. Choose another port, or 0 for a free one.\n",
        )


def started(*argv: str) -> subprocess.Popen[str]:
    environ = {**os.environ, "GLM_LSP_CONFIG": "/dev/null"}
    return subprocess.Popen(
        [sys.executable, "-m", "glm_lsp", *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
    )


def test_the_stand_in_serves_until_ctrl_c_which_is_no_error_message() -> None:
    process = started("offline")
    assert process.stdout is not None
    assert "http://127.0.0.1:" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, "")


def test_a_reader_that_goes_away_is_no_error_message() -> None:
    process = started("--help")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 141


def shell(script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    program = f"{sys.executable} -m glm_lsp"
    return subprocess.run(
        ["bash", "-c", script.replace("glm-lsp", program)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "GLM_LSP_CONFIG": "/dev/null", **environ},
        check=False,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_a_sentence() -> None:
    done = shell("glm-lsp --help > /dev/full")
    assert done.returncode == 1
    assert done.stderr == "glm-lsp: The output could not be written: No space left on device.\n"


def test_streams_that_are_closed_are_no_error_message(tmp_path: Path) -> None:
    closed = shell("glm-lsp --version >&-")
    assert (closed.returncode, closed.stderr) == (0, "")
    unheard = shell("glm-lsp apply - <&-", GLM_LSP_STATE=str(tmp_path / "state"))
    assert unheard.returncode == 1
    assert "it holds no code" in unheard.stderr


def test_a_terminal_without_the_character_shows_another(tmp_path: Path) -> None:
    """Lost otherwise: every command's output in a shell whose encoding is Latin-1 or ASCII."""
    done = shell("glm-lsp actions", GLM_LSP_STATE=str(tmp_path / "state"), PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Edit?" in done.stdout


def test_the_way_to_the_server_loads_nothing_heavy() -> None:
    """Lost otherwise: a third of a second each time an editor opens."""
    code = "import sys, glm_lsp.cli.main, glm_lsp.cli.serve; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"pydantic", "httpx", "tree_sitter", "sqlite3", "keyring", "pygls", "asyncio", "tomllib", "platformdirs"}
    assert heavy.isdisjoint(loaded)


def test_no_module_of_the_folder_it_is_started_in_is_run(tmp_path: Path) -> None:
    """Otherwise an editor that starts `python -m glm_lsp` in a project runs the project's `json.py`."""
    for name in ("argparse", "json", "platformdirs", "pygls", "lsprotocol", "pydantic", "sqlite3", "tree_sitter"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'a').write(__name__)\n")
    (tmp_path / "a.py").write_text("x = 1\n")
    for arguments in (["actions", "a.py"], ["serve"]):
        subprocess.run(
            [sys.executable, "-m", "glm_lsp", *arguments],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={**os.environ, "GLM_LSP_STATE": str(tmp_path / "state")},
        )
    assert not (tmp_path / "ran").exists()
