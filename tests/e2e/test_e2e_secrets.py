"""Keys in the file, the instruction, a finding, another file: no request holds them, and the file keeps them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from planted_secrets import KEYS, NAMED, RECOGNISED
from scripted_editor import Editor, Start, span
from scripted_model import Ask, ScriptedModel
from test_e2e_actions import BEFORE, JOBS, LINE, REPLY

TEMPLATE = '''\
"""Talks to the store. 😀{GitHub token}"""
from store import open_store

AWS = "{AWS key id}"  # 𝒳{Slack token}


def connect(user):
    # it was {GitHub token} before, 😀{Stripe key}𝒳
    if user:
        password = "{password, chosen}"  # 😀
    else:
        password = None
    key = """{RSA private key}"""
    return open_store(AWS, user, password, key, "😀{Google key}")


def other():
    return "{GitLab token}"
'''
REGION = re.compile(r"<<<GLM_REGION_START_\w+>>>\n(.*?)<<<GLM_REGION_END_", re.DOTALL)
TOKEN = re.compile(r"GLM_SECRET_\d+_[0-9a-f]{12}")
SECRET_LINE = 8
"""The line of TEMPLATE that is in the middle of `connect`."""


class Secrets(dict[str, str]):
    """A secret of each kind, made when it is first asked for."""

    def __missing__(self, kind: str) -> str:
        self[kind] = {**RECOGNISED, **NAMED, **KEYS}[kind](Random())
        return self[kind]

    def leaked(self, text: str) -> list[str]:
        """The kinds of which `text` holds a secret, or a line of one."""
        return [kind for kind, secret in self.items() if any(line in text for line in self._lines(secret))]

    @staticmethod
    def _lines(secret: str) -> Iterator[str]:
        yield from (line for line in secret.split("\n") if "-----" not in line and len(line) > 3)


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


async def next_ask(model: ScriptedModel, secrets: Secrets) -> Ask:
    """The next request. No part of it holds a secret, not as it travels and not as it is read."""
    ask = await asyncio.to_thread(model.next_ask)
    assert not secrets.leaked(ask.content.decode())
    assert not secrets.leaked("\n".join(strings(ask.body)))
    assert TOKEN.search(ask.prompt), "nothing was withheld"
    return ask


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def region(ask: Ask) -> str:
    """The region as the model was shown it."""
    return str(REGION.findall(ask.prompt)[-1])


def answer(text: str) -> str:
    return f"Done.\n\n````python\n{text}````\n"


def kept(editor: Editor) -> str:
    """All that lies in the state directory but the index, which is made of the project's text."""
    files = (path for path in editor.state.rglob("*") if path.is_file() and "sqlite" not in path.name)
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_a_refactored_file_keeps_its_keys_and_no_request_has_them(
    start: Start, model: ScriptedModel, secrets: Secrets, end: str
) -> None:
    text = TEMPLATE.format_map(secrets).replace("\n", end)
    async with start(capabilities=JOBS) as editor:
        uri = editor.open("a.py", text)
        job = await editor.run("refactor", uri, SECRET_LINE)
        ask = await next_ask(model, secrets)
        changed = region(ask).replace("open_store(", "store.opened(")
        for start_ in range(0, len(changed), 40):
            ask.say(("````python\n" if not start_ else "") + changed[start_ : start_ + 40])
        ask.answer("````\n")
        await editor.wire.expect("glm/job", lambda params: params["job"] == job and params["state"] == "delivered")
        assert editor.texts[uri] == text.replace("open_store(", "store.opened(")
        streamed = "".join(
            message["params"].get("text", {}).get("append", "") for message in editor.wire.received("glm/job")
        )
        assert "store.opened(" in streamed
        assert not secrets.leaked(streamed), "text that streams is not restored"
        assert not secrets.leaked(kept(editor))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda text: text.replace(TOKEN.findall(text)[2], "None"), "a secret would be lost from the file"),
        (lambda text: re.sub(r'"""-.*"""', "read()", text, flags=re.DOTALL), "a secret would be lost"),
        (lambda text: TOKEN.sub(lambda found: found[0][:-1], text), "changed one of the placeholders"),
        (lambda text: TOKEN.sub(lambda found: found[0].lower(), text), "changed one of the placeholders"),
        (lambda text: TOKEN.sub(lambda found: found[0] + "_OLD", text), "changed one of the placeholders"),
        (lambda text: TOKEN.sub(lambda found: found[0].replace("_", "\\_"), text), "changed one of the placeholders"),
        (lambda text: re.sub(r"GLM_SECRET_\d+", "GLM_SECRET_99", text), "changed one of the placeholders"),
    ],
    ids=["dropped", "a key dropped", "cut", "lower case", "grown", "escaped", "renumbered"],
)
async def test_a_reply_that_drops_or_alters_a_placeholder_is_asked_for_again_and_then_refused(
    start: Start, model: ScriptedModel, secrets: Secrets, spoil: Any, told: str
) -> None:
    text = TEMPLATE.format_map(secrets)
    async with start() as editor:
        uri = editor.open("a.py", text)
        job = await editor.run("refactor", uri, SECRET_LINE)
        for _ in range(2):
            ask = await next_ask(model, secrets)
            ask.answer(answer(spoil(region(ask)).replace("open_store(", "store.opened(")))
        assert (await editor.ended(job))["state"] == "refused"
        assert editor.texts[uri] == text
        (message,) = editor.told()
        assert told in message
        assert not secrets.leaked(message + kept(editor))


