"""Opens the database."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event, make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

# Seconds that whoever wants something of the database waits for those before. Teams waits for 10.
_PATIENCE = 5


class UnusableDatabaseError(Exception):
    """The database cannot be used; the message says why."""


@asynccontextmanager
async def open_database(url: str) -> AsyncGenerator[AsyncEngine]:
    """The database at `url`, with the schema of this version; closed when the block ends.

    Raises:
        UnusableDatabaseError: it cannot be opened, or its schema cannot be brought up to date.
    """
    await asyncio.to_thread(upgrade, url)
    engine = create_async_engine(
        url,
        hide_parameters=True,  # which are people's messages, and not for the log
        # One connection, whose users come one after the other: SQLite would let them in by chance.
        pool_size=1,
        max_overflow=0,
        pool_timeout=_PATIENCE,
    )
    _configure_sqlite(engine.sync_engine)
    try:
        yield engine
    finally:
        await engine.dispose()


def upgrade(url: str) -> None:
    """Bring the schema of the database at `url` up to date. Blocks, because Alembic does.

    Raises:
        UnusableDatabaseError: it cannot be opened, or its schema cannot be brought up to date.
    """
    engine = create_engine(make_url(url).set(drivername="sqlite"), hide_parameters=True)
    _configure_sqlite(engine)
    try:
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", "parley.storage:migrations")
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except SQLAlchemyError as error:
        raise UnusableDatabaseError(str(error.args[0])) from error
    except CommandError as error:
        raise UnusableDatabaseError(f"its schema is not of this version of Parley: {error}") from error
    finally:
        engine.dispose()


async def is_reachable(database: AsyncEngine) -> bool:
    """Whether the database answers."""
    try:
        async with database.connect() as connection:
            await connection.execute(select(1))
    except SQLAlchemyError:
        return False
    return True


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
