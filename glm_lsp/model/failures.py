"""Failures that are not the server's word: connections, deadlines, answers that end or are something else."""

from __future__ import annotations

from dataclasses import dataclass

from glm_lsp.errors import BadAnswer, BrokenStream, Failed, NoConnection, TimedOut
from glm_lsp.model.deadlines import Expired
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.quoting import masked
from glm_lsp.model.transport import TransportError


@dataclass(eq=False)
class Rejection(Exception):
    """The request failed with `error`. It may be sent again `retries` times, not before `wait` seconds if a server said
    so; or at once without `parameter`, if the server named one it does not take."""

    error: Failed
    retries: int = 0
    wait: float | None = None
    parameter: str = ""


def unreachable(error: TransportError, endpoint: Endpoint) -> Rejection:
    """What a failed connection means."""
    host, why = endpoint.host, masked(error.detail, endpoint)
    because = f": {why}" if why else ""
    match error.trouble:
        case "name":
            return Rejection(
                NoConnection(
                    f"{host} was not found: there is no network, or no such name.",
                    "Check the network connection and endpoint.base_url.",
                )
            )
        case "refused":
            return Rejection(
                NoConnection(f"{host} refused the connection.", "Check that the server runs and endpoint.base_url.")
            )
        case "route":
            return Rejection(
                NoConnection(f"{host} cannot be reached{because}.", "Check the network connection, then try again.")
            )
        case "connect timeout":
            return Rejection(
                TimedOut(
                    f"{host} did not take the connection within {endpoint.timeouts.connect:g} seconds.",
                    "Check the network connection and the proxy settings, then try again.",
                )
            )
        case "tls":
            return Rejection(
                NoConnection(
                    f"The connection to {host} is not trustworthy{because}.",
                    "Behind a company's proxy, set endpoint.ca_file to its certificate; else do not go on.",
                )
            )
        case "proxy":
            return Rejection(
                NoConnection(
                    f"The proxy does not work{because}.",
                    "Check endpoint.proxy and the variables HTTPS_PROXY, ALL_PROXY and NO_PROXY.",
                )
            )
        case "ca file":
            return Rejection(
                NoConnection(
                    f"The certificates in {endpoint.ca_file} cannot be read.", "Set endpoint.ca_file to a PEM file."
                )
            )
        case "lost":
            return Rejection(broken_stream(endpoint), retries=2)
        case "framing":
            return Rejection(BadAnswer(f"{host} sent an answer that is not valid HTTP.", "Check endpoint.base_url."))


def timed_out(expired: Expired, endpoint: Endpoint) -> Rejection:
    """What the end of a wait means. Not tried again: the user has waited long enough."""
    host, seconds = endpoint.host, f"{expired.seconds:g} seconds"
    match expired.limit:
        case "first byte":
            what, then = f"{host} did not begin to answer within {seconds}.", "Try again, or select less."
        case "idle":
            what, then = f"{host} stopped answering for {seconds}.", "Try again."
        case "total":
            what, then = f"{host} did not finish within {seconds}.", "Select less, or raise endpoint.timeouts.total."
    return Rejection(TimedOut(what, then))


def broken_stream(endpoint: Endpoint) -> BrokenStream:
    return BrokenStream(
        f"{endpoint.host} closed the connection before the reply was finished.",
        "Try again; if it happens again, select less: the request may be too long for the model.",
    )


def web_page(endpoint: Endpoint) -> BadAnswer:
    return BadAnswer(
        f"{endpoint.host} answered with a web page instead of a reply.",
        "A proxy or the login page of the network may stand in between: open a web page in a browser, and check "
        "endpoint.base_url.",
    )
