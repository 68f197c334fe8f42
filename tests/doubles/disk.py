"""The bot's database of SQLite, read and changed by another program than the bot."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any


class Disk:
    """A database of SQLite by its file. Each statement has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def rows(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        """Run a statement and commit it; returns its rows by the names of their columns."""
        with self._connection() as connection, connection:
            return [dict(row) for row in connection.execute(statement, parameters)]

    def execute(self, statement: str, *parameters: object) -> None:
        """Run a statement and commit it."""
        self.rows(statement, *parameters)

    def dump(self) -> str:
        """All that the tables hold, as SQL."""
        with self._connection() as connection:
            return "\n".join(connection.iterdump())

    def files(self) -> dict[str, bytes]:
        """The contents of the file and of those that SQLite puts beside it, by name."""
        return {path.name: path.read_bytes() for path in self.path.parent.glob(f"{self.path.name}*")}

    def copy_to(self, path: Path) -> "Disk":
        """Copy what is committed into a new file."""
        with self._connection() as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
        return Disk(path)

    @contextmanager
    def locked(self) -> Generator[None]:
        """Let nobody else write until the block ends."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.rollback()

    @contextmanager
    def _connection(self) -> Generator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            yield connection
