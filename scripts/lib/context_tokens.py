"""Counts tokens of cl100k: paths on standard input, one a line; counts on standard output. Runs in an environment of
its own."""

from __future__ import annotations

import sys
from pathlib import Path

from rs_bpe.bpe import openai


def main() -> None:
    encoding = openai.cl100k_base()
    for line in sys.stdin:
        print(encoding.count(Path(line.rstrip("\n")).read_text("utf-8")))


if __name__ == "__main__":
    main()
