"""Opens the database."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from .schema import UnusableDatabaseError, check_schema, upgrade_schema

# Of the connections to PostgreSQL, those of the job queue: one that listens for new jobs, and two that fetch and
# finish jobs and send heartbeats, each within milliseconds.
QUEUE_CONNECTIONS = 3

# What libpq is told unless the URL says otherwise. Teams waits 10 to 15 s for an answer: whatever hangs must have
# failed before that. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_POSTGRESQL = {
    "application_name": "parley",
    "connect_timeout": "3",  # seconds
    "keepalives_idle": "5",  # seconds
    "keepalives_interval": "2",  # seconds
    "keepalives_count": "2",
    "tcp_user_timeout": "8000",  # milliseconds; keepalives tell of a dead peer only while nothing is being sent
}
_STATEMENT_TIMEOUT = "-c statement_timeout=8000"  # milliseconds
_POOL_TIMEOUT = 3  # seconds to wait for a connection that another turn holds


@asynccontextmanager
async def open_database(url: str, *, connections: int = 10) -> AsyncGenerator[AsyncEngine]:
    """The database at `url`, with the schema of this version; closed when the block ends.

    A SQLite database is upgraded here, since one process owns it. One of PostgreSQL is shared by processes of
    which each could be of another version: it is upgraded only when somebody says so (`upgrade`).

    psycopg cannot run in Windows' default event loop (ProactorEventLoop), only in a SelectorEventLoop.

    Args:
        url: `sqlite+aiosqlite:///PATH` or `postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME`.
        connections: how many connections to PostgreSQL the process opens at most. `QUEUE_CONNECTIONS` of them are
            left to the job queue.

    Raises:
        UnusableDatabaseError: it cannot be opened, or its schema is not of this version.
    """
    with _explained():
        if _is_sqlite(url):
            await asyncio.to_thread(upgrade, url)
            engine = create_async_engine(
                url,
                hide_parameters=True,  # which are people's messages, and not for the log
                # Of several connections, SQLite would let in by chance which one writes next. One is used in turn.
                pool_size=1,
                max_overflow=0,
                pool_timeout=_POOL_TIMEOUT,
            )
            _configure_sqlite(engine.sync_engine)
        else:
            engine = create_async_engine(
                _with_defaults(url, options=_STATEMENT_TIMEOUT),
                hide_parameters=True,
                pool_size=connections - QUEUE_CONNECTIONS,
                max_overflow=0,
                pool_timeout=_POOL_TIMEOUT,
                pool_pre_ping=True,  # the server may have been restarted since
            )
    try:
        await check_database(engine)
        yield engine
    finally:
        await engine.dispose()


async def check_database(database: AsyncEngine) -> None:
    """See whether the database can be reached and has the schema of this version; a few milliseconds.

    Raises:
        UnusableDatabaseError: it cannot be reached, or its schema is missing, older or newer.
    """
    with _explained():
        async with database.connect() as connection:
            await connection.run_sync(check_schema)


def upgrade(url: str) -> None:
    """Bring the schema of the database at `url` up to date; one that is new gets all of it. Blocks.

    Raises:
        UnusableDatabaseError: it cannot be opened, or its schema cannot be brought up to date.
    """
    with _explained():
        sync_url = make_url(url).set(drivername="sqlite") if _is_sqlite(url) else _with_defaults(url)
        engine = create_engine(sync_url, hide_parameters=True, poolclass=NullPool)
        if _is_sqlite(url):
            _configure_sqlite(engine)
        upgrade_schema(engine)


@contextmanager
def _explained() -> Generator[None]:
    """Turns what goes wrong into one line for the operator."""
    try:
        yield
    except SQLAlchemyError as error:
        raise UnusableDatabaseError(" ".join(str(error.args[0]).split())) from error
    except ModuleNotFoundError as error:
        raise UnusableDatabaseError("PostgreSQL needs an extra; run pip install 'parley[postgres]'") from error


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _with_defaults(url: str, **more: str) -> URL:
    """The URL with all that libpq is to be told, where it does not say otherwise itself."""
    given = make_url(url)
    return given.update_query_dict({**_POSTGRESQL, **more, **given.query})


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
