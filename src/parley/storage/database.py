"""The connection to the database."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as DatabaseTimeoutError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from ..logs import cause_of
from .schema import UnusableDatabaseError, check_schema, upgrade_schema
from .sqlite import is_sqlite, open_sqlite

logger = logging.getLogger(__name__)

# Connections to PostgreSQL that the job queue uses: one listens for new jobs, and two fetch and finish jobs and send
# heartbeats, each within milliseconds.
QUEUE_CONNECTIONS = 3

# Defaults for libpq. Teams waits 10 to 15 s for a response: whatever hangs must fail before that.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_POSTGRESQL = {
    "application_name": "parley",
    "connect_timeout": "3",  # seconds
    "keepalives_idle": "5",  # seconds
    "keepalives_interval": "2",  # seconds
    "keepalives_count": "2",
    "tcp_user_timeout": "8000",  # milliseconds; keepalives notice a dead peer only while nothing is being sent
}
STATEMENT_TIMEOUT = "-c statement_timeout=8000"  # milliseconds

# Seconds that a transaction may wait for a connection.
_MAX_WAIT = 3.0


class Database:
    """Runs transactions in threads, as many in parallel as there are connections.

    SQLAlchemy's asynchronous engine for SQLite passes each statement to another thread, which takes about three times
    as much processor time (measured).
    """

    def __init__(self, engine: Engine, connections: int) -> None:
        self.engine = engine
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="database")

    async def run[T](self, transaction: Callable[[Connection], T]) -> T:
        """Call a function in a transaction of its own, and commit it. Calls that wait run in their order.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database is unavailable, too busy, or rejects a statement. Nothing has
                changed.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _MAX_WAIT

        def run() -> T:
            if loop.time() > deadline:
                raise DatabaseTimeoutError("others have kept the database busy for too long")
            with self.engine.begin() as connection:
                return transaction(connection)

        return await loop.run_in_executor(self._threads, run)

    async def close(self) -> None:
        """Close all connections once the running transactions have ended."""
        await asyncio.to_thread(self._threads.shutdown)
        self.engine.dispose()


@asynccontextmanager
async def open_database(url: str, *, connections: int = 10) -> AsyncGenerator[Database]:
    """Open the database, and close it when the block ends.

    A SQLite database is upgraded first: one process owns it. A PostgreSQL database is shared by processes that may be
    of different versions, so that only `upgrade` changes its schema.

    Args:
        url: `sqlite:///PATH` or `postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME`.
        connections: the most connections to PostgreSQL; `QUEUE_CONNECTIONS` of them are left to the job queue. SQLite
            gets one: with several, it would be random which one writes next.

    Raises:
        UnusableDatabaseError: it cannot be opened, or its schema is not of this version.
    """
    with explained():
        if is_sqlite(url):
            database = Database(open_sqlite(url, pool_size=1), 1)
        else:
            own = connections - QUEUE_CONNECTIONS
            engine = create_engine(
                _with_defaults(url, options=STATEMENT_TIMEOUT),
                hide_parameters=True,
                pool_size=own,
                pool_pre_ping=True,  # the server may have restarted
            )
            database = Database(engine, own)
    try:
        if is_sqlite(url):
            with explained():
                await asyncio.to_thread(upgrade_schema, database.engine)
        else:
            await check_database(database)
        yield database
    finally:
        await database.close()


async def check_database(database: Database) -> None:
    """Check that the database is available and has the schema of this version. Takes a few milliseconds.

    Raises:
        UnusableDatabaseError: it is unavailable, or its schema is missing, older or newer.
    """
    with explained():
        await database.run(check_schema)


def upgrade(url: str) -> None:
    """Create the schema, or upgrade it to this version. Blocks.

    Raises:
        UnusableDatabaseError: the database cannot be opened or upgraded.
    """
    with explained():
        upgrade_schema(open_alone(url))


def open_alone(url: str, **more: str) -> Engine:
    """Open the database for a program that uses it now and then. `more` are defaults for libpq."""
    if is_sqlite(url):
        return open_sqlite(url, poolclass=NullPool)
    return create_engine(_with_defaults(url, **more), hide_parameters=True, poolclass=NullPool)


async def retry_until_available[**P, T](
    step: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Call `step`, and repeat it while the database is unavailable, without a limit.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: repeating the step cannot help.
    """
    retrying = AsyncRetrying(
        retry=retry_if_exception(_is_transient),
        wait=wait_random_exponential(max=5),  # seconds
        before_sleep=_log_retry,
    )
    return await retrying(step, *args, **kwargs)


@contextmanager
def explained() -> Generator[None]:
    """Turn errors into an `UnusableDatabaseError` of one line."""
    try:
        yield
    except SQLAlchemyError as error:
        raise UnusableDatabaseError(" ".join(str(error.args[0]).split())) from error
    except ModuleNotFoundError as error:
        raise UnusableDatabaseError("PostgreSQL needs an extra; run pip install 'parley[postgres]'") from error


def _with_defaults(url: str, **more: str) -> URL:
    given = make_url(url)
    return given.update_query_dict({**_POSTGRESQL, **more, **given.query})


def _is_transient(error: BaseException) -> bool:
    # A missing table or column is: an upgrade may be running.
    if isinstance(error, IntegrityError | DataError | NotSupportedError):
        return False
    return isinstance(error, DBAPIError | DatabaseTimeoutError)


def _log_retry(state: RetryCallState) -> None:
    assert state.outcome and state.next_action
    error = state.outcome.exception()
    assert error
    logger.warning("Database unavailable, retrying in %.1f s: %s", state.next_action.sleep, cause_of(error))
