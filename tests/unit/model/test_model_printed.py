"""The printed request. If these fail, what a user is shown is not what is sent."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from glm_lsp.model.body import body, encoded
from glm_lsp.model.client import Model
from glm_lsp.model.endpoint import Endpoint, Key
from glm_lsp.model.messages import ClearedRequest, Message, Tool, ToolCall
from glm_lsp.model.printed import as_curl, as_python

KEY = "canary/Pq+41=Zk~8vXw0Rt-do-not-leak"
PLAIN = ClearedRequest("zai-org-glm-5-1", (Message("user", "Hello, what can you do?"),), max_tokens=1024)
NASTY = 'it\'s "quoted" $HOME `id` \\ \\n %s {x} 😀 語 \u202e\u2028\x00\x1b[31m\r\n\t \'"""\' \ud83d END_OF_BODY\n'
FULL = ClearedRequest(
    "zai-org-glm-5-1",
    (
        Message("system", NASTY),
        Message("assistant", "", (ToolCall("1", "f", '{"a": "it\'s"}'),), reasoning="hm"),
        Message("tool", NASTY, tool_call_id="1"),
    ),
    max_tokens=7,
    stream=False,
    thinking=True,
    temperature=0.7,
    top_p=1.0,
    frequency_penalty=0,
    presence_penalty=0,
    tools=(Tool("f", "d", {"type": "object", "properties": {}, "required": [], "x": None}),),
    tool_choice="auto",
    parallel_tool_calls=False,
)
LONG = dataclasses.replace(PLAIN, messages=(Message("user", "x = 'a'\n" * 40_000),))
REQUESTS = {"plain": PLAIN, "full": FULL, "long": LONG}


class Received:
    """A loopback server that keeps what it gets."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        received = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                received.requests.append((self.command, self.path, headers, content))
                answer = b'{"choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}]}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = Endpoint(
            f"http://127.0.0.1:{self.server.server_port}/api/ai",
            "zai-org-glm-5-1",
            Key(KEY),
            headers={"X-Team": "a $b 'c'"},
        )


@pytest.fixture
def received() -> Iterator[Received]:
    received = Received()
    thread = Thread(target=received.server.serve_forever, args=(0.01,))
    thread.start()
    yield received
    received.server.shutdown()
    thread.join()
    received.server.server_close()


ENVIRONMENT = {"PATH": os.environ["PATH"], "OXEN_API_KEY": KEY, "X_TEAM": "a $b 'c'", "NO_PROXY": "*"}


async def compare(received: Received, request: ClearedRequest, command: list[str], script: str) -> None:
    """The printed call and the client's own arrive as the same method, path, key, headers and bytes."""
    assert KEY not in script
    done = subprocess.run(  # noqa: ASYNC221 - the server has a thread of its own
        command, input=script, env=ENVIRONMENT, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "fine" in done.stdout
    async with Model() as model:
        async for _ in model.ask(request, received.endpoint):
            pass
    printed, own = received.requests
    assert printed[3] == own[3] == encoded(body(request, received.endpoint))
    assert printed[:2] == own[:2] == ("POST", "/api/ai/chat/completions")
    for name in ("authorization", "content-type", "x-team"):
        assert printed[2][name] == own[2][name]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("name", REQUESTS)
async def test_the_printed_curl_sends_the_same_bytes(received: Received, name: str) -> None:
    await compare(received, REQUESTS[name], ["sh", "-s"], as_curl(REQUESTS[name], received.endpoint))


@pytest.mark.parametrize("name", REQUESTS)
async def test_the_printed_python_sends_the_same_bytes(received: Received, name: str) -> None:
    pytest.importorskip("requests")
    await compare(received, REQUESTS[name], [sys.executable, "-"], as_python(REQUESTS[name], received.endpoint))


OXEN = Endpoint("https://hub.oxen.ai/api/ai", "zai-org-glm-5-1", Key(KEY), thinking_dialect="none")
EXAMPLE = dataclasses.replace(PLAIN, stream=False, temperature=0.7)


def test_the_curl_has_the_workbench_s_shape() -> None:
    assert as_curl(EXAMPLE, OXEN) == (
        "curl -X POST https://hub.oxen.ai/api/ai/chat/completions \\\n"
        '  -H "Content-Type: application/json" \\\n'
        '  -H "Authorization: Bearer $OXEN_API_KEY" \\\n'
        '  -d \'{"model": "zai-org-glm-5-1", "messages": [{"role": "user", "content": "Hello, what can you do?"}], '
        '"temperature": 0.7, "max_tokens": 1024, "stream": false}\'\n'
    )


def test_the_python_has_the_workbench_s_shape() -> None:
    assert as_python(EXAMPLE, OXEN) == (
        "import os\n"
        "import requests\n"
        "\n"
        "response = requests.post(\n"
        '    "https://hub.oxen.ai/api/ai/chat/completions",\n'
        "    headers={\n"
        '        "Content-Type": "application/json",\n'
        '        "Authorization": f"Bearer {os.environ[\'OXEN_API_KEY\']}",\n'
        "    },\n"
        "    json={\n"
        '        "model": "zai-org-glm-5-1",\n'
        '        "messages": [\n'
        "            {\n"
        '                "role": "user",\n'
        '                "content": "Hello, what can you do?"\n'
        "            }\n"
        "        ],\n"
        '        "temperature": 0.7,\n'
        '        "max_tokens": 1024,\n'
        '        "stream": False\n'
        "    },\n"
        ")\n"
        "response.raise_for_status()\n"
        "print(response.json())\n"
    )


def test_nothing_hides_in_what_is_printed() -> None:
    for text in (as_curl(FULL, OXEN), as_python(FULL, OXEN)):
        assert all(character.isprintable() or character == "\n" for character in text)


def test_no_key_is_spoken_of_where_none_is_sent() -> None:
    without = dataclasses.replace(OXEN, key=Key())
    assert "OXEN_API_KEY" not in as_curl(PLAIN, without) + as_python(PLAIN, without)
