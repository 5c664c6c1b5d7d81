"""Checks all traffic of a session against the protocol and our contract: `violations(records)`.

A record is `{"from": "client" | "server", "message": …}`, in the order of the wire; `tap.py` and `wire.py` write them.
What needs which capability of the client stands in `spec_table.toml`; the rules that are no table are functions here.
Each rule yields sentences; `violations` puts the rule's name before them.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import jsonschema
from cattrs.errors import BaseValidationError
from lsprotocol import converters, types

Record = Mapping[str, Any]
Side = Literal["client", "server"]

TABLE: Mapping[str, Mapping[str, Any]] = tomllib.loads(Path(__file__).with_name("spec_table.toml").read_text())
SCHEMAS = Path(__file__).parents[2] / "glm_lsp" / "lsp" / "schemas"
LARGEST = 2**31 - 1
ENDS = {"delivered", "refused", "failed", "cancelled"}


@dataclass(frozen=True)
class Seen:
    """One message. `method` of a response is that of its request, or empty if there was none."""

    number: int
    side: Side
    kind: Literal["request", "notification", "response"]
    method: str
    message: Mapping[str, Any]

    @property
    def params(self) -> Any:
        return self.message.get("params")


@dataclass
class Session:
    """`folders`: where `window/showDocument` may point. `cut`: the client was killed, so things may be unfinished."""

    seen: list[Seen]
    folders: tuple[str, ...]
    cut: bool
    faults: list[str] = field(default_factory=list)
    """What was wrong with requests and their answers."""

    @property
    def introduction(self) -> Mapping[str, Any]:
        return next((seen.params or {} for seen in self.of("client", "request", "initialize")), {})

    @property
    def client(self) -> str:
        return str((self.introduction.get("clientInfo") or {}).get("name", ""))

    def declares(self, capability: str) -> Any:
        return _at(self.introduction.get("capabilities"), capability)

    @property
    def advertised(self) -> Any:
        answers = self.of("server", "response", "initialize")
        return next((seen.message.get("result") or {} for seen in answers), {}).get("capabilities") or {}

    def of(self, side: Side, kind: str, *methods: str) -> Iterator[Seen]:
        for seen in self.seen:
            if (seen.side, seen.kind) == (side, kind) and (not methods or seen.method in methods):
                yield seen


def violations(records: Sequence[Record], *, folders: Sequence[Path] = (), cut: bool = False) -> list[str]:
    """Everything wrong with the session, in the order of the rules. `folders`: the server's state directory and other
    places documents may be shown from, besides the workspace."""
    session = _session(records, [folder.as_uri() for folder in folders], cut)
    malformed = [f"shape: {found}" for found in _malformed(session)]
    if malformed:
        return malformed  # The other rules take the protocol's form for granted.
    return [f"{rule.__name__.strip('_')}: {found}" for rule in RULES for found in rule(session)]


def _session(records: Sequence[Record], folders: Sequence[str], cut: bool) -> Session:
    session = Session([], tuple(folders), cut)
    open_requests: dict[tuple[Side, Any], Seen] = {}
    for number, record in enumerate(records):
        side, message = record["from"], record["message"]
        if not isinstance(message, Mapping) or "unreadable" in message:
            if side == "server":
                session.faults.append(f"#{number} the server sent what is no message")
            continue
        method, id = message.get("method"), message.get("id")
        if isinstance(method, str):
            seen = Seen(number, side, "request" if "id" in message else "notification", method, message)
            if seen.kind == "request" and isinstance(id, (int, str)):
                if (side, id) in open_requests:
                    session.faults.append(f"#{number} {side} used the id {id!r} twice")
                open_requests[side, id] = seen
        else:
            asker: Side = "client" if side == "server" else "server"
            asked = open_requests.pop((asker, id), None) if isinstance(id, (int, str)) else None
            if asked is None and id is not None:
                session.faults.append(f"#{number} {side} answered {id!r}, which was not open")
            seen = Seen(number, side, "response", asked.method if asked else "", message)
        session.seen.append(seen)
    if not cut:
        left = (asked for (side, _), asked in open_requests.items() if side == "client")
        session.faults += [f"#{asked.number} {asked.method} was never answered" for asked in left]
    root = session.introduction
    session.folders += tuple(one["uri"] for one in root.get("workspaceFolders") or ())
    session.folders += (root["rootUri"],) if root.get("rootUri") else ()
    return session


# The rules.


def _answers(session: Session) -> Iterator[str]:
    """Every request of the client is answered exactly once; nobody answers what was not asked."""
    yield from session.faults


def _order(session: Session) -> Iterator[str]:
    """Before `initialize` is answered only messages for the person; after `exit` nothing, but for what was on its way
    already when the client left without `shutdown`."""
    begun = ended = False
    for seen in session.seen:
        if seen.side == "client":
            ended |= seen.method == types.EXIT
        elif ended and not session.cut:
            yield f"#{seen.number} {seen.method} was sent after exit"
        elif seen.kind == "response":
            begun |= seen.method == types.INITIALIZE
        elif not begun and seen.method not in (
            types.WINDOW_SHOW_MESSAGE,
            types.WINDOW_LOG_MESSAGE,
            types.WINDOW_SHOW_MESSAGE_REQUEST,
        ):
            yield f"#{seen.number} {seen.method} was sent before initialize was answered"


def _shape(session: Session) -> Iterator[str]:
    """What the server sends has the protocol's form, and no field the protocol does not know."""
    for seen in session.seen:
        if seen.side != "server":
            continue
        if seen.message.get("jsonrpc") != "2.0":
            yield f"#{seen.number} {seen.method} does not say jsonrpc 2.0"
        kind = _type_of(seen)
        if kind is not None:
            known = _converter().unstructure(_structured(seen, kind))
            for path in _lost(seen.message, known, ""):
                yield f"#{seen.number} {seen.method} has the unknown field {path}"


