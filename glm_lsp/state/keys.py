"""API keys, each bound to one origin (scheme, host and port), and which of them may be sent where.

A key that leaks is gone, so the rule is about where it may go, not about who asks: the variable `OXEN_API_KEY` goes to
https://hub.oxen.ai and nowhere else; `GLM_LSP_API_KEY` belongs to the address in `GLM_LSP_BASE_URL`, which whoever set
one has set too; what `login` keeps belongs to the origin it was given for. A variable the user has named himself in
`endpoint.api_key_env` (his own settings only, never an editor's) goes where `endpoint.base_url` points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from glm_lsp.errors import BadInput, Failed, NoKey
from glm_lsp.state import place

if TYPE_CHECKING:
    from glm_lsp.settings import Settings

KEYRING_SERVICE = "glm-lsp"
DEFAULT_VARIABLE = "OXEN_API_KEY"
OWN_VARIABLE = "GLM_LSP_API_KEY"
OFFLINE_HINT = "To try without a key: --set endpoint.base_url=offline:"

Kept = Literal["keyring", "file"]


@dataclass(frozen=True, slots=True)
class Key:
    """`value` may be sent to `origin` only; `source` says for a person where it was found."""

    value: str = field(repr=False)
    origin: str
    source: str


def key_for(settings: Settings, environ: Mapping[str, str]) -> Key | None:
    """The key for `endpoint.base_url`; None where none is needed (this machine) and none was set.

    May ask the system's keyring, which can take seconds: call it off the event loop. Errors: NoKey, with the sentence
    that says how to set one.
    """
    from glm_lsp.settings.address import OFFLINE, is_loopback, origin

    base_url = settings.endpoint.base_url
    if base_url == OFFLINE:
        return None
    target = origin(base_url)
    found = _from_environment(settings.endpoint.api_key_env, target, environ) or _from_login(target, environ)
    if found is not None:
        return _usable(found)
    if is_loopback(base_url):
        return None
    raise NoKey(f"There is no API key for {target}.", _how_to_set_one(settings, target, environ))


def keep(base_url: str, value: str, environ: Mapping[str, str], where: Kept) -> Path | None:
    """Keep the key `value` for the origin of `base_url`; the file it is in, or None for the keyring.

    Errors: BadInput for a value that cannot be a key; Failed if there is no keyring.
    """
    from glm_lsp.settings.address import origin

    target = origin(base_url)
    value = value.strip()
    if not _sendable(value):
        raise BadInput("That is not an API key: it is empty, or holds spaces or other than plain characters.")
    note = _note(target, environ)
    entry: dict[str, object] = {"origin": target, "kept": where}
    if where == "file":
        entry["key"] = value
    else:
        _keyring_set(target, value)
    place.write_json(note, entry)
    return note if where == "file" else None


def forget(base_url: str, environ: Mapping[str, str]) -> bool:
    """Remove what `keep` kept for the origin of `base_url`; whether there was anything."""
    from glm_lsp.settings.address import origin

    target = origin(base_url)
    note = _note(target, environ)
    if place.read_json(note).get("kept") == "keyring":
        _keyring_delete(target)
    return place.remove(note)


def _from_environment(variable: str, target: str, environ: Mapping[str, str]) -> Key | None:
    from glm_lsp.settings.address import DEFAULT_ORIGIN

    if environ.get(OWN_VARIABLE) and _origin_of_own_variable(environ) == target:
        return Key(environ[OWN_VARIABLE], target, OWN_VARIABLE)
    if variable == OWN_VARIABLE or (variable == DEFAULT_VARIABLE and target != DEFAULT_ORIGIN):
        return None
    return Key(environ[variable], target, variable) if environ.get(variable) else None


def _origin_of_own_variable(environ: Mapping[str, str]) -> str | None:
    from glm_lsp.settings.address import DEFAULT_ORIGIN, checked, origin

    base_url = environ.get("GLM_LSP_ENDPOINT__BASE_URL") or environ.get("GLM_LSP_BASE_URL")
    if not base_url:
        return DEFAULT_ORIGIN
    try:
        return origin(checked(base_url))
    except ValueError:
        return None


def _from_login(target: str, environ: Mapping[str, str]) -> Key | None:
    """What `keep` noted. The keyring is asked only where it has something: asking may open a window on the screen."""
    note = _note(target, environ)
    entry = place.read_json(note)
    if entry.get("origin") != target:
        return None
    if entry.get("kept") == "keyring":
        kept = _keyring_get(target)
        return Key(kept, target, "the system's keyring") if kept else None
    written = entry.get("key")
    return Key(written, target, str(note)) if isinstance(written, str) and written else None


def _note(target: str, environ: Mapping[str, str]) -> Path:
    return place.folder(place.root(environ), "keys") / f"{place.name_of(target)}.json"


def _usable(key: Key) -> Key:
    value = key.value.strip()
    if not _sendable(value):
        raise NoKey(
            f"The API key in {key.source} cannot be sent: it holds spaces or other than plain characters.",
            "Copy it again, whole and alone.",
        )
    return Key(value, key.origin, key.source)


def _sendable(value: str) -> bool:
    return bool(value) and all("!" <= character <= "~" for character in value)


def _how_to_set_one(settings: Settings, target: str, environ: Mapping[str, str]) -> str:
    from glm_lsp.settings.address import DEFAULT_ORIGIN

    if target == DEFAULT_ORIGIN:
        variable = settings.endpoint.api_key_env
        how = f"Set {variable if variable != OWN_VARIABLE else DEFAULT_VARIABLE}, or run `glm-lsp login`."
    else:
        base_url = settings.endpoint.base_url
        how = f"Run `glm-lsp login --base-url {base_url}`, or set {OWN_VARIABLE} and GLM_LSP_BASE_URL={base_url}."
        if environ.get(DEFAULT_VARIABLE):
            how += f" {DEFAULT_VARIABLE} is sent to {DEFAULT_ORIGIN} only."
    return f"{how} {OFFLINE_HINT}"


def _keyring_get(target: str) -> str | None:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return None
    try:
        return keyring.get_password(KEYRING_SERVICE, target)
    except keyring.errors.KeyringError:
        return None


def _keyring_set(target: str, value: str) -> None:
    without = "With `--file` the key is kept in a file only you can read."
    try:
        import keyring
        import keyring.errors
    except ImportError as error:
        raise Failed(
            "The system's keyring needs the Python package `keyring`, which is not installed.", without
        ) from error
    try:
        keyring.set_password(KEYRING_SERVICE, target, value)
    except keyring.errors.NoKeyringError as error:
        raise Failed("This system has no keyring.", without) from error
    except keyring.errors.KeyringError as error:
        raise Failed("The system's keyring did not take the key.", without) from error


def _keyring_delete(target: str) -> None:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return
    try:
        keyring.delete_password(KEYRING_SERVICE, target)
    except keyring.errors.PasswordDeleteError:
        return
    except keyring.errors.KeyringError as error:
        raise Failed("The system's keyring did not give the key up.", "Unlock it and try again.") from error
