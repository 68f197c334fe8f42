"""Opens the database."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


@asynccontextmanager
async def open_database(url: str) -> AsyncGenerator[AsyncEngine]:
    """The database at `url`, with the schema of this version; closed when the block ends.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be opened or its schema cannot be brought up to date.
    """
    await asyncio.to_thread(upgrade, url)
    engine = create_async_engine(url)
    _configure_sqlite(engine.sync_engine)
    try:
        yield engine
    finally:
        await engine.dispose()


def upgrade(url: str) -> None:
    """Bring the schema of the database at `url` up to date. Blocks, because Alembic does.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be opened or its schema cannot be brought up to date.
    """
    engine = create_engine(make_url(url).set(drivername="sqlite"))
    _configure_sqlite(engine)
    try:
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", "parley.storage:migrations")
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _configure_sqlite(engine: Engine) -> None:
    """Readers and the writer go side by side (WAL), and a writer waits for another one instead of failing."""

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 5000")  # milliseconds
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()
