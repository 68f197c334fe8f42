"""Explanations of failed pip, uv and npm commands, found by their output."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple


class _Cause(NamedTuple):
    signs: str
    advice: str


_CERTIFICATE = _Cause(
    r"certificate verify failed|CERTIFICATE_VERIFY_FAILED|invalid peer certificate|UnknownIssuer"
    r"|self.signed certificate|SELF_SIGNED_CERT|unable to (get|verify) .*certificate|UNABLE_TO_\w+_CERT",
    "The certificate of the server is not trusted. A company's proxy often signs with an authority of its own: ask for "
    "its certificate (a PEM file) and set SSL_CERT_FILE, PIP_CERT and NODE_EXTRA_CA_CERTS to its path.",
)
_PROXY = _Cause(
    r"ProxyError|Cannot connect to proxy|Tunnel connection failed|proxy tunnel|tunnel error|unsuccessful tunnel"
    r"|407 Proxy|Proxy Authentication Required|proxy authentication|via proxy|ERR_INVALID_PROXY",
    "The proxy refuses the request. {proxy}",
)
_NETWORK = _Cause(
    r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolutionError|Max retries exceeded"
    r"|Failed to establish a new connection|Temporary failure in name resolution|Name or service not known"
    r"|getaddrinfo|dns error|tcp connect error|Connection refused|Network is unreachable|No route to host"
    r"|Could not connect|Connection reset|[Tt]imed out|error sending request|Failed to fetch"
    r"|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH",
    "The server with the packages cannot be reached. Check the network. {proxy} For a mirror of your company set "
    "PIP_INDEX_URL (Python's packages) or npm_config_registry (Node's).",
)
_HASH = _Cause(
    r"DO NOT MATCH THE HASHES|Hash mismatch|EINTEGRITY",
    "A package differs from the pinned one: a mirror or a proxy has changed it. It was not installed.",
)
_DISK = _Cause(r"No space left on device|ENOSPC|os error 28\b", "The disk is full: make room.")

# The first match wins: pip also reports a refused certificate and a dead proxy as a failed connection.
_CAUSES = (_HASH, _DISK, _CERTIFICATE, _PROXY, _NETWORK)


def explain(output: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return the cause and what to do, in one paragraph; empty if the output shows no known cause."""
    for cause in _CAUSES:
        if re.search(cause.signs, output):
            return cause.advice.format(proxy=_proxy(environment))
    return ""


def _proxy(environment: Mapping[str, str]) -> str:
    """Describe the proxy without its password, or how to set one."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"):
        if address := environment.get(name):
            return f"{name} is {re.sub(r'//[^/@]*@', '//...@', address)}: is it correct, and does it need a password?"
    return "Behind a proxy set HTTPS_PROXY=http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT."
