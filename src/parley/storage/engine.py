"""Opens the database."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as DatabaseTimeoutError

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
STATEMENT_TIMEOUT = "-c statement_timeout=8000"  # milliseconds

# Permissions of a file that holds what users have written.
PRIVATE = 0o600

# Seconds that a transaction may wait for those before it.
_PATIENCE = 3.0


class Database:
    """Runs transactions, each in a thread, as many side by side as there are connections.

    A transaction that hands each of its statements to another thread, as SQLAlchemy's asynchronous engines do it for
    SQLite, takes about three times as much of the processor (measured).
    """

    def __init__(self, engine: Engine, connections: int) -> None:
        self.engine = engine
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="database")

    async def run[T](self, transaction: Callable[[Connection], T]) -> T:
        """Run a function in a transaction of its own, which is committed when it returns. Those that wait are run in
        the order of their calls.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database does not take it, or is too busy; nothing has changed.
        """
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + _PATIENCE

        def run() -> T:
            if loop.time() > give_up_at:
                raise DatabaseTimeoutError("others have kept the database busy for too long")
            with self.engine.begin() as connection:
                return transaction(connection)

        return await loop.run_in_executor(self._threads, run)

    async def close(self) -> None:
        """Close the connections, as soon as what is running has ended."""
        await asyncio.to_thread(self._threads.shutdown)
        self.engine.dispose()


@asynccontextmanager
async def open_database(url: str, *, connections: int = 10) -> AsyncGenerator[Database]:
    """The database at `url`, with the schema of this version; closed when the block ends.

    A SQLite database is upgraded here, since one process owns it. One of PostgreSQL is shared by processes of
    which each could be of another version: it is upgraded only when somebody says so (`upgrade`).

    Args:
        url: `sqlite:///PATH` or `postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME`.
        connections: how many connections to PostgreSQL the process opens at most. `QUEUE_CONNECTIONS` of them are
            left to the job queue. To SQLite there is one: of several, it would let in by chance which one writes next.

    Raises:
        UnusableDatabaseError: it cannot be opened, or its schema is not of this version.
    """
    if is_sqlite(url):
        with explained():
            engine = _open_sqlite(url, pool_size=1)
        database = Database(engine, 1)
    else:
        own = connections - QUEUE_CONNECTIONS
        with explained():
            engine = create_engine(
                _with_defaults(url, options=STATEMENT_TIMEOUT),
                hide_parameters=True,
                pool_size=own,
                pool_pre_ping=True,  # the server may have been restarted since
            )
        database = Database(engine, own)
    try:
        if is_sqlite(url):
            with explained():
                await asyncio.to_thread(upgrade_schema, engine)
        else:
            await check_database(database)
        yield database
    finally:
        await database.close()


async def check_database(database: Database) -> None:
    """See whether the database can be reached and has the schema of this version; a few milliseconds.

    Raises:
        UnusableDatabaseError: it cannot be reached, or its schema is missing, older or newer.
    """
    with explained():
        await database.run(check_schema)


def upgrade(url: str) -> None:
    """Bring the schema of the database at `url` up to date; one that is new gets all of it. Blocks.

    Raises:
        UnusableDatabaseError: it cannot be opened, or its schema cannot be brought up to date.
    """
    with explained():
        upgrade_schema(open_alone(url))


def open_alone(url: str, **more: str) -> Engine:
    """The database for a program that needs it now and then. `more` is what libpq is told besides, where the URL does
    not say otherwise."""
    if is_sqlite(url):
        return _open_sqlite(url, poolclass=NullPool)
    return create_engine(_with_defaults(url, **more), hide_parameters=True, poolclass=NullPool)


@contextmanager
def explained() -> Generator[None]:
    """Turns what goes wrong into one line for the operator."""
    try:
        yield
    except SQLAlchemyError as error:
        raise UnusableDatabaseError(" ".join(str(error.args[0]).split())) from error
    except ModuleNotFoundError as error:
        raise UnusableDatabaseError("PostgreSQL needs an extra; run pip install 'parley[postgres]'") from error


def is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def file_of(url: str) -> Path:
    """The file that a database of SQLite is.

    Raises:
        UnusableDatabaseError: there is no folder for it.
    """
    path = Path(make_url(url).database or "").absolute()
    if not path.parent.is_dir():
        raise UnusableDatabaseError(f"there is no folder {path.parent}; make it, or change DATABASE_URL")
    return path


def _hide_from_others(path: Path) -> None:
    """Keep the database from all other users of the machine, also one that is there already. SQLite makes the files
    beside it, of the log, with the same permissions."""
    with suppress(OSError):  # whoever opens the file tells what is wrong there, if anything is
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, PRIVATE))
        for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            if file.exists():
                file.chmod(PRIVATE)


def _with_defaults(url: str, **more: str) -> URL:
    """The URL with all that libpq is to be told, where it does not say otherwise itself."""
    given = make_url(url)
    return given.update_query_dict({**_POSTGRESQL, **more, **given.query})


def _open_sqlite(url: str, **pool: Any) -> Engine:
    """Readers go beside the writer (WAL), also those of other programs, and a writer waits for another one instead of
    failing."""
    _hide_from_others(file_of(url))
    # Parameters are people's messages, and not for the log.
    engine = create_engine(url, hide_parameters=True, **pool)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 5000")  # milliseconds
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        # What is deleted is overwritten, and the log cut off, rather than left until something else needs the space.
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute("PRAGMA journal_size_limit = 0")  # bytes
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    return engine
