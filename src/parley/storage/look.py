"""A look at a database, which changes nothing in it."""

import os
import sqlite3
from enum import Enum, auto
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url

from .engine import explained, is_sqlite, with_defaults
from .schema import UnusableDatabaseError, is_current

_READ_ONLY = "-c default_transaction_read_only=on -c statement_timeout=8000"  # milliseconds


class Condition(Enum):
    """What a bot would find when it opens the database."""

    CURRENT = auto()
    """The schema of this version."""
    OUTDATED = auto()
    """The schema of an older version or, in PostgreSQL, none yet."""
    MISSING = auto()
    """No file yet, in a folder where it can be made."""


def look_at_database(url: str) -> Condition:
    """See whether the database at `url` can be used. Blocks.

    Raises:
        UnusableDatabaseError: it cannot.
    """
    with explained():
        if not is_sqlite(url):
            engine = create_engine(with_defaults(url, options=_READ_ONLY), hide_parameters=True, poolclass=NullPool)
        else:
            path = Path(make_url(url).database or "").absolute()
            for needed in (path, path.parent):
                if needed.exists() and not os.access(needed, os.W_OK):
                    raise UnusableDatabaseError(f"{needed} cannot be written to")
            if not path.parent.is_dir():
                raise UnusableDatabaseError(f"there is no folder {path.parent}; make it, or change DATABASE_URL")
            if not path.exists():
                return Condition.MISSING
            engine = create_engine("sqlite://", creator=lambda: _connect(path), poolclass=NullPool)
        with engine.connect() as connection:
            return Condition.CURRENT if is_current(connection) else Condition.OUTDATED


def _connect(path: Path) -> sqlite3.Connection:
    # Without a log beside it nobody has it open. Else even a reader would make one, and leave it there.
    is_at_rest = not path.with_name(f"{path.name}-wal").exists()
    return sqlite3.connect(f"{path.as_uri()}?mode=ro{'&immutable=1' if is_at_rest else ''}", uri=True)
