"""The checker itself: honest traffic passes, and each rule finds the traffic that breaks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conformance import RULES, violations

URI = "file:///work/a.py"
DECLARED: dict[str, Any] = {
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]},
        "textDocumentContent": {},
    },
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["refactor"]}}}},
    "experimental": {"glm": {"jobs": True}},
}
ADVERTISED = {
    "codeActionProvider": {"codeActionKinds": ["refactor.rewrite"]},
    "executeCommandProvider": {"commands": ["glm.run"]},
}


def client(**message: Any) -> dict[str, Any]:
    return {"from": "client", "message": {"jsonrpc": "2.0", **message}}


def server(**message: Any) -> dict[str, Any]:
    return {"from": "server", "message": {"jsonrpc": "2.0", **message}}


def begun(name: str = "test", declared: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """A session up to an open document of versions 1 and 2."""
    introduction = {
        "processId": None,
        "rootUri": "file:///work",
        "clientInfo": {"name": name},
        "capabilities": DECLARED if declared is None else declared,
    }
    item = {"uri": URI, "languageId": "python", "version": 1, "text": "a\n"}
    change = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": "b\n"}]}
    return [
        client(id=1, method="initialize", params=introduction),
        server(id=1, result={"capabilities": ADVERTISED}),
        client(method="initialized", params={}),
        client(method="textDocument/didOpen", params={"textDocument": item}),
        client(method="textDocument/didChange", params=change),
    ]


def edit(version: int | None = 2, *, uri: str = URI, start: int = 0, end: int = 1, **more: Any) -> dict[str, Any]:
    span = {"start": {"line": 0, "character": start}, "end": {"line": 0, "character": end}}
    change = {"textDocument": {"uri": uri, "version": version}, "edits": [{"range": span, "newText": "x"}]}
    return server(
        id=9, method="workspace/applyEdit", params={"edit": {"documentChanges": [change], **more}, "label": "GLM"}
    )


def create(token: str) -> dict[str, Any]:
    return server(id=f"create {token}", method="window/workDoneProgress/create", params={"token": token})


def created(token: str, **answer: Any) -> dict[str, Any]:
    return client(id=f"create {token}", **(answer or {"result": None}))


def progress(token: str, kind: str, **more: Any) -> dict[str, Any]:
    title = {"title": "GLM"} if kind == "begin" else {}
    return server(method="$/progress", params={"token": token, "value": {"kind": kind, **title, **more}})


def menu(*items: dict[str, Any]) -> list[dict[str, Any]]:
    params = {
        "textDocument": {"uri": URI},
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
        "context": {"diagnostics": []},
    }
    return [client(id=2, method="textDocument/codeAction", params=params), server(id=2, result=list(items))]


def item(**more: Any) -> dict[str, Any]:
    command = {"title": "GLM: Refactor", "command": "glm.run", "arguments": [{}]}
    return {"title": "GLM: Refactor", "kind": "refactor.rewrite.glm", "command": command, **more}


def show(uri: str, **more: Any) -> dict[str, Any]:
    return server(id=5, method="window/showDocument", params={"uri": uri, **more})


def ask(**answer: Any) -> list[dict[str, Any]]:
    return [client(id=2, method="shutdown"), server(id=2, **answer)]


def job(seq: int, state: str) -> dict[str, Any]:
    return server(
        method="glm/job",
        params={
            "job": "1",
            "seq": seq,
            "state": state,
            "action": "refactor",
            "mode": "edit",
            "title": "GLM: Refactor",
            "uri": URI,
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}},
            "tokens": 0,
            "seconds": 0.1,
        },
    )


HONEST = [
    *menu(item(), item(disabled=None)),
    create("t"),
    created("t"),
    progress("t", "begin"),
    progress("t", "report", message="12 tokens"),
    edit(),
    client(id=9, result={"applied": True}),
    progress("t", "end"),
    show("glm:/explanation.md"),
    client(id=5, result={"success": True}),
    show("file:///work/b.py", takeFocus=False),
    client(id=5, result={"success": True}),
    show("file:///state/explanation.md"),
    client(id=5, result={"success": True}),
    job(1, "queued"),
    job(2, "delivered"),
    server(method="window/showMessage", params={"type": 3, "message": "done"}),
    client(id=3, method="shutdown"),
    server(id=3, result=None),
    client(method="exit"),
]


def test_honest_traffic_passes() -> None:
    assert violations([*begun(), *HONEST], folders=[Path("/state")]) == []


BROKEN: dict[str, tuple[list[dict[str, Any]], str]] = {
    "unanswered": ([client(id=2, method="shutdown")], "answers: #5 shutdown was never answered"),
    "answered twice": ([*ask(result=None), server(id=2, result=None)], "answers: #7 server answered 2"),
    "never asked": ([client(id="x", result=None)], "answers: #5 client answered 'x'"),
    "id used twice": ([edit(), edit()], "answers: #6 server used the id 9 twice"),
    "after exit": ([client(method="exit"), edit()], "order: #6 workspace/applyEdit was sent after exit"),
    "no version of the protocol": ([{"from": "server", "message": {"id": 1, "result": 5}}], "shape: #5"),
    "malformed": ([server(id=4, method="window/showDocument", params={"uri": 5, "selection": 7})], "shape: #5"),
    "unknown field": (
        menu(item(colour="red")),
        "shape: #6 textDocument/codeAction has the unknown field",
    ),
    "not in the table": ([server(method="eval/code", params={})], "allowed: #5 eval/code is not in the table"),
    "undeclared request": ([server(id=4, method="workspace/configuration", params={"items": []})], "allowed: #5"),
    "undeclared registration": (
        [
            server(
                id=4,
                method="client/registerCapability",
                params={"registrations": [{"id": "1", "method": "workspace/didChangeConfiguration"}]},
            )
        ],
        "allowed: #5 registering workspace/didChangeConfiguration needs",
    ),
    "undeclared disabled": (menu(item(disabled={"reason": "no key"})), "codeAction -> [].disabled needs"),
    "undeclared tags": (menu(item(tags=[1])), "allowed: #6 textDocument/codeAction -> [].tags needs"),
    "undeclared data": (menu(item(data={})), "allowed: #6 textDocument/codeAction -> [].data needs"),
    "preferred": (menu(item(isPreferred=True)), "allowed: #6 textDocument/codeAction -> [].isPreferred needs never"),
    "both kinds of changes": ([edit(changes={})], "edits: #5 an edit has both"),
    "unversioned changes": ([edit(changes={})], "allowed: #5 workspace/applyEdit edit.changes needs never"),
    "annotations": ([edit(changeAnnotations={"a": {"label": "x"}})], "edit.changeAnnotations needs"),
    "saving metadata": (
        [server(id=4, method="workspace/applyEdit", params={"edit": {}, "metadata": {"isRefactoring": True}})],
        "allowed: #5 workspace/applyEdit metadata needs never",
    ),
    "undeclared file operation": (
        [
            server(
                id=4,
                method="workspace/applyEdit",
                params={"edit": {"documentChanges": [{"kind": "delete", "uri": URI}]}},
            )
        ],
        "edit.documentChanges[].kind needs in workspace.workspaceEdit.resourceOperations",
    ),
    "external": ([show("file:///work/b", external=True)], "allowed: #5 window/showDocument external needs never"),
    "error with data": (ask(error={"code": -32603, "message": "Broken.", "data": {}}), "errors: #6"),
    "traceback": (ask(error={"code": -32603, "message": "Traceback (most recent call last)"}), "errors: #6"),
    "error without words": (ask(error={"code": -32603, "message": " "}), "errors: #6"),
    "unadvertised kind": (menu(item(kind="quickfix.glm")), "menu: #6 the kind quickfix.glm"),
    "kind that only looks alike": (menu(item(kind="refactor.rewritten")), "menu: #6 the kind refactor.rewritten"),
    "unadvertised command": (menu({"title": "x", "command": "rm"}), "menu: #6 the command rm"),
    "begin before the answer": ([create("t"), progress("t", "begin")], "progress: #6 begin"),
    "begin after a no": (
        [create("t"), created("t", error={"code": 1, "message": "no"}), progress("t", "begin")],
        "progress: #7 begin of the token 't', which is denied",
    ),
    "report before begin": ([create("t"), created("t"), progress("t", "report")], "progress: #7 report"),
    "after the end": (
        [create("t"), created("t"), progress("t", "begin"), progress("t", "end"), progress("t", "report")],
        "progress: #9 report of the token 't', which is ended",
    ),
    "unknown token": ([progress("t", "begin")], "progress: #5 begin of the token 't', which is unknown"),
    "created twice": ([create("t"), created("t"), create("t")], "created twice"),
    "never ended": ([create("t"), created("t"), progress("t", "begin")], "the token 't' was never ended"),
    "never begun": ([create("t"), created("t")], "the token 't' was never ended"),
    "percentage now and then": (
        [create("t"), created("t"), progress("t", "begin", percentage=0), progress("t", "report")],
        "a percentage must be in all",
    ),
    "no version": ([edit(None)], "edits: #5 an edit of the open document"),
    "a version that never was": ([edit(3)], "edits: #5 an edit of file:///work/a.py is for version 3"),
    "a document that never was": ([edit(1, uri="file:///work/b.py")], "which never was"),
    "overlap": (
        [
            server(
                id=4,
                method="workspace/applyEdit",
                params={
                    "edit": {
                        "documentChanges": [
                            {
                                "textDocument": {"uri": URI, "version": 2},
                                "edits": 2 * edit()["message"]["params"]["edit"]["documentChanges"][0]["edits"],
                            }
                        ]
                    }
                },
            )
        ],
        "edits: #5 edits of file:///work/a.py overlap",
    ),
    "backwards": (
        [edit(start=1, end=0)],
        "ranges: #5 workspace/applyEdit edit.documentChanges[].edits[].range is no range",
    ),
    "outside": ([show("file:///etc/passwd")], "documents_shown: #5"),
    "beside": ([show("file:///workshop/a")], "documents_shown: #5"),
    "out by dots": ([show("file:///work/%2e%2e/etc/passwd")], "documents_shown: #5"),
    "the web": ([show("https://example.org/")], "documents_shown: #5"),
    "job out of order": ([job(2, "queued"), job(2, "waiting")], "jobs: #6 job 1: seq 2 after 2"),
    "job after its end": ([job(1, "delivered"), job(2, "waiting")], "jobs: #6 job 1 goes on after delivered"),
    "job of no known shape": ([job(1, "thinking hard")], "jobs: #5 glm/job $.state"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_traffic_is_found(name: str) -> None:
    traffic, sentence = BROKEN[name]
    found = violations([*begun(), *traffic])
    assert any(sentence in one for one in found), found


def test_every_rule_has_a_case() -> None:
    assert {rule.__name__.strip("_") for rule in RULES} == {
        found.partition(":")[0]
        for traffic, _ in BROKEN.values()
        for found in violations([*begun(), *traffic], folders=[Path("/state")])
    }


def test_nothing_is_sent_before_initialize_is_answered() -> None:
    early = server(id=8, method="window/showDocument", params={"uri": URI})
    begin = begun()
    assert any(found.startswith("order: #1") for found in violations([begin[0], early, *begin[1:]]))


def test_the_one_exception_is_neovims() -> None:
    """It applies `documentChanges` without declaring them, and gets version 0 as 1."""
    declared = {"workspace": {"applyEdit": True}, "textDocument": DECLARED["textDocument"]}
    begin = begun("Neovim", declared)
    begin[3]["message"]["params"]["textDocument"]["version"] = 0
    assert violations([*begin[:4], edit(1)], cut=True) == []
    assert violations([*begun("other", declared), edit(1)]) == [
        "allowed: #5 workspace/applyEdit edit.documentChanges needs workspace.workspaceEdit.documentChanges"
    ]


def test_a_client_that_is_killed_leaves_things_unfinished() -> None:
    unfinished = [create("t"), created("t"), progress("t", "begin"), client(id=2, method="shutdown")]
    assert violations([*begun(), *unfinished], cut=True) == []
