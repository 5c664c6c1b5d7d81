"""What would be sent, the models there are, the log: shown truthfully, and without asking the model."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import subprocess
import sys
from typing import Any

import pytest
from fault_server import FaultServer, event, reply, streaming
from scripted_editor import Editor, Start, span
from scripted_model import ScriptedModel
from test_e2e_actions import AFTER, BEFORE, LINE, REPLY
from wire import ErrorAnswer

SECRET = 'password = "Ew8Rh2qLx0Vn7Zb3"\n'
RANGE = span(LINE)


def question(uri: str, **more: Any) -> dict[str, Any]:
    return {"action": "refactor", "uri": uri, "range": RANGE, **more}


def body_of_curl(text: str) -> bytes:
    words = shlex.split(text)
    return words[words.index("-d") + 1].encode()


def body_of_python(text: str) -> bytes:
    """The printed program, run with a `requests` that keeps what it is given."""
    stand_in = (
        "import sys, types, json\n"
        "requests = types.ModuleType('requests')\n"
        "class Done(Exception): pass\n"
        "def post(url, headers, json):\n"
        "    sys.stdout.write(__import__('json').dumps(json))\n"
        "    raise SystemExit\n"
        "requests.post = post\n"
        "sys.modules['requests'] = requests\n"
    )
    return subprocess.run(
        [sys.executable, "-c", stand_in + text],
        env={**os.environ, "OXEN_API_KEY": "k"},
        capture_output=True,
        check=True,
        timeout=30,
    ).stdout


@pytest.mark.parametrize("instruction", ["", "flatten it, don't “quote” $HOME `x` 😀"])
async def test_what_is_shown_is_what_is_sent_byte_for_byte(
    start: Start, model: ScriptedModel, instruction: str
) -> None:
    async with start() as editor:
        uri = editor.open("a.py", SECRET + BEFORE)
        asked = {**question(uri), "action": "edit" if instruction else "refactor", "instruction": instruction}
        asked["range"] = span(LINE + 1)
        curl = (await editor.command("glm.request", {**asked, "as": "curl"}))["text"]
        python = (await editor.command("glm.request", {**asked, "as": "python"}))["text"]
        seen = await editor.command("glm.context", asked)
        job = (await editor.command("glm.run", asked))["job"]
        sent = await asyncio.to_thread(model.next_ask)
        assert body_of_curl(curl) == sent.content
        assert await asyncio.to_thread(body_of_python, python) == sent.content
        assert "".join(part["text"] for part in seen["parts"]) == "".join(
            message["content"] for message in sent.body["messages"]
        )
        assert "Ew8Rh2qLx0Vn7Zb3" not in curl + python + json.dumps(seen) + sent.content.decode()
        sent.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == SECRET + AFTER


async def test_the_parts_say_where_they_come_from(start: Start) -> None:
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        seen = await editor.command("glm.context", question(uri))
        (region,) = [part for part in seen["parts"] if part["title"] == "the region"]
        assert region["uri"] == uri
        assert region["range"] == span(3, 8)
        assert region["text"] == "".join(BEFORE.splitlines(True)[3:8])
        assert region["tokens"] > 0
        assert all(part["title"] for part in seen["parts"])
        assert seen["leftOut"] == []


async def test_what_does_not_fit_is_listed(start: Start) -> None:
    async with start(options={"context": {"budgetTokens": 50}}) as editor:
        uri = editor.open("a.py", BEFORE + "# far away\n" * 400)
        (left,) = (await editor.command("glm.context", question(uri)))["leftOut"]
        assert left["title"] == "lines far from the region"
        assert left["why"]


async def test_what_may_not_be_sent_is_not_shown_as_sendable(start: Start) -> None:
    async with start() as editor:
        uri = editor.open(".env", "A=1\n", "shellscript")
        for command in ("glm.context", "glm.request"):
            with pytest.raises(ErrorAnswer, match=r"\.env"):
                await editor.command(command, {"action": "explain", "uri": uri, "range": span(0)})


@pytest.mark.parametrize("command", ["glm.context", "glm.request"])
async def test_no_key_is_needed_to_look_and_none_is_shown(start: Start, command: str) -> None:
    elsewhere = {"GLM_LSP_BASE_URL": "https://hub.oxen.ai/api/ai", "OXEN_API_KEY": ""}
    async with start(environ=elsewhere) as editor:
        uri = editor.open("a.py", BEFORE)
        answer = await editor.command(command, question(uri))
        if command == "glm.request":
            assert '-H "Authorization: Bearer $OXEN_API_KEY"' in answer["text"]
            assert "https://hub.oxen.ai/api/ai/chat/completions" in answer["text"]
        else:
            assert answer["parts"]


async def test_the_key_is_never_in_what_is_shown(start: Start, model: ScriptedModel) -> None:
    async with start(environ={"GLM_LSP_API_KEY": "canary-Pq41Zk8vXw0Rt"}) as editor:
        uri = editor.open("a.py", BEFORE)
        for form in ("curl", "python"):
            text = (await editor.command("glm.request", question(uri, **{"as": form})))["text"]
            assert "canary" not in text
            assert "OXEN_API_KEY" in text


async def test_wrong_arguments_are_refused_as_by_glm_run(start: Start) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"action": "nonsense"}, "There is no action “nonsense”"),
        ({"uri": "file:///nowhere/b.py"}, "is not open"),
        ({"range": span(99)}, "Line 100 is past the end"),
        ({"version": 99}, "text changed since"),
        ({"action": "edit"}, "needs an instruction"),
    ]
    async with start() as editor:
        uri = editor.open("a.py", BEFORE)
        for argument, says in wrong:
            for command in ("glm.context", "glm.request"):
                with pytest.raises(ErrorAnswer, match=says):
                    await editor.command(command, {**question(uri), **argument})
        with pytest.raises(ErrorAnswer, match="`as` must be curl or python"):
            await editor.command("glm.request", question(uri, **{"as": "perl"}))


async def test_looking_can_be_cancelled_and_sees_the_text_as_it_was_asked_about(start: Start) -> None:
    """The server waits for the client's configuration; meanwhile the user types, and gives one of two questions up."""
    let_go = asyncio.Event()

    async def configuration(params: Any) -> list[Any]:
        await let_go.wait()
        return [None]

    async with start(capabilities={"workspace": {"configuration": True}}) as editor:
        editor.wire.answer("workspace/configuration", configuration)
        uri = editor.open("a.py", BEFORE)
        command = {"command": "glm.context", "arguments": [question(uri)]}
        id, given_up = editor.wire.start("workspace/executeCommand", command)
        _, kept = editor.wire.start("workspace/executeCommand", command)
        editor.wire.notify("$/cancelRequest", {"id": id})
        with pytest.raises(ErrorAnswer) as raised:
            await given_up
        assert raised.value.code == -32800
        editor.texts.change(uri, "pass\n")
        let_go.set()
        (region,) = [part for part in (await kept)["parts"] if part["title"] == "the region"]
        assert "def pick" in region["text"]


