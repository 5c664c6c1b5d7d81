"""Who is at the other end: what it declares, and what is known of it besides.

Every decision that depends on the client reads one field here. What a client declares comes from `initialize`; what it
does contrary to that, or without saying so, stands in the table `QUIRKS`, found out with the real editors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pygls.capabilities import get_capability

from glm_lsp.text.encoding import ENCODINGS, Encoding

if TYPE_CHECKING:
    from lsprotocol import types

LLM_GENERATED = 1
"""`CodeActionTag.LLMGenerated` (LSP 3.18)."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """How a client differs from what it declares.

    `document_changes`: applies versioned edits without declaring them. `zero`: the version to send for version 0.
    `unfocused`: `takeFocus` of a document that shall not take the focus; None leaves the field out. `refuses_loudly`:
    an edit that comes while the user types disturbs him, so it waits until he rests. `lone_returns`: a `\\r` without
    `\\n` ends a line, as the specification says. `lone_line`: an empty text has one line with an ending. `overruns`: it
    tells of changes only once the user rests, and compares versions with the last one it has told of, so it would apply
    an edit over what was typed since. Before a command it tells of all: edits are offered, and sent when accepted;
    unless it declares `experimental.glm.versions`: that it tells of every change before it compares. `deaf`: the
    seconds after the answer to a command in which it may lose what else is sent, so a job begins no sooner.
    `replaces`: a document shown takes the place and the focus of the one the user is in, so it is not shown to a user
    who has gone on typing. `selects_words`: where nothing is selected it asks for the character or word at the cursor.
    """

    document_changes: bool = False
    zero: int = 0
    unfocused: bool | None = False
    refuses_loudly: bool = False
    lone_returns: bool = True
    lone_line: bool = False
    overruns: bool = False
    deaf: float = 0.0
    replaces: bool = False
    selects_words: bool = False


QUIRKS: Mapping[str, Quirks] = {
    # Neovim 0.12: skips its version check at 0 and compares otherwise; a missing `takeFocus` is true there.
    # An edit it refuses leaves a message, and one longer than the screen is wide stops the user at a prompt.
    "Neovim": Quirks(
        document_changes=True, zero=1, unfocused=False, refuses_loudly=True, lone_returns=False, lone_line=True
    ),
    # eglot 1.17 reads JSON `false` as a true value; only a missing `takeFocus` leaves the focus alone.
    # It tells of changes once the user has rested for half a second, and counts its version up only then.
    "Eglot": Quirks(unfocused=None, lone_returns=False, overruns=True, selects_words=True),
    # lsp-mode 10 stops reading at the answer it waits for, and throws away what came in the same piece.
    "emacs": Quirks(lone_returns=False, deaf=0.1, replaces=True),
    "helix": Quirks(lone_returns=False, replaces=True, selects_words=True),
    "ALE": Quirks(selects_words=True),
}
"""By `clientInfo.name`."""


@dataclass(frozen=True, slots=True)
class Client:
    """What the client can do. `encoding` is the unit of columns chosen for this session. `resource_operations` holds
    "create", "rename", "delete"; `hover_formats` "markdown", "plaintext", in the client's order. `glm_jobs` and
    `glm_apply` are declared by our own clients only. `overruns`: see `Quirks`. `locale` is an IETF tag, or empty."""

    name: str
    encoding: Encoding
    apply_edit: bool
    document_changes: bool
    resource_operations: frozenset[str]
    work_done_progress: bool
    show_document: bool
    show_message_request: bool
    text_document_content: bool
    configuration: bool
    dynamic_configuration: bool
    dynamic_watched_files: bool
    workspace_folders: bool
    action_literals: bool
    action_data: bool
    tags_llm_generated: bool
    hover_formats: tuple[str, ...]
    glm_jobs: bool
    glm_apply: bool
    overruns: bool
    locale: str
    quirks: Quirks

    @classmethod
    def of(cls, params: types.InitializeParams) -> Client:
        declared = params.capabilities
        name = params.client_info.name if params.client_info else ""
        quirks = QUIRKS.get(name or _unnamed(declared), Quirks())
        action = declared.text_document.code_action if declared.text_document else None
        literals = action.code_action_literal_support if action else None
        glm = _glm(declared.experimental)
        return cls(
            name=name,
            encoding=_encoding(get_capability(declared, "general.position_encodings", ())),
            apply_edit=get_capability(declared, "workspace.apply_edit", False),
            document_changes=quirks.document_changes
            or get_capability(declared, "workspace.workspace_edit.document_changes", False),
            resource_operations=frozenset(
                str(getattr(operation, "value", operation))
                for operation in get_capability(declared, "workspace.workspace_edit.resource_operations", ())
            ),
            work_done_progress=get_capability(declared, "window.work_done_progress", False),
            show_document=get_capability(declared, "window.show_document.support", False),
            # The capability `window.showMessage` speaks of extras only; a client without any `window` (ALE) shows none.
            show_message_request=declared.window is not None,
            text_document_content=get_capability(declared, "workspace.text_document_content") is not None,
            configuration=get_capability(declared, "workspace.configuration", False),
            dynamic_configuration=get_capability(
                declared, "workspace.did_change_configuration.dynamic_registration", False
            ),
            dynamic_watched_files=get_capability(
                declared, "workspace.did_change_watched_files.dynamic_registration", False
            ),
            workspace_folders=get_capability(declared, "workspace.workspace_folders", False),
            action_literals=literals is not None,
            action_data=bool(action and action.data_support),
            tags_llm_generated=bool(
                action and action.tag_support and LLM_GENERATED in [int(tag) for tag in action.tag_support.value_set]
            ),
            hover_formats=tuple(
                str(getattr(kind, "value", kind))
                for kind in get_capability(declared, "text_document.hover.content_format", ())
            ),
            glm_jobs=bool(glm.get("jobs")),
            glm_apply=bool(glm.get("apply")),
            overruns=quirks.overruns and not glm.get("versions"),
            locale=params.locale or "",
            quirks=quirks,
        )

    @property
    def can_edit(self) -> bool:
        """Whether an edit can be handed over at all: by versioned changes, or to a client of ours."""
        return self.glm_apply or (self.apply_edit and self.document_changes)

    @property
    def rests(self) -> bool:
        """Whether an edit waits until the user has stopped typing."""
        return self.quirks.refuses_loudly and not self.glm_apply

    def sent_version(self, version: int) -> int:
        """The version to put into an edit made for `version` of an open document."""
        return version or self.quirks.zero


def _unnamed(declared: types.ClientCapabilities) -> str:
    """Who does not say its name: ALE, by what it says that it cannot do."""
    applies = declared.workspace.apply_edit if declared.workspace else None
    return "ALE" if declared.window is None and applies is False else ""


def _encoding(offered: object) -> Encoding:
    """The first of the client's encodings that we know (LSP 3.18 §positionEncodingKind: its order is its preference);
    utf-16 without a list."""
    known: dict[str, Encoding] = {encoding: encoding for encoding in ENCODINGS}
    for kind in offered if isinstance(offered, (list, tuple)) else ():
        if (found := known.get(str(getattr(kind, "value", kind)))) is not None:
            return found
    return "utf-16"


def _glm(experimental: Any) -> Mapping[str, Any]:
    """`experimental.glm`; Lua clients send an empty list where an empty object is meant."""
    glm = experimental.get("glm") if isinstance(experimental, Mapping) else None
    return glm if isinstance(glm, Mapping) else {}
