"""pygls 2.1.1, mended.

What pygls gives and we keep: the messages' types and their converter, the register of features, and the table of
server capabilities. Its handling of messages is replaced, for it loses replies, leaks memory, and shows code and
tracebacks to the client. The rules here:

- Every request is answered exactly once, whatever its handler does: with its result, or with an error whose message is
  a sentence. Errors never carry a traceback, `data`, or the text of an exception we did not write ourselves.
- Nested values are left as JSON until the message's own type says what they are, so no key in them means anything.
- Handlers that are plain functions run before the next message is read, and so see the documents as the client meant.
  Handlers that are coroutines are tasks, and `$/cancelRequest` cancels them: features and commands alike.
- Nothing is remembered of a message that has been dealt with.
- `did*` handlers change `GlmServer.documents` at once, on the event loop; pygls's own workspace is not used.
- A message too long to take in may have been a change to any document. No text can be trusted then, so all are
  forgotten until the client opens them again. (What is no JSON was no change: no client sends half of one. Should one
  be lost all the same, its version is missed, and the editor refuses the edits made without it.)

Each mend has a test that shows plain pygls failing, so that an upgrade which makes it unnecessary is noticed.
Sources: LSP 3.18 §baseProtocol and §lifeCycleMessages; pygls issues 607, 608, 621.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import logging
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

from cattrs.errors import BaseValidationError
from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol

from glm_lsp import __version__
from glm_lsp.errors import INVALID_PARAMS, BadInput, Failed, GlmError
from glm_lsp.lsp import convert
from glm_lsp.lsp.client import Client
from glm_lsp.workspace.documents import Document, Documents

if TYPE_CHECKING:
    from cattrs import Converter

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
REQUEST_CANCELLED = -32800

STOP_SECONDS = 1.0
"""How long what is running may take to end once the client has gone."""

Handler = Callable[[Any], Any]
"""Takes the structured params; gives the result, or a coroutine of it."""
Token = int | str
T = TypeVar("T")

_UNSTRUCTURED = (BaseValidationError, LookupError, ValueError, TypeError, AttributeError, RecursionError)
"""What the converter raises for JSON that is not of the type asked for."""

_log = logging.getLogger(__name__)


class EditorError(Failed):
    """The client answered a request of ours with an error, or cannot answer any more."""


class GlmServer(LanguageServer):
    """One connection to one client. The server proper derives from it and fills in the hooks `on_*`."""

    protocol: GlmProtocol

    def __init__(self) -> None:
        # pygls logs whole messages, which hold the user's code, from INFO down.
        logging.getLogger("pygls").setLevel(logging.WARNING)
        super().__init__("glm-lsp", __version__, protocol_cls=GlmProtocol)
        self.documents = Documents()
        self._kept: set[asyncio.Future[Any]] = set()
        self._stopping: asyncio.Task[None] | None = None

    @property
    def client(self) -> Client:
        """The client, once it has introduced itself."""
        assert self.protocol.client is not None  # noqa: S101 - nothing is served before `initialize`
        return self.protocol.client

    def add_feature(self, method: str, handler: Handler, options: Any = None) -> None:
        """Serves `method` by `handler(params)`; `options` are advertised. Must happen before `initialize`."""
        self.protocol.fm.features[method] = handler
        if options is not None:
            self.protocol.fm.feature_options[method] = options

    def add_command(self, name: str, handler: Handler) -> None:
        """Serves and advertises the command `name` by `handler(argument)`, whose argument is one JSON object."""
        self.protocol.fm.commands[name] = handler

    def notify(self, method: str, params: Any = None) -> None:
        self.protocol.notify(method, params)

    async def request(self, method: str, params: Any = None, *, timeout: float | None) -> Any:  # noqa: ASYNC109
        """Asks the client; its structured result (for a method of our own: as it came).

        `timeout` in seconds, None to wait for a person. Nothing is left behind when it ends, however it ends; an answer
        that comes later is ignored.

        Errors: TimeoutError; EditorError.
        """
        async with asyncio.timeout(timeout):
            return await self.protocol.ask(method, params)

    def structure(self, value: object, kind: type[T], name: str) -> T:
        """`value`, JSON of the client's in a place where the protocol says nothing, as a type of the protocol.

        Errors: BadInput, which calls it `name`.
        """
        try:
            return self.protocol.structured(value, kind)
        except _UNSTRUCTURED:
            raise BadInput(f"`{name}` does not have the protocol's form.") from None

    def keep(self, task: asyncio.Future[Any]) -> None:
        """Holds on to `task` until it is done, cancels it when the connection ends, and logs what it raises."""
        self._kept.add(task)
        task.add_done_callback(self._let_go)

    def stop(self) -> asyncio.Task[None]:
        """Ends everything that runs for this client, within `STOP_SECONDS`; one and the same task however often it is
        asked for."""
        if self._stopping is None:
            self._stopping = asyncio.ensure_future(self._stop())
        return self._stopping

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Logs; pygls would show the client a message with the exception's text."""
        _log.error("%s", place(error))

    # Hooks.

    def on_initialize(self, params: types.InitializeParams) -> None:
        """The client has introduced itself: `self.client` is known, nothing has been answered."""

    def capabilities(self, result: types.InitializeResult) -> None:
        """Edits what is about to be advertised, where pygls knows no option for it."""

    def on_open(self, document: Document) -> None:
        """`document` was opened, or opened anew."""

    def on_change(self, document: Document) -> None:
        """`document` was changed; all changes of one notification are in."""

    def on_close(self, uri: str) -> None:
        """The document `uri` was closed, or its text is not known any more."""

    def on_progress_cancel(self, token: Token) -> None:
        """The person cancelled the work behind `token`."""

    async def on_stop(self) -> None:
        """The client is going: end the jobs, close what is open."""

    async def _stop(self) -> None:
        closing = asyncio.ensure_future(self.on_stop())
        self.keep(closing)
        await asyncio.wait({closing}, timeout=STOP_SECONDS / 2)
        ending = self._kept | self.protocol.running_requests()
        ending.discard(asyncio.current_task())  # The `shutdown` request itself.
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending, timeout=STOP_SECONDS / 2)

    def _let_go(self, task: asyncio.Future[Any]) -> None:
        self._kept.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("A task of ours failed: %s", place(error))


