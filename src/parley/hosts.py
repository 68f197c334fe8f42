"""Hosts that the bot may be led to by what Teams sends."""

import re
from ipaddress import ip_address
from urllib.parse import unquote

import httpx

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_ELSEWHERE = re.compile(r"[?#\\\x00-\x1f\x7f]|(^|/)\.\.?(/|$)")


def is_among(host: str, names: frozenset[str]) -> bool:
    """Whether a host has one of the names, all in lower case; one with a leading dot stands for all below it."""
    return host in names or any(name.startswith(".") and host.endswith(name) for name in names)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_confidential(url: httpx.URL) -> bool:
    """Whether nobody can listen on the way to a URL: it is https, or http on this machine itself."""
    return url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))


def is_plain(url: httpx.URL) -> bool:
    """Whether a URL names nobody to sign in as, and a port that there can be."""
    return not url.userinfo and (url.port is None or 0 < url.port < 65536)


def leads_elsewhere(id: str) -> bool:
    """Whether an id would change where a path leads in which it stands as it is, as the SDK writes it there."""
    return bool(_ELSEWHERE.search(unquote(id)))
