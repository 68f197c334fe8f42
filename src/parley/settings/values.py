"""How the texts of an environment become the values of settings. What is no text is a value already."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

# Names to values; None for a name that stands alone in a .env file.
Environment = Mapping[str, str | None]


def unreadable_because(error: OSError | UnicodeDecodeError) -> str:
    """Why a file cannot be read."""
    return str(error.strerror) if isinstance(error, OSError) else "it is not in UTF-8"


def read_text(value: str) -> str:
    """The value, or what stands in the file that it names by `file:PATH`.

    Raises:
        ValueError: the file cannot be read.
    """
    if not value.startswith("file:"):
        return value
    path = Path(value.removeprefix("file:")).expanduser()
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        cause = unreadable_because(error)
        raise ValueError(f"names a file that cannot be read, {path.absolute()}: {cause}") from None


def read_instructions(value: str) -> str:
    """As `read_text`; a file that says nothing is an error, too."""
    if not value.startswith("file:"):
        return value
    text = read_text(value).strip()
    if not text:
        raise ValueError(f"names a file that is empty, {value.removeprefix('file:')}")
    return text


_DRIVERS = {"sqlite+aiosqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def name_driver(value: object) -> object:
    if not isinstance(value, str):
        return value
    scheme, colon, rest = value.partition(":")
    return _DRIVERS.get(scheme, scheme) + colon + rest


def check_database_url(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError as error:
        raise ValueError("not a URL") from error
    # The rest of a password whose @ is not written as %40: it would be looked up, and shown, as a host.
    if "@" in (url.host or ""):
        raise ValueError("not a host")
    return value


_HOST = re.compile(r"(?!-)[a-z0-9-]+(?<!-)(\.(?!-)[a-z0-9-]+(?<!-))*")


def upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def split_hosts(value: object) -> object:
    if not isinstance(value, str):
        return value
    hosts = frozenset(host.strip().lower() for host in value.split(",") if host.strip())
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise ValueError("not a host")
    return hosts


def split_host_patterns(value: object) -> object:
    if not isinstance(value, str):
        return value
    patterns = frozenset(
        re.sub(r"^\*\.", ".", pattern.strip().lower()) for pattern in value.split(",") if pattern.strip()
    )
    if not all(_HOST.fullmatch(pattern.removeprefix(".")) for pattern in patterns):
        raise ValueError("not a host")
    return patterns


def split_tenants(value: object) -> object:
    if not isinstance(value, str):
        return value
    tenants = frozenset(tenant.strip().lower() for tenant in value.split(",") if tenant.strip())
    if not all(re.fullmatch(GUID, tenant) for tenant in tenants):
        raise ValueError("not a tenant id")
    return tenants


def without_slash(value: object) -> object:
    return value.rstrip("/") if isinstance(value, str) else value


def passwords_in(url: str) -> set[str]:
    """The password in a URL, if there is one: as it stands there, and as it is sent."""
    found = re.search(r"://[^:@/]*:(.+)@", url)
    return {found[1], unquote(found[1])} if found else set()


GUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

URL = r"^https?://\S+$"
