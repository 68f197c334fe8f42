"""Opens the database."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


@asynccontextmanager
async def open_database(url: str) -> AsyncGenerator[AsyncEngine]:
    """The database at `url`, with the schema of this version; closed when the block ends.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be opened or its schema cannot be brought up to date.
    """
    engine = create_async_engine(url)
    event.listen(engine.sync_engine, "connect", _configure_sqlite)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
        yield engine
    finally:
        await engine.dispose()


def _configure_sqlite(connection: Any, _record: object) -> None:
    """Readers and the writer go side by side (WAL), and a writer waits for another one instead of failing."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA busy_timeout = 5000")  # milliseconds
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "parley.storage:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
