"""Stands between an editor and the server and writes down every message: `tap.py LOG command…`.

LOG gets one JSON object a line: {"from": "client"|"server", "message": …}, in the order the messages were passed on.
The bytes are passed on as they came.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import IO, TextIO


class Log:
    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = threading.Lock()

    def write(self, side: str, body: bytes) -> None:
        try:
            message = json.loads(body)
        except ValueError:
            message = {"unreadable": body.decode("latin-1")}
        with self._lock:
            self._file.write(json.dumps({"from": side, "message": message}) + "\n")
            self._file.flush()


def copy(side: str, source: IO[bytes], target: IO[bytes], log: Log) -> None:
    """Passes on frame by frame: a message is in the log before the other side can answer it."""
    length = 0
    header = b""
    while line := source.readline():
        header += line
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
        if line == b"\r\n":
            body = source.read(length)
            log.write(side, body)
            target.write(header + body)
            target.flush()
            header = b""
    target.close()


def main() -> int:
    log_path, *command = sys.argv[1:]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=-1)
    assert server.stdin is not None
    assert server.stdout is not None
    with open(log_path, "a", encoding="utf-8") as file:
        log = Log(file)
        inward = threading.Thread(target=copy, args=("client", sys.stdin.buffer, server.stdin, log), daemon=True)
        inward.start()
        copy("server", server.stdout, sys.stdout.buffer, log)
    return server.wait()


if __name__ == "__main__":
    sys.exit(main())