def _allowed(session: Session) -> Iterator[str]:
    """Each message and field is allowed by a capability of the client: `spec_table.toml`."""
    for seen in session.seen:
        if seen.side != "server":
            continue
        if seen.kind != "response":
            rule = TABLE["requests" if seen.kind == "request" else "notifications"].get(seen.method)
            if rule is None:
                yield f"#{seen.number} {seen.method} is not in the table"
            elif not _permits(session, rule, True):
                yield f"#{seen.number} {seen.method} needs {rule}"
        if seen.method == types.CLIENT_REGISTER_CAPABILITY and seen.kind == "request":
            for registration in seen.params["registrations"]:
                rule = TABLE["registrations"].get(registration["method"], "never")
                if not _permits(session, rule, True):
                    yield f"#{seen.number} registering {registration['method']} needs {rule}"
        joint = f"{seen.method} -> " if seen.kind == "response" else f"{seen.method} "
        for path, value in _fields(seen.message.get("result" if seen.kind == "response" else "params"), ""):
            name = joint + path
            if (rule := TABLE["fields"].get(name)) is None or name in TABLE["exceptions"].get(session.client, ()):
                continue
            if not _permits(session, rule, value):
                yield f"#{seen.number} {name} needs {rule}"


def _errors(session: Session) -> Iterator[str]:
    """An error is a code and a sentence for a person."""
    for seen in session.of("server", "response"):
        error = seen.message.get("error")
        if error is None:
            continue
        if "data" in error:
            yield f"#{seen.number} the error of {seen.method} has data"
        message = error.get("message", "")
        if not message.strip() or "Traceback" in message or 'File "' in message:
            yield f"#{seen.number} the error of {seen.method} is no sentence: {message[:80]!r}"


def _menu(session: Session) -> Iterator[str]:
    """Every kind and command of a menu item is advertised."""
    provider = session.advertised.get("codeActionProvider")
    kinds = provider.get("codeActionKinds") or [] if isinstance(provider, Mapping) else []
    commands = (session.advertised.get("executeCommandProvider") or {}).get("commands", [])
    for seen in session.of("server", "response", types.TEXT_DOCUMENT_CODE_ACTION):
        for item in seen.message.get("result") or ():
            kind, command = item.get("kind"), item.get("command")
            if kind is not None and not any(kind == one or kind.startswith(f"{one}.") for one in kinds):
                yield f"#{seen.number} the kind {kind} is not advertised"
            name = command.get("command") if isinstance(command, Mapping) else command
            if name is not None and name not in commands:
                yield f"#{seen.number} the command {name} is not advertised"