PRICED = {"id": "zai-org-glm-5-1", "pricing": {"input_cost_per_token": 1e-06, "output_cost_per_token": "0.000004"}}


@pytest.fixture
async def priced() -> Any:
    server = FaultServer()
    await server.start()
    yield server
    await server.stop()


async def asked_of(editor: Editor, priced: FaultServer) -> dict[str, Any]:
    """One question, answered by a server that counts 1000 and 500 tokens."""
    choices = [{"index": 0, "delta": {"content": "It picks."}, "finish_reason": "stop"}]
    counted = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    priced.plan.append(streaming(event({"choices": choices, "usage": counted}), b"data: [DONE]\n\n"))
    return await editor.ended(await editor.run("explain", editor.open("a.py", BEFORE), LINE))


async def test_models_and_usage_tell_prices_and_cost(start: Start, priced: FaultServer) -> None:
    async with start(environ={"GLM_LSP_BASE_URL": f"http://127.0.0.1:{priced.port}/api/ai"}) as editor:
        assert await editor.command("glm.usage", {}) == []
        assert (await asked_of(editor, priced))["state"] == "delivered"
        (total,) = await editor.command("glm.usage", {})
        assert (total["prompt"], total["completion"], total["cost"]) == (1000, 500, None), "no price is known yet"

        priced.plan.append(reply(200, {"data": [PRICED, {"id": "other"}]}))
        wanted = [{"id": "zai-org-glm-5-1", "price": {"input": 1e-06, "output": 4e-06}}, {"id": "other", "price": None}]
        assert await editor.command("glm.models", {}) == wanted
        assert await editor.command("glm.models", {}) == wanted, "asked once a day"
        assert [head.split()[0] for head in priced.heads] == [b"POST", b"GET"]

        await asked_of(editor, priced)
        (total,) = await editor.command("glm.usage", {})
        assert (total["action"], total["requests"], total["failed"]) == ("explain", 2, 0)
        assert total["cost"] == pytest.approx(1000 * 1e-06 + 500 * 4e-06)
        assert total["seconds"] >= total["firstToken"] > 0


async def test_without_a_models_endpoint_glm_models_says_so_and_questions_go_on(
    start: Start, priced: FaultServer
) -> None:
    async with start(environ={"GLM_LSP_BASE_URL": f"http://127.0.0.1:{priced.port}/api/ai"}) as editor:
        priced.plan.append(reply(404, {"error": {"message": "not found"}}))
        with pytest.raises(ErrorAnswer) as raised:
            await editor.command("glm.models", {})
        assert raised.value.message
        assert (await asked_of(editor, priced))["state"] == "delivered"


async def test_the_daily_limit_refuses_with_the_numbers(start: Start, priced: FaultServer) -> None:
    """Lost otherwise: money, on a key with a limit of one's own."""
    limited = {"usage": {"dailyTokens": 2000}}
    async with start(options=limited, environ={"GLM_LSP_BASE_URL": f"http://127.0.0.1:{priced.port}/api/ai"}) as editor:
        for _ in range(2):
            assert (await asked_of(editor, priced))["state"] == "delivered"
        assert not any("daily_tokens" in told for told in editor.told())
        refused = await asked_of(editor, priced)
        assert refused["state"] == "refused"
        told = editor.told()[-1]
        assert "3,000 of 2,000 tokens" in told
        assert "usage.daily_tokens" in told
        assert len(priced.heads) == 2, "nothing was sent"


async def test_another_model_than_asked_for_is_told_once(start: Start, model: ScriptedModel) -> None:
    async with start() as editor:
        for echoed in ("zai-org/GLM-5.1", "glm-4-flash\x1b[31m", "glm-4-flash\x1b[31m"):
            uri = editor.open("a.py", BEFORE)
            job = await editor.run("explain", uri, LINE)
            ask = await asyncio.to_thread(model.next_ask)
            ask.model = echoed
            ask.answer("It picks.")
            assert (await editor.ended(job))["state"] == "delivered"
        (told,) = [told for told in editor.told() if "answers as" in told]
        assert "answers as the model “glm-4-flash" in told
        assert "“zai-org-glm-5-1” was asked for" in told
        assert "\x1b" not in told
