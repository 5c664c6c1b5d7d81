"""Files on disk, read with bounds and written whole. Synchronous: callers on the event loop use a thread.

A file is text here or it is not read: what cannot be decoded could not be written back as it was.

    read(path, limit=MAX_BYTES) -> str             BadInput says why not
    read_bytes(path, limit=MAX_BYTES) -> bytes
    is_binary(data) -> bool
    write(path, text) -> None                      atomic; keeps mode and, through a link, the link
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from glm_lsp.errors import BadInput, Failed

MAX_BYTES = 4_000_000
"""The largest file that is read, in bytes. Twenty times what the model's window holds."""


def read(path: Path, limit: int = MAX_BYTES) -> str:
    """The text of a regular file, UTF-8, line endings untouched, a byte order mark kept as "\\ufeff".

    Errors: BadInput if there is no such file, it may not be read, is no regular file (a pipe or device would never
    end), is larger than `limit` bytes, or is not text.
    """
    try:
        data = read_bytes(path, limit)
    except FileNotFoundError as error:
        raise BadInput(f"{path} does not exist.") from error
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read.", "Check the name and its permissions.") from error
    if is_binary(data):
        raise BadInput(f"{path} is not a text file.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text.", "Save it as UTF-8 and try again.") from error


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The content of a regular file. Never waits, and never reads more than `limit` bytes, whatever is there.

    Errors: OSError; ValueError for a name that can be none; BadInput for what is no file, or larger.
    """
    # O_NONBLOCK: opening a named pipe must not wait for somebody to write to it.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BadInput(f"{path} is not a file.")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise BadInput(f"{path} is larger than {limit:,} bytes.", "Choose a smaller file.")
    return data


def is_binary(data: bytes) -> bool:
    """Whether the bytes hold a NUL, which no text does. UTF-16 counts as binary."""
    return b"\0" in data


def write(path: Path, text: str) -> None:
    """Make `text` the whole content of `path`, at once: another program sees the old file or the new one.

    Keeps the permissions of an existing file; a link stays and its target is written. Missing folders are made.
    Errors: Failed, and then the old file is as it was.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name[:32]}.{secrets.token_hex(4)}")
    try:
        data = text.encode("utf-8")
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
        # A new file's permissions are the system's to choose; the copy of an old one stays shut until it has its own.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(temporary, flags, 0o666 if mode is None else 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(target)
    except (OSError, UnicodeEncodeError) as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise Failed(f"{path} could not be written.", "Check its permissions and the space on the disk.") from error