def _progress(session: Session) -> Iterator[str]:
    """A token is created, or came with a request; then one begin, reports, one end, and nothing more."""
    phases: dict[Any, str] = {}
    creating: dict[Any, Any] = {}
    percents: dict[Any, bool] = {}
    for seen in session.seen:
        if seen.side == "client" and seen.kind == "request" and isinstance(seen.params, Mapping):
            phases.update({seen.params[key]: "created" for key in ("workDoneToken",) if key in seen.params})
            if seen.params.get("partialResultToken") is not None:
                phases[seen.params["partialResultToken"]] = "partial"
        if seen.method == types.WINDOW_WORK_DONE_PROGRESS_CREATE:
            if seen.side == "server":
                token = seen.params["token"]
                if token in phases:
                    yield f"#{seen.number} the token {token!r} was created twice"
                phases[token], creating[seen.message["id"]] = "asked", token
            elif (token := creating.pop(seen.message.get("id"), None)) is not None:
                phases[token] = "denied" if "error" in seen.message else "created"
        if seen.side != "server" or seen.method != types.PROGRESS:
            continue
        token, value = seen.params["token"], seen.params["value"]
        phase = phases.get(token, "unknown")
        if phase == "partial":
            continue
        step = value.get("kind") if isinstance(value, Mapping) else None
        if (phase, step) not in {("created", "begin"), ("begun", "report"), ("begun", "end")}:
            yield f"#{seen.number} {step} of the token {token!r}, which is {phase}"
        phases[token] = {"begin": "begun", "end": "ended"}.get(str(step), phase)
        if step == "begin":
            percents[token] = "percentage" in value
        elif step == "report" and percents.get(token) != ("percentage" in value):
            yield f"#{seen.number} a percentage must be in all of a progress or in none"
    own = {seen.params["token"] for seen in session.of("server", "request", types.WINDOW_WORK_DONE_PROGRESS_CREATE)}
    for token, phase in phases.items():
        if not session.cut and (phase == "begun" or (token in own and phase == "created")):
            yield f"the token {token!r} was never ended"


def _edits(session: Session) -> Iterator[str]:
    """Edits of open documents name a version the client has had; edits of one document do not overlap."""
    versions: dict[str, set[int]] = {}
    is_open: dict[str, bool] = {}
    for seen in session.seen:
        item = seen.params.get("textDocument") if isinstance(seen.params, Mapping) else None
        if seen.side == "client" and isinstance(item, Mapping) and isinstance(item.get("uri"), str):
            uri = item["uri"]
            if seen.method == types.TEXT_DOCUMENT_DID_OPEN:
                is_open[uri], versions[uri] = True, {item.get("version", 0)}
            elif seen.method == types.TEXT_DOCUMENT_DID_CHANGE and uri in versions:
                versions[uri].add(item.get("version", 0))
            elif seen.method == types.TEXT_DOCUMENT_DID_CLOSE:
                is_open[uri] = False
        if (seen.side, seen.kind, seen.method) != ("server", "request", types.WORKSPACE_APPLY_EDIT):
            continue
        edit = seen.params["edit"]
        if "changes" in edit and "documentChanges" in edit:
            yield f"#{seen.number} an edit has both changes and documentChanges"
        for change in edit.get("documentChanges") or ():
            if "edits" not in change:
                continue
            uri, version = change["textDocument"]["uri"], change["textDocument"].get("version")
            known = versions.get(uri, set())
            if session.client == "Neovim" and 0 in known:
                known = known | {1}
            if version is None and is_open.get(uri):
                yield f"#{seen.number} an edit of the open document {uri} has no version"
            elif version is not None and version not in known:
                yield f"#{seen.number} an edit of {uri} is for version {version}, which never was"
            ordered = sorted((_start(one["range"]), _end(one["range"])) for one in change["edits"])
            if any(end > start for (_, end), (start, _) in pairwise(ordered)):
                yield f"#{seen.number} edits of {uri} overlap"


def _ranges(session: Session) -> Iterator[str]:
    """A range starts before it ends, and its numbers are ones the protocol has."""
    for seen in session.seen:
        if seen.side == "server":
            for path, value in _fields(seen.message.get("result", seen.params), ""):
                if isinstance(value, Mapping) and set(value) == {"start", "end"} and not _well_formed(value):
                    yield f"#{seen.number} {seen.method} {path} is no range"


def _documents_shown(session: Session) -> Iterator[str]:
    """Only files of the workspace or of our own, and our own scheme where the client asks for its content."""
    for seen in session.of("server", "request", types.WINDOW_SHOW_DOCUMENT):
        uri = seen.params["uri"]
        if uri.startswith("glm:"):
            if session.declares("workspace.textDocumentContent") is None:
                yield f"#{seen.number} {uri} was shown to a client that cannot ask for its text"
        elif not any(_below(uri, folder) for folder in session.folders):
            yield f"#{seen.number} {uri} was shown, which is neither in the workspace nor ours"


