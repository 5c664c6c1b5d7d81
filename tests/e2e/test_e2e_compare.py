"""Several answers to one question: asked at once, offered together, and one of them written, or none."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fault_server import FaultServer, event, reply, streaming
from scripted_editor import Editor, Start, span
from scripted_model import Ask, ScriptedModel
from test_e2e_actions import AFTER, BEFORE, JOBS, LINE, REPLY
from wire import ErrorAnswer

TWO: list[dict[str, Any]] = [{"temperature": 0.1}, {"temperature": 0.9, "thinking": True}]
THREE: list[dict[str, Any]] = [*TWO, {"model": "another-model"}]
TERNARY = "````python\ndef pick(a):\n    return 1 if a else 2\n````"
TERNARY_AFTER = BEFORE.replace(
    BEFORE[BEFORE.index("    if a") : BEFORE.index("\n\ndef other")], "    return 1 if a else 2\n"
)
ENDS = ("offered", "delivered", "refused", "failed", "cancelled")


async def compared(editor: Editor, model: ScriptedModel, variants: list[dict[str, Any]]) -> tuple[str, str, list[Ask]]:
    """A comparison whose answers the test holds back: URI, job, and the asks in the order of the variants."""
    uri = editor.open("a.py", BEFORE)
    job = await editor.run("refactor", uri, LINE, compare=variants)
    asks = [await asyncio.to_thread(model.next_ask) for _ in variants]
    wanted = [(one.get("temperature", 0.2), one.get("model", "zai-org-glm-5-1")) for one in variants]
    return uri, job, sorted(asks, key=lambda ask: wanted.index((ask.body["temperature"], ask.body["model"])))


async def told(editor: Editor, job: str, state: str, **more: Any) -> dict[str, Any]:
    def wanted(one: dict[str, Any]) -> bool:
        return one["job"] == job and one["state"] == state and all(one.get(key) == value for key, value in more.items())

    return dict(await editor.wire.expect("glm/job", wanted))


def written(candidate: dict[str, Any]) -> str:
    return "".join(hunk["newText"] for hunk in candidate["hunks"])


async def test_the_answers_are_asked_at_once_and_the_chosen_one_is_written(start: Start, model: ScriptedModel) -> None:
    async with start("nvim", JOBS) as editor:
        uri, job, asks = await compared(editor, model, TWO)
        assert [ask.body["reasoning_effort"] for ask in asks] == ["none", "high"]
        waiting = await told(editor, job, "waiting")
        assert waiting["estimate"]["tokens"] > 500
        assert waiting["estimate"]["cost"] is None, "no price is known"
        asks[1].answer(TERNARY)
        asks[0].answer(REPLY)
        view = await told(editor, job, "offered")
        first, second = view["candidates"]
        assert (first["id"], first["label"], first["tokens"]) == ("1", "temperature 0.1", 15)
        assert (second["id"], second["label"]) == ("2", "temperature 0.9, thinking")
        assert "1 if a else 2" in written(second)
        assert editor.texts[uri] == BEFORE
        ids = [hunk["id"] for one in view["candidates"] for hunk in one["hunks"]]
        assert len(ids) == len(set(ids))
        with pytest.raises(ErrorAnswer, match="several candidates"):
            await editor.command("glm.accept", {"job": job})
        with pytest.raises(ErrorAnswer, match="several answers"):
            await editor.command("glm.refine", {"job": job, "instruction": "x"})
        await editor.command("glm.accept", {"job": job, "candidate": "2"})
        await told(editor, job, "delivered")
        assert editor.texts[uri] == TERNARY_AFTER
        (seen,) = await editor.command("glm.jobs", {"job": job})
        assert "candidates" not in seen

        refined = (await editor.command("glm.refine", {"job": job, "instruction": "go on"}))["job"]
        ask = await asyncio.to_thread(model.next_ask)
        assert ask.body["messages"][2]["content"] == TERNARY, "the conversation of the chosen one goes on"
        ask.answer("CANNOT: enough")
        await told(editor, refined, "refused")
        undone = (await editor.command("glm.undo", {"job": job}))["job"]
        await told(editor, undone, "delivered")
        assert editor.texts[uri] == BEFORE


async def test_one_that_fails_leaves_the_others_and_says_why(start: Start, model: ScriptedModel) -> None:
    async with start("nvim", JOBS, options={"edit": {"repair": 0}}) as editor:
        uri, job, asks = await compared(editor, model, THREE)
        asks[0].answer("CANNOT: it is clear")
        asks[1].say(REPLY)
        asks[1].finish("length")
        asks[2].answer(REPLY)
        view = await told(editor, job, "offered")
        assert [one.get("message", {}).get("reason") for one in view["candidates"]] == ["cannot", "cut-reply", None]
        assert [bool(one["hunks"]) for one in view["candidates"]] == [False, False, True]
        with pytest.raises(ErrorAnswer, match="not offered"):
            await editor.command("glm.accept", {"job": job, "candidate": "1"})
        await editor.command("glm.accept", {"job": job})
        await told(editor, job, "delivered")
        assert editor.texts[uri] == AFTER


async def test_when_all_fail_the_job_does(start: Start, model: ScriptedModel) -> None:
    async with start("nvim", JOBS) as editor:
        uri, job, asks = await compared(editor, model, TWO)
        for ask in asks:
            ask.answer("CANNOT: it is clear")
        view = await told(editor, job, "refused")
        assert view["message"]["reason"] == "cannot"
        assert "candidates" not in view
        assert editor.texts[uri] == BEFORE


async def test_equal_answers_are_one(start: Start, model: ScriptedModel) -> None:
    async with start("nvim", JOBS) as editor:
        _, job, asks = await compared(editor, model, THREE)
        asks[0].answer(REPLY)
        asks[1].answer(TERNARY)
        asks[2].answer("Here you are.\n\n" + REPLY)
        view = await told(editor, job, "offered")
        assert [one["label"] for one in view["candidates"]] == [
            "temperature 0.1 = another-model",
            "temperature 0.9, thinking",
        ]
        assert view["candidates"][0]["tokens"] == 30


async def test_a_cancel_ends_all_of_them(start: Start, model: ScriptedModel) -> None:
    async with start("nvim", JOBS) as editor:
        uri, job, asks = await compared(editor, model, THREE)
        asks[0].say("````python\n")
        await editor.command("glm.cancel", {"job": job})
        await told(editor, job, "cancelled")
        for ask in asks:
            assert await asyncio.to_thread(ask.abandoned.wait, 5)
        assert editor.texts[uri] == BEFORE


async def test_candidates_follow_the_text_while_the_user_types(start: Start, model: ScriptedModel) -> None:
    """Above them while they are asked, then above again; then into the place of one, which is let go."""
    async with start("nvim", JOBS) as editor:
        uri, job, asks = await compared(editor, model, TWO)
        editor.type(uri, span(0), "# 𝒳\n")
        asks[0].answer(REPLY)
        asks[1].answer(
            BEFORE[BEFORE.index("def pick") : BEFORE.index("\n\ndef other")]
            .replace("pick(a)", "pick(b)")
            .join(("````python\n", "````"))
        )
        view = await told(editor, job, "offered")
        assert [one["hunks"][0]["range"]["start"]["line"] for one in view["candidates"]] == [7, 4]
        editor.type(uri, span(0), "# more\n")
        view = await told(editor, job, "offered", seq=view["seq"] + 1)
        assert [one["hunks"][0]["range"]["start"]["line"] for one in view["candidates"]] == [8, 5]
        editor.type(
            uri, {"start": {"line": 8, "character": 4}, "end": {"line": 8, "character": 9}}, "# mine\n    else:"
        )
        view = await told(editor, job, "offered", seq=view["seq"] + 1)
        assert [one["id"] for one in view["candidates"]] == ["2"]
        typed = editor.texts[uri]
        await editor.command("glm.accept", {"job": job, "candidate": "2"})
        await told(editor, job, "delivered")
        assert editor.texts[uri] == typed.replace("pick(a)", "pick(b)")


async def test_candidates_are_rejected_one_by_one_and_by_hunk(start: Start, model: ScriptedModel) -> None:
    async with start("nvim", JOBS) as editor:
        uri, job, asks = await compared(editor, model, THREE)
        for ask, text in zip(asks, (REPLY, TERNARY, REPLY.replace("return 2", "return 3")), strict=True):
            ask.answer(text)
        view = await told(editor, job, "offered")
        await editor.command("glm.reject", {"job": job, "candidate": "1"})
        (hunk,) = view["candidates"][1]["hunks"]
        await editor.command("glm.reject", {"job": job, "candidate": "2", "hunk": hunk["id"]})
        (seen,) = await editor.command("glm.jobs", {"job": job})
        assert [one["id"] for one in seen["candidates"]] == ["3"]
        await editor.command("glm.reject", {"job": job, "candidate": "3"})
        await told(editor, job, "cancelled")
        assert editor.texts[uri] == BEFORE


async def test_plain_editors_choose_in_the_menu_and_read_the_diffs(start: Start, model: ScriptedModel) -> None:
    async with start("helix") as editor:
        editor.wire.answer("window/showDocument", lambda params: {"success": True})
        uri, job, asks = await compared(editor, model, TWO)
        asks[0].answer(REPLY)
        asks[1].answer(TERNARY)
        assert (await editor.ended(job))["state"] == "offered"
        assert editor.told() == [
            "GLM: Answers to choose from: 1 (temperature 0.1; 15 tokens); 2 (temperature 0.9, thinking; 15 tokens). "
            "The code actions there accept one."
        ]
        (shown,) = editor.wire.received("window/showDocument")
        diff = Path(shown["params"]["uri"].removeprefix("file://")).read_text()
        assert diff.index("# Candidate 1: temperature 0.1") < diff.index("-    else:") < diff.index("# Candidate 2")
        items = [item["title"] for item in await editor.actions(uri, 6)]
        assert items[:3] == [
            "GLM: Accept candidate 1 (temperature 0.1)",
            "GLM: Accept candidate 2 (temperature 0.9, thinking)",
            "GLM: Reject all candidates",
        ]
        item = (await editor.actions(uri, 6))[1]
        await editor.command(item["command"]["command"], *item["command"]["arguments"])
        await editor.wire.expect("workspace/applyEdit")
        while (await editor.command("glm.jobs", {"job": job}))[0]["state"] != "delivered":
            pass
        assert editor.texts[uri] == TERNARY_AFTER


async def test_retry_asks_in_all_the_ways_again(start: Start, model: ScriptedModel) -> None:
    async with start("nvim", JOBS) as editor:
        _, job, asks = await compared(editor, model, THREE)
        for ask in asks:
            ask.answer(REPLY)
        await told(editor, job, "offered")
        again = (await editor.command("glm.retry", {"job": job}))["job"]
        await told(editor, job, "cancelled")
        asks = [await asyncio.to_thread(model.next_ask) for _ in THREE]
        assert sorted(ask.body["temperature"] for ask in asks) == [0.1, 0.5, 0.9], "a temperature that is set stays"
        for ask in asks:
            ask.answer(REPLY)
        await told(editor, again, "offered")


async def test_the_price_is_told_before_and_after(start: Start) -> None:
    priced = {"id": "zai-org-glm-5-1", "pricing": {"input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06}}
    choice = {"index": 0, "delta": {"content": REPLY}, "finish_reason": "stop"}
    counted = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    answer = streaming(event({"choices": [choice], "usage": counted}), b"data: [DONE]\n\n")
    server = FaultServer()
    server.plan += [reply(200, {"data": [priced]}), answer, answer]
    await server.start()
    async with start("nvim", JOBS, environ={"GLM_LSP_BASE_URL": f"http://127.0.0.1:{server.port}/api/ai"}) as editor:
        await editor.command("glm.models", {})
        job = await editor.run("refactor", editor.open("a.py", BEFORE), LINE, compare=TWO)
        assert 0.001 < (await told(editor, job, "waiting"))["estimate"]["cost"] < 0.02
        (candidate,) = (await told(editor, job, "offered"))["candidates"]
        assert candidate["tokens"] == 3000
        assert candidate["cost"] == pytest.approx(0.006)
    await server.stop()


async def test_the_daily_limit_holds(start: Start, model: ScriptedModel) -> None:
    async with start("nvim", JOBS, options={"usage": {"dailyTokens": 20}}) as editor:
        uri, job, asks = await compared(editor, model, TWO)
        for ask in asks:
            ask.answer(REPLY)
        await told(editor, job, "offered")
        job = await editor.run("refactor", uri, LINE, compare=TWO)
        assert (await told(editor, job, "refused"))["message"]["reason"] == "limit"
        assert not model.was_asked()


WRONG: list[tuple[str, Any, str]] = [
    ("explain", TWO, "Only edits can be compared"),
    ("refactor", TWO[:1], "2 or 3"),
    ("refactor", [{}] * 4, "2 or 3"),
    ("refactor", {}, "2 or 3"),
    ("refactor", [{}, {"top_k": 1}], "must be an object with"),
    ("refactor", [{}, {"temperature": "hot"}], "from 0 to 2"),
    ("refactor", [{}, {"temperature": 3}], "from 0 to 2"),
    ("refactor", [{}, {"thinking": "perhaps"}], "true or false"),
    ("refactor", [{}, {"model": ""}], "id of a model"),
]


async def test_what_cannot_be_compared_is_refused_at_once(start: Start, model: ScriptedModel) -> None:
    async with start("nvim", JOBS) as editor:
        uri = editor.open("a.py", BEFORE)
        for action, compare, says in WRONG:
            with pytest.raises(ErrorAnswer, match=says):
                await editor.run(action, uri, LINE, compare=compare)
        assert not model.was_asked()
