"""How long the gate's search for secrets takes on lines made to hurt it: `python scripts/bench_gate.py`.

Each line has a million characters. Goal: 100 ms each, best of three, of processor time.
"""

from __future__ import annotations

import random
import sys
import time

from glm_lsp.prompt.redactor import Redactor, standing_alone
from glm_lsp.prompt.secrets import find

SIZE = 1_000_000


def filled(pattern: str) -> str:
    return (pattern * (SIZE // len(pattern) + 1))[:SIZE]


def randomly(alphabet: str) -> str:
    return "".join(random.Random(1).choices(alphabet, k=SIZE))


BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
LINES = {
    "one letter": filled("a"),
    "spaces": filled(" "),
    "random base64": randomly(BASE64),
    "random base64 words": randomly(BASE64 + " "),
    "printable": randomly("".join(map(chr, range(32, 127)))),
    "not ASCII": randomly("äöüß漢字İ abc='\""),
    "password=": filled("password="),
    "password": filled("password"),
    'password="': filled('password="'),
    "password : str =": filled("password : str ="),
    "password<spaces>": filled("password" + " " * 15),
    "key names": filled("api_key secret token access_key credential "),
    "open quotes": filled('token="' + "a1" * 200 + " "),
    "AKIA": filled("AKIA"),
    "sk-": filled("sk-"),
    "sk- words": filled("sk-" + "a" * 30 + " "),
    "eyJ": filled("eyJ"),
    "eyJ parts": filled("eyJaaaaaaaaaa.eyJaaaa "),
    "://": filled("://"),
    "://a:": filled("://a:"),
    "begin key": filled("-----BEGIN PRIVATE KEY-----"),
    "begin key, body": filled("-----BEGIN PRIVATE KEY-----" + "A" * 64),
    "end key": filled("-----END PRIVATE KEY-----"),
    "end key, body": filled("A" * 64 + "-----END PRIVATE KEY-----"),
    "begin certificate": filled("-----BEGIN CERTIFICATE-----"),
    "escapes": filled("\\n"),
    "token look-alikes": filled("glm_"),
    "dashes": filled("-"),
    "xox": filled("xoxb-1-"),
    "key=key=": filled("key=key="),
    "equals signs": filled("="),
    "quotes": filled("\"'`"),
    "nested quotes": filled("secret='\"`'\"`"),
    "hexadecimal": filled("0a1b2c3d"),
    "halves of keys": filled("0a1b2c3d" * 4 + "."),
    "parentheses": filled("token=a1!b2@c3#d4$(("),
    "token look-alikes, whole": filled("glm_secret "),
    "same secret": filled("token='ghp_" + "a1B2" * 9 + "' "),
    "many secrets": " ".join(f"ghp_{number:036d}" for number in range(SIZE // 41)),
    "many passwords": " ".join(f"pwd='hunter{number}'" for number in range(SIZE // 20)),
}


def best(text: str) -> tuple[float, float]:
    """Seconds for the search alone and for all that redaction does."""
    searches, wholes = [], []
    for _ in range(3):
        start = time.process_time()
        find(text)
        searches.append(time.process_time() - start)
        redactor = Redactor()
        start = time.process_time()
        redactor.replaced(text, standing_alone(text, redactor.suspects(text, ours=False)))
        redactor.echoes(text, ours=False)
        wholes.append(time.process_time() - start)
    return min(searches), min(wholes)


def main() -> int:
    slow = 0
    print(f"{'line of 1 M characters':24} {'find':>8} {'redact':>8}  (ms)")
    for name, text in LINES.items():
        search, whole = best(text)
        verdict = "" if max(search, whole) <= 0.1 else "over 100 ms"
        slow += bool(verdict)
        print(f"{name:24} {search * 1000:8.1f} {whole * 1000:8.1f}  {verdict}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
