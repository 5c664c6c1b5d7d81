"""Settings from their layers: defaults < config file < editor < environment < command line; later wins, key by key.

Nothing here raises on a bad value: the value of the layer below stays, and a `Problem` names the source and the key.
That will not do where the default is not the user's wish but its opposite: see `Loaded.check_safe`. Values are never
quoted, for they may be secrets, nor are keys as they came, for they may be a stranger's.
"""

from __future__ import annotations

import json
import re
import stat
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from platformdirs import user_config_dir
from pydantic import BaseModel, ValidationError

from glm_lsp.errors import BadSettings
from glm_lsp.settings.tree import FROM_EDITOR, Settings, keys, sections

PREFIX = "GLM_LSP_"
NOT_SETTINGS = frozenset({"GLM_LSP_API_KEY", "GLM_LSP_CONFIG", "GLM_LSP_STATE"})
ALIASES = {"base_url": "endpoint.base_url", "model": "endpoint.model"}
"""Short names, in the environment (`GLM_LSP_BASE_URL`) and on the command line."""

HEADER = "endpoint.headers."
"""`--set endpoint.headers.NAME=VALUE` sets one header; several add up."""

EDITOR = "the editor"
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """A setting that is not used, or not as it stands. `source`: where it was set; no `key`: all of the source.
    `exposes`: without it text could go where, or leave what, the user has said it shall not."""

    source: str
    key: str
    text: str
    exposes: bool = False

    def __str__(self) -> str:
        return f"{self.key} {self.text} ({self.source})" if self.key else f"{self.source} {self.text}"


@dataclass(frozen=True, slots=True)
class Loaded:
    settings: Settings
    problems: tuple[Problem, ...] = ()

    @property
    def safe(self) -> bool:
        """Whether anything may be sent with these settings."""
        return not any(problem.exposes for problem in self.problems)

    def check_safe(self) -> None:
        """Errors: BadSettings if nothing may be sent with these settings: an address or a rule of privacy that the user
        has set cannot be used, and what holds in its place is weaker. A company's own server must not become the
        default one by a slip of the pen."""
        wrong = [str(problem).rstrip(".") for problem in self.problems if problem.exposes]
        if wrong:
            raise BadSettings(
                f"Nothing is sent, for where it would go, or what must stay, is not certain: {'; '.join(wrong)}.",
                "Mend this setting and try again.",
            )


def load(
    *,
    file: Path | None = None,
    lsp: object = None,
    environ: Mapping[str, str] | None = None,
    argv: Sequence[str] = (),
) -> Loaded:
    """The settings of all layers. Reads the config file, and nothing else.

    `file`: the one named with `--config`; None: `config_file(environ)`, which need not exist. `lsp`: what the editor
    sent (`initializationOptions`, or the section `glm` of its configuration) as it came, or a tuple of such values, the
    later ones winning; keys in camelCase or snake_case, nested or dotted, with or without a `glm` around them. `argv`:
    the `key=value` of each `--set`.
    """
    environ = environ or {}
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for source, tree in _file_layer(file, environ, problems):
        _take(values, _flat(tree, source, problems), problems)
    for options in lsp if isinstance(lsp, tuple) else (lsp,):
        _take(values, _tightened(_flat(_unwrapped(options), EDITOR, problems), values, problems), problems)
    _take(values, _environment_layer(environ), problems)
    _take(values, _argv_layer(argv, problems), problems)
    return Loaded(Settings.model_validate(_nested(values)), tuple(problems))


def config_file(environ: Mapping[str, str]) -> Path:
    """`$GLM_LSP_CONFIG`, else `config.toml` in the platform's config directory."""
    named = environ.get("GLM_LSP_CONFIG")
    return Path(named) if named else Path(user_config_dir("glm-lsp")) / "config.toml"