async def test_a_repaired_reply_is_restored(start: Start, model: ScriptedModel, secrets: Secrets) -> None:
    text = TEMPLATE.format_map(secrets)
    async with start() as editor:
        uri = editor.open("a.py", text)
        job = await editor.run("refactor", uri, SECRET_LINE)
        ask = await next_ask(model, secrets)
        ask.answer(answer(TOKEN.sub("***", region(ask))))
        ask = await next_ask(model, secrets)
        ask.answer(answer(region(ask).replace("open_store(", "store.opened(")))
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == text.replace("open_store(", "store.opened(")


async def test_the_same_secret_has_the_same_placeholder_in_the_next_question(
    start: Start, model: ScriptedModel, secrets: Secrets
) -> None:
    """Otherwise nothing a provider has cached is of use."""
    async with start() as editor:
        uri = editor.open("a.py", TEMPLATE.format_map(secrets))
        prompts = []
        for _ in range(2):
            job = await editor.run("refactor", uri, SECRET_LINE)
            ask = await next_ask(model, secrets)
            prompts.append(ask.content)
            ask.answer("CANNOT: it is fine\n")
            await editor.ended(job)
        assert prompts[0] == prompts[1]


async def test_half_a_character_survives_a_model_that_could_not_write_it(start: Start, model: ScriptedModel) -> None:
    """An editor's JSON can carry half of a surrogate pair. Sent as it is, it would come back as `\ufffd`."""
    text = 'def f():\n    x = "a\ud800b😀\udfff"\n    return 1\n'
    async with start() as editor:
        uri = editor.open("a.py", text)
        job = await editor.run("refactor", uri, 1)
        ask = await asyncio.to_thread(model.next_ask)
        ask.prompt.encode()
        ask.answer(answer(region(ask).replace("return 1", "return 2")))
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == text.replace("return 1", "return 2")
        job = await editor.run("refactor", uri, 1)
        for _ in range(2):
            ask = await asyncio.to_thread(model.next_ask)
            ask.answer(answer(TOKEN.sub("a\ufffdb", region(ask))))
        assert (await editor.ended(job))["state"] == "refused"


async def test_an_explanation_is_never_restored(start: Start, model: ScriptedModel, secrets: Secrets) -> None:
    async with start("nvim") as editor:
        editor.wire.answer("window/showDocument", lambda params: {"success": True})
        uri = editor.open("a.py", TEMPLATE.format_map(secrets), version=0)
        job = await editor.run("explain", uri, SECRET_LINE)
        ask = await next_ask(model, secrets)
        token = TOKEN.findall(region(ask))[0]
        ask.answer(f"It connects with `{token}`.")
        assert (await editor.ended(job))["state"] == "delivered"
        (shown,) = editor.wire.received("window/showDocument")
        text = Path(unquote(urlsplit(shown["params"]["uri"]).path)).read_text()
        assert "It connects with" in text
        assert not secrets.leaked(text + kept(editor))


async def test_an_explanation_in_the_file_holds_neither_secret_nor_placeholder(
    start: Start, model: ScriptedModel, secrets: Secrets
) -> None:
    text = TEMPLATE.format_map(secrets)
    async with start(options={"explain": {"delivery": "comment"}}) as editor:
        uri = editor.open("a.py", text)
        job = await editor.run("explain", uri, SECRET_LINE)
        ask = await next_ask(model, secrets)
        ask.answer(f"It connects with {TOKEN.findall(region(ask))[0]}.")
        assert (await editor.ended(job))["state"] == "delivered"
        assert editor.texts[uri] == text.replace("def connect", "# It connects with [hidden].\ndef connect")


