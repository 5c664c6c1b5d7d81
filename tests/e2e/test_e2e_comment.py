"""`explain.delivery = comment`: what the model says is written into the user's file, so it is guarded like an edit."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from scripted_editor import Start
from scripted_model import ScriptedModel

COMMENT = {"explain": {"delivery": "comment"}}
KEY = "AKIA" + "Q7ZT3LXW5RMN2BVC"
CODE = f"#!/usr/bin/env python3\ndef key():\n    return '{KEY}'\n"
LINE = 1


async def test_a_redaction_token_is_not_written(start: Start, model: ScriptedModel) -> None:
    async with start(options=COMMENT) as editor:
        uri = editor.open("a.py", CODE)
        job = await editor.pick("GLM: Explain", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        token = re.search(r"GLM_SECRET_\d+_[0-9a-f]+", ask.prompt)
        assert token is not None
        ask.answer(f"It gives the key `{token[0]}`.")
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == CODE.replace("def", "# It gives the key `[hidden]`.\ndef")


async def test_a_reply_that_is_cut_off_is_kept_and_not_written(start: Start, model: ScriptedModel) -> None:
    async with start(options=COMMENT) as editor:
        uri = editor.open("a.py", CODE)
        job = await editor.pick("GLM: Explain", uri, LINE)
        ask = await asyncio.to_thread(model.next_ask)
        ask.say("It gives the")
        ask.finish("length")
        view = await editor.ended(job)
        assert view["state"] == "refused"
        assert editor.texts[uri] == CODE
        kept = re.search(r"kept in (.+)\.$", view["message"]["next"])
        assert kept is not None
        assert Path(kept[1]).read_text().endswith("It gives the")


async def test_invisible_characters_are_kept_and_not_written(start: Start, model: ScriptedModel) -> None:
    async with start(options=COMMENT) as editor:
        uri = editor.open("a.py", CODE)
        job = await editor.pick("GLM: Explain", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("It gives \u202ethe key.")
        view = await editor.ended(job)
        assert view["state"] == "refused"
        assert "invisible" in view["message"]["text"]
        assert "kept in" in view["message"]["next"]
        assert editor.texts[uri] == CODE


async def test_a_language_without_comments_is_refused_before_anything_is_sent(
    start: Start, model: ScriptedModel
) -> None:
    async with start(options=COMMENT) as editor:
        uri = editor.open("a.json", "{}\n", "json")
        view = await editor.ended(await editor.pick("GLM: Explain", uri, 0))
        assert "no comments" in view["message"]["text"]
        model.forget()


async def test_a_protected_file_is_asked_about(start: Start, model: ScriptedModel) -> None:
    async with start(options=COMMENT) as editor:
        editor.wire.answer("window/showMessageRequest", lambda params: None)
        uri = editor.open("conftest.py", CODE)
        job = await editor.pick("GLM: Explain", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer("It gives the key.")
        await editor.ended(job)
        (asked,) = editor.wire.received("window/showMessageRequest")
        assert "conftest.py" in asked["params"]["message"]
        assert editor.texts[uri] == CODE
