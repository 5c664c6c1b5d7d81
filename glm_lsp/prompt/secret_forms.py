"""The forms of secrets that their issuers made recognisable: a beginning no ordinary text has, and what follows it.

Each form begins with a literal, so that a text without it costs one search for a fixed string.
"""

from __future__ import annotations

import re

_ANYWHERE = (
    ("AWS key id", "AKIA", r"[A-Z2-7]{16}(?![A-Za-z0-9])"),
    ("AWS key id", "ASIA", r"[A-Z2-7]{16}(?![A-Za-z0-9])"),
    ("GitHub token", "gh", r"[oprsu]_[A-Za-z0-9]{36,255}"),
    ("GitHub token", "github_pat_", r"\w{40,255}"),
    ("GitLab token", "gl", r"(?:(?:pat|rt|dt)-[\w.-]{20,255}|ptt-[0-9a-f]{40})"),
    ("Grafana token", "glsa_", r"[A-Za-z0-9]{32}_[0-9a-fA-F]{8}"),
    ("Slack token", "xox", r"[abeoprs](?:\.xox[a-z])?-[A-Za-z0-9-]{10,255}"),
    ("Slack token", "xapp-", r"\d-[A-Za-z0-9-]{10,255}"),
    ("Slack webhook", "hooks.slack.com/", r"(?:services|workflows)/[A-Za-z0-9+/]{20,255}"),
    ("Stripe key", "k_live_", r"[A-Za-z0-9]{16,255}"),  # sk_, rk_: the letter goes with the word
    ("Stripe key", "k_test_", r"[A-Za-z0-9]{16,255}"),
    ("Stripe key", "whsec_", r"[A-Za-z0-9+/]{24,255}"),
    ("Google key", "AIza", r"[\w-]{35}(?![\w-])"),
    ("Google secret", "GOCSPX-", r"[\w-]{20,64}"),
    ("Google token", "ya29.", r"[\w-]{20,512}"),
    ("Hugging Face token", "hf_", r"[A-Za-z0-9]{30,64}"),
    ("npm token", "npm_", r"[A-Za-z0-9]{36}"),
    ("PyPI token", "pypi-AgEI", r"[\w-]{50,512}"),
    ("RubyGems key", "rubygems_", r"[0-9a-f]{48}"),
    ("Docker token", "dckr_pat_", r"[\w-]{27,64}"),
    ("SendGrid key", "SG.", r"[\w-]{16,32}\.[\w-]{32,64}"),
    ("Twilio key", "SK", r"[0-9a-f]{32}(?![0-9A-Za-z])"),
    ("Shopify token", "shp", r"(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    ("Square token", "sq0", r"(?:atp-[\w-]{22,64}|csp-[\w-]{43})"),
    ("DigitalOcean token", "dop_v1_", r"[0-9a-f]{64}"),
    ("Databricks token", "dapi", r"[0-9a-f]{32}"),
    ("Linear key", "lin_api_", r"[A-Za-z0-9]{32,64}"),
    ("Notion token", "ntn_", r"[A-Za-z0-9]{40,64}"),
    ("Figma token", "figd_", r"[\w-]{40,64}"),
    ("Sentry token", "sntrys_", r"[\w+/=-]{40,512}"),
    ("Supabase token", "sbp_", r"[0-9a-f]{40}"),
    ("Postman key", "PMAK-", r"[0-9a-f]{24}-[0-9a-f]{34}"),
    ("Pulumi token", "pul-", r"[0-9a-f]{40}"),
    ("Doppler token", "dp.", r"(?:pt\.|st\.(?:[\w-]{2,35}\.)?)[A-Za-z0-9]{40,64}"),
    ("PlanetScale token", "pscale_", r"(?:tkn|pw)_[\w.=-]{32,64}"),
    ("Terraform token", ".atlasv1.", r"[\w=-]{40,90}"),
    ("Atlassian token", "ATATT3", r"[\w=-]{40,255}"),
    ("Tailscale key", "tskey-", r"[a-z]{2,10}-[A-Za-z0-9]{8,32}-[A-Za-z0-9]{16,64}"),
    ("Vault token", "hv", r"[bs]\.[\w-]{24,255}"),
    ("Telegram token", ":AA", r"[\w-]{32,34}(?![\w-])"),
    ("Azure key", "AccountKey=", r"[A-Za-z0-9+/]{40,128}={0,2}"),
    ("age key", "AGE-SECRET-KEY-1", r"[0-9A-Z]{50,64}"),
)

# Their beginning is common inside words: what stands before it counts. An escape (\n, %20) is not a word.
_AT_A_WORD = (
    ("API key", "sk-", r"(?!ecdsa-|ssh-)(?=[\w-]{0,200}\d)[\w-]{20,255}"),
    ("Oxen key", "oxen_", r"(?=[\w-]{0,200}\d)[\w-]{16,255}"),
    ("Oxen key", "oxen-", r"(?=[\w-]{0,200}\d)[\w-]{16,255}"),
    ("Oxen key", "oxn_", r"[\w-]{16,255}"),
    ("JSON web token", "eyJ", r"[\w-]{8,4096}+\.eyJ[\w-]{4,8192}+(?:\.[\w-]{0,2048})?"),
    ("API key", "gsk_", r"[A-Za-z0-9]{20,128}"),
    ("API key", "xai-", r"[A-Za-z0-9]{20,128}"),
    ("API key", "pplx-", r"[A-Za-z0-9]{32,128}"),
    ("API key", "r8_", r"[A-Za-z0-9]{37,64}"),
    ("Mailgun key", "key-", r"[0-9a-f]{32}(?![0-9A-Za-z])"),
    ("Airtable token", "pat", r"[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
)


def _at_a_word(literal: str) -> str:
    return rf"{literal}(?:(?<![\w-]{literal})|(?<=\\[nrt]{literal})|(?<=%[0-9A-F]{{2}}{literal}))"


FORMS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    *((kind, literal, re.compile(re.escape(literal) + rest, re.ASCII)) for kind, literal, rest in _ANYWHERE),
    *((kind, literal, re.compile(_at_a_word(literal) + rest, re.ASCII)) for kind, literal, rest in _AT_A_WORD),
)
"""What it is, the literal it begins with, and the pattern of the whole."""