async def test_a_key_in_an_instruction_in_a_finding_and_in_other_files_stays_here(
    start: Start, model: ScriptedModel, secrets: Secrets
) -> None:
    attached = "TOKEN = '{npm token}'\nKEY = '''{OpenSSH private key}'''\n".format_map(secrets)
    related = "def made():\n    return Client(api_key='{token, 32 of hexadecimal}')\n".format_map(secrets)
    async with start() as editor:
        (editor.folder / "attached.py").write_text(attached)
        (editor.folder / "related.py").write_text(related)
        recent = editor.open("recent.py", "x = 1\n")
        editor.texts.change(recent, "x = '{Anthropic key}'\n".format_map(secrets))
        uri = editor.open("a.py", BEFORE)
        finding = {
            "range": span(LINE),
            "severity": 1,
            "source": "scan",
            "message": "hard-coded {Google key}, or {OpenAI key}\nin 😀{Hugging Face token}".format_map(secrets),
            "relatedInformation": [
                {
                    "location": {"uri": (editor.folder / "related.py").as_uri(), "range": span(1)},
                    "message": "made from {Stripe webhook secret}".format_map(secrets),
                }
            ],
        }
        also = [{"uri": (editor.folder / "attached.py").as_uri()}]
        words = "flatten it; the key is {GitHub token}, password = '{password, chosen}'".format_map(secrets)
        asked = {"instruction": words, "diagnostics": [finding], "also": also}
        argument = {"action": "edit", "uri": uri, "range": span(LINE), **asked}
        seen = await editor.command("glm.context", argument)
        curl = await editor.command("glm.request", {**argument, "as": "curl"})
        job = await editor.run("edit", uri, LINE, **asked)
        ask = await next_ask(model, secrets)
        for part in ("hard-coded", "made from", "flatten it", "def made", "KEY = "):
            assert part in ask.prompt, "the question was to have it all"
        assert not secrets.leaked(json.dumps(seen, ensure_ascii=False) + curl["text"])
        ask.answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        assert not secrets.leaked(kept(editor))


@pytest.mark.parametrize(
    ("name", "files", "options", "told"),
    [
        ("a.local.py", {".gitignore": "# mine\n*.local.py\n"}, {}, "line 2 of `{}/.gitignore` (`*.local.py`)"),
        ("a.local.py", {".gitignore": "*.local.py\n"}, {}, "add a pattern for it to `privacy.allow`"),
        ("sub/a.py", {"sub/.gitignore": "a.py\n"}, {}, "line 1 of `{}/sub/.gitignore` (`a.py`)"),
        ("a.py", {".glm/ignore": "/a.py\n"}, {}, "line 1 of `{}/.glm/ignore` (`/a.py`)"),
        ("a.py", {}, {"privacy": {"ignore": ["a.*"]}}, "the pattern `a.*` in the setting `privacy.ignore`"),
        (".env.py", {}, {}, "files of that name hold secrets (`.env*`, built in). No setting lifts this"),
        ("notes.py", {".env": ""}, {}, "it is another name of `.env`"),
        ("sub/id_RSA", {}, {}, "files of that name hold secrets"),
    ],
)
async def test_the_open_file_itself_stays_here_and_the_user_is_told_by_what_rule(
    start: Start, model: ScriptedModel, name: str, files: dict[str, str], options: dict[str, Any], told: str
) -> None:
    async with start(options=options) as editor:
        for path, text in files.items():
            (editor.folder / path).parent.mkdir(exist_ok=True)
            (editor.folder / path).write_text(text)
        if name == "notes.py":
            (editor.folder / name).symlink_to(".env")
        uri = editor.open(name, BEFORE)
        job = await editor.run("refactor", uri, LINE)
        assert (await editor.ended(job))["state"] == "refused"
        (message,) = editor.told()
        assert told.format(editor.folder) in message
        assert f"`{name}` stays on this machine" in message
        assert not model.was_asked()


async def test_what_git_ignores_can_be_allowed_and_a_secret_name_cannot(
    start: Start, model: ScriptedModel, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text('[privacy]\nallow = ["*"]\n')
    async with start() as editor:
        (editor.folder / ".gitignore").write_text("*.py\n")
        uri = editor.open("a.py", BEFORE)
        job = await editor.run("refactor", uri, LINE)
        (await asyncio.to_thread(model.next_ask)).answer(REPLY)
        assert (await editor.ended(job))["state"] == "delivered"
        job = await editor.run("refactor", editor.open("secrets.env", BEFORE), LINE)
        assert (await editor.ended(job))["state"] == "refused"
        assert not model.was_asked()
