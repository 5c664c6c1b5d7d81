"""Secrets of many kinds, made up anew for each run and planted in the places where people leave them."""

from __future__ import annotations

import base64
import json
import string
import textwrap
import uuid
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
WORD = string.ascii_letters + DIGITS
BASE64 = WORD + "+/"
URL_SAFE = WORD + "-_"
HEX = "0123456789abcdef"

Maker = Callable[[Random], str]


class Planted(NamedTuple):
    """`text` holds a secret of this kind from character `start` to `end`."""

    kind: str
    text: str
    start: int
    end: int


def random(alphabet: str, length: int, prefix: str = "", suffix: str = "") -> Maker:
    return lambda chance: prefix + "".join(chance.choices(alphabet, k=length)) + suffix


def joined(*makers: Maker) -> Maker:
    return lambda chance: "".join(maker(chance) for maker in makers)


def pem(label: str, begin: str = "") -> Maker:
    def made(chance: Random) -> str:
        body = begin + base64.b64encode(chance.randbytes(chance.randint(180, 1_200))).decode()
        lines = "\n".join(textwrap.wrap(body, 64))
        return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----"

    return made


def token(chance: Random) -> str:
    """A JSON web token."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": str(chance.randrange(10**9)), "name": "Ada"})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join((*encoded, random(URL_SAFE, 43)(chance)))


def password(chance: Random) -> str:
    """Of the kind people choose when a digit and a sign are asked for."""
    word = chance.choice("summer falcon copper violet harbor magnet cobalt willow".split())  # noqa: SIM905
    return f"{word.title()}{chance.choice('!$#%')}{chance.randrange(10, 10_000)}"


RECOGNISED: dict[str, Maker] = {
    "AWS key id": random(UPPER + "234567", 16, "AKIA"),
    "GitHub token": random(WORD, 36, "ghp_"),
    "GitHub app token": random(WORD, 36, "ghs_"),
    "GitHub fine-grained token": joined(random(WORD, 22, "github_pat_"), random(WORD, 59, "_")),
    "GitLab token": random(URL_SAFE, 20, "glpat-"),
    "Slack token": joined(random(DIGITS, 12, "xoxb-"), random(DIGITS, 12, "-"), random(WORD, 24, "-")),
    "Slack webhook": joined(
        random(UPPER + DIGITS, 9, "hooks.slack.com/services/T"), random(UPPER + DIGITS, 9, "/B"), random(WORD, 24, "/")
    ),
    "Stripe key": random(WORD, 24, "sk_live_"),
    "Stripe webhook secret": random(WORD, 32, "whsec_"),
    "Google key": random(URL_SAFE, 35, "AIza"),
    "Google client secret": random(URL_SAFE, 28, "GOCSPX-"),
    "OpenAI key": random(WORD, 47, "sk-", "5"),
    "OpenAI project key": random(URL_SAFE, 74, "sk-proj-", "1"),
    "Anthropic key": random(URL_SAFE, 93, "sk-ant-api03-", "AA"),
    "Groq key": random(WORD, 52, "gsk_"),
    "xAI key": random(WORD, 80, "xai-"),
    "Perplexity key": random(WORD, 48, "pplx-"),
    "Replicate key": random(WORD, 37, "r8_"),
    "Oxen key": random(WORD, 32, "oxen_", "7"),
    "z.ai key": joined(random(HEX, 32), random(WORD, 16, ".")),
    "Hugging Face token": random(string.ascii_letters, 34, "hf_"),
    "npm token": random(WORD, 36, "npm_"),
    "PyPI token": random(URL_SAFE, 150, "pypi-AgEIcHlwaS5vcmc"),
    "RubyGems key": random(HEX, 48, "rubygems_"),
    "Docker token": random(URL_SAFE, 27, "dckr_pat_"),
    "SendGrid key": joined(random(URL_SAFE, 22, "SG."), random(URL_SAFE, 43, ".")),
    "Twilio key": random(HEX, 32, "SK"),
    "Shopify token": random(HEX, 32, "shpat_"),
    "Square secret": random(URL_SAFE, 43, "sq0csp-"),
    "DigitalOcean token": random(HEX, 64, "dop_v1_"),
    "Databricks token": random(HEX, 32, "dapi"),
    "Grafana token": joined(random(WORD, 32, "glsa_"), random(HEX, 8, "_")),
    "Linear key": random(WORD, 40, "lin_api_"),
    "Notion token": random(WORD, 46, "ntn_"),
    "Figma token": random(URL_SAFE, 40, "figd_"),
    "Sentry token": random(BASE64, 96, "sntrys_"),
    "Supabase token": random(HEX, 40, "sbp_"),
    "Postman key": joined(random(HEX, 24, "PMAK-"), random(HEX, 34, "-")),
    "Pulumi token": random(HEX, 40, "pul-"),
    "Doppler token": random(WORD, 43, "dp.pt."),
    "Terraform token": joined(random(WORD, 14), random(URL_SAFE, 67, ".atlasv1.")),
    "Atlassian token": random(URL_SAFE, 180, "ATATT3xFfGF0", "=1A2B3C4D"),
    "Tailscale key": joined(random(WORD, 12, "tskey-auth-"), random(WORD, 32, "-")),
    "Mailgun key": random(HEX, 32, "key-"),
    "Airtable token": joined(random(WORD, 14, "pat"), random(HEX, 64, ".")),
    "Vault token": random(URL_SAFE, 90, "hvs."),
    "Telegram token": random(URL_SAFE, 33, ":AA"),
    "age key": random(UPPER + DIGITS, 58, "AGE-SECRET-KEY-1"),
    "JSON web token": token,
}
"""Known by their form, wherever they stand."""

UNNAMED: dict[str, Maker] = {"random word of 64": random(BASE64, 64), "random word of 43": random(URL_SAFE, 43)}
"""Known by their disorder."""

NAMED: dict[str, Maker] = {
    "secret, 40 of base64": random(BASE64, 40),
    "token, 32 of hexadecimal": random(HEX, 32),
    "key, 24 letters and digits": random(WORD, 24),
    "secret, UUID": lambda chance: str(uuid.UUID(bytes=chance.randbytes(16), version=4)),
    "secret, 50 of Django's": random(LOWER + DIGITS + "!@#$%^&*(-_=+)", 50),
    "password, chosen": password,
    "password, random, 12": random(WORD + "!$%*", 11, suffix="3"),
}
"""Seen where a name says what they are."""

KEYS: dict[str, Maker] = {
    "RSA private key": pem("RSA PRIVATE KEY", "MIIEow"),
    "private key": pem("PRIVATE KEY", "MIIEvQ"),
    "OpenSSH private key": pem("OPENSSH PRIVATE KEY", "b3BlbnNzaC1rZXktdjEAAAAA"),
    "PGP private key": pem("PGP PRIVATE KEY BLOCK"),
}

URLS: dict[str, Maker] = {"password in a URL": random(WORD + "!$*", 11, suffix="2")}

ANYWHERE = (
    "client = Client(⟦⟧)\n",
    'client = Client("⟦⟧")\n',
    "  - value: ⟦⟧\n",
    "curl -u ⟦⟧ https://example.org/\r\n",
    "# it was ⟦⟧ before\r\n",
    "/* 😀⟦⟧ */",
    "a\t⟦⟧\tb\n",
    '{"a": ["x", "⟦⟧"]}',
    "log.debug('sent ⟦⟧, 𝒳')\n",
    "https://example.org/a?b=⟦⟧&c=d\n",
)
AFTER_A_NAME = {
    "secret": (
        'CLIENT_SECRET = "⟦⟧"\n',
        '{"clientSecret": "⟦⟧"}',
        "APP_SECRET=⟦⟧\r\n",
        "  client_secret: '⟦⟧'  # 😀\n",
        'const appSecret = "⟦⟧";\n',
        "// session_secret := `⟦⟧`\n",
    ),
    "token": (
        'token = "⟦⟧"\n',
        "export AUTH_TOKEN=⟦⟧\n",
        'headers["X-Auth-Token"] = "⟦⟧"\r\n',
        "  access_token: ⟦⟧\n",
        '"refreshToken" => "⟦⟧",\n',
    ),
    "key": (
        'api_key = "⟦⟧"\n',
        "X-API-Key: ⟦⟧\r\n",
        '"apiKey": "⟦⟧",\n',
        "openssl --api-key=⟦⟧ run\n",
        'private static final String SECRET_KEY = "⟦⟧";\n',
    ),
    "password": (
        'password = "⟦⟧"\n',
        "DB_PASSWORD='⟦⟧'\r\n",
        '{"password": "⟦⟧"}',
        "conn = connect(user='a', passwd='⟦⟧')  # 𝒳\n",
        "mysql -u root --password=⟦⟧ db\n",
        'if (pwd === "⟦⟧") {\n',
    ),
}
AROUND_A_KEY = ("⟦⟧\n", 'KEY = """⟦⟧"""\n', "x = 1\n\n⟦⟧\n\ny = 2\n")
IN_A_URL = ("DATABASE_URL=postgres://app:⟦⟧@db/app\n", 'x = "amqp://a:⟦⟧@host:5672//"\n', "redis://:⟦⟧@cache\r\n")


def planted(chance: Random, each: int) -> Iterator[Planted]:
    """`each` secrets of each kind in each place it is left in."""
    for kind, maker in {**RECOGNISED, **UNNAMED}.items():
        yield from _placed(kind, maker, ANYWHERE, chance, each)
    for kind, maker in NAMED.items():
        yield from _placed(kind, maker, AFTER_A_NAME[kind.partition(",")[0]], chance, each)
    for kind, maker in URLS.items():
        yield from _placed(kind, maker, IN_A_URL, chance, each)
    for kind, maker in KEYS.items():
        for place in AROUND_A_KEY:
            for style in (_plain, _escaped, _commented, _windows):
                for _ in range(each):
                    yield style(kind, place, maker(chance))


def _placed(kind: str, maker: Maker, places: tuple[str, ...], chance: Random, each: int) -> Iterator[Planted]:
    for place in places:
        before, _, after = place.partition("⟦⟧")
        for _ in range(each):
            secret = maker(chance)
            yield Planted(kind, before + secret + after, len(before), len(before) + len(secret))


def _of_key(kind: str, text: str, end: str) -> Planted:
    """Of a key between its marks, which are no secret."""
    start = text.index("KEY", text.index("-----BEGIN"))
    start = text.index("-----", start) + 5
    stop = text.index("-----END")
    while not text[start].isalnum() or text.startswith(end, start):
        start += len(end) if text.startswith(end, start) else 1
    while not (text[stop - 1].isalnum() or text[stop - 1] in "+/=") or text.endswith(end, start, stop):
        stop -= len(end) if text.endswith(end, start, stop) else 1
    return Planted(kind, text, start, stop)


def _plain(kind: str, place: str, key: str) -> Planted:
    return _of_key(kind, place.replace("⟦⟧", key), "\n")


def _windows(kind: str, place: str, key: str) -> Planted:
    return _of_key(kind, place.replace("⟦⟧", key).replace("\n", "\r\n"), "\r\n")


def _escaped(kind: str, place: str, key: str) -> Planted:
    return _of_key(kind, place.replace("⟦⟧", key.replace("\n", "\\n")), "\\n")


def _commented(kind: str, place: str, key: str) -> Planted:
    return _of_key(kind, "".join(f"# {line}\n" for line in place.replace("⟦⟧", key).split("\n")), "\n# ")
