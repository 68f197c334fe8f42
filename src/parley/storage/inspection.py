"""Read-only access to a database."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum, auto

from sqlalchemy import Connection

from .database import STATEMENT_TIMEOUT, explained, open_alone
from .schema import UnusableDatabaseError, check_schema, is_current
from .sqlite import file_of, is_sqlite, open_sqlite_read_only

_READ_ONLY = "-c default_transaction_read_only=on"


class Condition(Enum):
    """The condition in which a bot would find the database."""

    CURRENT = auto()
    """It has the schema of this version."""
    OUTDATED = auto()
    """It has the schema of an older version or, in PostgreSQL, none yet."""
    MISSING = auto()
    """There is no file yet, but a folder where it can be created."""


def inspect_database(url: str) -> Condition:
    """Find out if the database can be used, without changing it. Blocks.

    Raises:
        UnusableDatabaseError: it cannot be used.
    """
    with explained():
        if not is_sqlite(url):
            engine = open_alone(url, options=f"{_READ_ONLY} {STATEMENT_TIMEOUT}")
        else:
            path = file_of(url)
            for needed in (path, path.parent):
                if needed.exists() and not os.access(needed, os.W_OK):
                    raise UnusableDatabaseError(f"{needed} cannot be written to")
            if not path.exists():
                return Condition.MISSING
            engine = open_sqlite_read_only(path)
        with engine.connect() as connection:
            return Condition.CURRENT if is_current(connection) else Condition.OUTDATED


@contextmanager
def reading(url: str) -> Generator[Connection]:
    """Open a read-only connection, and close it when the block ends. Blocks.

    Raises:
        UnusableDatabaseError: the database is missing or unreadable, or its schema is not of this version.
    """
    with explained():
        if is_sqlite(url):
            path = file_of(url)
            if not path.is_file():
                raise UnusableDatabaseError(f"there is no file {path}")
            engine = open_sqlite_read_only(path)
        else:
            engine = open_alone(url, options=_READ_ONLY)
        with engine.connect() as connection:
            check_schema(connection)
            yield connection
