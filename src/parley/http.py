"""Rules for outbound HTTP: TLS, hosts, URLs and `Retry-After`."""

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
def tls_context() -> ssl.SSLContext:
    """Return the TLS context shared by all HTTP clients but the model's. Making one takes 25 ms."""
    return httpx.create_ssl_context()


LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# Some servers take what follows a semicolon for a parameter of a path's segment: `..;` is `..` to them.
_PATH_SYNTAX = re.compile(r"[?#\\\x00-\x1f\x7f]|(^|/)\.\.?([/;]|$)")


def matches_host(host: str, names: frozenset[str]) -> bool:
    """True if the host is one of the names, all in lower case. A name with a leading dot covers its subdomains."""
    return host in names or any(name.startswith(".") and host.endswith(name) for name in names)


def is_loopback(host: str) -> bool:
    """True if the host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def direct_mounts(*hosts: str) -> dict[str, None]:
    """Return the `mounts` of an HTTP client by which it asks those of the hosts that are this machine without a proxy.

    A proxy of the environment cannot reach this machine.
    """
    return {f"all://[{host}]" if ":" in host else f"all://{host}": None for host in hosts if is_loopback(host)}


def is_secure(url: httpx.URL) -> bool:
    """True for https, and for http on this machine: nobody on the network can read along."""
    return url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))


def has_plain_authority(url: httpx.URL) -> bool:
    """True if the URL has no user info, and a valid port or none."""
    return not url.userinfo and (url.port is None or 0 < url.port < 65536)


def escapes_path(id: str) -> bool:
    """True if the id would change the path of a URL, into which the SDK puts ids without escaping them."""
    return bool(_PATH_SYNTAX.search(unquote(id)))


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds to wait by the response's headers, 0 without them."""
    # OpenAI's APIs send milliseconds too.
    for name, seconds in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(KeyError, ValueError):
            return max(0.0, float(headers[name]) * seconds)
    with suppress(KeyError, ValueError, OverflowError):
        moment = parsedate_to_datetime(headers["retry-after"])
        # A date without a zone is in UTC (RFC 9110, section 5.6.7).
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return 0.0
