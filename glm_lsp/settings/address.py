"""Addresses of the model: what may be one, and which origin it has.

A key belongs to an origin, so the same few lines must decide everywhere what an origin is. The accepted alphabet is
narrow on purpose: where two URL parsers could read different hosts from one string, the string is refused.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

DEFAULT_BASE_URL = "https://hub.oxen.ai/api/ai"
DEFAULT_ORIGIN = "https://hub.oxen.ai"
OFFLINE = "offline:"
"""The `base_url` that stands for the offline stand-in, started in this process."""

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<userinfo>[^/?#]*@)?(?P<host>[a-z0-9_.-]+|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[a-z0-9_.~!$&'()*+,;=:@%/-]*)?",
    re.IGNORECASE | re.ASCII,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_OPERATION = "/chat/completions"


def checked(url: str) -> str:
    """`url` without a slash at its end, if the model may be asked there.

    https everywhere, http on loopback only, no user name or password, no query. Errors: ValueError with the reason,
    which never quotes the URL (it may hold a password).
    """
    if url == OFFLINE:
        return url
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError("should be an https:// address (host name in ASCII, no query), or offline:")
    if match["userinfo"]:
        raise ValueError("must not hold a user name or password; keys are kept with `glm-lsp login`")
    if match["port"] and not 0 < int(match["port"]) < 65536:
        raise ValueError("has a port that cannot be")
    if match["scheme"].lower() == "http" and not is_loopback(url):
        raise ValueError("should begin with https:// (http:// is for this machine only)")
    if _leads_elsewhere(match["host"]):
        raise ValueError("is a link-local, multicast or unspecified address")
    if url.rstrip("/").endswith(_OPERATION):
        raise ValueError(f"should end before {_OPERATION}")
    return url.rstrip("/")


def origin(url: str) -> str:
    """Scheme, host and port of an address that passed `checked`, the scheme's own port left out: what a key is bound to
    (RFC 6454 §4). `offline:` is its own origin."""
    if url == OFFLINE:
        return OFFLINE
    scheme, host, port = _parts(url)
    return f"{scheme}://{host}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"


def is_loopback(url: str) -> bool:
    """Whether the address is this machine's own by its very name; nothing is resolved."""
    if url == OFFLINE:
        return True
    host = _parts(url)[1]
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _leads_elsewhere(host: str) -> bool:
    """Addresses that mean another machine depending on where we are, such as a cloud's metadata service."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_link_local or address.is_unspecified or address.is_multicast


def _parts(url: str) -> tuple[str, str, int]:
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError("not an address of the model")
    scheme = match["scheme"].lower()
    return scheme, match["host"].lower().rstrip("."), int(match["port"] or _DEFAULT_PORTS[scheme])
