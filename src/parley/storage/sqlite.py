"""SQLite databases: their files, permissions, locks and connections."""

import os
import sqlite3
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Engine, NullPool, create_engine, event, make_url

from .schema import UnusableDatabaseError

# Permissions of the files: they contain users' messages.
_PRIVATE = 0o600

# https://www.sqlite.org/pragma.html. With a WAL, readers do not block the writer. Secure deletion overwrites deleted
# data, and the limit truncates the log, so that nothing deleted stays on the disk.
_PRAGMAS = (
    "busy_timeout = 5000",  # milliseconds
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "secure_delete = ON",
    "journal_size_limit = 0",  # bytes
    "foreign_keys = ON",
)


def is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def file_of(url: str) -> Path:
    """Return the absolute path of the database.

    Raises:
        UnusableDatabaseError: its folder does not exist.
    """
    path = Path(make_url(url).database or "").absolute()
    if not path.parent.is_dir():
        raise UnusableDatabaseError(f"there is no folder {path.parent}; make it, or change DATABASE_URL")
    return path


def open_sqlite(url: str, **pool: Any) -> Engine:
    """Open the database for reading and writing; create its file if there is none.

    Raises:
        UnusableDatabaseError: its folder does not exist.
    """
    _make_private(file_of(url))
    engine = create_engine(url, hide_parameters=True, **pool)  # parameters contain users' messages

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def open_sqlite_read_only(path: Path) -> Engine:
    """Open the database without creating any file beside it."""
    return create_engine("sqlite://", creator=lambda: _connect(path), hide_parameters=True, poolclass=NullPool)


@contextmanager
def exclusive_lock(url: str) -> Generator[None]:
    """Lock a SQLite database for this process, until the block or the process ends. PostgreSQL needs no lock.

    A second process would run the turns that this one is running.

    Raises:
        UnusableDatabaseError: another process has the lock, or the folder does not exist.
    """
    with ExitStack() as stack:
        if is_sqlite(url):
            path = file_of(url)
            try:
                stack.enter_context(FileLock(f"{path}.lock", mode=_PRIVATE, blocking=False))
            except Timeout:
                problem = f"another bot uses {path}; stop that one, or change DATABASE_URL"
                raise UnusableDatabaseError(problem) from None
            except (OSError, NotImplementedError):
                pass  # opening the database reports the problem
        yield


def _make_private(path: Path) -> None:
    """Deny other users access to the database and to its log. SQLite gives new files beside it the same permissions."""
    with suppress(OSError):  # opening the database reports the problem
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, _PRIVATE))
        for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            if file.exists():
                file.chmod(_PRIVATE)


def _connect(path: Path) -> sqlite3.Connection:
    # Without a log beside it, no process has the database open. Even a reader would create one, and leave it there.
    is_closed = not path.with_name(f"{path.name}-wal").exists()
    return sqlite3.connect(f"{path.as_uri()}?mode=ro{'&immutable=1' if is_closed else ''}", uri=True)
