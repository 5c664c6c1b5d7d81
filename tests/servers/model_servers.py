"""How each model server is started, and what it is asked in a way of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from glm_lsp.model.endpoint import Endpoint, ThinkingDialect

REPOSITORY = Path(__file__).parents[2]
DIALOGUES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("dialogues.json").read_text("utf-8"))
NOT_POSSIBLE = 3
"""The exit code of the install script on a machine that cannot have the server."""
AT = re.compile(rb"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True)
class ModelServer:
    """A server at `url`. `dialect` is how it lets itself be told not to think; `cut` a question whose answer it cuts,
    with as many tokens as it may have; `unknown` a dialect it refuses by name, with a question to do so at."""

    name: str
    url: str
    model: str
    dialect: ThinkingDialect
    cut: tuple[str, int]
    unknown: tuple[str, ThinkingDialect, str]

    def endpoint(self, model: str = "", dialect: ThinkingDialect | None = None) -> Endpoint:
        return Endpoint(f"{self.url}/v1", model or self.model, thinking_dialect=dialect or self.dialect)


Start = tuple[list[str], dict[str, str], Callable[[str], ModelServer]]
"""The command, what it needs in its environment, and the server once its address is known."""


def installed(name: str) -> Path:
    script = REPOSITORY / "scripts/install-model-servers"
    done = subprocess.run([script, name], capture_output=True, text=True, check=False)
    if done.returncode == NOT_POSSIBLE and os.environ.get("CI", "").lower() not in ("true", "1"):
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def listening(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address the server says it listens at. It says so in its log, which cannot be waited for, only read again."""

    async def said() -> str:
        async with asyncio.timeout(120):
            while (found := AT.search(log.read_bytes())) is None:
                assert process.poll() is None, log.read_text()[-2000:]
                await asyncio.sleep(0.05)
            return found[0].decode()

    return asyncio.run(said())


def aimock(program: Path, folder: Path) -> Start:
    fixtures: list[Mapping[str, Any]] = [
        {"match": {"model": "no-such-model"}, "response": failure(404, "The model `no-such-model` does not exist")},
        {
            "match": {"userMessage": "Refuse once", "sequenceIndex": 0},
            "response": failure(400, "Unknown parameter: 'reasoning_effort'."),
        },
        {"match": {"userMessage": "Refuse once"}, "response": {"content": "Gladly."}},
        {"match": {"userMessage": "Write at length"}, "response": {"content": "On and on", "finishReason": "length"}},
        *(scripted(dialogue) for dialogue in sorted(DIALOGUES, key=lambda one: "result" not in one)),
    ]
    path = folder / "dialogues.json"
    path.write_text(json.dumps({"fixtures": fixtures}))
    command = [str(program), "--port", "0", "--host", "127.0.0.1", "--fixtures", str(path), "--validate-on-load"]
    command += ["--strict", "--chunk-size", "3"]

    def server(url: str) -> ModelServer:
        refusing: tuple[str, ThinkingDialect, str] = ("Refuse once", "reasoning_effort", "Gladly.")
        return ModelServer("aimock", url, "zai-org-glm-5-1", "reasoning_effort", ("Write at length", 100), refusing)

    return command, {}, server


def scripted(dialogue: Mapping[str, Any]) -> dict[str, Any]:
    response: dict[str, Any] = {"reasoning": dialogue["thoughts"]}
    if "call" in dialogue:
        call = dialogue["call"]
        response["toolCalls"] = [{"name": call["name"], "arguments": json.dumps(call["arguments"])}]
    else:
        response["content"] = dialogue["answer"]
    match = {"userMessage": dialogue["user"], **({"hasToolResult": True} if "result" in dialogue else {})}
    return {"match": match, "response": response, "latency": 5}


def failure(status: int, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error"}, "status": status}


def transformers(program: Path, folder: Path) -> Start:
    model = program.parents[2] / "tiny-glm"
    (folder / "hub").mkdir()  # Its models endpoint fails without.
    environ = {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HOME": str(folder),
        "HF_HUB_CACHE": str(folder / "hub"),
    }
    command = [str(program), "serve", str(model), "--host", "127.0.0.1", "--port", str(free_port()), "--device", "cpu"]

    def server(url: str) -> ModelServer:
        answer = next(dialogue["answer"] for dialogue in DIALOGUES if dialogue["user"] == "hi")
        refusing: tuple[str, ThinkingDialect, str] = ("hi", "thinking", answer)
        return ModelServer("transformers", url, str(model), "chat_template_kwargs", ("Write add", 5), refusing)

    return command, environ, server


def free_port() -> int:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
