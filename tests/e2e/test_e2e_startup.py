"""Starting up costs what the answer needs, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {"httpx", "pydantic", "tree_sitter", "sqlite3", "rapidfuzz", "keyring"}
PROGRAM = """
import json, os, sys
from glm_lsp.cli import main
from glm_lsp.lsp import transport

class Answered(Exception):
    pass

def serve(server):
    def write(data):
        raise Answered
    server.protocol.connect(write)
    params = {"capabilities": {}, "processId": None, "rootUri": None}
    try:
        server.protocol.receive(json.dumps(
            {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode())
    except Answered:
        print(json.dumps(sorted(sys.modules)))
    return 0

transport.serve_stdio = serve
import glm_lsp.lsp.server
glm_lsp.lsp.server.serve_stdio = serve
sys.exit(main.main(["serve"]))
"""


def test_nothing_heavy_is_imported_before_initialize_is_answered() -> None:
    """An editor waits for this answer whenever it opens a file; pydantic alone would add a quarter to it."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "lsprotocol.types" in loaded, "the program under test did answer"
    assert not HEAVY & loaded
    assert not {"glm_lsp.ask", "glm_lsp.model", "glm_lsp.settings", "glm_lsp.index"} & loaded