class GlmProtocol(LanguageServerProtocol):
    """Reads messages, serves them, and asks the client. See the module's docstring."""

    _server: GlmServer

    def __init__(self, server: GlmServer, converter: Converter) -> None:
        super().__init__(server, converter)
        # The converter's own way takes "3", 2.5 and true for numbers, and null for the text "None".
        converter.register_structure_hook(int, _whole)
        converter.register_structure_hook(str, _words)
        self.client: Client | None = None
        self.exit_code: int | None = None
        """Set by `exit`: 0 after `shutdown`, else 1 (LSP 3.18 §exit)."""
        self._phase: Literal["new", "serving", "shut down"] = "new"
        self._write: Callable[[bytes], None] | None = None
        self._running: dict[Token, asyncio.Future[Any]] = {}
        self._asked: dict[Token, tuple[str, asyncio.Future[Any]]] = {}
        self._ids = itertools.count(1)
        self._own: dict[str, Handler] = {
            types.INITIALIZE: self._initialize,
            types.SHUTDOWN: self._shut_down,
            types.EXIT: self._exit,
            types.CANCEL_REQUEST: self._cancel,
            types.TEXT_DOCUMENT_DID_OPEN: self._did_open,
            types.TEXT_DOCUMENT_DID_CHANGE: self._did_change,
            types.TEXT_DOCUMENT_DID_CLOSE: self._did_close,
            types.WORKSPACE_EXECUTE_COMMAND: self._execute_command,
            types.WINDOW_WORK_DONE_PROGRESS_CANCEL: lambda params: self._server.on_progress_cancel(params.token),
        }

    def _register_builtin_features(self) -> None:
        """pygls's own handlers stay out: ours are in `_own`."""

    # Transport.

    def connect(self, write: Callable[[bytes], None]) -> None:
        """From now on messages are sent by `write`, which must not block."""
        self._write = write

    def disconnect(self) -> None:
        """The client is gone: nothing is sent any more, and nobody waits for its answers."""
        self._write = None
        for _, answer in tuple(self._asked.values()):
            answer.cancel()

    @property
    def stopping(self) -> bool:
        """Whether the client has asked for `shutdown`."""
        return self._phase == "shut down"

    def receive(self, body: bytes) -> None:
        """Deals with one message. Never raises."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            self._refuse(None, PARSE_ERROR, "A message was not valid JSON.")
            return
        if not isinstance(message, dict):
            self._refuse(None, INVALID_REQUEST, "A message was not a JSON object; the protocol has no batches.")
            return
        id, method = message.get("id"), message.get("method")
        if isinstance(method, str):
            if "id" not in message:
                self._on_notification(method, message)
            elif isinstance(id, (int, str)):
                self._on_request(id, method, message)
            else:
                self._refuse(None, INVALID_REQUEST, "The id of a request must be a number or a string.")
        elif isinstance(id, (int, str)) and ("result" in message or "error" in message):
            self._on_response(id, message)
        elif "error" not in message:
            self._refuse(None, INVALID_REQUEST, "A message was neither a request, nor a notification, nor a response.")

    def too_long(self, sentence: str) -> None:
        """A message came that was not taken in."""
        self._refuse(None, INVALID_REQUEST, sentence)
        for document in tuple(self._server.documents):
            self._forget(document.uri)

    def notify(self, method: str, params: Any | None = None) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": self._converter.unstructure(params)})

    def send_request(self, *_: Any, **__: Any) -> NoReturn:
        """pygls's way to ask the client keeps the future of a request that is never answered."""
        raise NotImplementedError("Use GlmServer.request.")

    async def ask(self, method: str, params: Any) -> Any:
        """See `GlmServer.request`, which adds the timeout."""
        if self._write is None:
            raise EditorError("The editor is not connected any more.")
        id = next(self._ids)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[id] = method, answer
        try:
            self._send({"jsonrpc": "2.0", "id": id, "method": method, "params": self._converter.unstructure(params)})
            return await answer
        except asyncio.CancelledError:
            if id in self._asked:
                self.notify(types.CANCEL_REQUEST, types.CancelParams(id))
            raise
        finally:
            self._asked.pop(id, None)

    def structured(self, value: object, kind: type[T]) -> T:
        return self._converter.structure(value, kind)

    def running_requests(self) -> set[asyncio.Future[Any]]:
        """The requests of the client that are being served."""
        return set(self._running.values())

    def _send(self, message: dict[str, Any]) -> None:
        if self._write is None:
            return
        # ASCII only, so that lone surrogates travel as escapes, and characters are bytes.
        body = json.dumps(message, separators=(",", ":")).encode("ascii")
        self._write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    # Messages.

    def _on_request(self, id: Token, method: str, message: dict[str, Any]) -> None:
        try:
            result = self._handler(method)(self._params(method, message))
            if not inspect.isawaitable(result):
                self._reply(id, result)
                return
        except Exception as error:  # noqa: BLE001 - whatever a handler raises becomes the one reply
            self._fail(id, method, error)
            return
        task = asyncio.ensure_future(result)
        self._running[id] = task
        task.add_done_callback(partial(self._finished, id, method))

    def _finished(self, id: Token, method: str, task: asyncio.Future[Any]) -> None:
        if self._running.get(id) is task:
            del self._running[id]
        if task.cancelled():
            self._refuse(id, REQUEST_CANCELLED, "The request was cancelled.")
        elif (error := task.exception()) is not None:
            self._fail(id, method, error)
        else:
            try:
                self._reply(id, task.result())
            except _UNSTRUCTURED as broken:
                self._fail(id, method, broken)

    def _on_notification(self, method: str, message: dict[str, Any]) -> None:
        if method != types.EXIT and self._phase != "serving":
            return
        handler = self.fm.features.get(method) or self._own.get(method)
        if handler is None:
            return  # LSP 3.18 §notificationMessage: unknown notifications are ignored.
        try:
            result = handler(self._params(method, message))
            if inspect.isawaitable(result):
                self._server.keep(asyncio.ensure_future(result))
        except Exception as error:  # noqa: BLE001 - a notification has no reply; the server lives on
            _log.error("%s: %s", _line(method), place(error))
            if method in (types.TEXT_DOCUMENT_DID_OPEN, types.TEXT_DOCUMENT_DID_CHANGE):
                self._lose_text(message)

    def _on_response(self, id: Token, message: dict[str, Any]) -> None:
        method, answer = self._asked.pop(id, ("", None))
        if answer is None or answer.done():
            return  # Too late, or never asked.
        error = message.get("error")
        if error is not None:
            said = error.get("message") if isinstance(error, dict) else None
            answer.set_exception(EditorError(_line(said) if isinstance(said, str) else "The editor gave no reason."))
            return
        try:
            answer.set_result(self._result(method, message))
        except _UNSTRUCTURED:
            answer.set_exception(EditorError("The editor's answer does not have the protocol's form."))

    def _handler(self, method: str) -> Handler:
        if self._phase == "shut down":
            raise JsonRpcException("The server is shutting down.", INVALID_REQUEST)
        if self._phase == "new" and method != types.INITIALIZE:
            raise JsonRpcException("The server has not been initialized yet.", NOT_INITIALIZED)
        if self._phase == "serving" and method == types.INITIALIZE:
            raise JsonRpcException("The server has been initialized already.", INVALID_REQUEST)
        handler: Handler | None = self._own.get(method) or self.fm.features.get(method)
        if handler is None:
            raise JsonRpcException(f"This server does not know the method {_line(method)!r}.", METHOD_NOT_FOUND)
        return handler

    def _params(self, method: str, message: dict[str, Any]) -> Any:
        """Errors: JsonRpcException if they are not what the protocol says."""
        kind = self.get_message_type(method)
        if kind is None:
            return message.get("params")
        try:
            return getattr(self._converter.structure({"id": 0, **message, "jsonrpc": "2.0"}, kind), "params", None)
        except _UNSTRUCTURED:
            raise JsonRpcException(f"The parameters of {method} are not valid.", INVALID_PARAMS) from None

    def _result(self, method: str, message: dict[str, Any]) -> Any:
        kind = self.get_result_type(method)
        if kind is None:
            return message.get("result")
        return self._converter.structure({"result": None, **message, "jsonrpc": "2.0"}, kind).result

    def _reply(self, id: Token, result: Any) -> None:
        self._send({"jsonrpc": "2.0", "id": id, "result": self._converter.unstructure(result)})

    def _fail(self, id: Token, method: str, error: BaseException) -> None:
        if isinstance(error, GlmError):
            self._refuse(id, error.code, str(error))
        elif isinstance(error, JsonRpcException):
            self._refuse(id, error.code, error.message)
        else:
            _log.error("%s: %s", method, place(error))
            self._refuse(id, INTERNAL_ERROR, "Something went wrong inside the server; its log says where.")

    def _refuse(self, id: Token | None, code: int, sentence: str) -> None:
        self._send({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": sentence}})

    # What every server serves.

    def _initialize(self, params: types.InitializeParams) -> types.InitializeResult:
        self.client = Client.of(params)
        self.client_capabilities = params.capabilities
        self._server.process_id = params.process_id
        self._server.on_initialize(params)
        self.server_capabilities = ServerCapabilitiesBuilder(
            params.capabilities,
            {*self._own, *self.fm.features},
            self.fm.feature_options,
            list(self.fm.commands),
            types.TextDocumentSyncKind.Incremental,
            None,
            types.PositionEncodingKind(self.client.encoding),
        ).build()  # type: ignore[no-untyped-call]  # pygls leaves it untyped
        result = types.InitializeResult(self.server_capabilities, self.server_info)
        self._server.capabilities(result)
        self._phase = "serving"
        return result

    def _shut_down(self, _: object) -> asyncio.Task[None]:
        self._phase = "shut down"
        return self._server.stop()

    def _exit(self, _: object) -> None:
        self.exit_code = 0 if self.stopping else 1
        if not self.stopping:
            self.disconnect()  # Nobody listens any more, whatever is still running.

    def _cancel(self, params: types.CancelParams) -> None:
        if (task := self._running.get(params.id)) is not None:
            task.cancel()

    def _did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        document = self._server.documents.open(item.uri, str(item.language_id), item.version, item.text)
        self._server.on_open(document)

    def _did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        document = self._server.documents.find(params.text_document.uri)
        if document is None:
            return  # VS Code sends the last change of a file edited in the background after it has closed it.
        for change in params.content_changes:
            span = None
            if isinstance(change, types.TextDocumentContentChangePartial):
                span = convert.range_of(document.lines, change.range, self._server.client.encoding)
            document.change(params.text_document.version, span, change.text)
        self._server.on_change(document)

    def _did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self._forget(params.text_document.uri)

    def _lose_text(self, message: dict[str, Any]) -> None:
        """A `didOpen` or `didChange` could not be taken in, so the document's text is not known any more."""
        params = message.get("params")
        item = params.get("textDocument") if isinstance(params, dict) else None
        uri = item.get("uri") if isinstance(item, dict) else None
        for document in tuple(self._server.documents):
            if document.uri == uri or not isinstance(uri, str):
                self._forget(document.uri)

    def _forget(self, uri: str) -> None:
        if self._server.documents.find(uri) is not None:
            self._server.documents.close(uri)
            self._server.on_close(uri)

    def _execute_command(self, params: types.ExecuteCommandParams) -> Any:
        """Errors: BadInput for a command we do not have, or arguments that are not one object."""
        handler: Handler | None = self.fm.commands.get(params.command)
        if handler is None:
            raise BadInput(f"This server does not know the command {_line(params.command)!r}.")
        arguments = params.arguments or [{}]
        if len(arguments) != 1 or not isinstance(arguments[0], dict):
            raise BadInput(f"The command {params.command} takes one object as its only argument.")
        return handler(arguments[0])


def place(error: BaseException) -> str:
    """The class of `error` and where it was raised, innermost last. Not its text, which may hold code or a key."""
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    path = " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {path or 'no known place'}"


def _whole(value: object, kind: Callable[[object], int]) -> int:
    """As an integer, or a kind of it: flags and enumerations come here too, and go the converter's own way. JSON does
    not tell 3 and 3.0 apart. Errors: ValueError."""
    if kind is int and (isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value)):
        raise ValueError("not a whole number")
    return kind(value)


def _words(value: object, kind: Callable[[object], str]) -> str:
    """As a string, or a kind of it. A number may stand for its digits: some write versions so. Errors: ValueError."""
    if kind is str and (isinstance(value, bool) or not isinstance(value, (str, int, float))):
        raise ValueError("not a string")
    return kind(value)


def _line(text: str) -> str:
    """Foreign text as one short line."""
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"
