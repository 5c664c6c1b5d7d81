"""Where the model is, and what may be told to it.

Rules: https, loopback excepted; no user name or password in the address; nothing in a header that could start another
header. The key belongs to the origin of `base_url` and goes nowhere else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Literal
from urllib.parse import quote, urlsplit

from glm_lsp.errors import BadSettings

ThinkingDialect = Literal["reasoning_effort", "thinking", "chat_template_kwargs", "none"]

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset({"authorization", "host", "content-length", "content-type", "transfer-encoding", "connection"})
_HEADER_LIMIT = 16_384
_TELLING = 8
_SHORTEST_SECRET = 12
"""Characters. A shorter key is a placeholder of a local server; it would be found in innocent text."""


class Key:
    """An API key. It shows itself to nobody but the caller of `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Key(…)" if self._value else "Key()"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __copy__(self) -> Key:
        return self

    def __deepcopy__(self, memo: object) -> Key:
        return self

    def __reduce__(self) -> str:
        raise TypeError("a key is not written anywhere")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `first_byte` counts from the start of the request, `idle` between two pieces of the answer, `total` over
    all attempts and the waits between them."""

    connect: float = 10.0
    first_byte: float = 60.0
    first_byte_thinking: float = 180.0
    idle: float = 60.0
    total: float = 300.0


@dataclass(frozen=True)
class Endpoint:
    """One server, one model, one key.

    `base_url` has no slash at its end. `proxy` and `ca_file` are empty for the environment's and the system's.
    `refused_parameters` are the names the server is known not to take; they are not sent.
    Errors: BadSettings with a sentence, when made.
    """

    base_url: str
    model: str
    key: Key = field(default_factory=Key)
    thinking_dialect: ThinkingDialect = "reasoning_effort"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str = field(default="", repr=False)
    ca_file: str = ""
    timeouts: Timeouts = field(default_factory=Timeouts)
    refused_parameters: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", _checked_url(self.base_url))
        _check_key(self.key)
        _check_headers(self.headers)
        _check_proxy(self.proxy)

    @cached_property
    def origin(self) -> str:
        return origin(self.base_url)

    @cached_property
    def host(self) -> str:
        """The server's name, for messages."""
        parts = urlsplit(self.base_url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

    @cached_property
    def is_loopback(self) -> bool:
        from glm_lsp.settings import address

        return address.is_loopback(self.base_url)

    def url(self, path: str) -> str:
        return f"{self.base_url}/{path}"

    def mask(self, text: str) -> str:
        """`text` with `[hidden]` for our secrets: the key and the values of our own headers, plain, URL-encoded or in
        base64, and every part of them of `_TELLING` characters or more, for servers also quote keys in part."""
        hidden = bytearray(len(text))
        for shape in self._secret_shapes:
            for start in range(len(shape) - _TELLING + 1):
                part = shape[start : start + _TELLING]
                at = text.find(part)
                while at >= 0:
                    hidden[at : at + _TELLING] = b"\1" * _TELLING
                    at = text.find(part, at + 1)
        runs = groupby(zip(text, hidden, strict=True), key=lambda pair: pair[1])
        return "".join("[hidden]" if is_hidden else "".join(c for c, _ in run) for is_hidden, run in runs)

    @cached_property
    def unmistakable_key(self) -> str:
        """The key, if it is long enough to be nothing else when it is found in a text; else empty."""
        key = self.key.reveal()
        return key if len(key) >= _SHORTEST_SECRET else ""

    @cached_property
    def _secret_shapes(self) -> tuple[str, ...]:
        shapes: set[str] = set()
        for secret in (self.key.reveal(), *self.headers.values(), urlsplit(self.proxy).password or ""):
            if len(secret) >= _SHORTEST_SECRET:
                shapes.update((secret, quote(secret), quote(secret, safe=""), *_base64_shapes(secret)))
        return tuple(sorted(shapes, key=len, reverse=True))


def origin(url: str) -> str:
    """Scheme, host and port, normalised as everywhere in this program. Errors: BadSettings if it may not be asked."""
    from glm_lsp.settings import address

    return address.origin(_checked_url(url))


def _checked_url(url: str) -> str:
    # Imported here because the room of settings brings pydantic along.
    from glm_lsp.settings import address

    try:
        checked = address.checked(url)
    except ValueError as reason:
        raise BadSettings(f"endpoint.base_url {reason}.", "Give one like https://hub.oxen.ai/api/ai.") from None
    if checked == address.OFFLINE:
        raise BadSettings("endpoint.base_url is the stand-in's name, not its address.", "Start the stand-in first.")
    return checked


def _shown(text: str) -> str:
    """`text` as it may be shown: short, and nothing that a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in text)[:200]


def _check_key(key: Key) -> None:
    value = key.reveal()
    if not value.isascii() or not value.isprintable() or " " in value:
        raise BadSettings(
            "The API key holds a character a key cannot have, such as a space, a line break or a letter outside ASCII.",
            "Copy it again and store it with `glm-lsp login`.",
        )
    if len(value) > _HEADER_LIMIT:
        raise BadSettings("The API key is too long to be one.", "Copy it again and store it with `glm-lsp login`.")


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        shown = _shown(name)
        if not _HEADER_NAME.fullmatch(name):
            raise BadSettings(f"endpoint.headers: {shown} is not the name of a header.", "Use letters, digits and -.")
        if name.lower() in _OURS:
            raise BadSettings(
                f"endpoint.headers may not set {shown}.", "Take it out; a key is stored with `glm-lsp login`."
            )
        if not value.isascii() or not value.isprintable():
            raise BadSettings(
                f"endpoint.headers: the value of {shown} holds a character a header cannot have.",
                "Use printable ASCII on one line.",
            )
    if sum(len(name) + len(value) for name, value in headers.items()) > _HEADER_LIMIT:
        raise BadSettings("endpoint.headers is larger than 16 KB.", "Take headers out.")


def _check_proxy(proxy: str) -> None:
    if not proxy:
        return
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in ("http", "https", "socks5", "socks5h") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not proxy.isprintable() or " " in proxy:
        raise BadSettings(
            "endpoint.proxy is not a proxy address.", "Give one like http://proxy.example:3128, with % escapes."
        )


def _base64_shapes(secret: str) -> set[str]:
    """What `secret` looks like inside any base64 text: it may start at each of three places in a group of three bytes,
    and the characters at either end depend on its neighbours."""
    shapes: set[str] = set()
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + secret.encode()).decode().rstrip("=")
        first = (lead * 8 + 5) // 6
        whole = (lead + len(secret)) * 8 // 6
        middle = encoded[first:whole]
        shapes.update((middle, middle.replace("+", "-").replace("/", "_")))
    return shapes
