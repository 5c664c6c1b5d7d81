"""aider's repo map for each of a list of questions. Runs in an environment of its own.

    python context_aider.py ROOT TOKENS < questions.json > maps.json

A question is `{path, identifiers, context}`: the file in the chat, relative to ROOT, the names mentioned, and a text
whose tokens are to be counted as aider counts. The answer is a list of `{map, seconds, cpu, tokens, context_tokens}`:
seconds of wall clock and of processor that the map took.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["TQDM_DISABLE"] = "1"

import litellm
from aider import repomap
from aider.io import InputOutput


class Counter:
    """All that the map needs of a model."""

    def token_count(self, text: str) -> int:
        return int(litellm.token_counter(model="gpt-4", text=text))


def main() -> None:
    root, tokens = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    counter = Counter()
    answer, sys.stdout = sys.stdout, sys.stderr  # aider speaks there
    everything = sorted(str(path) for path in root.rglob("*.py"))
    mapper = repomap.RepoMap(
        map_tokens=tokens,
        root=str(root),
        main_model=counter,
        io=InputOutput(pretty=False, yes=True, fancy_input=False),
    )
    maps = []
    for question in json.load(sys.stdin):
        chat = str(root / question["path"])
        started, cpu = time.perf_counter(), time.process_time()
        shown = mapper.get_repo_map(
            [chat],
            [path for path in everything if path != chat],
            mentioned_fnames=set(),
            mentioned_idents=set(question["identifiers"]),
            force_refresh=True,
        )
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        own = counter.token_count(question["context"])
        size = counter.token_count(shown or "")
        maps.append({"map": shown or "", "seconds": seconds, "cpu": cpu, "tokens": size, "context_tokens": own})
    json.dump(maps, answer)


if __name__ == "__main__":
    main()
