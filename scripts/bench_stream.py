"""What a streamed event costs in our client, against httpx alone reading the same bytes: `scripts/bench stream`.

A server in a process of its own streams an answer, once with each event sent by itself, as a model's tokens come, and
once as fast as it goes, many events at a time. Measured is processor time of the reader, in turns, the best of several.
The floors: httpx handing out the bytes (`bytes`), and the least that anybody does with them, lines and JSON (`json`).
Goal: at most 1.5 times httpx for events as they come.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial
from multiprocessing.connection import Connection

import httpx

from glm_lsp.model.client import Model
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.events import Finished
from glm_lsp.model.messages import ClearedRequest, Message

GOAL = 1.5
WORDS = ("def ", "add", "(", "a, ", "b", "):\n", "    ", "return ", "a + ", "b\n", "é", "語", "😀", "  # ")
PAUSE = 0.0003
"""Seconds between two events that shall arrive one by one."""


def events(count: int) -> list[bytes]:
    """As GLM's hosts send them. No word comes so often that the client takes it for a loop."""
    chunk = {"id": "chatcmpl-51", "object": "chat.completion.chunk", "created": 1775520000, "model": "zai-org-glm-5-1"}
    deltas = [{"content": f"{WORDS[number % len(WORDS)]}{number}"} for number in range(count)]
    choices: list[dict[str, object]] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    documents = [{**chunk, "choices": [choice]} for choice in choices]
    return [b"data: " + json.dumps(document).encode() + b"\n\n" for document in documents] + [b"data: [DONE]\n\n"]


def serve(count: int, tell: Connection) -> None:
    """Answers `/one/…` event by event, `/many/…` at once."""
    parts = [b"%x\r\n%s\r\n" % (len(event), event) for event in events(count)] + [b"0\r\n\r\n"]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked = await reader.readuntil(b"\r\n\r\n")
                length = int(asked.lower().partition(b"content-length:")[2].split()[0])
                await reader.readexactly(length)
                writer.write(head)
                for part in parts if b"/one/" in asked.split()[1] else [b"".join(parts)]:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(PAUSE)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        tell.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def read_bytes(client: httpx.AsyncClient, url: str) -> int:
    async with client.stream("POST", f"{url}/chat/completions", content=b"{}") as response:
        return sum([len(piece) async for piece in response.aiter_raw()])


async def read_json(client: httpx.AsyncClient, url: str) -> int:
    length = 0
    async with client.stream("POST", f"{url}/chat/completions", content=b"{}") as response:
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                length += len(json.loads(line[6:])["choices"][0]["delta"].get("content", ""))
    return length


async def read_ours(model: Model, url: str) -> int:
    request = ClearedRequest("zai-org-glm-5-1", (Message("user", "hi"),), max_tokens=100_000)
    async with aclosing(model.ask(request, Endpoint(url, "zai-org-glm-5-1"))) as told:
        async for event in told:
            if isinstance(event, Finished):
                return len(event.text)
    raise AssertionError("the stream did not finish")


async def spent(read: Callable[[], Awaitable[int]]) -> float:
    """Seconds of processor time."""
    start = time.process_time()
    await read()
    return time.process_time() - start


async def measure(base: str, count: int, rounds: int) -> bool:
    good = True
    print(f"{'events come':12} {'bytes':>8} {'json':>8} {'ours':>8}  (µs an event)   ours/bytes  ours/json")
    async with httpx.AsyncClient(timeout=60) as client, Model() as model:
        for way in ("one", "many"):
            url = f"{base}/{way}"
            assert await read_json(client, url) == await read_ours(model, url), "both must read the same text"
            readers: list[Callable[[], Awaitable[int]]] = [
                partial(read_bytes, client, url),
                partial(read_json, client, url),
                partial(read_ours, model, url),
            ]
            times = [[await spent(read) for read in readers] for _ in range(rounds)]
            best = [min(column) for column in zip(*times, strict=True)]
            raw, parsed, ours = (seconds / count * 1e6 for seconds in best)
            print(f"{way:12} {raw:8.1f} {parsed:8.1f} {ours:8.1f} {ours / raw:27.2f} {ours / parsed:10.2f}")
            good = good and (way != "one" or ours / raw <= GOAL)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description="What a streamed event costs, against httpx alone.")
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    heard, told = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(arguments.events, told), daemon=True)
    server.start()
    try:
        good = asyncio.run(measure(f"http://127.0.0.1:{heard.recv()}", arguments.events, arguments.rounds))
    finally:
        server.terminate()
        server.join()
    print(f"{'within' if good else 'over'} the goal of {GOAL} for events that come one by one")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
