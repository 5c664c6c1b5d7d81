"""What we believe of each client, checked on what the real ones sent when they introduced themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import converters, types

from glm_lsp.lsp.client import Client

CAPTURED = Path(__file__).parents[2] / "data" / "clients"

# fmt: off
BELIEVED: dict[str, dict[str, Any]] = {
    "vscode": {
        "name": "code-server",
        "encoding": "utf-16",
        "apply_edit": True,
        "document_changes": True,
        "can_edit": True,
        "resource_operations": {"create", "rename", "delete"},
        "work_done_progress": True,
        "show_document": True,
        "show_message_request": True,
        "text_document_content": True,
        "configuration": True,
        "dynamic_configuration": True,
        "dynamic_watched_files": True,
        "workspace_folders": True,
        "action_literals": True,
        "action_data": True,
        "tags_llm_generated": True,
        "hover_formats": ("markdown", "plaintext"),
        "locale": "en",
    },
    "nvim": {
        "name": "Neovim",
        "encoding": "utf-8",
        "apply_edit": True,
        "document_changes": True,
        "can_edit": True,
        "resource_operations": {"create", "rename", "delete"},
        "work_done_progress": True,
        "show_document": True,
        "show_message_request": True,
        "text_document_content": False,
        "configuration": True,
        "dynamic_configuration": False,
        "dynamic_watched_files": False,
        "workspace_folders": True,
        "action_literals": True,
        "action_data": True,
        "tags_llm_generated": False,
        "hover_formats": ("markdown", "plaintext"),
        "locale": "",
    },
    "helix": {
        "name": "helix",
        "encoding": "utf-8",
        "apply_edit": True,
        "document_changes": True,
        "can_edit": True,
        "resource_operations": {"create", "rename", "delete"},
        "work_done_progress": True,
        "show_document": True,
        "show_message_request": True,
        "text_document_content": False,
        "configuration": True,
        "dynamic_configuration": False,
        "dynamic_watched_files": True,
        "workspace_folders": True,
        "action_literals": True,
        "action_data": True,
        "tags_llm_generated": False,
        "hover_formats": ("markdown",),
        "locale": "",
    },
    "emacs-eglot": {
        "name": "Eglot",
        "encoding": "utf-32",
        "apply_edit": True,
        "document_changes": True,
        "can_edit": True,
        "resource_operations": set(),
        "work_done_progress": True,
        "show_document": True,
        "show_message_request": True,
        "text_document_content": False,
        "configuration": True,
        "dynamic_configuration": False,
        "dynamic_watched_files": True,
        "workspace_folders": True,
        "action_literals": True,
        "action_data": True,
        "tags_llm_generated": False,
        "hover_formats": ("plaintext",),
        "locale": "",
    },
    "emacs-lsp-mode": {
        "name": "emacs",
        "encoding": "utf-32",
        "apply_edit": True,
        "document_changes": True,
        "can_edit": True,
        "resource_operations": {"create", "rename", "delete"},
        "work_done_progress": True,
        "show_document": True,
        "show_message_request": True,
        "text_document_content": False,
        "configuration": True,
        "dynamic_configuration": False,
        "dynamic_watched_files": False,
        "workspace_folders": True,
        "action_literals": True,
        "action_data": True,
        "tags_llm_generated": False,
        "hover_formats": ("markdown", "plaintext"),
        "locale": "",
    },
    "vim-ale": {
        "name": "",
        "encoding": "utf-16",
        "apply_edit": False,
        "document_changes": False,
        "can_edit": False,
        "resource_operations": set(),
        "work_done_progress": False,
        "show_document": False,
        "show_message_request": False,
        "text_document_content": False,
        "configuration": False,
        "dynamic_configuration": False,
        "dynamic_watched_files": False,
        "workspace_folders": False,
        "action_literals": True,
        "action_data": False,
        "tags_llm_generated": False,
        "hover_formats": ("plaintext",),
        "locale": "",
    },
}
# fmt: on


def client(params: dict[str, Any]) -> Client:
    return Client.of(converters.get_converter().structure(params, types.InitializeParams))


def captured(name: str) -> Client:
    return client(json.loads((CAPTURED / f"{name}.json").read_text()))


def test_every_captured_client_is_described() -> None:
    assert {path.stem for path in CAPTURED.glob("*.json")} == set(BELIEVED)


@pytest.mark.parametrize("name", BELIEVED)
def test_a_captured_client_is_understood(name: str) -> None:
    found = captured(name)
    assert {field: getattr(found, field) for field in BELIEVED[name]} == BELIEVED[name]
    assert not found.glm_jobs
    assert not found.glm_apply


@pytest.mark.parametrize(
    ("name", "sent"), [("nvim", 1), ("vscode", 0), ("helix", 0), ("emacs-eglot", 0), ("emacs-lsp-mode", 0)]
)
def test_version_0_is_sent_so_that_the_client_checks_it(name: str, sent: int) -> None:
    """Neovim skips its check at 0, and the edit would land on text the user has changed meanwhile."""
    found = captured(name)
    assert [found.sent_version(version) for version in (0, 1, 7)] == [sent, 1, 7]


@pytest.mark.parametrize(
    ("name", "value"), [("nvim", False), ("vscode", False), ("helix", False), ("emacs-eglot", None)]
)
def test_a_document_shown_does_not_take_the_focus(name: str, value: bool | None) -> None:
    """Neovim takes a missing field for true, eglot an explicit false."""
    assert captured(name).quirks.unfocused is value


def test_eglot_is_waited_for_until_it_says_that_it_tells_of_every_change() -> None:
    """It would apply the edit over what the user typed in the last half second."""
    params = json.loads((CAPTURED / "emacs-eglot.json").read_text())
    assert client(params).overruns
    params["capabilities"]["experimental"] = {"glm": {"versions": True}}
    assert not client(params).overruns


def test_ale_is_known_without_its_name_and_another_nameless_client_is_not_taken_for_it() -> None:
    """A word that is selected there is no selection in ALE, and is one everywhere else."""
    assert captured("vim-ale").quirks.selects_words
    assert not client({"processId": None, "rootUri": None, "capabilities": {}}).quirks.selects_words


def test_a_client_that_declares_nothing_is_asked_for_nothing() -> None:
    found = client({"processId": None, "rootUri": None, "capabilities": {}})
    assert found.encoding == "utf-16"
    assert not any(
        value is True for field in Client.__dataclass_fields__ if (value := getattr(found, field)) is not None
    )


@pytest.mark.parametrize(
    ("experimental", "jobs", "apply"),
    [
        ({"glm": {"jobs": True, "apply": True}}, True, True),
        ({"glm": {"jobs": True}}, True, False),
        ({"glm": {"apply": True}}, False, True),
        ({"glm": []}, False, False),
        ([], False, False),
        (True, False, False),
        (None, False, False),
    ],
)
def test_our_own_clients_say_what_they_can(experimental: Any, jobs: bool, apply: bool) -> None:
    found = client({"processId": None, "rootUri": None, "capabilities": {"experimental": experimental}})
    assert (found.glm_jobs, found.glm_apply) == (jobs, apply)
    assert found.can_edit is apply