def render(problems: Iterable[Problem]) -> str:
    """One message that lists them all; empty without any."""
    lines = list(dict.fromkeys(str(problem) for problem in problems))
    if not lines:
        return ""
    more = len(lines) - MOST_PROBLEMS
    listed = [*lines[:MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
    return "Some settings need a look:\n" + "\n".join(f"- {line}" for line in listed)


@dataclass(frozen=True, slots=True)
class _Value:
    source: str
    key: str
    value: object


def _file_layer(
    file: Path | None, environ: Mapping[str, str], problems: list[Problem]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    path = file or config_file(environ)
    source = str(path)
    try:
        with path.open("rb") as stream:
            mode = stat.S_IMODE(path.stat().st_mode)
            tree = tomllib.load(stream)
    except FileNotFoundError:
        if file is not None or environ.get("GLM_LSP_CONFIG"):
            problems.append(Problem(source, "", "does not exist"))
        return
    except OSError as error:
        problems.append(Problem(source, "", f"cannot be read: {error.strerror}", exposes=True))
        return
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        where = re.search(r"at line \d+, column \d+|at end of document", str(error))
        text = f"is not TOML{f', {where[0]}' if where else ''}; nothing in it is used"
        problems.append(Problem(source, "", text, exposes=True))
        return
    endpoint = tree.get("endpoint")
    if mode & 0o077 and isinstance(endpoint, dict) and endpoint.get("headers"):
        problems.append(Problem(source, "endpoint.headers", "can be read by other users: chmod 600 the file"))
    yield source, tree


def _environment_layer(environ: Mapping[str, str]) -> list[_Value]:
    """Empty variables count as unset. A long name wins over its short one."""
    names = [name for name in environ if name.startswith(PREFIX) and environ[name] and name not in NOT_SETTINGS]
    values = []
    for name in names:
        key = name.removeprefix(PREFIX).lower().replace("__", ".")
        values.append(_Value(name, ALIASES.get(key, key), _Text(environ[name])))
    return sorted(values, key=lambda value: (len(value.source), value.source))


def _argv_layer(argv: Sequence[str], problems: list[Problem]) -> Iterator[_Value]:
    headers: dict[str, str] = {}
    for item in argv:
        key, equals, text = item.partition("=")
        if not equals:
            problems.append(Problem("--set", _shown(key), "needs a value: --set key=value"))
        elif key.startswith(HEADER):
            headers[key.removeprefix(HEADER)] = text
            yield _Value("--set", "endpoint.headers", dict(headers))
        else:
            yield _Value("--set", ALIASES.get(key, key), _Text(text))


class _Text(str):
    """A value that came as text and has yet to become what its key holds."""

    __slots__ = ()

    def read(self, key: str) -> object:
        if self.lower() == "none" and _default(key) is None:
            return None
        if self.startswith(("[", "{")) and key != "language":
            try:
                return json.loads(self)
            except ValueError:
                return str(self)
        if isinstance(_default(key), tuple):
            return [part.strip() for part in self.split(",") if part.strip()]
        return str(self)


def _unwrapped(tree: object) -> object:
    return tree["glm"] if isinstance(tree, Mapping) and isinstance(tree.get("glm"), Mapping) else tree


def _flat(tree: object, source: str, problems: list[Problem]) -> list[_Value]:
    """The values of a nested layer by dotted key. null stands for "not set": editors send it for every unset key."""
    tables = sections()
    found: list[_Value] = []

    def walk(prefix: str, table: object) -> None:
        if table is None:
            return
        if not isinstance(table, Mapping):
            text = "should be a table" if prefix else "should hold a table of settings"
            problems.append(Problem(source, prefix, text, exposes=_exposes(source, prefix)))
            return
        for name, value in table.items():
            dotted = str(name) if source != EDITOR else _snake(str(name))
            key = f"{prefix}.{dotted}".lstrip(".")
            if key in tables:
                walk(key, value)
            elif value is not None:
                found.append(_Value(source, key, value))

    walk("", tree)
    return found


def _take(values: dict[str, Any], layer: Iterable[_Value], problems: list[Problem]) -> None:
    """Put the good values of `layer` over `values`."""
    tables = sections()
    for item in layer:
        if item.key in tables:
            problems.append(Problem(item.source, item.key, "is a table: set one of its keys"))
            continue
        if item.key not in keys():
            close = get_close_matches(item.key[:100], keys(), n=1)
            meant = f"; did you mean {close[0]}?" if close else ""
            exposes = any(_exposes(item.source, key) for key in (item.key, *close))
            problems.append(Problem(item.source, _shown(item.key), f"is not a setting{meant}", exposes))
            continue
        value = item.value.read(item.key) if isinstance(item.value, _Text) else item.value
        try:
            checked = Settings.model_validate(_nested({item.key: value}))
        except ValidationError as error:
            problems.append(Problem(item.source, item.key, _reason(error), _exposes(item.source, item.key)))
            continue
        values[item.key] = _at(checked, item.key)
        if item.key == "endpoint.base_url":  # Where to send is certain, whatever a layer below says.
            problems[:] = [replace(one, exposes=one.exposes and not _of_endpoint(one.key)) for one in problems]


def _of_endpoint(key: str) -> bool:
    return key.partition(".")[0] == "endpoint"


def _exposes(source: str, key: str) -> bool:
    """Whether it is a leak if what `source` says of `key` does not hold. What an editor says, a project may have
    written: its mistakes stop nothing."""
    return source != EDITOR and (key in ("endpoint", "endpoint.base_url") or key.partition(".")[0] == "privacy")


def _tightened(layer: Iterable[_Value], below: Mapping[str, Any], problems: list[Problem]) -> Iterator[_Value]:
    """What the editor may set of `layer`; `below` is read while it grows, so an editor's own layers add up."""
    for item in layer:
        policy = FROM_EDITOR.get(item.key, "any")
        if policy == "any":
            yield item
        elif policy == "never":
            text = "is not taken from an editor: set it in config.toml, the environment or with --set"
            problems.append(Problem(item.source, item.key, text))
        else:
            yield from _stricter(item, below.get(item.key, _default(item.key)), problems)


def _stricter(item: _Value, now: Any, problems: list[Problem]) -> Iterator[_Value]:
    try:
        wanted = _at(Settings.model_validate(_nested({item.key: item.value})), item.key)
    except ValidationError:
        yield item  # `_take` says why it cannot be used
        return
    kept = _STRICTER[item.key](now, wanted)
    if kept != wanted and item.key != "privacy.ignore":
        text = "may only be made stricter by an editor: loosen it in config.toml, the environment or with --set"
        problems.append(Problem(item.source, item.key, text))
    yield _Value(item.source, item.key, kept)


def _lower(now: int | None, wanted: int | None) -> int | None:
    return min((limit for limit in (now, wanted) if limit is not None), default=None)


_STRICTER: Mapping[str, Callable[[Any, Any], Any]] = {
    "edit.verify": lambda now, wanted: now or wanted,
    "privacy.redact": lambda now, wanted: now or wanted,
    "privacy.ignore": lambda now, wanted: tuple(dict.fromkeys((*now, *wanted))),
    "privacy.allow": lambda now, wanted: tuple(pattern for pattern in wanted if pattern in now),
    "usage.daily_tokens": _lower,
}
"""What each protecting key becomes when the layers below say `now` and the editor `wanted`: checks can be switched on,
never off; patterns withheld add up, patterns lifted are only those the user lifted; the lower limit holds."""


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "string_pattern_mismatch":
        return "is not used: it does not have the right form"
    message = re.sub("^(Value error, |[A-Z][a-z]+ (?=should))", "", first["msg"])
    return "is not used: it " + message.partition(", unable to")[0]


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *tables, leaf = key.split(".")
        table = tree
        for name in tables:
            table = table.setdefault(name, {})
        table[leaf] = value
    return tree


def _at(settings: BaseModel, key: str) -> Any:
    value: Any = settings
    for name in key.split("."):
        value = getattr(value, name)
    return value


def _default(key: str) -> Any:
    return _at(Settings(), key) if key in keys() else ...


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _shown(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "?", key)[:60] or "?"