def _jobs(session: Session) -> Iterator[str]:
    """`glm/job` and `glm/apply` match their schemas; a job's numbers grow, and its end is last."""
    last: dict[str, tuple[int, str]] = {}
    for seen in session.seen:
        if seen.side != "server" or seen.kind == "response" or seen.method not in ("glm/job", "glm/apply"):
            continue
        schema = json.loads((SCHEMAS / f"{seen.method.removeprefix('glm/')}.json").read_text())
        for error in jsonschema.Draft202012Validator(schema).iter_errors(seen.params):
            yield f"#{seen.number} {seen.method} {error.json_path}: {error.message[:120]}"
        if seen.method == "glm/job":
            number, state = last.get(seen.params.get("job"), (-1, ""))
            if seen.params.get("seq", 0) <= number:
                yield f"#{seen.number} job {seen.params.get('job')}: seq {seen.params.get('seq')} after {number}"
            if state in ENDS:
                yield f"#{seen.number} job {seen.params.get('job')} goes on after {state}"
            last[seen.params.get("job")] = (seen.params.get("seq", 0), seen.params.get("state", ""))


RULES: tuple[Callable[[Session], Iterator[str]], ...] = (
    _answers,
    _order,
    _shape,
    _allowed,
    _errors,
    _menu,
    _progress,
    _edits,
    _ranges,
    _documents_shown,
    _jobs,
)


# What the rules are made of.


@cache
def _converter() -> Any:
    return converters.get_converter()


def _malformed(session: Session) -> Iterator[str]:
    for seen in session.seen:
        if seen.side == "server" and (kind := _type_of(seen)) is not None:
            try:
                _structured(seen, kind)
            except (BaseValidationError, LookupError, ValueError, TypeError, AttributeError) as error:
                yield f"#{seen.number} {seen.method} does not have the protocol's form: {type(error).__name__}"


def _structured(seen: Seen, kind: Any) -> Any:
    message = {"jsonrpc": "2.0", **seen.message}
    if seen.kind == "response" and seen.method == types.TEXT_DOCUMENT_CODE_ACTION:
        # lsprotocol takes every item with a command for a Command.
        response = _converter().structure({**message, "result": []}, kind)
        response.result = [
            _converter().structure(item, types.Command if isinstance(item.get("command"), str) else types.CodeAction)
            for item in message["result"] or ()
        ]
        return response
    return _converter().structure(message, kind)


def _type_of(seen: Seen) -> Any:
    """The protocol's type of a message; None for an error, and for what is not the protocol's."""
    request, response, *_ = types.METHOD_TO_TYPES.get(seen.method, (None, None))
    if seen.kind != "response":
        return request
    return None if "error" in seen.message else response


def _lost(original: Any, again: Any, path: str) -> Iterator[str]:
    """Where `original` has a field that the protocol's own types do not give back."""
    if isinstance(original, Mapping) and isinstance(again, Mapping):
        for key, value in original.items():
            if key in again:
                yield from _lost(value, again[key], f"{path}.{key}")
            elif value is not None:
                yield f"{path}.{key}"
    elif isinstance(original, list) and isinstance(again, (list, tuple)):
        for value, other in zip(original, again, strict=False):
            yield from _lost(value, other, f"{path}[]")


def _fields(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every field below `value` that is there, with its path as in the table."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if inner is not None and inner is not False:
                name = f"{path}.{key}" if path else key
                yield name, inner
                yield from _fields(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner, f"{path}[]")


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _permits(session: Session, rule: str, value: Any) -> bool:
    if rule in ("always", "never"):
        return rule == "always"
    if not rule.startswith("in "):
        return session.declares(rule) not in (None, False)
    capability, _, default = rule.removeprefix("in ").partition(" or ")
    declared = session.declares(capability)
    allowed = declared if isinstance(declared, list) else [default]
    return all(one in allowed for one in (value if isinstance(value, list) else [value]))


def _start(span: Any) -> tuple[int, int]:
    return span["start"]["line"], span["start"]["character"]


def _end(span: Any) -> tuple[int, int]:
    return span["end"]["line"], span["end"]["character"]


def _well_formed(span: Any) -> bool:
    try:
        numbers = (*_start(span), *_end(span))
    except (KeyError, TypeError):
        return False
    whole = all(isinstance(number, int) and 0 <= number <= LARGEST for number in numbers)
    return whole and _start(span) <= _end(span)


def _below(uri: str, folder: str) -> bool:
    """Whether the file `uri` is in `folder`, with no way out by dots."""
    here, there = urlsplit(uri), urlsplit(folder)
    if here.scheme != "file" or (here.netloc, there.scheme) != (there.netloc, "file"):
        return False
    path, base = unquote(here.path), unquote(there.path).rstrip("/")
    return ".." not in path.split("/") and path.startswith(f"{base}/")
