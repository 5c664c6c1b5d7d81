"""The endpoint. If these fail, a key may go to the wrong place or be seen."""

from __future__ import annotations

import base64
import copy
import dataclasses
import pickle
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.errors import BadSettings
from glm_lsp.model.endpoint import Endpoint, Key, origin

KEY = "canary/Pq+41=Zk~8vXw0Rt-do-not-leak"
PROXY_PASSWORD = quote(KEY, safe="")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://hub.oxen.ai/api/ai", "https://hub.oxen.ai/api/ai"),
        ("https://hub.oxen.ai/api/ai//", "https://hub.oxen.ai/api/ai"),
        ("http://127.0.0.1:4120/v1/", "http://127.0.0.1:4120/v1"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("https://10.0.0.7/v1", "https://10.0.0.7/v1"),
    ],
)
def test_addresses_that_may_be_asked(url: str, kept: str) -> None:
    assert Endpoint(url, "m").base_url == kept


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hub.oxen.ai",
        "ftp://hub.oxen.ai",
        "http://hub.oxen.ai",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://0.0.0.0:80",
        "https://user:secret@hub.oxen.ai",
        "http://127.0.0.1@evil.example/",
        "https://hub.oxen.ai\\@evil.example",
        "https://hub.oxen.ai/\r\nX: y",
        "https://hub.oxen.ai/a b",
        "https://hub.oxen.ai?x=1",
        "https://hub.oxen.ai#x",
        "https://hub.oxen.ai:99999",
        "https://169.254.169.254/latest",
        "https://[fe80::1]/",
        "https://оxen.ai/",
        "https://hub.oxen.ai/api/ai/chat/completions",
        "offline:",
        "file:///etc/passwd",
    ],
)
def test_addresses_that_may_not_be_asked_are_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(BadSettings) as caught:
        Endpoint(url, "m")
    assert caught.value.message.endswith(".")
    assert caught.value.next
    assert "secret" not in str(caught.value)


def test_one_server_has_one_origin() -> None:
    same = ["https://hub.oxen.ai", "https://HUB.oxen.ai:443/x", "https://hub.oxen.ai./y"]
    assert {origin(url) for url in same} == {"https://hub.oxen.ai"}
    others = ["https://hub.oxen.ai:444", "http://localhost:443", "https://oxen.ai", "https://hub.oxen.ai.evil.example"]
    assert len({origin(url) for url in [*others, *same]}) == 5


def test_a_key_shows_itself_to_nobody() -> None:
    endpoint = Endpoint(
        "https://hub.oxen.ai", "m", Key(KEY), headers={"X-Token": KEY}, proxy=f"http://u:{PROXY_PASSWORD}@p:1"
    )
    seen = [repr(endpoint), str(endpoint.key), f"{endpoint.key}", f"{endpoint.key:>40}", repr([endpoint.key])]
    seen += [repr(dataclasses.asdict(endpoint)["key"]), repr(copy.deepcopy(endpoint.key)), "%s" % endpoint.key]  # noqa: UP031
    assert not any(KEY in text or PROXY_PASSWORD in text for text in seen)
    with pytest.raises(TypeError):
        pickle.dumps(endpoint.key)
    assert endpoint.key.reveal() == KEY
    assert endpoint.key == Key(KEY)
    assert endpoint.key != Key()


@settings(max_examples=examples(60), deadline=None)
@given(before=st.text(max_size=20), after=st.text(max_size=20), lead=st.binary(max_size=4), tail=st.binary(max_size=4))
def test_the_key_is_hidden_in_every_shape(before: str, after: str, lead: bytes, tail: bytes) -> None:
    endpoint = Endpoint("https://hub.oxen.ai", "m", Key(KEY))
    encoded = base64.b64encode(lead + KEY.encode() + tail).decode()
    for shape in (KEY, quote(KEY), quote(KEY, safe=""), encoded, base64.urlsafe_b64encode(KEY.encode()).decode()):
        shown = endpoint.mask(before + shape + after)
        assert "[hidden]" in shown
        # What is left of a base64 text are the characters that the neighbours of the key decide.
        assert not any(shape[at : at + 12] in shown for at in range(len(shape) - 11))


def test_a_proxy_that_is_refused_is_not_quoted() -> None:
    with pytest.raises(BadSettings) as caught:
        Endpoint("https://hub.oxen.ai", "m", proxy=f"http://user:{KEY}@proxy:1")
    assert KEY not in str(caught.value)


def test_a_part_of_a_key_is_hidden_too() -> None:
    assert Endpoint("https://hub.oxen.ai", "m", Key(KEY)).mask(f"key {KEY[3:15]}…") == "key [hidden]…"


def test_a_placeholder_of_a_local_server_is_no_secret() -> None:
    assert Endpoint("http://localhost:1", "m", Key("none")).mask("none of it") == "none of it"
