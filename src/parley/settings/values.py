"""Functions that turn texts of the environment into values of settings."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

Environment = Mapping[str, str | None]
"""Variables by name. In a .env file a name without a value has None."""

GUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

URL = r"^https?://\S+$"

_HOST = r"(?!-)[a-z0-9-]+(?<!-)(\.(?!-)[a-z0-9-]+(?<!-))*"


def unreadable_because(error: OSError | UnicodeDecodeError) -> str:
    """The reason why a file cannot be read, for an error line."""
    return str(error.strerror) if isinstance(error, OSError) else "it is not in UTF-8"


def read_text(value: str) -> str:
    """Return the value, or for `file:PATH` the text of the file.

    Raises:
        ValueError: the file cannot be read.
    """
    if not value.startswith("file:"):
        return value
    path = _path_of(value)
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"names a file that cannot be read, {path}: {unreadable_because(error)}") from None


def read_instructions(value: str) -> str:
    """Return the value, or for `file:PATH` the text of the file without the space around it.

    Raises:
        ValueError: the file is empty or cannot be read.
    """
    if not value.startswith("file:"):
        return value
    text = read_text(value).strip()
    if not text:
        raise ValueError(f"names a file that is empty, {_path_of(value)}")
    return text


def _path_of(value: str) -> Path:
    return Path(value.removeprefix("file:")).expanduser().absolute()


_DRIVERS = {"sqlite+aiosqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def name_driver(value: str) -> str:
    """Return a database URL with the driver that Parley uses, also for the schemes of other programs."""
    scheme, colon, rest = value.partition(":")
    return _DRIVERS.get(scheme, scheme) + colon + rest


def check_database_url(value: str) -> str:
    """Return the URL.

    Raises:
        ValueError: it is malformed.
    """
    try:
        url = make_url(value)
    except ArgumentError as error:
        raise ValueError("not a URL") from error
    # A password with an @ that is not written as %40: its rest would be used, and shown, as the host.
    if "@" in (url.host or ""):
        raise ValueError("not a host")
    return value


def split_hosts(value: str) -> frozenset[str]:
    return _split(value, _HOST)


def split_host_patterns(value: str) -> frozenset[str]:
    return frozenset(pattern.removeprefix("*") for pattern in _split(value, rf"(\*?\.)?{_HOST}"))


def split_tenants(value: str) -> frozenset[str]:
    return _split(value, GUID)


def _split(value: str, pattern: str) -> frozenset[str]:
    parts = frozenset(part.strip().lower() for part in value.split(",") if part.strip())
    if not all(re.fullmatch(pattern, part) for part in parts):
        raise ValueError("malformed")
    return parts


def without_slash(value: str) -> str:
    return value.rstrip("/")


def passwords_in(url: str) -> set[str]:
    """The password in a URL, as it is written and as it is sent; empty without one."""
    found = re.search(r"://[^:@/]*:(.+)@", url)
    return {found[1], unquote(found[1])} if found else set()
