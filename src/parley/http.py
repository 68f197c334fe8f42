"""The rules for outbound HTTP: certificates, hosts, and how long a server asks to wait."""

import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import ip_address
from urllib.parse import unquote

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """The certificate authorities, for all clients but the model's: to read them takes 25 ms."""
    return httpx.create_ssl_context()


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


def retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that a response asks to wait, 0 if it does not say."""
    # OpenAI's API tells milliseconds as well.
    for name, seconds in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(KeyError, ValueError):
            return max(0.0, float(headers[name]) * seconds)
    with suppress(KeyError, ValueError, OverflowError):
        moment = parsedate_to_datetime(headers["retry-after"])
        # One of the forms that a date may have names no zone: it is in UTC (RFC 9110, section 5.6.7).
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return 0.0
