"""Where state lies on disk, and the only ways it is read and written.

Directories are 0700 and files 0600 from their first byte. A name others could have planted is never followed: files are
opened with O_NOFOLLOW, made with O_EXCL under random names, and put in place by one rename, so that a reader sees the
old text or the new one and never half of either, whoever is killed when.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from glm_lsp.errors import Failed

MAX_BYTES = 16 * 1024 * 1024
"""No file of ours is larger; what is, was not written by us."""


def root(environ: Mapping[str, str]) -> Path:
    """The state directory: `$GLM_LSP_STATE`, else the platform's. Made if it is not there.

    Errors: Failed if it cannot be made, or is not ours alone to write to.
    """
    from platformdirs import user_state_dir

    named = environ.get("GLM_LSP_STATE")
    path = Path(named).absolute() if named else Path(user_state_dir("glm-lsp"))
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
    except OSError as error:
        raise _failed(path, error) from error
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise Failed(
            f"Other users may write to the state directory {path}.", f"Run `chmod 700 {path}`, or set GLM_LSP_STATE."
        )
    return path


def folder(state: Path, name: str) -> Path:
    """The directory `name` in the state directory, made if it is not there and can be: where nothing can be written
    there is nothing to read, and it is the write that fails. Errors: Failed, also for a planted link."""
    path = state / name
    with suppress(OSError):
        path.mkdir(mode=0o700)
    try:
        if not stat.S_ISDIR(path.lstat().st_mode):
            raise NotADirectoryError(20, "not a directory")
    except FileNotFoundError:
        pass
    except OSError as error:
        raise _failed(path, error) from error
    return path


def create(directory: Path, stem: str, suffix: str, text: str) -> Path:
    """A new file with `text` in it, named `stem`, something random, and `suffix`."""
    path = directory / f"{stem}{secrets.token_hex(8)}{suffix}"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as stream:
            stream.write(text.encode("utf-8", "replace"))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise _failed(path, error) from error
    return path


def write(path: Path, text: str) -> None:
    """Put `text` at `path`, whatever is there now (a link is replaced, not followed). Errors: Failed."""
    made = create(path.parent, ".new-", path.suffix, text)
    try:
        made.replace(path)
    except OSError as error:
        with suppress(OSError):
            made.unlink()
        raise _failed(path, error) from error


def read(path: Path) -> str | None:
    """The text at `path`; None if there is none, or it is not a plain file of ours that only we can read."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
            found = os.fstat(stream.fileno())
            private = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
            data = stream.read(MAX_BYTES + 1) if private else b""
    except OSError:
        return None
    return data.decode("utf-8", "replace") if private and len(data) <= MAX_BYTES else None


def read_json(path: Path) -> Mapping[str, object]:
    """The JSON object at `path`; empty if there is none, or it is damaged."""
    try:
        value = json.loads(read(path) or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def write_json(path: Path, value: Mapping[str, object]) -> None:
    write(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def remove(path: Path) -> bool:
    """Whether there was something to remove."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _failed(path, error) from error
    return True


@contextmanager
def lock(directory: Path) -> Iterator[None]:
    """Held by one process at a time; given back when it ends, however it ends. Blocks."""
    path = directory / ".lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _failed(path, error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def name_of(subject: str) -> str:
    """A file name for an origin or a path."""
    return hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _failed(path: Path, error: OSError) -> Failed:
    return Failed(f"{path} cannot be used: {error.strerror or 'unknown error'}.", "Set GLM_LSP_STATE to another one.")
