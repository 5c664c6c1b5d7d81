"""Addresses: the key and the code go where the user said, by any reading of what he said."""

from __future__ import annotations

import pytest

from glm_lsp.settings.address import DEFAULT_BASE_URL, DEFAULT_ORIGIN, checked, is_loopback, origin

GOOD = {
    "https://hub.oxen.ai/api/ai": "https://hub.oxen.ai",
    "https://HUB.oxen.ai:443/api/ai/": "https://hub.oxen.ai",
    "https://hub.oxen.ai./api": "https://hub.oxen.ai",
    "https://hub.oxen.ai:8443": "https://hub.oxen.ai:8443",
    "https://10.0.0.7/v1": "https://10.0.0.7",
    "https://[2001:db8::1]:444/v1": "https://[2001:db8::1]:444",
    "http://localhost:8000/v1": "http://localhost:8000",
    "http://127.0.0.1/v1": "http://127.0.0.1",
    "http://127.8.8.8:80/": "http://127.8.8.8",
    "http://[::1]:9": "http://[::1]:9",
    "offline:": "offline:",
}

BAD = [
    "",
    "hub.oxen.ai",
    "http://hub.oxen.ai/api/ai",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1@evil.example",
    "http://0x7f.0.0.1",
    "http://2130706433",
    "http://0.0.0.0:8000",
    "http://169.254.169.254/latest",
    "https://169.254.169.254/latest",
    "https://[fe80::1]/",
    "https://user@hub.oxen.ai",
    "https://user:password@hub.oxen.ai",
    "https://hub.oxen.ai@evil.example/api",
    "https://hub.oxen.ai\\@evil.example/",
    "https://hub.oxen.ai%40evil.example/",
    "https://hub.oxen.ai#@evil.example/",
    "https://evil.example?hub.oxen.ai",
    "https://hub.oxen.ai/api?x=1",
    "https://hub.oxen.ai/api\r\nHost: evil.example",
    "https://hub.oxen.ai/api\n",
    " https://hub.oxen.ai",
    "https://hub.oxen.ai:0",
    "https://hub.oxen.ai:99999",
    "https://hub.oxen.ai:",
    "https://hub。oxen。ai",
    "https://hub.oxen.аi",
    "https:///api",
    "https:hub.oxen.ai",
    "ftp://hub.oxen.ai",
    "file:///etc/passwd",
    "offline:evil",
    "Offline:",
    "https://hub.oxen.ai/api/ai/chat/completions",
]


@pytest.mark.parametrize("url", GOOD)
def test_good_addresses_and_their_origins(url: str) -> None:
    assert origin(checked(url)) == GOOD[url]


@pytest.mark.parametrize("url", BAD)
def test_bad_addresses(url: str) -> None:
    """Lost otherwise: the key, sent in the clear or to a host that only looks like the one meant."""
    with pytest.raises(ValueError, match=r"\w") as caught:
        checked(url)
    assert "password" not in str(caught.value) or "user name or password" in str(caught.value)
    assert "evil" not in str(caught.value)


def test_the_default_has_the_default_origin() -> None:
    assert origin(DEFAULT_BASE_URL) == DEFAULT_ORIGIN


@pytest.mark.parametrize("url", [url for url in GOOD if url.startswith(("http:", "offline"))])
def test_this_machine(url: str) -> None:
    assert is_loopback(url)


def test_other_machines() -> None:
    assert not any(is_loopback(url) for url in GOOD if url.startswith("https:"))
