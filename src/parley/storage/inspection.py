"""A look at a database, which changes nothing in it."""

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine

from .engine import STATEMENT_TIMEOUT, explained, file_of, is_sqlite, open_alone
from .schema import UnusableDatabaseError, check_schema, is_current

_READ_ONLY = "-c default_transaction_read_only=on"


class Condition(Enum):
    """What a bot would find when it opens the database."""

    CURRENT = auto()
    """The schema of this version."""
    OUTDATED = auto()
    """The schema of an older version or, in PostgreSQL, none yet."""
    MISSING = auto()
    """No file yet, in a folder where it can be made."""


def inspect_database(url: str) -> Condition:
    """See whether the database at `url` can be used. Blocks.

    Raises:
        UnusableDatabaseError: it cannot.
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
            engine = _open_file(path)
        with engine.connect() as connection:
            return Condition.CURRENT if is_current(connection) else Condition.OUTDATED


@contextmanager
def reading(url: str) -> Generator[Connection]:
    """A connection for a program that reads the database at `url`, and changes nothing of it. Blocks.

    Raises:
        UnusableDatabaseError: it is not there, cannot be read, or its schema is not of this version.
    """
    with explained():
        if is_sqlite(url):
            path = file_of(url)
            if not path.is_file():
                raise UnusableDatabaseError(f"there is no file {path}")
            engine = _open_file(path)
        else:
            engine = open_alone(url, options=_READ_ONLY)
        with engine.connect() as connection:
            check_schema(connection)
            yield connection


def _open_file(path: Path) -> Engine:
    return create_engine("sqlite://", creator=lambda: _connect(path), hide_parameters=True, poolclass=NullPool)


def _connect(path: Path) -> sqlite3.Connection:
    # Without a log beside it nobody has it open. Else even a reader would make one, and leave it there.
    is_at_rest = not path.with_name(f"{path.name}-wal").exists()
    return sqlite3.connect(f"{path.as_uri()}?mode=ro{'&immutable=1' if is_at_rest else ''}", uri=True)
