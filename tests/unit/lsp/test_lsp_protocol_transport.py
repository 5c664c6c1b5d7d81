"""The process and its pipes: it ends when the editor does, and nothing else gets into the protocol's stream."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any

import pytest
from protocol_session import framed, notification, request

from glm_lsp.lsp import transport
from glm_lsp.lsp.protocol import GlmServer

INITIALIZE = framed(request(1, "initialize", {"processId": None, "rootUri": None, "capabilities": {}}))
SERVER = """
import subprocess, sys, threading
from glm_lsp.lsp import transport
from glm_lsp.lsp.protocol import GlmServer

class Server(GlmServer):
    def on_initialize(self, params):
        print("a stray print")
        subprocess.run([sys.executable, "-c", "import sys; print('a child', sys.stdin.read())"])

{more}
sys.exit(transport.serve_stdio(Server()))
"""
STUCK = """
transport.END_SECONDS = 0.2
stuck = threading.Thread(target=threading.Event().wait)
stuck.start()
"""


def served(messages: bytes, more: str = "") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", SERVER.format(more=more)]
    return subprocess.run(command, input=messages, capture_output=True, timeout=30, check=False)


def bodies_in(stdout: bytes) -> list[Any]:
    return [json.loads(part.partition(b"\r\n\r\n")[2]) for part in stdout.split(b"Content-Length: ")[1:]]


def test_prints_and_children_stay_out_of_the_stream() -> None:
    """One stray line on stdout, or a child that reads our stdin, and the editor loses its server."""
    ended = served(INITIALIZE + framed(request(2, "shutdown")) + framed(notification("exit")))
    assert [body["id"] for body in bodies_in(ended.stdout)] == [1, 2]
    assert b"a stray print" in ended.stderr
    assert b"a child" in ended.stderr
    assert ended.returncode == 0


def test_a_thread_that_hangs_does_not_outlive_the_editor() -> None:
    """It would go on holding the key and the memory, unseen."""
    assert served(INITIALIZE, STUCK).returncode == 1


async def test_tcp_serves_the_first_client_and_ends_with_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(transport, "_end_by_force", lambda code: None)
    listening = asyncio.Event()
    original = asyncio.start_server

    async def start_server(*args: Any) -> asyncio.Server:
        server = await original(*args)
        listening.set()
        return server

    monkeypatch.setattr(asyncio, "start_server", start_server)
    serving = asyncio.ensure_future(transport.serve_tcp(GlmServer(), "127.0.0.1", 0))
    await listening.wait()
    await asyncio.sleep(0)
    port = int(capsys.readouterr().err.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(INITIALIZE + framed(request(2, "shutdown")) + framed(notification("exit")))
    answered = await reader.read()
    writer.close()
    assert [body["id"] for body in bodies_in(answered)] == [1, 2]
    assert await serving == 0
