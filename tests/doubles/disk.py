"""The bot's SQLite database, read and changed by another program."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any


class Disk:
    """A SQLite database. Each statement has its own connection."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def rows(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        """Run a statement and commit it. Return its rows by the names of their columns."""
        with self._connection() as connection, connection:
            return [dict(row) for row in connection.execute(statement, parameters)]

    def execute(self, statement: str, *parameters: object) -> None:
        """Run a statement and commit it."""
        self.rows(statement, *parameters)

    def dump(self) -> str:
        """Return the contents of all tables, as SQL."""
        with self._connection() as connection:
            return "\n".join(connection.iterdump())

    def files(self) -> dict[str, bytes]:
        """Return the contents of the database file, its journal and its WAL by file name."""
        return {path.name: path.read_bytes() for path in self.path.parent.glob(f"{self.path.name}*")}

    def copy_to(self, path: Path) -> "Disk":
        """Copy the committed data into a new file."""
        with self._connection() as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
        return Disk(path)

    @contextmanager
    def locked(self) -> Generator[None]:
        """Hold the write lock until the block ends."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.rollback()

    @contextmanager
    def _connection(self) -> Generator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            yield connection
